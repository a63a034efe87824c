#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the Debian packages of packages.txt that are missing. Prints nothing and needs neither
# root nor network when all are there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

missing=
for package in $(sed 's/#.*//' "$here/packages.txt"); do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo > /dev/null || {
    echo "install_packages: not root and no sudo; as root run: apt-get install$missing" >&2
    exit 1
  }
  as_root=sudo
fi

# install_missing: quiet; a lock held by another apt is waited for.
install_missing() {
  # shellcheck disable=SC2086  # several words on purpose
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
    install -y --no-install-recommends $missing > "$log" 2>&1
}

echo "installing Debian packages:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Package lists are fetched only when they are absent or too old to name what is there.
if ! install_missing; then
  $as_root apt-get -qq -o DPkg::Lock::Timeout=300 update || true
  install_missing || {
    cat "$log" >&2
    echo "install_packages: apt-get could not install the packages above" >&2
    exit 1
  }
fi
