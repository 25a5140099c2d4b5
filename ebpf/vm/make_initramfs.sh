#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# make_initramfs.sh KERNEL_DIR BUSYBOX OUT: the little that a VM needs to reach
# its root over 9p.  Every other module is loaded from there, by the host's own
# modprobe.  OUT appears whole or not at all.
set -euo pipefail
export LC_ALL=C

(($# == 3)) || { echo "make_initramfs: usage: make_initramfs.sh KERNEL_DIR BUSYBOX OUT" >&2; exit 2; }
kernel_dir=$1
busybox=$2
out=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

modules=(virtio_pci virtio_console virtio_rng 9p 9pnet_virtio overlay)

work=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,dev,proc,sys,modules,lower,upper,newroot}
install -m 755 "$busybox" "$root/bin/busybox"
install -m 755 "$here/guest_boot.sh" "$root/init"
install -m 755 "$here/guest_main.sh" "$root/main"

# In load order: a module's dependencies come before it.
release=$(cat "$kernel_dir/release")
for module in "${modules[@]}"; do
	modprobe -d "$kernel_dir/tree" -S "$release" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$work/files"

while read -r file; do
	name=${file##*/}
	case $file in
	*.xz) "$busybox" xzcat "$file" >"$root/modules/${name%.xz}" ;;
	*.zst) zstd -dqc "$file" >"$root/modules/${name%.zst}" ;;
	*) cp "$file" "$root/modules/$name" ;;
	esac
	name=${name%.xz}
	echo "${name%.zst}"
done <"$work/files" >"$root/modules/order"

(cd "$root" && find . | "$busybox" cpio -o -H newc) >"$work/initramfs" 2>"$work/log" || {
	cat "$work/log" >&2
	exit 1
}
mv "$work/initramfs" "$out"
