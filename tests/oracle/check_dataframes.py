#!/usr/bin/env python3
"""Loads one sweep's CSV, JSON lines and HDF5 with the lines of docs/results.md, exactly as they stand
there, and compares what pandas then has.

    check_dataframes.py KVFOOT FOLDER

Exit code 77 means that a Python package is missing: CTest counts the test as skipped.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

try:
    import h5py
    import numpy
    import pandas
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCENARIO = """kvfoot: 1
title: rows for other tools
workload:
  - {shape: llama-3.2-1b, prompt: 4096, output: [16, 64]}
  - {trace: needle-320-rows.h5}
chunk: [64, all]
seed: [3, 9223372036854775807]
policy:
  - full
  - snapkv: {sparsity: [0.25, 0.7], window: 16, patch: [true, false]}
  - snapkv: {bytes: [1MB, 3000000]}
  - streaming: {sinks: 4, window: 32}
device_model: [laptop-cpu]
report: {csv: sweep.csv, jsonl: sweep.jsonl, hdf5: sweep.h5, json: sweep.json}
"""


def documented_lines():
    """The expressions of the Python block under "Rows for other tools"."""
    page = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    section = page.split("## Rows for other tools", 1)[1].split("\n## ", 1)[0]
    block = re.search(r"```python\n(.*?)```", section, re.S).group(1)
    lines = {}
    for name, expression in re.findall(r'^rows = (?=.*"sweep\.(\w+)")(.*)$', block, re.M):
        lines[name] = expression
    assert sorted(lines) == ["csv", "h5", "jsonl"], lines
    return lines


def is_absent(value):
    return value is None or value == "" or value == -1 or (isinstance(value, float) and numpy.isnan(value))


def plain(value):
    """One value whatever the file was: absent is None, numbers are floats or exact
    integers, true is 1, the rest is text."""
    if isinstance(value, numpy.generic):
        value = value.item()
    if is_absent(value):
        return None
    if isinstance(value, str):
        value = {"true": 1, "false": 0}.get(value, value)  # where some rows lack them, pandas has 1.0 and 0.0
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            try:
                value = float(value)
            except ValueError:
                return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def compare(frame, other, name):
    for column in frame.columns:
        ours = [plain(v) for v in frame[column]]
        # JSON lines leave out a column that no row has.
        theirs = [plain(v) for v in other[column]] if column in other else [None] * len(ours)
        for row, (a, b) in enumerate(zip(ours, theirs)):
            same = a == b
            if isinstance(a, float) and isinstance(b, float):
                same = abs(a - b) <= 1e-14 + 1e-13 * abs(a)  # pandas reads decimals quickly, not exactly
            if not same:
                sys.exit(f"{name}: row {row}, column {column}: {b!r} is not {a!r} of the HDF5 file")
    extra = set(other.columns) - set(frame.columns)
    assert not extra, f"{name} has more columns: {extra}"


def main():
    kvfoot, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "traces/needle-320-rows.h5", folder)
    (folder / "sweep.yaml").write_text(SCENARIO, encoding="utf-8")
    subprocess.run([kvfoot, "sweep", "sweep.yaml", "--quiet"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    frames = {}
    for name, expression in documented_lines().items():
        frames[name] = eval(expression.replace('"sweep.', f'"{folder}/sweep.'), {"pandas": pandas, "h5py": h5py})
    hdf5 = frames["h5"]
    assert len(hdf5) > 20 and list(hdf5.columns) == list(frames["csv"].columns)
    compare(hdf5, frames["csv"], "CSV")
    compare(hdf5, frames["jsonl"], "JSON lines")
    # Numbers are numbers, and text is str, not bytes.
    assert hdf5["footprint"].dtype == "float64" and hdf5["prompt"].dtype == "int64"
    assert hdf5["seed"].dtype == "uint64" and hdf5["seed"].max() == 9223372036854775807
    assert all(isinstance(text, str) for text in hdf5["policy"])
    first = (folder / "sweep.h5").read_bytes()
    subprocess.run([kvfoot, "sweep", "sweep.yaml", "--quiet", "--jobs", "1"], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    assert first == (folder / "sweep.h5").read_bytes(), "two sweeps, two files"
    subprocess.run([kvfoot, "report", "sweep.json"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    page = xml.etree.ElementTree.parse(folder / "report.html")  # markup that a strict parser takes
    assert len(page.findall(".//{*}tbody/{*}tr")) >= len(hdf5)
    print(f"{len(hdf5)} rows, {len(hdf5.columns)} columns: CSV, JSON lines and HDF5 hold the same")


main()
