# Packages of Debian 12 (Ubuntu 22.04 and 24.04 have the same names), sourced by the other scripts.
# NEEDED: the build stops without them. WANTED: something is left out without them, and said so.
NEEDED=(
  build-essential cmake ninja-build pkg-config
  libeigen3-dev libboost-dev libboost-graph-dev libcli11-dev nlohmann-json3-dev libyaml-cpp-dev
  libfmt-dev libxxhash-dev libpcre2-dev libhdf5-dev libgtest-dev libgmock-dev
)
WANTED=(
  ccache libbenchmark-dev libopenmpi-dev openmpi-bin
  qt6-base-dev libqt6opengl6-dev qt6-svg-dev libgl-dev libgl1-mesa-dri fonts-dejavu-core
  qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools qt6-translations-l10n fonts-noto-cjk
)
# Only the lint step of continuous integration uses these.
LINT=(git python3 clang-format-19 clang-tidy-19)
# Only scripts/check_gui.sh uses these: a display, and Qt's plugin for it.
DISPLAY_CHECK=(xvfb xauth qt6-qpa-plugins)
# Only the preset `fuzz` uses these.
FUZZ=(clang-19 libclang-rt-19-dev)
# Only the trainer uses these.
TRAINER=(libtorch-dev)

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

# ensure_packages INSTALL PACKAGE...: installs what is missing, or (INSTALL=0) names it and fails.
ensure_packages() {
  local install=$1
  shift
  command -v dpkg-query >/dev/null || {
    echo "kvfoot: this is not a Debian-like system; make sure that these are there: $*" >&2
    return 0
  }
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$install" = 0 ]; then
    echo "kvfoot: missing packages: ${missing[*]}" >&2
    echo "        install them with: apt-get install -y --no-install-recommends ${missing[*]}" >&2
    return 1
  fi
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo=(sudo)
  fi
  echo "kvfoot: installing ${#missing[@]} packages"
  "${sudo[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
}
