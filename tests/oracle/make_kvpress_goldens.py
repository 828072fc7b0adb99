#!/usr/bin/env python3
"""Asks the scorers of kvpress what they keep of made-up queries and keys.

    python3 tests/oracle/make_kvpress_goldens.py tests/oracle/kvpress.txt
    python3 tests/oracle/make_kvpress_goldens.py --check tests/oracle/kvpress.txt

`--check` computes again and compares; it exits with 77 where a package is missing.

Needs torch, transformers and kvpress from PyPI (`pip install --no-deps kvpress` is enough: only the
presses are imported, not the package's pipeline). Queries and keys are a hash of their indices, so
the file does not hold them; tests/policy/kvpress_test.cpp makes the same ones.

One line per case and KV head; fields are KEY=VALUE, then `kept` and its positions ascending, then, for
head 0 and where scores mean something, `scores` and one number per token.
"""
import importlib.metadata
import importlib.util
import pathlib
import sys
import types

try:
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

MASK = (1 << 64) - 1
MARGIN = 1e-5  # smallest distance of the last kept score from the first dropped one


def import_presses():
    """kvpress's presses without its __init__, which pulls in the evaluation pipeline."""
    spec = importlib.util.find_spec("kvpress")
    if spec is None:
        raise ImportError("no kvpress")
    package = types.ModuleType("kvpress")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["kvpress"] = package
    presses = types.ModuleType("kvpress.presses")
    presses.__path__ = [str(pathlib.Path(package.__path__[0]) / "presses")]
    sys.modules["kvpress.presses"] = presses
    from kvpress.presses.observed_attention_press import ObservedAttentionPress
    from kvpress.presses.pyramidkv_press import PyramidKVPress
    from kvpress.presses.snapkv_press import SnapKVPress
    from kvpress.presses.streaming_llm_press import StreamingLLMPress
    from kvpress.presses.tova_press import TOVAPress

    return SnapKVPress, PyramidKVPress, TOVAPress, ObservedAttentionPress, StreamingLLMPress


def mix64(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def hash_words(*words):
    h = 0x243F6A8885A308D3
    for word in words:
        h = mix64(h ^ word)
    return h


def made_up(seed, kind, heads, tokens, dim):
    """(1, heads, tokens, dim) multiples of 1/256 in [-2, 2)."""
    values = [
        [[(hash_words(seed, kind, h, t, d) >> 54) / 256 - 2 for d in range(dim)] for t in range(tokens)]
        for h in range(heads)
    ]
    return torch.tensor([values], dtype=torch.float32)


class Layer(torch.nn.Module):
    """What a press wants to see of an attention module; hidden states are the queries themselves."""

    def __init__(self, q_heads, kv_heads, dim, layers, layer):
        super().__init__()
        self.config = types.SimpleNamespace(
            num_attention_heads=q_heads, num_key_value_heads=kv_heads, num_hidden_layers=layers
        )
        self.head_dim = dim
        self.layer_idx = layer
        self.q_proj = torch.nn.Identity()


def causal_attention(q, k, group):
    logits = q @ k.repeat_interleave(group, 1).transpose(2, 3) / q.shape[-1] ** 0.5
    mask = torch.full(logits.shape[-2:], float("-inf")).triu(1)
    return torch.softmax(logits + mask, -1, dtype=torch.float32)


def run(press, case, attentions):
    """Scores and kept positions per KV head."""
    q_heads, kv_heads, dim, tokens = case["q_heads"], case["kv_heads"], case["head_dim"], case["tokens"]
    q = made_up(case["seed"], 0, q_heads, tokens, dim)
    k = made_up(case["seed"], 1, kv_heads, tokens, dim)
    module = Layer(q_heads, kv_heads, dim, case["layers"], case["layer"])
    hidden = q.transpose(1, 2).reshape(1, tokens, q_heads * dim)
    no_rotation = (torch.ones(1, tokens, dim), torch.zeros(1, tokens, dim))
    weights = causal_attention(q, k, q_heads // kv_heads) if attentions else None
    kwargs = {"position_embeddings": no_rotation}
    scores = press.score(module, hidden, k, k, weights, kwargs)[0]
    # Values that name their position come back from compress() in whatever order it likes.
    names = torch.arange(tokens, dtype=torch.float32).view(1, 1, tokens, 1).expand(1, kv_heads, tokens, dim)
    _, values = press.compress(module, hidden, k, names, weights, kwargs)
    kept = [sorted(int(x) for x in head) for head in values[0, :, :, 0]]
    return scores, kept


def last_token_stays(case, kept):
    """kvpress forces the last token to stay, TOVA does not: whether it would have stayed anyway."""
    q = made_up(case["seed"], 0, case["q_heads"], case["tokens"], case["head_dim"])
    k = made_up(case["seed"], 1, case["kv_heads"], case["tokens"], case["head_dim"])
    row = causal_attention(q, k, case["q_heads"] // case["kv_heads"])[0, :, -1].mean(0)
    return sorted(row.topk(len(kept[0])).indices.tolist()) == kept[0]


def clear_cut(scores, kept):
    for row, positions in zip(scores, kept):
        if len(positions) < len(row):
            order = torch.sort(row, descending=True).values
            if order[len(positions) - 1] - order[len(positions)] < MARGIN:
                return False
    return True


def compute():
    """The lines of the file."""
    snap, pyramid, tova, observed, streaming = import_presses()
    lines = [
        f"# tests/oracle/make_kvpress_goldens.py with kvpress {importlib.metadata.version('kvpress')},"
        f" torch {torch.__version__.split('+')[0]}"
    ]
    shapes = [(1, 1, 4, 40), (4, 2, 8, 96), (6, 2, 4, 131), (8, 8, 4, 64)]

    def emit(name, case, make_press, attentions=False, with_scores=True, accept=None):
        """Tries seeds until the kept set does not hang on rounding."""
        for seed in range(case["seed"], case["seed"] + 100000, 97):
            case = {**case, "seed": seed}
            scores, kept = run(make_press(case), case, attentions)
            accepted = accept is None or accept(case, kept)
            if accepted and (not with_scores or clear_cut(scores, kept)):
                break
        else:
            raise SystemExit(f"no clear-cut seed for {name} {case}")
        fields = " ".join(f"{key}={value}" for key, value in case.items())
        for head, positions in enumerate(kept):
            line = f"{name} {fields} head={head} kept {' '.join(map(str, positions))}"
            if with_scores and head == 0:
                line += " scores " + " ".join(f"{float(x):.8g}" for x in scores[head])
            lines.append(line)

    seed = 1
    for q_heads, kv_heads, dim, tokens in shapes:
        base = {"q_heads": q_heads, "kv_heads": kv_heads, "head_dim": dim, "tokens": tokens}
        for ratio, window, kernel in [(0.3, 8, 5), (0.7, 8, 5), (0.8, 4, 7), (0.5, 1, 1)]:
            seed += 1
            case = {"seed": seed, **base, "layers": 1, "layer": 0, "ratio": ratio, "window": window, "kernel": kernel}
            emit("snapkv", case, lambda c: snap(c["ratio"], c["window"], c["kernel"]))
            emit("snapkv", case, lambda c: snap(c["ratio"], c["window"], c["kernel"]), attentions=True)
        for layer in range(4):
            seed += 1
            case = {"seed": seed, **base, "layers": 4, "layer": layer, "ratio": 0.7, "window": 2, "kernel": 5, "beta": 5}
            emit("pyramidkv", case, lambda c: pyramid(c["ratio"], c["window"], c["kernel"], c["beta"]))
        for ratio in [0.25, 0.6]:
            seed += 1
            case = {"seed": seed, **base, "layers": 1, "layer": 0, "ratio": ratio}
            emit("tova", case, lambda c: tova(c["ratio"]), accept=last_token_stays)
            emit("observed", case, lambda c: observed(c["ratio"]), attentions=True)
            emit("streaming", case, lambda c: streaming(c["ratio"], 4), with_scores=False)
    return lines


def same(line, other):
    """Whether two lines hold the same kept set and, up to rounding, the same scores."""
    head, _, scores = line.partition(" scores ")
    other_head, _, other_scores = other.partition(" scores ")
    pairs = list(zip(scores.split(), other_scores.split(), strict=True))
    return head == other_head and all(abs(float(a) - float(b)) < 1e-5 for a, b in pairs)


def main():
    path = pathlib.Path(sys.argv[-1])
    try:
        lines = compute()
    except ImportError as error:
        print(f"skipped: {error}")
        return 77
    if "--check" not in sys.argv:
        path.write_text("\n".join(lines) + "\n")
        return 0
    old = path.read_text().splitlines()
    bad = sum(not same(a, b) for a, b in zip(old[1:], lines[1:]))
    print(f"{len(old) - 1} cases, {bad} differences")
    return int(bad > 0 or len(old) != len(lines))


if __name__ == "__main__":
    sys.exit(main())
