#!/usr/bin/env bash
# One folder of less than 40 MB, and the same as an archive, with everything that a machine with an NVIDIA card needs to
# run kvfoot and its GPU checks, so that it needs nothing but a driver and cuBLAS: no packages, no compiler, no network.
# For x86-64 Linux whose C library is as new as this machine's (bundle on Debian 12 for Debian 12, Ubuntu 24.04, newer).
set -euo pipefail
cd "$(dirname "$0")/.."
JOBS=$(nproc)
BUILD=build-bundle
OUT=
usage() {
  cat <<EOF
usage: $0 [--out DIR] [--build DIR] [-j JOBS]
  --out DIR     folder to make (default: BUILD/kvfoot-bundle); replaced if it is a bundle
  --build DIR   build folder (default: build-bundle), of a build without Qt and MPI
  -j JOBS       parallel build jobs (default: $JOBS)
EOF
}
while [ $# -gt 0 ]; do
  case $1 in
    --out) OUT=${2:?--out needs a folder}; shift ;;
    --build) BUILD=${2:?--build needs a folder}; shift ;;
    -j) JOBS=${2:?-j needs a number}; shift ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
OUT=${OUT:-$BUILD/kvfoot-bundle}
if [ -e "$OUT" ] && [ ! -e "$OUT/lib" ]; then
  echo "bundle: $OUT is there and is no bundle; name another folder with --out" >&2
  exit 2
fi

# RPATH, not RUNPATH, which the libraries of a library would not inherit. HDF5 as Debian builds it can read from the
# network, and its shared library brings curl, Kerberos and LDAP: linked statically, it brings only what is used. A section
# per function, so that functions nobody calls are left out.
link=-Wl,--disable-new-dtags,--as-needed,--gc-sections
mkdir -p "$BUILD"
# A folder that was configured with the shared HDF5 remembers where that lies.
if ! cmake -S . -B "$BUILD" -G Ninja -U 'HDF5_C_LIBRARY_*' \
  -DCMAKE_BUILD_TYPE=Release -DKVFOOT_CUDA=ON -DKVFOOT_GUI=OFF -DKVFOOT_MPI=OFF \
  -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON '-DCMAKE_INSTALL_RPATH=$ORIGIN/../lib' \
  -DCMAKE_CXX_FLAGS="-ffunction-sections -fdata-sections" \
  -DCMAKE_EXE_LINKER_FLAGS="$link" -DCMAKE_MODULE_LINKER_FLAGS="$link" -DHDF5_USE_STATIC_LIBRARIES=ON \
  >"$BUILD/configure.log" 2>&1; then
  cat "$BUILD/configure.log" >&2
  exit 1
fi
programs=(cli/kvfoot tests/cuda/gpu/test_cuda_gpu tests/bench/bench_cuda_model)
targets=(kvfoot kvfoot_cuda test_cuda_gpu bench_cuda_model)
if cmake --build "$BUILD" --target help | grep '^bench_cuda:' >/dev/null; then  # needs Google Benchmark
  programs+=(tests/bench/bench_cuda)
  targets+=(bench_cuda)
fi
cmake --build "$BUILD" -j "$JOBS" --target "${targets[@]}"

rm -rf "$OUT"
mkdir -p "$OUT"/{bin,lib,scripts,models,traces}
for file in "${programs[@]}" cli/kvfoot-cuda.so; do
  strip -o "$OUT/bin/$(basename "$file")" "$BUILD/$file"
done
chmod +x "$OUT"/bin/*
# All shared libraries but those of the C library, which belongs to the machine.
mapfile -t libraries < <(for file in "$OUT"/bin/*; do ldd "$file"; done |
  awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
  grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|libutil|libnsl|ld-linux[^/]*)\.so')
cp -L "${libraries[@]}" "$OUT/lib/"
missing=$(ldd "$OUT"/bin/* | grep 'not found' || true)
if [ -n "$missing" ]; then
  echo "bundle: $missing" >&2
  exit 1
fi
cp -r models/kvfoot-3m "$OUT/models/"
cp traces/needle-320-rows.h5 "$OUT/traces/"
cp scripts/gpu-check.sh scripts/compare_speed.py "$OUT/scripts/"
cp LICENSE "$OUT/"
cat >"$OUT/README" <<EOF
kvfoot for a machine with an NVIDIA card: see scripts/gpu-check.sh, or run bin/kvfoot --help.
The card's driver and cuBLAS (of a CUDA toolkit or of Python's nvidia packages) are not part of it.
EOF
tar -C "$(dirname "$OUT")" -czf "$OUT.tar.gz" "$(basename "$OUT")"
megabytes() { find "$1" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.1f", sum / 1e6 }'; }
size=$(megabytes "$OUT")
echo "$OUT: $size MB; $OUT.tar.gz: $(megabytes "$OUT.tar.gz") MB"
if [ "${size%.*}" -ge 40 ]; then
  echo "bundle: the folder has more than 40 MB" >&2
  # Toolkits before 13 leave the code for cards unpacked (cmake/KvfootCuda.cmake): larger, and of use all the same.
  if grep -E '^-- kvfoot: CUDA 12\.' "$BUILD/configure.log" >/dev/null; then
    exit 0
  fi
  exit 1
fi
