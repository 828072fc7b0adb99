#!/usr/bin/env bash
# Brings gui/translations/*.ts up to the texts of the sources: new ones come in unfinished, texts that are gone go.
# Prints the contexts that lupdate could not resolve and fails: such texts would not be found at run time.
# With a folder as argument the files are written there instead (scripts/check_translations.py).
set -euo pipefail
cd "$(dirname "$0")/.."
lupdate=$(command -v lupdate6 || true)
for place in /usr/lib/qt6/bin "$(qtpaths6 --query QT_HOST_BINS 2>/dev/null || true)"; do
  [ -n "$lupdate" ] || [ ! -x "$place/lupdate" ] || lupdate=$place/lupdate
done
[ -n "$lupdate" ] || { echo "update_translations: lupdate of Qt 6 is missing; install qt6-l10n-tools" >&2; exit 2; }
folder=${1:-gui/translations}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for file in gui/translations/*.ts; do
  target=$folder/$(basename "$file")
  [ "$target" = "$file" ] || cp "$file" "$target"
  # Places would change with every line of a source; -I lets it see the classes whose texts these are.
  "$lupdate" -I . -locations none -no-obsolete -source-language en gui -ts "$target" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
  if grep -E 'Qualifying|lacks|Cannot|error' "$log" >&2; then
    exit 1
  fi
  [ "$folder" != gui/translations ] || grep -E 'Found|obsolete' "$log"
done
