#!/usr/bin/env bash
# Quick checks before a commit: arrows, formatting, build and the fast tests of the existing build folder.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 scripts/check_layers.py
scripts/check_format.sh
cmake --preset release >/dev/null
cmake --build --preset release
QT_QPA_PLATFORM=offscreen ctest --test-dir build -L fast -j "$(nproc)" --output-on-failure --no-tests=error | tail -n 3
