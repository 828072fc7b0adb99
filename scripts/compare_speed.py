#!/usr/bin/env python3
"""Speed and peak memory of Hugging Face transformers beside kvfoot, on one card, in one run.

    python3 scripts/compare_speed.py --kvfoot build/cli/kvfoot
    python3 scripts/compare_speed.py --kvfoot build/cli/kvfoot --shape llama-3.2-1b --prompt 2048

Both make random weights of the same shape in memory and run the same number of tokens: a prefill of --prompt tokens in one
pass and --output greedy tokens, bf16, batch 1. transformers runs with SDPA, and eagerly with output_attentions (which is
what recording attention costs there; its matrices limit the prompt: --eager-prompt). Medians of --repeat runs.
Needs torch with CUDA and transformers. On a machine without a card: --device cpu, with a small shape, to try the script.
"""
import argparse
import gc
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

# hidden, ffn, layers, query heads, KV heads, head dimension, vocabulary, tied
SHAPES = {
    "llama-3.1-8b": (4096, 14336, 32, 32, 8, 128, 128256, False),
    "llama-3.2-3b": (3072, 8192, 28, 24, 8, 128, 128256, True),
    "llama-3.2-1b": (2048, 8192, 16, 32, 8, 64, 128256, True),
}


def make_model(shape, device, attention):
    hidden, ffn, layers, heads, kv_heads, head_dim, vocab, tied = SHAPES[shape]
    config = LlamaConfig(hidden_size=hidden, intermediate_size=ffn, num_hidden_layers=layers,
                         num_attention_heads=heads, num_key_value_heads=kv_heads, head_dim=head_dim, vocab_size=vocab,
                         max_position_embeddings=131072, rope_theta=500000.0, tie_word_embeddings=tied)
    config._attn_implementation = attention
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            return LlamaForCausalLM(config).eval()
    finally:
        torch.set_default_dtype(before)


def wait(device):
    if device == "cuda":
        torch.cuda.synchronize()


@torch.no_grad()
def run(model, device, prompt, output, weights_of_attention):
    ids = torch.randint(0, model.config.vocab_size, (1, prompt), device=device)
    wait(device)
    begin = time.perf_counter()
    result = model(ids, use_cache=True, logits_to_keep=1, output_attentions=weights_of_attention)
    wait(device)
    prefill = time.perf_counter() - begin
    cache, token = result.past_key_values, result.logits[:, -1:].argmax(-1)
    del result
    begin = time.perf_counter()
    for _ in range(output):
        result = model(token, past_key_values=cache, use_cache=True, output_attentions=weights_of_attention)
        token = result.logits[:, -1:].argmax(-1)
    wait(device)
    return prefill, (time.perf_counter() - begin) / output


def transformers_row(name, options, attention, prompt, weights_of_attention):
    gc.collect()
    if options.device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    try:
        model = make_model(options.shape, options.device, attention)
        run(model, options.device, min(prompt, 256), 4, weights_of_attention)  # warms up
        times = [run(model, options.device, prompt, options.output, weights_of_attention)
                 for _ in range(options.repeat)]
    except torch.OutOfMemoryError:
        return f"{name:34} {prompt:7}  out of memory"
    peak = torch.cuda.max_memory_reserved() / 2**30 if options.device == "cuda" else float("nan")
    return row(name, prompt, statistics.median(t[0] for t in times), statistics.median(t[1] for t in times), peak)


def row(name, prompt, prefill, token, peak):
    return f"{name:34} {prompt:7} {prompt / prefill:14.0f} {1 / token:14.1f} {peak:10.2f}"


def kvfoot_row(options, prompt, record):
    # A byte tokenizer: one letter is one token, and one begins the text.
    with tempfile.TemporaryDirectory() as folder:
        text = pathlib.Path(folder) / "prompt.txt"
        text.write_text("abcdefghijklmnop" * (prompt // 16 + 1))
        text.write_text(text.read_text()[:prompt - 1])
        command = [options.kvfoot, "generate", "--model", f"random:{options.shape},dtype=bf16", "--device",
                   options.device, "--prompt-file", str(text), "--output", str(options.output), "--chunk", "all",
                   "--ignore-eos"]
        name = "kvfoot"
        if record:
            command[1] = "record"
            command += ["--fidelity", "blocks", "--out", str(pathlib.Path(folder) / "trace.h5")]
            name = "kvfoot record (blocks)"
        prefills, tokens, peak = [], [], float("nan")
        for _ in range(options.repeat):
            done = subprocess.run(command, capture_output=True, text=True)
            said = re.search(r"(?:first output token in|\(prompt) ([\d.]+) s.*?(?:(\d+) more in|output) ([\d.]+) s",
                             done.stdout + done.stderr)
            if done.returncode or not said:
                return f"{name:34} {prompt:7}  {(done.stderr.strip() or 'said nothing').splitlines()[-1]}"
            prefills.append(float(said[1]))
            tokens.append(float(said[3]) / int(said[2] or options.output))
            card = re.search(r"on the card: ([\d.]+) (\w)iB taken", done.stderr)
            if card:
                peak = float(card[1]) / {"G": 1, "M": 2**10, "K": 2**20}[card[2]]
    return row(name, prompt, statistics.median(prefills), statistics.median(tokens), peak)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kvfoot", help="the program; without it only transformers is measured")
    parser.add_argument("--shape", choices=SHAPES, default="llama-3.1-8b")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--prompt", type=int, default=8192)
    parser.add_argument("--eager-prompt", type=int, default=2048)
    parser.add_argument("--output", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("skipped: no card that torch can use")
        return 77
    print(f"{options.shape}, bf16, batch 1, {options.output} tokens generated, medians of {options.repeat}")
    print(f"{'':34} {'prompt':>7} {'prefill tok/s':>14} {'decode tok/s':>14} {'peak GiB':>10}")
    print(transformers_row("transformers, SDPA", options, "sdpa", options.prompt, False), flush=True)
    print(transformers_row("transformers, eager + attentions", options, "eager", options.eager_prompt, True), flush=True)
    gc.collect()
    if options.device == "cuda":
        torch.cuda.empty_cache()
    if options.kvfoot:
        print(kvfoot_row(options, options.prompt, False), flush=True)
        print(kvfoot_row(options, options.eager_prompt, True), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
