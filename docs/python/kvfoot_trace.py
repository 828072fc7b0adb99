#!/usr/bin/env python3
"""Writes kvfoot traces (docs/trace-format.md) from Hugging Face transformers: every row, or blocks of rows.

    python3 kvfoot_trace.py MODEL --prompt-file long.txt --output 64 --out run.h5
    kvfoot replay run.h5 --policy snapkv:sparsity=0.7,window=16

TraceWriter (rows; kvfoot_blocks.py has blocks) needs numpy, h5py and xxhash; record() also torch and transformers. docs/traces-from-python.md explains.
"""
import argparse
import os
import struct
import sys
import time

import h5py
import numpy as np
import xxhash

CODE16_BASE = 96 << 23  # bits of 2^-31, the smallest probability that has a code
SMALL = {  # columns that fit into memory, and their types
    "passes/index": "<i4", "passes/phase": "u1", "passes/begin": "<i8", "passes/end": "<i8",
    "passes/patch_rows": "<i8", "passes/last_prefill": "u1", "passes/side": "u1",
    "rows/pass": "<i4", "rows/index": "<i4", "rows/token": "<i4", "rows/position": "<i4", "rows/patch": "u1",
    "attention/past": "<i4",
    "segments/begin": "<i8", "segments/end": "<i8", "segments/name_end": "<i8", "segments/name": "u1",
    "tokens/text_end": "<i8", "tokens/text": "u1",
    "measured/pass": "<i4", "measured/wall_ns": "<i8", "measured/resident_entries": "<i8",
    "measured/pages": "<i8", "measured/bytes": "<i8", "measured/peak_bytes": "<i8",
    # No policy ran, so the log is empty.
    "log/answers/pass": "<i4", "log/answers/layer": "<i4", "log/answers/head": "<i4", "log/answers/kind": "u1",
    "log/answers/scope": "u1", "log/answers/pool": "u1", "log/answers/window": "<i4", "log/answers/kernel": "<i4",
    "log/answers/end": "<i8", "log/answers/values": "<f4",
    "log/decisions/pass": "<i4", "log/decisions/layer": "<i4", "log/decisions/head": "<i4",
    "log/decisions/kept": "<i8", "log/decisions/end": "<i8", "log/decisions/evicted": "<i4",
}
SCALAR_BYTES = {"f32": 4, "f16": 2, "bf16": 2}


def code16(probability):
    """Logarithmic 16-bit code of fp32 probabilities ("Codes" in docs/trace-format.md)."""
    bits = np.ascontiguousarray(probability, np.float32).view(np.int32)
    code = np.minimum((bits - CODE16_BASE + 0x800) >> 12, 0xffff)
    return np.where(bits < CODE16_BASE, 0, code).astype("<u2")


class TraceError(Exception):
    """What was asked cannot be recorded; the text says why and what to do."""


class TraceWriter:
    """One run with a full cache: per pass begin_pass(), then per layer heads() and key_norms(), then end_pass().

    shape: dict with name, layers, q_heads, kv_heads, head_dim, hidden, ffn, vocab, tied_embeddings.
    prompt: its tokens. chunk: rows of a prefill pass, 0 for one pass. segments: (name, begin, end) token ranges.
    """

    fidelity = "rows"
    small = SMALL | {"attention/rows/offset": "<i8"}
    large = {"attention/rows/codes": "<u2", "attention/rows/log_sum_exp": "<f4", "key_norms": "<f4"}  # streamed
    key_block = 64  # of `blocks`

    def __init__(self, path, shape, prompt, output=0, chunk=0, kv_dtype="f32", segments=(), device="python",
                 checkpoint_hash=""):
        self.path, self.shape, self.prompt, self.chunk = path, dict(shape), int(prompt), int(chunk)
        self.kv_dtype, self.segments, self.device, self.hash = kv_dtype, list(segments), device, checkpoint_hash
        self.column = {name: [] for name in self.small}
        self.rows = 0
        streams, rows = self.shape["layers"] * self.shape["q_heads"], prompt + output
        piece = 4 << 20 if streams * rows * rows > 1 << 30 else 1 << 20
        self.partial = path + ".partial"  # the trace takes its name when it is complete
        # Pieces on page boundaries, so that a reader maps them where they lie.
        self.file = h5py.File(self.partial, "w", alignment_threshold=piece, alignment_interval=4096)
        self.data = {name: self.file.create_dataset(name, (0,), t, maxshape=(None,),
                                                     chunks=(piece // np.dtype(t).itemsize,))
                      for name, t in self.large.items()}

    def _append(self, name, values):
        """Returns where the values begin."""
        column = self.data[name]
        at = column.shape[0]
        column.resize((at + len(values),))
        column[at:] = values
        return at

    def begin_pass(self, tokens):
        """Rows of the next pass: a chunk of the prompt, or one token of the output."""
        self.past, self.tokens, self.units, self.norms = self.rows, [int(t) for t in tokens], 0, 0
        decode = self.past >= self.prompt
        if decode and len(self.tokens) != 1:
            raise TraceError("an output token is a pass of its own")
        number, end = len(self.column["passes/index"]), self.past + len(self.tokens)
        for name, value in (("index", number), ("phase", int(decode)), ("begin", self.past), ("end", end),
                            ("patch_rows", 0), ("last_prefill", int(end == self.prompt)), ("side", 0)):
            self.column["passes/" + name].append(value)
        for index, token in enumerate(self.tokens):
            for name, value in (("pass", number), ("index", index), ("token", token),
                                ("position", self.past + index), ("patch", 0)):
                self.column["rows/" + name].append(value)

    def heads(self, probability, log_sum_exp=None):
        """The next query heads of the pass, layer after layer: fp32 softmax rows, shape (heads, rows, keys).

        log_sum_exp (heads, rows): natural logarithm of the sum of exp(q.k * scale); None: not known.
        """
        count, rows, keys = probability.shape
        if (rows, keys) != (len(self.tokens), self.past + len(self.tokens)):
            raise TraceError(f"{rows} rows over {keys} keys, but the pass has {len(self.tokens)} rows after "
                             f"{self.past}: sliding windows and padding cannot be recorded")
        seen = np.arange(keys) <= self.past + np.arange(rows)[:, None]
        row_sum = probability.sum(axis=-1, where=seen, dtype=np.float64)
        if not np.abs(row_sum - 1).max() < 0.05 or probability.min() < 0:
            raise TraceError("rows of attention do not sum to one over their causal keys: give softmax probabilities")
        for head in range(count):
            self.column["attention/past"].append(self.past)
            self._head(np.where(seen, probability[head], np.float32(0)), seen,
                       np.full(rows, np.nan) if log_sum_exp is None else log_sum_exp[head])
        self.units += count

    def _head(self, probability, seen, log_sum_exp):
        codes = code16(probability)[seen]  # row after row, each up to its own key
        self.column["attention/rows/offset"].append(self._append("attention/rows/codes", codes))
        self._append("attention/rows/log_sum_exp", log_sum_exp)

    def key_norms(self, norms):
        """L2 norms of the keys that the pass added to one layer, after RoPE: shape (kv_heads, rows)."""
        if norms.shape != (self.shape["kv_heads"], len(self.tokens)):
            raise TraceError(f"key norms have the shape {norms.shape}")
        self._append("key_norms", np.ravel(norms))
        self.norms += 1

    def end_pass(self, wall_ns=0):
        layers, q_heads = self.shape["layers"], self.shape["q_heads"]
        if self.units != layers * q_heads or self.norms != layers:
            raise TraceError(f"the pass brought {self.units} of {layers * q_heads} query heads "
                             f"and the key norms of {self.norms} of {layers} layers")
        self.rows += len(self.tokens)
        entries = self.rows * layers * self.shape["kv_heads"]  # pages of one entry: tensors without pages
        size = entries * 2 * self.shape["head_dim"] * SCALAR_BYTES[self.kv_dtype]
        for name, value in (("pass", len(self.column["measured/pass"])), ("wall_ns", wall_ns),
                            ("resident_entries", entries), ("pages", entries), ("bytes", size), ("peak_bytes", size)):
            self.column["measured/" + name].append(value)

    def finish(self, texts=()):
        """texts: of every token of the run, or nothing."""
        if self.rows < self.prompt or (texts and len(texts) != self.rows):
            raise TraceError(f"{self.rows} rows, {self.prompt} prompt tokens, {len(texts)} texts")
        self._strings("tokens/text", "tokens/text_end", texts)
        self._strings("segments/name", "segments/name_end", [s[0] for s in self.segments])
        self.column["segments/begin"] = [s[1] for s in self.segments]
        self.column["segments/end"] = [s[2] for s in self.segments]
        for name, kind in self.small.items():
            self.file.create_dataset(name, data=np.asarray(self.column[name], kind))
        self._header()
        self.file.close()
        seal(self.partial)
        os.replace(self.partial, self.path)

    def abandon(self):
        self.file.close()
        os.remove(self.partial)

    def _strings(self, name, ends, texts):
        raw = [t.encode() for t in texts]
        self.column[name] = list(b"".join(raw))
        self.column[ends] = np.cumsum([len(t) for t in raw], dtype=np.int64)

    def _header(self):
        shape = self.shape
        texts = {"format": "kvfoot trace", "program_version": "python recipe 1", "model": shape["name"],
                 "checkpoint_hash": self.hash, "last_prompt_token": "prefill", "policy": "full",
                 "storage": "kv_heads", "kv_dtype": self.kv_dtype, "device": self.device, "fidelity": self.fidelity}
        numbers = {"version": 1, "prompt": self.prompt, "output": self.rows - self.prompt, "chunk": self.chunk,
                   "patch_window": 0, "block": 1, "seed": 0, "full_cache": 1, "row_block": 64,
                   "key_block": self.key_block,
                   "entries_block": 96, "entries_row": 256, "entries_last": 1024, "side_window": 0}
        numbers |= {k: int(v) for k, v in shape.items() if k != "name"}
        for name, text in texts.items():
            raw = text.encode()
            kind = h5py.string_dtype("utf-8", max(1, len(raw)))
            self.file.attrs.create(name, np.array(raw, kind), dtype=kind)
        for name, number in numbers.items():
            self.file.attrs.create(name, number, dtype="<i8")
        self.file.attrs.create("vote_windows", [16, 32, 64], dtype="<i8")
        self.file.attrs["side_votes"] = h5py.Empty("<i8")


def seal(path):
    """Appends the hashes of every piece of data and of what lies between ("Seal" in docs/trace-format.md)."""
    pieces = []

    def visit(_, item):
        if isinstance(item, h5py.Dataset) and item.size:
            if item.chunks is None:
                pieces.append((item.id.get_offset(), item.size * item.dtype.itemsize))
            else:
                infos = (item.id.get_chunk_info(i) for i in range(item.id.get_num_chunks()))
                pieces.extend((info.byte_offset, info.size) for info in infos)

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    size, magic, between = os.path.getsize(path), b"KVFSEAL1", xxhash.xxh3_64()
    out = [magic, struct.pack("<Q", len(pieces))]
    with open(path, "r+b") as file:
        for offset, count in sorted(pieces):
            between.update(file.read(offset - file.tell()))
            out.append(struct.pack("<3Q", offset, count, xxhash.xxh3_64_intdigest(file.read(count))))
        between.update(file.read())
        out.append(struct.pack("<2Q", between.intdigest(), size))
        body = b"".join(out)
        file.write(body + struct.pack("<2Q", xxhash.xxh3_64_intdigest(body), len(body) + 24) + magic)


# ---- Recording with transformers ----------------------------------------------------------------------------------

def shape_of(model):
    c = model.config
    return {"name": os.path.basename(os.path.normpath(c._name_or_path or c.model_type)),
            "layers": c.num_hidden_layers, "q_heads": c.num_attention_heads,
            "kv_heads": getattr(c, "num_key_value_heads", None) or c.num_attention_heads,
            "head_dim": getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads,
            "hidden": c.hidden_size, "ffn": c.intermediate_size, "vocab": c.vocab_size,
            "tied_embeddings": c.tie_word_embeddings}


def numpy_of(tensor):
    return tensor.detach().float().cpu().numpy()


def attentions_pass(model, writer, tokens, cache):
    """First way: transformers returns the attention of all layers at once."""
    if model.config._attn_implementation != "eager":
        raise TraceError(f"the model runs '{model.config._attn_implementation}' attention, which gives no "
                         "probabilities; load it with attn_implementation='eager', or record with method='hook'")
    out = model(tokens, past_key_values=cache, use_cache=True, output_attentions=True, logits_to_keep=1)
    if not out.attentions or any(a is None for a in out.attentions):
        raise TraceError("the model returned no attention although output_attentions=True; "
                         "load it with attn_implementation='eager', or record with method='hook'")
    for layer, attention in enumerate(out.attentions):
        writer.heads(numpy_of(attention[0]))
        keys = cache.layers[layer].keys if hasattr(cache, "layers") else cache.key_cache[layer]
        writer.key_norms(numpy_of(keys[0, :, -tokens.shape[1]:].float().norm(dim=-1)))
    return out


def hook_pass(model, writer, tokens, cache):
    """Second way: an attention function of our own hands over one KV head at a time and drops it."""
    import torch
    from transformers import AttentionInterface

    def attention(module, query, key, value, attention_mask, scaling=None, dropout=0.0, **other):
        window = other.get("sliding_window") or getattr(module, "sliding_window", None)
        if other.get("softcap") or other.get("s_aux") is not None or (window and window < key.shape[2]):
            raise TraceError("this model's attention is no plain causal softmax over keys (sliding window, soft cap or "
                             "sinks); the first two can be recorded with method='attentions'")
        rows, keys, group = query.shape[2], key.shape[2], query.shape[1] // key.shape[1]
        scale = query.shape[3] ** -0.5 if scaling is None else scaling
        hidden = torch.ones(rows, keys, dtype=torch.bool, device=key.device).triu(keys - rows + 1)
        result = []
        for head in range(key.shape[1]):
            q = query[0, head * group:(head + 1) * group]
            logits = (q @ key[0, head].T).float() * scale
            logits.masked_fill_(hidden, float("-inf"))
            total = torch.logsumexp(logits, dim=-1)
            probability = torch.softmax(logits, dim=-1)
            writer.heads(numpy_of(probability), numpy_of(total))
            result.append(probability.to(value.dtype) @ value[0, head])
        writer.key_norms(numpy_of(key[0, :, keys - rows:].float().norm(dim=-1)))
        return torch.cat(result)[None].transpose(1, 2).contiguous(), None

    before = model.config._attn_implementation
    AttentionInterface.register("kvfoot", attention)
    model.config._attn_implementation = "kvfoot"
    try:
        return model(tokens, past_key_values=cache, use_cache=True, logits_to_keep=1)
    finally:
        model.config._attn_implementation = before


def record(model, tokens, path, output=64, chunk=0, method="hook", segments=(), text_of=None, stop=(),
           fidelity="rows"):
    """Prefills `tokens`, decodes greedily, writes the trace; returns the output tokens.

    fidelity: "rows", or "blocks" for long prompts. chunk: rows of a prefill pass, 0 for one. text_of: text of a token id, or None. stop: tokens that end the output.
    """
    import torch
    import transformers

    run_pass = {"hook": hook_pass, "attentions": attentions_pass}[method]
    tokens = [int(t) for t in tokens]
    kv_dtype = {torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16"}[model.dtype]
    kind = TraceWriter
    if fidelity == "blocks":
        from kvfoot_blocks import BlockWriter as kind
    writer = kind(path, shape_of(model), len(tokens), output, chunk, kv_dtype, segments,
                         f"transformers {transformers.__version__} on {model.device.type}")
    cache, made, end = transformers.DynamicCache(), [], False
    try:
        with torch.no_grad():
            while not end:
                at = writer.rows
                ids = tokens[at:at + (chunk or len(tokens))] or made[-1:]
                begin = time.perf_counter_ns()
                writer.begin_pass(ids)
                out = run_pass(model, writer, torch.tensor([ids], device=model.device), cache)
                writer.end_pass(time.perf_counter_ns() - begin)  # with the time that recording takes
                if writer.rows >= len(tokens):
                    end = len(made) == output or bool(made and made[-1] in stop)
                    if not end:
                        made.append(int(out.logits[0, -1].argmax()))
        writer.finish([text_of(t) for t in tokens + made] if text_of else [])
    except BaseException:
        writer.abandon()
        raise
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder or name of a Llama-style model")
    parser.add_argument("--prompt-file", required=True)
    parser.add_argument("--out", required=True, help="trace to write (.h5)")
    parser.add_argument("--output", type=int, default=64, help="tokens to generate")
    parser.add_argument("--chunk", type=int, default=0, help="rows of a prefill pass, 0: the whole prompt")
    parser.add_argument("--fidelity", choices=["rows", "blocks"], default="rows", help="blocks: for long prompts")
    parser.add_argument("--method", choices=["hook", "attentions"], default="hook")
    parser.add_argument("--attn", default="eager", help="attn_implementation to load the model with")
    parser.add_argument("--dtype", default="float32", help="float32, float16 or bfloat16")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForCausalLM.from_pretrained(
        args.model, dtype=getattr(torch, args.dtype), attn_implementation=args.attn).to(args.device).eval()
    with open(args.prompt_file, encoding="utf-8") as file:
        tokens = tokenizer(file.read())["input_ids"]
    shape = shape_of(model)
    rows = len(tokens) + args.output
    if args.fidelity == "rows":
        size = shape["layers"] * shape["q_heads"] * rows * rows
        print(f"{rows} rows, about {size / 1e9:.2f} GB on disk", file=sys.stderr)
    stop = () if tokenizer.eos_token_id is None else (tokenizer.eos_token_id,)
    made = record(model, tokens, args.out, args.output, args.chunk, args.method,
                  text_of=lambda t: tokenizer.decode([t]), stop=stop, fidelity=args.fidelity)
    print(f"{args.out}: {len(tokens)} prompt tokens, {len(made)} generated: {tokenizer.decode(made)!r}")


if __name__ == "__main__":
    try:
        main()
    except TraceError as error:
        sys.exit(f"error: {error}")
