"""`blocks` traces (docs/trace-format.md) for long prompts: sums over 64 rows, large entries apart, votes of last rows.

    record(model, tokens, "long.h5", output=64, chunk=2048, fidelity="blocks")      # kvfoot_trace.py

Replays may use the recorded chunk size and one chunk for the whole prompt, and windows of 16, 32 and 64 rows.
"""
import struct

import numpy as np
from kvfoot_trace import SMALL, TraceError, TraceWriter, code16

ROW_BLOCK = 64
WINDOWS = (16, 32, 64)
CODE8_BASE = 112 << 23  # bits of 2^-15


def code8(values):
    bits = np.ascontiguousarray(values, np.float32).view(np.int32)
    return np.where(bits < CODE8_BASE, 0, np.minimum((bits - CODE8_BASE + 0x40000) >> 19, 0xff)).astype(np.uint8)


def decode8(codes):
    bits = (codes.astype(np.uint32) << 19) + np.uint32(CODE8_BASE)
    return np.where(codes == 0, np.float32(0), bits.view(np.float32))


def largest(mass, most, least):
    """Keys of the largest masses, ascending; ties go to the lower key."""
    keys = np.flatnonzero(mass >= least)
    if len(keys) <= most:
        return keys
    bound = np.partition(mass[keys], len(keys) - most)[len(keys) - most]
    above, equal = mass[keys] > bound, mass[keys] == bound
    return np.sort(np.concatenate([keys[above], keys[equal][:most - above.sum()]]))


def encode_block(mass, most, least, key_block):
    """One row block: entries, and a mean per key block whose total is kept ("Blocks" in docs/trace-format.md)."""
    keys = largest(mass, most, np.float32(least))
    gaps, codes, before = [], [], 0
    for key, code in zip(keys.tolist(), code16(mass[keys]).tolist()):
        while key - before >= 65535:
            gaps, codes, before = gaps + [65535], codes + [0], before + 65535
        gaps.append(key - before)
        codes.append(code)
        before = key
    others = np.ones(len(mass), np.int64)
    others[keys] = 0
    starts = np.arange(0, len(mass), key_block)
    count = np.add.reduceat(others, starts)
    rest = np.add.reduceat(np.where(others, mass, 0).astype(np.float64), starts)
    mean = (rest / np.maximum(count, 1)).astype(np.float32)
    relative = code8(mean / mean.max()) if mean.max() > 0 else np.zeros(len(mean), np.uint8)
    decoded = float((decode8(relative).astype(np.float64) * count).sum())
    scale = rest.sum() / decoded if decoded > 0 else 0.0
    body = struct.pack("<fHHI", scale, len(gaps), 0, len(starts))
    body += np.asarray(gaps + codes, "<u2").tobytes() + relative.tobytes()
    return body + bytes(-len(relative) % 4)


class BlockWriter(TraceWriter):
    """The calls of TraceWriter; log_sum_exp is not kept."""

    fidelity = "blocks"
    small = SMALL | {
        "attention/blocks/pass": "<i4", "attention/blocks/first_row": "<i4", "attention/blocks/rows": "<i4",
        "attention/blocks/offset": "<i8", "attention/votes/pass": "<i4", "attention/votes/begin": "<i8",
        "attention/votes/end": "<i8", "attention/votes/keys": "<i8", "attention/votes/voters": "<i8",
        "attention/votes/side": "u1", "attention/votes/windows": "<i4", "attention/votes/windows_end": "<i8",
        "attention/votes/offset": "<i8"}
    large = {"attention/blocks/data": "u1", "attention/votes/codes": "<u2", "key_norms": "<f4"}

    def __init__(self, path, shape, prompt, output=0, chunk=0, *other, **more):
        if min(prompt, chunk or prompt) < WINDOWS[-1] or 0 < prompt % (chunk or prompt) < WINDOWS[-1]:
            raise TraceError(f"{prompt} tokens in chunks of {chunk or prompt}: every chunk, the last one too, needs the "
                             f"{WINDOWS[-1]} rows that vote; choose another chunk size, or fidelity='rows'")
        super().__init__(path, shape, prompt, output, chunk, *other, **more)
        self.key_block = 64 if prompt <= 49152 else 128

    def begin_pass(self, tokens):
        super().begin_pass(tokens)
        number, rows, end = self.column["rows/pass"][-1], len(self.tokens), self.past + len(self.tokens)
        decode = self.past >= self.prompt
        self.blocks, at = [], self.past
        while at < end:  # up to a multiple of 64; the last row of a chunk stands alone
            until = min(end, (at // ROW_BLOCK + 1) * ROW_BLOCK)
            until = min(until, end - 1) if at < end - 1 else until
            self.blocks.append((at - self.past, until - at))
            at = until
        for first, count in self.blocks:
            for name, value in (("pass", number), ("first_row", first), ("rows", count)):
                self.column["attention/blocks/" + name].append(value)
        # Begins of the chunks that end here: the pass itself, and the whole prompt.
        self.votes = {} if decode else {self.past: []}
        if end == self.prompt:
            self.votes.setdefault(0, [])
        for begin in self.votes:
            self.column["attention/votes/windows"] += WINDOWS
            windows_end = len(self.column["attention/votes/windows"])
            for name, value in (("pass", number), ("begin", begin), ("end", end), ("keys", end - begin),
                                ("voters", end - begin), ("side", 0), ("windows_end", windows_end)):
                self.column["attention/votes/" + name].append(value)
        self.pending = {begin: [] for begin in self.votes}  # codes wait for the end of their layer

    def _head(self, probability, seen, log_sum_exp):
        decode = self.past >= self.prompt
        encoded = []
        for first, count in self.blocks:
            mass = probability[first:first + count, :self.past + first + count].sum(axis=0, dtype=np.float32)
            most = 256 if decode else 1024 if count == 1 else 96
            encoded.append(encode_block(mass / np.float32(count), most, 2**-20 if count == 1 else 2**-14,
                                        self.key_block))
        at = self._append("attention/blocks/data", np.frombuffer(b"".join(encoded), np.uint8))
        for block in encoded:
            self.column["attention/blocks/offset"].append(at)
            at += len(block)
        for begin, waiting in self.pending.items():
            voters = probability[-WINDOWS[-1]:, begin:]
            voters = voters / np.maximum(voters.sum(axis=1, keepdims=True, dtype=np.float64), 1e-38)
            segments = np.split(voters, [len(voters) - 32, len(voters) - 16])[::-1]  # the last 16 rows first
            waiting.append(code16(np.concatenate([part.mean(axis=0) for part in segments])))

    def key_norms(self, norms):
        super().key_norms(norms)
        for begin, waiting in self.pending.items():
            self.votes[begin] += [self._append("attention/votes/codes", codes) for codes in waiting]
            waiting.clear()

    def end_pass(self, wall_ns=0):
        super().end_pass(wall_ns)
        for offsets in self.votes.values():
            self.column["attention/votes/offset"] += offsets
