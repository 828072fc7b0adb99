#!/usr/bin/env bash
# The main job, end to end: run a small real Llama checkpoint on real text, record its attention, replay it
# under several eviction schedules, print the table and draw the pictures. No GPU, network weights or display.
source "$(dirname "$0")/common.sh"
prepare
configure
cmake --build "$BUILD" -j "$JOBS" --target kvfoot
kvfoot="$BUILD/cli/kvfoot"
out=out/demo
mkdir -p "$out"
started=$SECONDS
run() {
  printf '\n$ kvfoot %s\n' "$*"
  "$kvfoot" "$@"
}

# A fact hidden in real text (the licence of this project), 1536 tokens, and the question at the end.
run record --model models/kvfoot-3m --task niah:length=1536,depth=35 --output 24 --chunk 512 \
  --side-votes 512 --policy full --out "$out/needle.h5"
run inspect "$out/needle.h5"
run sweep scenarios/demo.yaml --trace "$out/needle.h5" --out "$out/sweep"
run plot "$out/needle.h5" --policy snapkv:sparsity=0.7,window=16,patch=true --chunk 512 \
  --kind states --layer 2 --head 0 --out "$out/states.png"
run plot "$out/needle.h5" --policy duo:sparsity=0.5,sinks=16,window=128 --chunk 512 \
  --kind timeline --out "$out/timeline.png"
run plot "$out/needle.h5" --policy pyramidkv:sparsity=0.7,window=16 --chunk 512 \
  --kind heads --out "$out/heads.png"
printf '\nThe run took %s s. Pictures and tables are in %s:\n' "$((SECONDS - started))" "$out"
find "$out" -type f | sort | sed 's/^/  /'
