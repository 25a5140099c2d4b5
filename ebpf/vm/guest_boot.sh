#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
#
# /init of the VM, stage 1: mounts the host's root, read-only, under an overlay
# that is thrown away, and makes it the root.
export PATH=/bin
bb=/bin/busybox

stop() {
	$bb echo "guest_boot: $1"
	$bb poweroff -f
}

$bb mount -t proc proc /proc
$bb mount -t sysfs sys /sys
$bb mount -t devtmpfs dev /dev
while read -r module; do
	$bb insmod "/modules/$module" || stop "cannot load $module"
done </modules/order

# The host does not change under a running VM's feet in any way that matters
# here, so the client may cache what it has read.
$bb mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose root /lower ||
	stop "cannot mount the host's root"
$bb mount -t tmpfs -o size=75% tmpfs /upper
$bb mkdir /upper/data /upper/work
$bb mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work overlay /newroot ||
	stop "cannot mount the overlay"

# Nothing in the host's /run is true in here.
$bb mount -t tmpfs -o mode=755 tmpfs /newroot/run
$bb mkdir /newroot/run/prof_vm
$bb cp -r /bin/busybox /main /job /newroot/run/prof_vm/
$bb umount /proc /sys /dev
exec $bb switch_root /newroot /run/prof_vm/busybox sh /run/prof_vm/main
