#!/usr/bin/env bash
# Everything that only a machine with an NVIDIA card can check, in one command and under ten minutes: the kernels' tests
# on the card, the memory checker on some of them, the shipped model on the card against the CPU and against the
# simulator, and the benchmarks. In a checkout (what is built is not built again) or in a bundle of scripts/bundle.sh
# (nothing is built). Needs no network. Exit code: 0 all passed, 1 something failed, 77 there is no card.
set -uo pipefail
cd "$(dirname "$0")/.."
BUILD=${KVFOOT_BUILD:-build}
OUT=${TMPDIR:-/tmp}/kvfoot-gpu-check
BENCH=1
usage() {
  cat <<EOF
usage: $0 [--out DIR] [--build DIR] [--no-bench]
  --out DIR     folder for the logs of the steps (default: $OUT)
  --build DIR   build folder of a checkout (default: build)
  --no-bench    checks alone
EOF
}
while [ $# -gt 0 ]; do
  case $1 in
    --out) OUT=${2:?--out needs a folder}; shift ;;
    --build) BUILD=${2:?--build needs a folder}; shift ;;
    --no-bench) BENCH=0 ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
mkdir -p "$OUT" || exit 2

if [ -x bin/kvfoot ]; then
  kvfoot=bin/kvfoot tests=bin/test_cuda_gpu kernel_bench=bin/bench_cuda model_bench=bin/bench_cuda_model
else
  if [ ! -f "$BUILD/CMakeCache.txt" ]; then
    cmake -S . -B "$BUILD" -G Ninja -DCMAKE_BUILD_TYPE=Release -DKVFOOT_CUDA=ON >"$OUT/configure.log" 2>&1 || {
      cat "$OUT/configure.log" >&2
      exit 1
    }
  fi
  wanted=(kvfoot kvfoot_cuda test_cuda_gpu bench_cuda_model)
  if cmake --build "$BUILD" --target help 2>/dev/null | grep '^bench_cuda:' >/dev/null; then
    wanted+=(bench_cuda)
  fi
  cmake --build "$BUILD" --target "${wanted[@]}" >"$OUT/build.log" 2>&1 || {
    tail -n 40 "$OUT/build.log" >&2
    exit 1
  }
  kvfoot=$BUILD/cli/kvfoot tests=$BUILD/tests/cuda/gpu/test_cuda_gpu
  kernel_bench=$BUILD/tests/bench/bench_cuda model_bench=$BUILD/tests/bench/bench_cuda_model
fi

"$kvfoot" devices --here | tee "$OUT/devices.txt"
if ! grep -qE '^cuda .* yes ' "$OUT/devices.txt"; then
  echo "gpu-check: no card that kvfoot can use"
  exit 77
fi
nvidia-smi --query-gpu=name,driver_version,memory.used,clocks.sm,power.limit --format=csv,noheader 2>/dev/null

rows=()
failed=0
# The limits of the steps add up to ten minutes.
# step NAME SECONDS COMMAND...: its output goes to a log, its last line to the table.
step() {
  local name=$1 limit=$2 log started status detail
  shift 2
  log="$OUT/${name// /-}.log"
  started=$SECONDS
  if [ "$(type -t "$1")" = function ]; then
    timeout "$limit" bash -c '"$@"' - "$@" >"$log" 2>&1
  else
    timeout "$limit" "$@" >"$log" 2>&1
  fi
  status=$?
  detail=$(grep -v '^ *$' "$log" | tail -n 1 | cut -c 1-110)
  case $status in
    0) status=ok ;;
    77) status=skipped ;;
    124) status="FAILED (more than $limit s)" failed=1 ;;
    *) status="FAILED ($status)" failed=1 ;;
  esac
  rows+=("$(printf '%-24s %-10s %4d s  %s' "$name" "$status" "$((SECONDS - started))" "$detail")")
  echo "${rows[-1]}"
}

step "tests of kernels" 150 "$tests" --gtest_brief=1
if sanitizer=$(command -v compute-sanitizer); then
  # A tenth of the speed: the smaller tests, and of races those that share memory between threads.
  step "memcheck" 60 "$sanitizer" --tool memcheck --report-api-errors no --error-exitcode 1 "$tests" --gtest_brief=1 \
    --gtest_filter='*Pages*:RowsTest.*:*Gemv*:*DeviceContract*:*DeviceGemm*:-*Long*:*LargeModels*'
  step "racecheck" 45 "$sanitizer" --tool racecheck --error-exitcode 1 "$tests" --gtest_brief=1 \
    --gtest_filter='RowsTest.*:*Sampl*:-*Long*:*LargeVocabulary*'
fi

model=models/kvfoot-3m
same_text() {
  local device
  for device in cpu cuda; do
    "$kvfoot" generate --model $model --task niah:length=900,depth=30 --output 24 --device $device --kv-dtype f32 \
      --quiet >"$OUT/text-$device" 2>"$OUT/text-$device.log" || { cat "$OUT/text-$device.log"; return 1; }
  done
  cat "$OUT/text-cuda.log"
  diff "$OUT/text-cpu" "$OUT/text-cuda" >/dev/null && echo "the same text as the CPU's" && return
  echo "not the text of the CPU"
  return 1
}
export -f same_text
export OUT kvfoot model
step "text of the CPU" 30 same_text
step "validate" 100 "$kvfoot" validate --model $model --device cuda
same_sets() {
  local device
  for device in cpu cuda; do
    "$kvfoot" record --model $model --task niah:length=500,depth=30 --output 8 --device $device --kv-dtype f32 \
      --out "$OUT/$device.h5" || return 1
  done
  "$kvfoot" compare "$OUT/cpu.h5" "$OUT/cuda.h5" --at-least 99
}
export -f same_sets
step "kept sets of the CPU" 30 same_sets
if [ $BENCH = 1 ]; then
  step "benchmark of models" 130 "$model_bench" --folder "$OUT"
  if [ -x "$kernel_bench" ]; then
    step "benchmark of kernels" 50 "$kernel_bench" --benchmark_min_time=0.1
  fi
fi

printf '\n== %d s; logs in %s\n' "$SECONDS" "$OUT"
printf '%s\n' "${rows[@]}"
if [ $BENCH = 1 ]; then
  printf '\n'
  cat "$OUT/benchmark-of-models.log" "$OUT/benchmark-of-kernels.log" 2>/dev/null | grep -vE '^(Run on|CPU Caches|Load Average|\*\*\*)'
fi
exit $failed
