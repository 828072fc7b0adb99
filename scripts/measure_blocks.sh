#!/usr/bin/env bash
# What `blocks` traces do to decisions: records one run of a checkpoint in both fidelities, replays schedules on both and
# prints how far they keep the same entries (docs/validation.md).
#   scripts/measure_blocks.sh [MODEL] [LENGTH...]
# FOLDER is where the recordings go for the time of the run (1 GB for 4096 tokens of the shipped model); KEY_BLOCK is
# passed on to record.
set -euo pipefail
cd "$(dirname "$0")/.."
kvfoot=${KVFOOT:-build/cli/kvfoot}
model=${1:-models/kvfoot-3m}
shift $(($# > 0 ? 1 : 0))
lengths=("$@")
[ ${#lengths[@]} -gt 0 ] || lengths=(1024 2048 4096)
folder=$(mktemp -d "${FOLDER:-${TMPDIR:-/tmp}}/kvfoot_blocks.XXXXXX")
trap 'rm -rf "$folder"' EXIT

for n in "${lengths[@]}"; do
  chunk=$((n / 4))
  for fidelity in rows blocks; do
    flags=(--model "$model" --task "niah:length=$n,depth=40" --output 32 --ignore-eos --chunk "$chunk"
      --fidelity "$fidelity" --out "$folder/$fidelity.h5")
    [ "$fidelity" = rows ] || flags+=(--key-block "${KEY_BLOCK:-auto}")
    "$kvfoot" record "${flags[@]}" >/dev/null 2>&1
  done
  policies=()
  for sparsity in 0.5 0.7 0.9; do
    budget=$(awk "BEGIN { printf \"%d\", $n * (1 - $sparsity) }")
    half=$((budget / 2))
    policies+=(--policy "duo:sparsity=$sparsity,sinks=16,window=64,rest=snapkv:sparsity=$sparsity,window=64")
    for name in snapkv pyramidkv; do
      policies+=(--policy "$name:sparsity=$sparsity,window=64")
    done
    policies+=(--policy "h2o:heavy=$half,recent=$half" --policy "tova:budget=$budget" --policy "oracle:sparsity=$sparsity")
  done
  printf '\n%d tokens, chunks of %d and one chunk\n\n' "$n" "$chunk"
  "$kvfoot" compare "$folder/rows.h5" "$folder/blocks.h5" --chunk "$chunk,all" "${policies[@]}" --markdown
done
