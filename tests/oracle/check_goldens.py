#!/usr/bin/env python3
"""Computes the goldens again and compares them with the committed files.

    python3 tests/oracle/check_goldens.py llama|tokenizer [FOLDER written by write_oracle_models]

Exit code 77 means that a Python package is missing: CTest counts the test as skipped.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
SKIP = 77


def check_tokenizer():
    from tokenizers import Regex, Tokenizer, pre_tokenizers
    goldens = json.loads((HERE / "tokenizer_goldens.json").read_text())
    texts = goldens["texts"]
    bad = 0
    for name in ["merges", "ignore", "gpt2"]:
        tokenizer = Tokenizer.from_file(str(HERE / f"tokenizer_{name}.json"))
        golden = goldens[name]
        bad += sum(tokenizer.encode(t).ids != ids for t, ids in zip(texts, golden["ids"]))
        bad += sum(tokenizer.decode(ids, skip_special_tokens=True) != text
                   for ids, text in zip(golden["loose"], golden["loose_text"]))
    split = pre_tokenizers.Split(Regex(goldens["pattern"]), behavior="isolated")
    for text, lengths in zip(texts, goldens["pieces"]):
        pieces = split.pre_tokenize_str(text) if text else []
        bad += [len(piece.encode()) for piece, _ in pieces] != lengths
    print(f"{len(texts)} texts, {bad} differences")
    return bad


def check_llama(models):
    import numpy
    from safetensors.numpy import load_file
    import make_llama_goldens
    worst = 0.0
    folders = sorted(pathlib.Path(models).iterdir())
    for folder in folders:
        golden = load_file(HERE / f"llama_{folder.name}.safetensors")
        fresh = {name: t.numpy() for name, t in make_llama_goldens.compute(folder).items()}
        for name in ["tokens", "rows", "greedy"]:
            if not numpy.array_equal(golden[name], fresh[name]):
                print(f"{folder.name}: {name} differs")
                return 1
        for name in ["logits", "greedy_logits"]:
            worst = max(worst, float(numpy.abs(golden[name] - fresh[name]).max()))
    print(f"{len(folders)} models, largest difference of a logit {worst:.3g}")
    return worst > 2e-5 or not folders


def main():
    try:
        return check_tokenizer() if sys.argv[1] == "tokenizer" else check_llama(sys.argv[2])
    except ImportError as error:
        print(f"skipped: {error}")
        return SKIP


if __name__ == "__main__":
    sys.exit(1 if (result := main()) not in (0, SKIP) else result)
