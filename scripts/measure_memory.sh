#!/usr/bin/env bash
# Peak memory of sweeps of 1000 runs, and of replays of growing length (a few GB of traces in a temporary folder).
#   scripts/measure_memory.sh [PROMPT...]        default: 8192 32768 131072
# Each line: what ran, its peak of resident memory, the peak of what of it is the program's own (looked at every two
# milliseconds; the rest is files that are mapped, which the system takes back when it needs memory), its seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
kvfoot=$(realpath "${KVFOOT:-build/cli/kvfoot}")
traces=$PWD/traces
prompts=("$@")
[ ${#prompts[@]} -gt 0 ] || prompts=(8192 32768 131072)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

measure() { # WHAT COMMAND...
  python3 - "$@" <<'PY'
import re, resource, subprocess, sys, time
start = time.monotonic()
ran = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL)
own = 0
while ran.poll() is None:
    try:
        status = open(f"/proc/{ran.pid}/status").read()
    except OSError:
        break
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    own = max(own, int(found[1]) if found else 0)
    time.sleep(0.002)
code = ran.wait()
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(f"{sys.argv[1]:<64} {peak / 1024:7.1f} MiB, own {own / 1024:7.1f} MiB {time.monotonic() - start:7.1f} s", flush=True)
sys.exit(code)
PY
}
# Ten budgets of ten policies each.
policies='policy:
  - snapkv: {sparsity: [0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9], window: [16, 32]}
  - pyramidkv: {sparsity: [0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9]}
  - streaming: {sinks: [4, 16], window: [64, 128, 160, 192, 256, 288, 320, 352, 384, 448]}
  - h2o: {heavy: [32, 48, 64, 80, 96, 112, 128, 160, 192, 224], recent: [32, 64, 96]}
  - tova: {budget: [64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480]}'
cat >shape.yaml <<YAML
kvfoot: 1
title: 1000 runs on a shape
workload: {shape: llama-3.1-8b, prompt: [32768, 131072], output: [128, 1024, 4096, 8192, 16384]}
$policies
report: {csv: o.csv, json: o.json, jsonl: o.jsonl, hdf5: o.h5}
YAML
cat >trace.yaml <<YAML
kvfoot: 1
title: 1000 runs on a trace
workload: {trace: $traces/needle-2k-blocks.h5, output: [4, 8, 16, 24, 32]}
chunk: [256, 512]
$policies
report: {csv: o.csv, json: o.json, jsonl: o.jsonl, hdf5: o.h5}
YAML
for jobs in 1 2 8; do
  measure "1000 runs on a shape, --jobs $jobs" "$kvfoot" sweep shape.yaml --quiet --jobs $jobs
done
for jobs in 1 2 8; do
  measure "1000 runs on a recorded trace of 2048 tokens, --jobs $jobs" "$kvfoot" sweep trace.yaml --quiet --jobs $jobs
done
printf 'kvfoot: 1\ntitle: lengths\nworkload: {trace: t.h5}\nchunk: 8192\n%s\n' "$policies" >lengths.yaml
for prompt in "${prompts[@]}"; do
  "$kvfoot" make-trace --shape llama-3.2-1b --layers 4 --prompt "$prompt" --output 32 --chunk 8192 --out t.h5 >/dev/null
  echo "trace of $prompt tokens, 4 layers of a 1B shape: $(($(stat -c %s t.h5) >> 20)) MiB"
  for policy in snapkv:sparsity=0.7 h2o:heavy=1024,recent=1024 tova:budget=2048; do
    measure "  one replay of it, $policy" "$kvfoot" replay t.h5 --chunk 8192 --policy "$policy" --json r.json
  done
  measure "  100 policies on it, 16 at a time" "$kvfoot" sweep lengths.yaml --quiet --jobs 1
done
