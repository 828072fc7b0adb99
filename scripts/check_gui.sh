#!/usr/bin/env bash
# The window on a real display (Xvfb): the tests that click through it, and a picture of it.
# usage: scripts/check_gui.sh [BUILD]
set -euo pipefail
cd "$(dirname "$0")/.."
BUILD=${1:-build}
source scripts/packages.sh
ensure_packages 1 "${DISPLAY_CHECK[@]}"
if [ ! -x "$BUILD/cli/kvfoot-gui" ]; then
  echo "check_gui: $BUILD/cli/kvfoot-gui is not built; install Qt 6 and build again" >&2
  exit 1
fi
run() {
  env -u WAYLAND_DISPLAY QT_QPA_PLATFORM=xcb xvfb-run -a -s '-screen 0 1600x1000x24' "$@"
}
run "$BUILD/tests/gui/test_gui_window" --gtest_brief=1
run "$BUILD/tests/gui/test_gui_clicks" --gtest_brief=1
picture=$(mktemp --suffix=.png)
pictures=$(mktemp -d)
trap 'rm -rf "$picture" "$pictures"' EXIT
run "$BUILD/cli/kvfoot-gui" traces/needle-320-rows.h5 --policy snapkv:sparsity=0.7,window=8 --chunk 64 --screenshot "$picture"
[ "$(stat -c %s "$picture")" -gt 20000 ] || { echo "check_gui: the picture of the window is empty" >&2; exit 1; }
scripts/make_screenshots.sh "$BUILD" "$pictures"
echo "check_gui: the window works on a display"
