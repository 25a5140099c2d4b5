#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# enter.sh TREE WORK COMMAND...: in mount namespaces of its own already (see system.sh), makes
# TREE the root with all that programs expect there, and runs COMMAND in it.
set -eu
tree=$1 work=$2
shift 2

mount --bind "$tree" "$tree"
cd "$tree"
mkdir -p mnt
mount --bind "$work" mnt
# By this mount, which is of this run only, whoever is in here is known from outside.
awk -v at="$tree/mnt" '$5 == at { print $3, $4 }' /proc/self/mountinfo | tail -n 1 >mnt/work_mount
mount -t proc proc proc
mount -t sysfs sysfs sys # shows the interfaces of the network namespace it is mounted in
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=0755 tmpfs run
mkdir -p run/lock run/netns
# An installer writes it; debootstrap does not where no package of the suite brings one (Debian 12).
[ -e etc/hosts ] || printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' >etc/hosts
for folder in sys/kernel/debug:debugfs sys/kernel/tracing:tracefs sys/fs/bpf:bpf; do
	mount -t "${folder#*:}" "${folder#*:}" "${folder%:*}" 2>/dev/null || :
done
# Not only a chroot: ip netns remounts /, which has to be a mount.
pivot_root . .
umount -l .
cd /
! command -v ip >/dev/null || ip link set lo up 2>/dev/null || :
# The host's environment names its own folders.
exec env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" DEBIAN_FRONTEND=noninteractive \
	${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
