# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034
# Sourced: what Headroom is built from, by its package names on Debian 12 and 13 (they agree), and how to install it.

core_packages=(
  g++ cmake ninja-build
  libtorch-dev libopenblas0-openmp # the OpenMP build keeps pace with LibTorch's own threads, the pthread one does not
  libhdf5-dev libssl-dev libutf8proc-dev libsentencepiece-dev libonnx-dev libprotobuf-dev nlohmann-json3-dev libcli11-dev
  zlib1g-dev libpng-dev libjpeg-dev
  pkgconf librsvg2-dev # plots as PNG and PDF on the command line
  libgtest-dev libgmock-dev
)
window_packages=(
  qt6-base-dev qt6-svg-dev libqcustomplot-dev
  qt6-qpa-plugins qt6-wayland fonts-dejavu-core # to show it: platform plug-ins and one font
)

test_packages=(python3-h5py) # another program reads our run files

# Prints the packages among its arguments that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || printf '%s\n' "$package"
  done
}

# Installs its arguments, as root. Package lists are only fetched where they are absent or out of date.
apt_install() {
  set -o pipefail
  export DEBIAN_FRONTEND=noninteractive
  install() {
    apt-get install -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 --no-install-recommends "$@" |
      awk '/^Get:/ {got++} /^Setting up/ {set++}
           /^(Get:|Setting up)/ && (got + set) % 25 == 1 {printf "  %d packages fetched, %d set up\n", got, set; fflush()}'
  }
  apt-get install -s -qq --no-install-recommends "$@" >/dev/null 2>&1 || apt-get update -qq
  install "$@" || { apt-get update -qq && install "$@"; }
}

# Runs a command as root: directly, or by whichever of sudo, su and pkexec will have this user.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null && sudo -v; then
    sudo -- "$@"
  elif [[ -t 0 ]]; then
    echo "The password of root, please." >&2
    su -c "$(printf '%q ' "$@")"
  elif command -v pkexec >/dev/null; then
    pkexec "$@"
  else
    return 1
  fi
}

# Sees to it that its arguments are installed; asks for root only when one is not.
require_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "This is not a Debian system: it needs what these packages of Debian 13 hold: $*" >&2
    return
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  echo "Installing ${#missing[@]} packages: ${missing[*]}"
  as_root bash -c "$(declare -f apt_install); apt_install \"\$@\"" bash "${missing[@]}" ||
    { echo "Could not install them. As root: apt-get install --no-install-recommends ${missing[*]}" >&2; return 1; }
}
