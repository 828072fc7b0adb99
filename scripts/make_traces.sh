#!/usr/bin/env bash
# Records the traces of traces/ again, with the shipped checkpoint, and writes their manifest. Two runs give the same
# content hashes on one instruction set; timings in /measured differ.
set -euo pipefail
cd "$(dirname "$0")/.."
kvfoot=${KVFOOT:-build/cli/kvfoot}
model=models/kvfoot-3m
manifest=traces/README.md
{
  echo "# Traces"
  echo
  echo "Small real recordings of \`$model\`, made by \`scripts/make_traces.sh\`. \`kvfoot inspect FILE\` says more,"
  echo "\`docs/trace-format.md\` is the format."
  echo
} >"$manifest"
record() {
  local file=$1 what=$2
  shift 2
  "$kvfoot" record --device cpu --model "$model" "$@" --out "traces/$file" >/dev/null
  local hash
  hash=$("$kvfoot" inspect --verify "traces/$file" | sed -n 's/.*content hash *//p')
  {
    echo "## $file"
    echo
    echo "$what"
    echo
    echo "    kvfoot record --model $model $* --out traces/$file"
    echo
    echo "Content hash \`$hash\`, $(stat -c %s "traces/$file") bytes."
    echo
  } >>"$manifest"
}
record needle-320-rows.h5 \
  "A needle in 320 tokens, every softmax row, full cache, side votes for patched chunks of 80 and 160: any policy can be replayed." \
  --task niah:length=320,depth=40 --output 12 --chunk 80 --side-votes 80,160 --side-window 16
record needle-2k-blocks.h5 \
  "A needle in 2048 tokens, attention summed over blocks of 64 rows, full cache, side votes for chunks of 256, 512 and 1024: any policy can be replayed, approximately." \
  --task niah:length=2048,depth=40 --output 32 --chunk 256 --fidelity blocks --side-votes 256,512,1024 --side-window 16
record kv-192-snapkv-rows.h5 \
  "Key-value recall over 192 tokens, recorded while SnapKV (patched) evicted: answers, decisions and rows of that policy, which alone it can replay." \
  --task kv:length=192 --output 6 --chunk 48 --policy snapkv:sparsity=0.5,window=16,patch=true
