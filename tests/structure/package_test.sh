#!/bin/sh
# SPDX-License-Identifier: MIT
# The Debian package installs into an empty root, its program runs there and finds its models, its
# manual pages can be read, and nothing is left after it is removed.
# Usage: package_test.sh SOURCE BUILD
set -eu
source=$1
build=$2
for tool in cpack dpkg-deb dpkg-shlibdeps mandoc; do
  command -v $tool >/dev/null || { echo "SKIPPED: there is no $tool"; exit 77; }
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

(cd "$build" && cpack -G DEB -B "$tmp/packed") >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
package=$(echo "$tmp"/packed/*.deb)
dpkg-deb --info "$package" | tee "$tmp/info"
grep -q 'Depends:.*libvips' "$tmp/info" || { echo "the package does not depend on libvips"; exit 1; }

# dpkg's records are in the root, too; other packages are this machine's business.
root=$tmp/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/log"
: >"$root/var/lib/dpkg/status"
# The root has no shell: the scripts, which call ldconfig, run outside of it.
in_root() { dpkg --root="$root" --force-not-root --force-depends --force-script-chrootless --log=/dev/null "$@" >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }; }
in_root --install "$package"
interpolate=$(find "$root/usr/bin" -name '*interpolate')
env -u TESSERA_MODEL_PATH XDG_DATA_HOME="$tmp" XDG_DATA_DIRS="$tmp" \
  "$interpolate" --cfa RGGB "$source/samples/images/scene-mosaic.png" -o "$tmp/picture.png"
[ -s "$tmp/picture.png" ]
for page in "$root"/usr/share/man/man*/*; do
  mandoc -T utf8 "$page" | grep -q . || { echo "$page cannot be read"; exit 1; }
done
[ "$(find "$root/usr/share/man/man1" -type f | wc -l)" -eq 6 ]

in_root --purge tessera
find "$root" -path "$root/var" -prune -o ! -type d -print >"$tmp/left"
[ ! -s "$tmp/left" ] || { echo "left behind:"; cat "$tmp/left"; exit 1; }
[ ! -d "$root/usr/share/tessera" ] || { echo "a folder is left behind"; exit 1; }
