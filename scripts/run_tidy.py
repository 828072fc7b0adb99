#!/usr/bin/env python3
"""Runs clang-tidy over sources, several of one target at a time, so that the headers they share are read once.

usage: run_tidy.py TIDY COMMANDS_FOLDER STAMPS_FOLDER <LIST     (LIST: STAMP NUL FILE NUL ..., see tidy_stamps.py)
Sources that are compiled by one and the same command are included one after another by a file that is made for them. A
group without findings is clean; of any other only its halves count, down to single sources, whose findings are printed:
they are those of clang-tidy over the source alone, and names of two sources that cannot stand in one file report nothing.
Clean sources leave their stamp. Ends with 1 when a source is not clean.
"""
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys

GROUP = 12  # sources: more save little, and one finding has more of them read again


def plain_command(command):
    """The command without what belongs to one source (its name, its object and the record of its headers)."""
    words, plain, skip = shlex.split(command["command"]), [], False
    while len(words) > 1 and not words[1].startswith("-"):  # a launcher: ccache
        del words[0]
    for word in words[1:]:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MT", "-MQ", "-c"):
            skip = True
        elif os.path.abspath(os.path.join(command["directory"], word)) != os.path.abspath(command["file"]):
            plain.append(word)
    return plain


def grouped(work, commands_folder):
    """Lists of (stamp, file): of sources with one command, and that one the same, up to GROUP together."""
    by_file = {}
    for command in json.load(open(os.path.join(commands_folder, "compile_commands.json"))):
        by_file.setdefault(os.path.abspath(command["file"]), []).append(command)
    groups, alone = {}, []
    for stamp, name in work:
        commands = by_file.get(os.path.abspath(name), [])
        if len(commands) != 1 or not name.endswith(".cpp"):
            alone.append([(stamp, name)])
            continue
        plain = plain_command(commands[0])
        key = (commands[0]["directory"], shlex.join(plain))
        groups.setdefault(key, []).append((stamp, name))
    together = []
    for key, members in sorted(groups.items()):
        together += [(key, part) for part in parts(members)]
    return together + [(None, members) for members in alone]


def own_names(name):
    """What a source declares for itself: the names at the beginning of lines between `namespace {` and its end."""
    names, inside = set(), False
    for line in open(name, encoding="utf-8"):
        if line.startswith("namespace {"):
            inside = True
        elif line.startswith("}  // namespace"):
            inside = False
        elif inside and re.match(r"[A-Za-z]", line):
            words = re.search(r"([A-Za-z_]\w*)\s*(?:[({=;\[]|: |final |$)", re.sub(r"<[^<>]*>", "", line))
            if words:
                names.add(words.group(1))
    return names


def parts(members):
    """Sources that can stand in one file: no two with a name of their own that is the same."""
    result, taken = [], []
    for member in members:
        names = own_names(member[1])
        for part, others in zip(result, taken):
            if len(part) < GROUP and not names & others:
                part.append(member)
                others |= names
                break
        else:
            result.append([member])
            taken.append(set(names))
    return result


class Reader:
    def __init__(self, tidy, commands_folder, stamps):
        self.tidy, self.commands_folder, self.stamps = tidy, commands_folder, stamps
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())

    def output(self, arguments):
        """clang-tidy's answer, or nothing where it has no finding."""
        run = subprocess.run([self.tidy, "--quiet", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if run.returncode == 0 and not re.search(r": (warning|error): ", run.stdout):
            return ""
        return run.stdout or "clang-tidy ended with %d\n" % run.returncode

    def together(self, key, members):
        _, command = key
        first = os.path.splitext(os.path.relpath(members[0][1]))[0].replace(os.sep, "-")
        source = os.path.join(self.commands_folder, "%s-and-%d-more.cpp" % (first, len(members) - 1))
        with open(source, "w") as file:
            file.write("// NOLINTBEGIN(bugprone-suspicious-include)\n")
            file.writelines('#include "%s"\n' % os.path.abspath(name) for _, name in members)
            file.write("// NOLINTEND(bugprone-suspicious-include)\n")
        # To clang-tidy the included sources are headers, whose findings it leaves out unless they are asked for.
        filter_ = "\\.cpp$|(sim|executor|gui|cli)/.*\\.hpp$"
        return self.output(["--header-filter=" + filter_, "--config-file=.clang-tidy", source, "--",
                            *shlex.split(command)])

    def read(self, key, members):
        """The findings in the members."""
        if len(members) > 1:
            if self.together(key, members):
                middle = len(members) // 2
                return self.read(key, members[:middle]) + self.read(key, members[middle:])
        else:
            found = self.output(["-p", self.commands_folder, members[0][1]])
            if found:
                return found
        for stamp, _ in members:
            if stamp != "-":
                open(os.path.join(self.stamps, stamp), "w").close()
        return ""


def main():
    tidy, commands_folder, stamps = sys.argv[1:]
    words = sys.stdin.read().split("\0")[:-1]
    work = list(zip(words[::2], words[1::2]))
    reader = Reader(tidy, commands_folder, stamps)
    found = list(reader.pool.map(lambda group: reader.read(*group), grouped(work, commands_folder)))
    sys.stdout.write("".join(found))
    sys.exit(any(found))


main()
