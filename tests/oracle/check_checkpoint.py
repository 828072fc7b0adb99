#!/usr/bin/env python3
"""Loads a checkpoint folder with transformers and compares tokens and logits with our executor's.

    build/tests/oracle/write_checkpoint_run models/kvfoot-3m /tmp/run
    python3 tests/oracle/check_checkpoint.py models/kvfoot-3m /tmp/run

Exit code 77 means that a Python package is missing: CTest counts the test as skipped.
"""
import pathlib
import sys

try:
    import numpy
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

# Both sides round in fp32, in another order; logits of a trained model are of order 10.
TOLERANCE = 1e-4


def integers(path):
    return [int(line) for line in path.read_text().split()]


def check(folder, model, tokenizer):
    text = (folder / "text.txt").read_bytes().decode()
    tokens, output = integers(folder / "tokens.txt"), integers(folder / "output.txt")
    theirs = tokenizer(text)["input_ids"]
    if theirs != tokens:
        print(f"{folder.name}: tokens differ: {theirs} and {tokens}")
        return False
    if tokenizer.decode(tokens, skip_special_tokens=False).encode().find(text.encode()) < 0:
        print(f"{folder.name}: decoding does not give the text back")
        return False
    ours = numpy.fromfile(folder / "logits.f32", "<f4").reshape(len(tokens) + len(output), -1)
    with torch.no_grad():
        expected = model(torch.tensor([tokens + output])).logits[0].numpy()
        greedy = model.generate(torch.tensor([tokens]), max_new_tokens=len(output), do_sample=False,
                                eos_token_id=None, pad_token_id=0)[0, len(tokens):].tolist()
    worst = float(numpy.abs(ours - expected).max())
    print(f"{folder.name}: {len(tokens)} tokens and {len(output)} generated, logits up to "
          f"{numpy.abs(expected).max():.3g}, largest difference {worst:.3g}, "
          f"reply {tokenizer.decode(output)!r}")
    if greedy != output:
        print(f"{folder.name}: greedy tokens differ: {greedy} and {output}")
        return False
    return worst <= TOLERANCE


def main():
    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(
        sys.argv[1], dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
    cases = sorted(pathlib.Path(sys.argv[2]).iterdir())
    return 0 if len(cases) == 2 and all([check(c, model, tokenizer) for c in cases]) else 1


if __name__ == "__main__":
    sys.exit(main())
