#!/usr/bin/env bash
# Builds kvfoot in Release and runs its tests. A fresh Debian 12 machine needs nothing else.
source "$(dirname "$0")/common.sh"
prepare
configure -DKVFOOT_TESTS=ON
cmake --build "$BUILD" -j "$JOBS"
log="$BUILD/test.log"
status=0
QT_QPA_PLATFORM=offscreen ctest --test-dir "$BUILD" -j "$JOBS" --output-on-failure \
  --no-tests=error >"$log" 2>&1 || status=$?
if [ $status -ne 0 ]; then
  grep -vE '^ *[0-9]+/[0-9]+ Test .* Passed|^ *Start +[0-9]+:' "$log" || true
fi
failed=$(grep -cE '\*\*\*(Failed|Timeout|Exception|Not Run)' "$log" || true)
skipped=$(grep -cE '\*\*\*Skipped' "$log" || true)
passed=$(grep -cE ' +Passed +' "$log" || true)
if [ "$skipped" -gt 0 ]; then
  echo "skipped (they need Python packages or hardware that is not here):"
  grep -E '\*\*\*Skipped' "$log" | sed -E 's/^.*: ([^ ]+) .*/  \1/'
fi
echo "$passed passed, $failed failed, $skipped skipped" | tee "$BUILD/test-summary"
exit $status
