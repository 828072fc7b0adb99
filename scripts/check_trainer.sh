#!/usr/bin/env bash
# Builds the trainer, runs its tests (a resumed run equals an uninterrupted one), trains a few steps by the
# command line and measures the shipped checkpoint: check_trainer.sh [BUILD] (default: build-trainer; a folder that is
# configured already keeps its options and gets the trainer).
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/packages.sh
# Spinning threads of a loaded machine would multiply the time of the tests.
export OMP_WAIT_POLICY=passive
ensure_packages "${KVFOOT_INSTALL:-1}" "${NEEDED[@]}" "${TRAINER[@]}"
build=${1:-build-trainer}
options=(-DKVFOOT_TRAINER=ON)
if [ ! -f "$build/CMakeCache.txt" ]; then
  command -v ninja >/dev/null && options+=(-G Ninja)
  options+=(-DCMAKE_BUILD_TYPE=Release -DKVFOOT_BENCHMARKS=OFF -DKVFOOT_GUI=OFF)
fi
cmake -S . -B "$build" "${options[@]}" >/dev/null
cmake --build "$build" --target kvfoot-train test_trainer -j "$(nproc)"
"$build/trainer/test_trainer" --gtest_brief=1

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
train=("$build/trainer/kvfoot-train" --threads 1 run --out "$out" --lengths 64 --tokens 512
  --log-every 2 --save-every 2 --text /usr/share/common-licenses)
"${train[@]}" --steps 2
"${train[@]}" --steps 4 --resume
[ "$(wc -l <"$out/log.tsv")" -eq 3 ]
[ -s "$out/checkpoint/model.safetensors" ]

if [ -d models/kvfoot-3m ]; then
  "$build/trainer/kvfoot-train" eval --model models/kvfoot-3m --samples 100 --at-least 0.9 \
    --task niah:length=1000 --task kv:length=1000
fi
echo "trainer: built, tested, trained, resumed"
