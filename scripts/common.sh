# What demo.sh, test.sh and .ci/run share: options, packages, configure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/packages.sh

INSTALL=1
JOBS=$(nproc)
BUILD=${KVFOOT_BUILD:-build}
usage() {
  cat <<EOF
usage: $0 [--no-install] [--build DIR] [-j JOBS]
  --no-install  install nothing: name what is missing and stop (or go on without what is optional)
  --build DIR   build folder (default: build)
  -j JOBS       parallel build jobs (default: $JOBS)
EOF
}
while [ $# -gt 0 ]; do
  case $1 in
    --no-install) INSTALL=0 ;;
    --build) BUILD=${2:?--build needs a folder}; shift ;;
    -j) JOBS=${2:?-j needs a number}; shift ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

prepare() {
  ensure_packages "$INSTALL" "${NEEDED[@]}"
  ensure_packages "$INSTALL" "${WANTED[@]}" ||
    echo "kvfoot: going on without them; the configure step says what is left out" >&2
}

configure() {
  local log="$BUILD/configure.log"
  mkdir -p "$BUILD"
  cmake -S . -B "$BUILD" -G Ninja -DCMAKE_BUILD_TYPE=Release "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    return 1
  }
  grep -E '^-- kvfoot:' "$log" || true
}
