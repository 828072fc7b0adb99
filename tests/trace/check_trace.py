#!/usr/bin/env python3
"""Reads the recordings of trace_samples with h5py, by docs/trace-format.md alone, and compares what it finds
with what our own reader says (expected.txt).

    check_trace.py FOLDER

Exit code 77 means that h5py is missing: CTest counts the test as skipped.
"""
import pathlib
import struct
import sys

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def code16(codes):
    bits = (codes.astype(np.uint32) << 12) + np.uint32(96 << 23)
    return np.where(codes == 0, np.float32(0), bits.view(np.float32))


def code8(codes):
    bits = (codes.astype(np.uint32) << 19) + np.uint32(112 << 23)
    return np.where(codes == 0, np.float32(0), bits.view(np.float32))


def block(data, keys, key_block):
    """Mean mass of every key of one encoded row block."""
    scale, items, zero, blocks = struct.unpack_from("<fHHI", data, 0)
    assert zero == 0 and blocks == -(-keys // key_block)
    gaps = np.frombuffer(data, "<u2", items, 12)
    codes = np.frombuffer(data, "<u2", items, 12 + 2 * items)
    rest = np.frombuffer(data, np.uint8, blocks, 12 + 4 * items)
    assert len(data) == 12 + 4 * items + (blocks + 3) // 4 * 4
    mass = np.repeat(np.float32(scale) * code8(rest), key_block)[:keys]
    positions = np.cumsum(gaps.astype(np.int64))
    entries = gaps != 65535
    mass[positions[entries]] = code16(codes[entries])
    return mass


def masses(f, p, layer, q):
    """All rows, or row blocks, of a pass and query head."""
    h = f.attrs
    heads = int(h["layers"]) * int(h["q_heads"])
    stream = layer * int(h["q_heads"]) + q
    unit = p * heads + stream
    past = int(f["attention/past"][unit])
    own = int(f["passes/end"][p] - f["passes/begin"][p])
    if h["fidelity"] == b"rows" or h["fidelity"] == "rows":
        at = int(f["attention/rows/offset"][unit])
        for r in range(own + int(f["passes/patch_rows"][p])):
            begin = at + r * past + r * (r + 1) // 2
            yield code16(f["attention/rows/codes"][begin:begin + past + r + 1])
        return
    b = f["attention/blocks"]
    of_pass = np.flatnonzero(b["pass"][:] == p)
    offsets, data = b["offset"][:], b["data"]
    first = of_pass[0] if len(of_pass) else 0
    for i, number in enumerate(of_pass):
        entry = int(first) * heads + stream * len(of_pass) + i
        end = int(offsets[entry + 1]) if entry + 1 < len(offsets) else len(data)
        keys = past + int(b["first_row"][number]) + int(b["rows"][number])
        yield block(data[int(offsets[entry]):end].tobytes(), keys, int(h["key_block"]))


def vote_place(f, i, layer, q):
    v = f["attention/votes"]
    heads = int(f.attrs["layers"]) * int(f.attrs["q_heads"])
    ends = v["windows_end"][:]
    windows = int(ends[i]) - (int(ends[i - 1]) if i else 0)
    at = int(v["offset"][i * heads + layer * int(f.attrs["q_heads"]) + q])
    codes = code16(v["codes"][at:at + windows * int(v["keys"][i])]).astype(float)
    return len(codes), float((codes * np.arange(len(codes))).sum())


def close(a, b):
    return abs(a - b) <= 1e-6 * max(1.0, abs(a), abs(b))


def main():
    folder = pathlib.Path(sys.argv[1])
    bad = checked = 0
    for line in (folder / "expected.txt").read_text().splitlines():
        word = line.split()
        with h5py.File(folder / word[0], "r") as f:
            if word[1] == "vote":
                found = vote_place(f, int(word[2]), int(word[3]), int(word[4]))
                good = found[0] == int(word[5]) and close(found[1], float(word[6]))
            else:
                rows = list(masses(f, int(word[1]), int(word[2]), int(word[3])))
                values = sum(len(row) for row in rows)
                total = sum(float(row.astype(float).sum()) for row in rows)
                place = sum(float((row.astype(float) * np.arange(len(row))).sum()) for row in rows)
                found = (values, total, place)
                good = (values == int(word[4]) and close(total, float(word[5])) and close(place, float(word[6]))
                        and abs(total - len(rows)) <= 2e-3 * max(1, len(rows)))
            checked += 1
            if not good:
                bad += 1
                print(f"expected {line}\n   found {found}")
    for path in sorted(folder.glob("*.h5")):
        with h5py.File(path, "r") as f:
            tokens = f["rows/token"][:][f["rows/patch"][:] == 0]
            assert len(tokens) == f.attrs["prompt"] + f.attrs["output"], path
            ends = f["tokens/text_end"][:]
            text = f["tokens/text"][:].tobytes()
            assert text[:ends[0]].decode() == f"t{tokens[0]}", path
            assert (len(f["log/decisions/pass"]) == 0) == bool(f.attrs["full_cache"]), path
    print(f"{checked} units, {bad} differ")
    return 1 if bad or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
