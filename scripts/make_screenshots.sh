#!/usr/bin/env bash
# The pictures of the window in docs/images, anew; or, to see that they can still be made, into another folder.
# usage: scripts/make_screenshots.sh [BUILD [FOLDER]]
set -euo pipefail
cd "$(dirname "$0")/.."
BUILD=${1:-build}
FOLDER=${2:-docs/images}
program="$BUILD/tests/gui/kvfoot-pictures"
[ -x "$program" ] || { echo "make_screenshots: $program is not built; install Qt 6 and build again" >&2; exit 1; }
mkdir -p "$FOLDER"
# From here, so that the trace has a short name in the pictures.
"$program" traces/needle-320-rows.h5 "$FOLDER" 2> >(grep -v 'This plugin does not support' >&2)
total=0
for name in window window-dark states heads tokens compare trade_off formula lesson; do
  bytes=$(stat -c %s "$FOLDER/$name.png")
  total=$((total + bytes))
  [ "$bytes" -gt 8000 ] || { echo "make_screenshots: $name.png is empty ($bytes bytes)" >&2; exit 1; }
  [ "$bytes" -lt 250000 ] || { echo "make_screenshots: $name.png is too large for the repository ($bytes bytes)" >&2; exit 1; }
done
echo "make_screenshots: 9 pictures, $((total / 1024)) KiB, in $FOLDER"
