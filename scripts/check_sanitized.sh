#!/usr/bin/env bash
# Builds the tests with sanitizers and runs them; a finding ends the test that made it.
#   scripts/check_sanitized.sh asan|tsan [CTEST OPTION...]
# asan: address and undefined behaviour, every test and every fuzz corpus. tsan: races, the tests whose code starts
# threads (THREADS in their CMakeLists.txt), the window's among them.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:?usage: $0 asan|tsan [CTEST OPTION...]}
shift
case $preset in
  asan)
    options=() targets=() tests=(-LE oracle)
    ;;
  tsan)
    options=() targets=(--target threads_tests) tests=(-L threads)
    ;;
  *)
    echo "check_sanitized: unknown preset '$preset'; asan or tsan" >&2
    exit 2
    ;;
esac
log=build-$preset/check.log
mkdir -p "build-$preset"
cmake --preset "$preset" "${options[@]}" >"$log"
cmake --build --preset "$preset" -j "$(nproc)" "${targets[@]}" >>"$log" || {
  tail -n 40 "$log" >&2
  exit 1
}
built=$SECONDS
ctest --preset "$preset" -j "$(nproc)" "${tests[@]}" "$@" >"$log" 2>&1 || {
  grep -vE '^ *[0-9]+/[0-9]+ Test .* Passed|^ *Start +[0-9]+:' "$log" >&2
  exit 1
}
echo "check_sanitized $preset: $(grep -cE ' +Passed +' "$log") tests; built in $built s, run in $((SECONDS - built)) s"
