#!/usr/bin/env python3
"""Computes logits of random Llama models with transformers, in float32 on one thread.

    build/tests/oracle/write_oracle_models /tmp/oracle_models
    python3 tests/oracle/make_llama_goldens.py /tmp/oracle_models tests/oracle

Needs torch and transformers. The format of the files it writes is in README.md.
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

PROMPT = 40
GREEDY = 8
# First rows, both sides of powers of two, and the last one.
ROWS = [0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 38, 39]


def prompt_tokens(vocab):
    """Tokens that repeat with a period, so that heads have something to look back at."""
    return [(7 * (i % 13) + 31 * (i // 13) + i * i) % vocab for i in range(PROMPT)]


def top_margin(logits):
    top = torch.topk(logits, 2).values
    return float(top[0] - top[1])


def compute(folder):
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager")
    model.eval()
    tokens = prompt_tokens(model.config.vocab_size)
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0]
        rows = logits[ROWS].clone()
        generated, margins, greedy_rows = [], [], []
        last = logits[-1]
        # Without a cache: the whole sequence again for every token, as simple as it gets.
        for _ in range(GREEDY):
            generated.append(int(torch.argmax(last)))
            margins.append(top_margin(last))
            last = model(torch.tensor([tokens + generated])).logits[0, -1]
            greedy_rows.append(last.clone())
    return {
        "tokens": torch.tensor(tokens, dtype=torch.float32),
        "rows": torch.tensor(ROWS, dtype=torch.float32),
        "logits": rows.contiguous(),
        "greedy": torch.tensor(generated, dtype=torch.float32),
        "greedy_margins": torch.tensor(margins, dtype=torch.float32),
        "greedy_logits": torch.stack(greedy_rows).contiguous(),
    }


def main():
    models, out = map(pathlib.Path, sys.argv[1:3])
    torch.set_num_threads(1)
    for folder in sorted(models.iterdir()):
        golden = compute(folder)
        save_file(golden, out / f"llama_{folder.name}.safetensors",
                  metadata={"format": "pt", "made_by": "tests/oracle/make_llama_goldens.py"})
        print(folder.name, "greedy", [int(x) for x in golden["greedy"]],
              "smallest margin %.3g" % float(golden["greedy_margins"].min()),
              "logit spread %.3g" % float(golden["logits"].std()))


if __name__ == "__main__":
    main()
