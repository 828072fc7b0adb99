#!/usr/bin/env python3
"""Names everything that clang-tidy's answer about a source depends on, so that what was clean need not be read again.

usage: tidy_stamps.py BUILD COMMANDS.json TIDY FILE...
Prints a line "STAMP FILE" for each file: a hash over the source, every header that the compiler read for it (the build's
own record, `ninja -t deps`), its command, .clang-tidy and the version of clang-tidy. The stamp is "-" where the file has
not been built, or something that it was built from has changed its date since: nobody knows its headers then.
"""
import hashlib
import json
import os
import re
import subprocess
import sys


def recorded_headers(build):
    """Object -> the files it was made from, for objects whose record is up to date."""
    listing = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True).stdout
    headers, current = {}, None
    for line in listing.splitlines():
        if line.startswith("    ") and current is not None:
            current.append(os.path.join(build, line.strip()))
        elif ": #deps" in line:
            name, rest = line.split(": #deps", 1)
            current = headers.setdefault(name, []) if rest.endswith("(VALID)") else None
        elif line:
            current = None
    return headers


def main():
    build, commands, tidy, *files = sys.argv[1:]
    build = os.path.abspath(build)
    source = os.getcwd()
    headers = recorded_headers(build)
    hashes = {}

    def content(path):
        if path not in hashes:
            with open(path, "rb") as file:
                hashes[path] = hashlib.sha256(file.read()).hexdigest()
        return hashes[path]

    def newest(paths):
        return max(os.path.getmtime(path) if os.path.exists(path) else float("inf") for path in paths)

    def anywhere(text):  # the same in every checkout
        return text.replace(build, "BUILD").replace(source, "SOURCE")

    version = subprocess.run([tidy, "--version"], capture_output=True, text=True).stdout
    common = hashlib.sha256((version + content(".clang-tidy")).encode()).hexdigest()
    by_file = {}
    for command in json.load(open(commands)):
        by_file.setdefault(os.path.abspath(command["file"]), []).append(command)
    for name in files:
        path = os.path.join(source, name)
        lines = [common]
        for command in by_file.get(path, []):
            made = re.search(r" -o (\S+)", command["command"])
            made = made.group(1) if made else ""
            read = headers.get(made, [])
            if not read or newest(read) > newest([os.path.join(build, made)]):
                lines = [common]
                break
            lines.append(anywhere(command["command"]))
            lines += sorted(anywhere(os.path.normpath(file)) + " " + content(file) for file in read)
        print(hashlib.sha256("\n".join(lines).encode()).hexdigest() if len(lines) > 1 else "-", name)


main()
