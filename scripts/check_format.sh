#!/usr/bin/env bash
# Names the files that clang-format 19 would change; `--fix` changes them.
set -euo pipefail
cd "$(dirname "$0")/.."
format=$(command -v clang-format-19) || { echo "check_format: clang-format-19 is missing" >&2; exit 2; }
mapfile -t files < <(git ls-files '*.hpp' '*.cpp' '*.cu' '*.cuh')
if [ "${1:-}" = --fix ]; then
  "$format" -i "${files[@]}"
  exit 0
fi
bad=0
for file in "${files[@]}"; do
  if ! "$format" --dry-run -Werror "$file" >/dev/null 2>&1; then
    echo "not formatted: $file"
    bad=1
  fi
done
[ $bad -eq 0 ] && echo "check_format: ${#files[@]} files, all formatted"
exit $bad
