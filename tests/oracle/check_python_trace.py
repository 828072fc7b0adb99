#!/usr/bin/env python3
"""Traces that docs/python/kvfoot_trace.py writes, read by our own program and held against its recordings.

    python3 tests/oracle/check_python_trace.py build/cli/kvfoot models/kvfoot-3m /tmp/run

Exit code 77 means that a Python package is missing: CTest counts the test as skipped.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

try:
    import h5py
    import numpy as np
    import torch
    import transformers
    import xxhash  # noqa: F401
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "docs" / "python"))
import kvfoot_trace  # noqa: E402

KVFOOT, CHECKPOINT, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
failures = []


def check(good, what):
    print(("ok    " if good else "FAILED ") + what)
    if not good:
        failures.append(what)


def kvfoot(*arguments):
    ran = subprocess.run([KVFOOT, *map(str, arguments)], capture_output=True, text=True,
                         env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    return ran.returncode, ran.stdout, ran.stderr


def same_rows(a, b, most):
    """Probabilities of two traces in steps of their code (2^-11, relative); log-sum-exps and norms of keys."""
    with h5py.File(a) as first, h5py.File(b) as second:
        x, y = (f["attention/rows/codes"][:].astype(int) for f in (first, second))
        u, v = (f["attention/rows/log_sum_exp"][:] for f in (first, second))
        known = ~np.isnan(u) & ~np.isnan(v)
        norms = float(np.abs(first["key_norms"][:] - second["key_norms"][:]).max())
        sums = float(np.abs(u - v)[known].max()) if known.any() else 0.0
        steps, apart = np.abs(x - y).max(), np.mean(x != y)
        check(len(x) == len(y) and steps <= most and apart < 0.05 and sums < 1e-4 and norms < 1e-4,
              f"{a.name} and {b.name} hold the same {len(x)} masses: {steps} codes apart at most, {apart:.2%} differ; "
              f"log-sum-exp {sums:.2g}, norms {norms:.2g}")


def agree(a, b, chunks, least, policies=()):
    """Kept sets of two traces under every policy; retained mass within 0.1 %."""
    chosen = [word for policy in policies for word in ("--policy", policy)]
    code, out, err = kvfoot("compare", a, b, "--chunk", chunks, "--at-least", least, *chosen)
    rows = [line for line in out.splitlines() if re.match(r"\w+:", line)]
    worst = 0.0
    for row in rows:
        first, second = re.findall(r"([\d.]+) %", row)[-2:]
        worst = max(worst, abs(float(first) - float(second)))
    print(out + err, end="")
    check(code == 0 and len(rows) >= 16, f"{a.name} and {b.name} keep the same, at least {least} %")
    check(worst <= 0.1, f"retained mass within 0.1 %: {worst:.3g} %")


def tiny_llama():
    torch.manual_seed(3)
    config = transformers.LlamaConfig(
        vocab_size=97, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=8,
        num_key_value_heads=2, max_position_embeddings=512, initializer_range=0.3, tie_word_embeddings=False)
    return transformers.LlamaForCausalLM._from_config(config, attn_implementation="eager").eval()


def both_ways():
    model, tokens = tiny_llama(), [(i * i * 7 + 3 * i) % 97 for i in range(150)]
    a, b = FOLDER / "tiny_attentions.h5", FOLDER / "tiny_hook.h5"
    one = kvfoot_trace.record(model, tokens, str(a), 10, 40, "attentions", segments=[("needle", 20, 25)],
                              text_of=lambda t: f"<{t}>")
    two = kvfoot_trace.record(model, tokens, str(b), 10, 40, "hook")
    with torch.no_grad():
        ids = torch.tensor([tokens])
        plain = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=10, do_sample=False,
                               eos_token_id=None, pad_token_id=0)[0, 150:].tolist()
    check(one == two == plain and len(one) == 10, f"both ways generate what the model does: {one} {two} {plain}")
    same_rows(a, b, 1)
    for path in (a, b):
        code, out, err = kvfoot("inspect", "--verify", path)
        check(code == 0 and "all good" in out and "2 layers, 8 query heads, 2 KV heads of 8" in out,
              f"inspect {path.name} {err}")
    check("needle [20, 25)" in kvfoot("inspect", a)[1], "segments are read")
    for policy in ("snapkv:sparsity=0.5,window=8", "h2o:heavy=20,recent=20", "tova:budget=40",
                   "pyramidkv:sparsity=0.5,window=8", "streaming:sinks=4,window=32",
                   "duo:sparsity=0.5,sinks=4,window=16", "snapkv:sparsity=0.5,window=8,group=none", "oracle:budget=40"):
        code, out, err = kvfoot("replay", a, "--chunk", "60", "--policy", policy, "--json", "-")
        good = code == 0 and 0.3 < json.loads(out)["metrics"]["retained_mass"] < 1
        check(good, f"replay {policy} {err if code else ''}")
    agree(a, b, "40,all", 99)


def whole_prompt(model, tokens):
    path = FOLDER / "whole.h5"
    made = kvfoot_trace.record(model, tokens, str(path), 0, 0, "hook")
    code, out, err = kvfoot("inspect", "--verify", path)
    check(made == [] and code == 0 and "0 output, 1 passes, chunk all" in out, f"one pass, no output {err}")


def against_our_recorder():
    ours, theirs = FOLDER / "kvfoot.h5", FOLDER / "python.h5"
    code, _, err = kvfoot("record", "--model", CHECKPOINT, "--task", "niah:length=320,depth=40", "--output", 12,
                          "--chunk", 80, "--ignore-eos", "--out", ours)
    check(code == 0, f"kvfoot record {err if code else ''}")
    with h5py.File(ours) as file:
        tokens, prompt = file["rows/token"][:].tolist(), int(file.attrs["prompt"])
    model = transformers.AutoModelForCausalLM.from_pretrained(
        CHECKPOINT, dtype=torch.float32, attn_implementation="eager").eval()
    made = kvfoot_trace.record(model, tokens[:prompt], str(theirs), 12, 80, "hook")
    check(made == tokens[prompt:], "the same output")
    same_rows(ours, theirs, 1)  # both compute in fp32, in another order
    agree(ours, theirs, "80,160,all", 99.9)
    whole_prompt(model, tokens[:100])


def blocks_against_our_recorder():
    ours, theirs = FOLDER / "kvfoot_blocks.h5", FOLDER / "python_blocks.h5"
    code, _, err = kvfoot("record", "--model", CHECKPOINT, "--task", "niah:length=700,depth=40", "--output", 8,
                          "--chunk", 256, "--ignore-eos", "--fidelity", "blocks", "--out", ours)
    check(code == 0, f"kvfoot record --fidelity blocks {err if code else ''}")
    with h5py.File(ours) as file:
        tokens, prompt = file["rows/token"][:].tolist(), int(file.attrs["prompt"])
    model = transformers.AutoModelForCausalLM.from_pretrained(
        CHECKPOINT, dtype=torch.float32, attn_implementation="eager").eval()
    made = kvfoot_trace.record(model, tokens[:prompt], str(theirs), 8, 256, "hook", fidelity="blocks")
    code, out, err = kvfoot("inspect", "--verify", theirs)
    check(made == tokens[prompt:] and code == 0 and "all good" in out, f"inspect {theirs.name} {err}")
    with h5py.File(ours) as first, h5py.File(theirs) as second:
        for name in ("attention/blocks/pass", "attention/blocks/first_row", "attention/blocks/rows",
                     "attention/votes/begin", "attention/votes/end", "attention/votes/windows",
                     "attention/votes/windows_end", "attention/votes/offset"):
            check(np.array_equal(first[name][:], second[name][:]), f"the same {name}")
        steps = np.abs(first["attention/votes/codes"][:].astype(int) - second["attention/votes/codes"][:]).max()
        check(steps <= 1, f"votes at most one code apart: {steps}")
    agree(ours, theirs, "256,all", 99.9,
          ["streaming:sinks=40,window=160", "duo:sparsity=0.5,sinks=40,window=80", "snapkv:sparsity=0.5,window=64",
           "snapkv:sparsity=0.7,window=16,group=none", "pyramidkv:sparsity=0.6,window=32", "h2o:heavy=170,recent=170",
           "tova:budget=350", "oracle:sparsity=0.5"])
    with contextlib.suppress(kvfoot_trace.TraceError):
        kvfoot_trace.record(model, tokens[:257], str(FOLDER / "error.h5"), 1, 128, "hook", fidelity="blocks")
        check(False, "a last chunk without enough rows to vote is refused")


def errors():
    model, path = tiny_llama(), FOLDER / "error.h5"
    model.config._attn_implementation = "sdpa"
    with contextlib.suppress(kvfoot_trace.TraceError):
        kvfoot_trace.record(model, [1, 2, 3], str(path), 1, 0, "attentions")
        check(False, "sdpa attention is refused")
    made = kvfoot_trace.record(model, [1, 2, 3], str(path), 1, 0, "hook")
    check(len(made) == 1 and model.config._attn_implementation == "sdpa", "the hook does not need eager attention")
    path.unlink()
    writer = kvfoot_trace.TraceWriter(str(path), kvfoot_trace.shape_of(model), 3)
    writer.begin_pass([1, 2, 3])
    for bad in (np.ones((8, 3, 3), np.float32), np.full((8, 3, 2), 0.5, np.float32)):  # logits; a window of 2
        with contextlib.suppress(kvfoot_trace.TraceError):
            writer.heads(bad)
            check(False, "what is no causal softmax is refused")
    writer.abandon()
    check(not list(FOLDER.glob("error*")), "nothing half-written stays")
    ran = subprocess.run([sys.executable, kvfoot_trace.__file__, CHECKPOINT, "--attn", "sdpa", "--method", "attentions",
                          "--prompt-file", __file__, "--out", path], capture_output=True, text=True)
    last = ran.stderr.strip().splitlines()[-1]
    check(ran.returncode == 1 and last.startswith("error: the model runs 'sdpa' attention"), f"says so: {last}")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    both_ways()
    against_our_recorder()
    blocks_against_our_recorder()
    errors()
    print(f"{len(failures)} checks failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
