#!/usr/bin/env bash
# clang-tidy 19 over the sources of the build folder (default: build), or over the files named.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${KVFOOT_BUILD:-build}
tidy=$(command -v clang-tidy-19) || { echo "check_tidy: clang-tidy-19 is missing" >&2; exit 2; }
[ -f "$build/compile_commands.json" ] || { echo "check_tidy: configure $build first" >&2; exit 2; }
if [ $# -gt 0 ]; then
  files=("$@")
else
  # Not the CPU's kernels (vector extensions of one compiler) nor the trainer (libtorch's headers).
  mapfile -t files < <(git ls-files 'sim/*.cpp' 'executor/*.cpp' 'executor/*.cu' 'cli/*.cpp' 'gui/*.cpp' \
    ':!executor/cpu/simd/*')
  # Nor what this configuration leaves out (CUDA, MPI): its headers may be missing.
  mapfile -t files < <(printf '%s\n' "${files[@]}" | while read -r file; do
    grep -qF "/$file\"" "$build/compile_commands.json" && echo "$file"
  done)
fi
# CUDA kernels are read as the emulator's host compiler takes them: nvcc's commands are left out.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log
python3 - "$build/compile_commands.json" "$work/compile_commands.json" <<'EOF'
import json, sys
commands = json.load(open(sys.argv[1]))
json.dump([c for c in commands if "nvcc" not in c["command"].split(" -", 1)[0]], open(sys.argv[2], "w"))
EOF
# What was clean is not read again while nothing has changed that it depends on.
stamps=${KVFOOT_TIDY_STAMPS:-${XDG_CACHE_HOME:-$HOME/.cache}/kvfoot/tidy}
mkdir -p "$stamps"
find "$stamps" -type f -mtime +30 -delete
python3 scripts/tidy_stamps.py "$build" "$work/compile_commands.json" "$tidy" "${files[@]}" |
  while read -r stamp file; do
    if [ -e "$stamps/$stamp" ]; then
      touch "$stamps/$stamp"
    else
      printf '%s\0%s\0' "$stamp" "$file"
    fi
  done >"$work/changed"
status=0
python3 scripts/run_tidy.py "$tidy" "$work" "$stamps" <"$work/changed" >"$log" || status=1
[ $status -eq 0 ] || grep -E ': (warning|error): ' "$log" | sort -u || tail -n 20 "$log"
changed=$(tr -cd '\0' <"$work/changed" | wc -c)
echo "check_tidy: ${#files[@]} files, $((changed / 2)) of them read, $([ $status -eq 0 ] && echo clean || echo see above)"
exit $status
