#!/usr/bin/env python3
"""Holds gui/translations/*.ts against the sources: names each text that is missing, gone, unfinished, or whose places
(%1), mnemonic (&), trailing colon, line breaks or tags are not those of the English text."""
import collections
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "gui" / "translations"
MNEMONIC = re.compile(r"&(?!&|\w+;)(?=\S)")


def messages(file):
    """(context, source, comment) -> the message element."""
    found = {}
    for context in ElementTree.parse(file).getroot().iter("context"):
        for message in context.iter("message"):
            comment = message.findtext("comment") or ""
            found[context.findtext("name"), message.findtext("source"), comment] = message
    return found


def forms_of(message):
    translation = message.find("translation")
    if message.get("numerus") == "yes":
        return [form.text or "" for form in translation.iter("numerusform")]
    return [translation.text or ""]


def places(text):
    return collections.Counter(re.findall(r"%L?(?:\d+|n)", text))


def ends_with_colon(text):
    return text.rstrip().endswith((":", "："))


def complaints(source, message):
    translation = message.find("translation")
    if translation.get("type") in ("unfinished", "vanished", "obsolete"):
        yield "is " + translation.get("type")
        return
    for form in forms_of(message):
        if not form.strip():
            yield "is empty"
            continue
        if places(form) != places(source):
            yield "has other places: " + form
        if len(MNEMONIC.findall(form)) != len(MNEMONIC.findall(source)):
            yield "has another number of mnemonics (&): " + form
        if ends_with_colon(form) != ends_with_colon(source):
            yield "only one of the two ends with a colon: " + form
        if sorted(re.findall(r"</?\w+", form)) != sorted(re.findall(r"</?\w+", source)):
            yield "has other tags: " + form
        if form.count("\n") != source.count("\n"):
            yield "has another number of lines: " + form


def check(file, fresh):
    have = messages(file)
    want = messages(fresh)
    bad = []
    for key in want.keys() - have.keys():
        bad.append((key, "is not in the file; run scripts/update_translations.sh"))
    for key in have.keys() - want.keys():
        bad.append((key, "is in no source any more; run scripts/update_translations.sh"))
    for key, message in have.items():
        bad += [(key, what) for what in complaints(key[1], message)]
    for (context, source, _), what in sorted(bad):
        print(f"{file.relative_to(ROOT)}: {context}: {source!r} {what}")
    return len(have), len(bad)


def main():
    files = sorted(FOLDER.glob("*.ts"))
    texts = faults = 0
    with tempfile.TemporaryDirectory() as folder:
        update = subprocess.run([ROOT / "scripts" / "update_translations.sh", folder], check=False)
        if update.returncode != 0:
            return update.returncode
        for file in files:
            count, bad = check(file, pathlib.Path(folder) / file.name)
            texts += count
            faults += bad
    print(f"check_translations: {texts} texts in {len(files)} languages, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
