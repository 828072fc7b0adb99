#!/usr/bin/env bash
# Asks a checkpoint N questions per task under full attention and prints how many it answers.
#   scripts/measure_model.sh [MODEL] [N] [TASK...]
set -euo pipefail
cd "$(dirname "$0")/.."
kvfoot=${KVFOOT:-build/cli/kvfoot}
model=${1:-models/kvfoot-3m}
count=${2:-100}
shift $(($# > 2 ? 2 : $#))
tasks=("$@")
if [ ${#tasks[@]} -eq 0 ]; then
  tasks=(niah:length=256 niah:length=512 niah:length=1024 niah:length=2048
         kv:length=256 kv:length=512 kv:length=1024 kv:length=2048
         json_kv:length=512 icl:length=512 copy:length=512)
fi
printf '%-22s %s\n' task answered
for task in "${tasks[@]}"; do
  found=0
  for ((seed = 1; seed <= count; ++seed)); do
    if "$kvfoot" generate --model "$model" --task "$task" --seed "$seed" --output 24 --quiet \
      2>&1 >/dev/null | grep -q '(found)$'; then
      found=$((found + 1))
    fi
  done
  printf '%-22s %d of %d\n' "$task" "$found" "$count"
done
