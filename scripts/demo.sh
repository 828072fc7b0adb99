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

# A fact hidden in 1536 tokens of text, and the question at the end.
run record --model models/kvfoot-3m --task niah:length=1536,depth=35 --output 24 --chunk 256 \
  --side-votes 256 --side-window 16 --policy full --out "$out/needle.h5"
run inspect "$out/needle.h5"
run sweep scripts/demo.yaml --fresh --journal "$out"
draw() {
  run plot "$out/needle.h5" --chunk 256 "$@"
}
if ldd "$kvfoot" | grep -q Qt6Gui; then
  draw --policy snapkv:sparsity=0.7,window=16,patch=true --kind states --layer 2 --out "$out/states.png"
  draw --policy duo:sparsity=0.5,sinks=16,window=128 --kind timeline --out "$out/timeline.png"
  draw --policy duo:sparsity=0.5,sinks=16,window=128 --kind heads --out "$out/heads.png"
  # A sweep writes into the current folder.
  program=$(realpath "$kvfoot")
  (kvfoot=$program && cd "$out" && run sweep ../../scenarios/eviction_timing.yaml --fresh)
fi
run report "$out" --out "$out/report.html"
printf '\nThe run took %s s. Tables and pictures are in %s:\n' "$((SECONDS - started))" "$out"
find "$out" -type f | sort | sed 's/^/  /'
