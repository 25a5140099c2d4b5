#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# boot.sh TREE: in namespaces of its own already (mount, PID as their first process, UTS, IPC, network,
# cgroup), makes the Debian in TREE the root and becomes its systemd, as a container's manager does.
set -eu
tree=$1
mount --make-rprivate /
mount --bind "$tree" "$tree"
cd "$tree"
hostname soak
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys # the interfaces of this network namespace
# The rest of the hierarchies is the host's; which controllers there are, too.
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=0755 tmpfs dev
for device in null zero full random urandom tty; do
	: >"dev/$device"
	mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/net dev/shm dev/pts
mknod dev/net/tun c 10 200
ln -s /proc/self/fd dev/fd
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
mount -t tmpfs -o mode=0755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
pivot_root . .
umount -l .
cd /
exec env -i container=unshare /lib/systemd/systemd --system --log-target=journal </dev/null >/dev/null 2>&1
