#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
#
# PID 1 of the VM, stage 2: mounts what programs expect, runs the command and
# tells the host its exit status.
#
# Ports to the host: the first carries words in both directions ("up", "int",
# "exit N"), the second and third are the command's standard output and error.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
dir=/run/prof_vm
bb=$dir/busybox
. $dir/job/settings # kernel_tree, hugepage_count, rw_dirs

$bb mount -t proc proc /proc
$bb mount -t sysfs sys /sys
$bb mount -t devtmpfs dev /dev
$bb mkdir -p /dev/pts /dev/shm /dev/hugepages
$bb mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
$bb mount -t tmpfs -o mode=1777 tmpfs /dev/shm
$bb ln -s /proc/self/fd /dev/fd
$bb ln -s /proc/self/fd/0 /dev/stdin
$bb ln -s /proc/self/fd/1 /dev/stdout
$bb ln -s /proc/self/fd/2 /dev/stderr
$bb mkdir -p /run/lock /run/netns
$bb mount -t debugfs debug /sys/kernel/debug
$bb mount -t tracefs trace /sys/kernel/tracing
$bb mount -t bpf bpf /sys/fs/bpf
$bb mount -t securityfs security /sys/kernel/security
$bb mount -t cgroup2 cgroup2 /sys/fs/cgroup
$bb hostname vm
$bb ifconfig lo up

# Where the kernel and modprobe look for every module that is not loaded yet.
$bb mkdir -p /lib/modules
$bb ln -sfn "$kernel_tree/lib/modules/$($bb uname -r)" "/lib/modules/$($bb uname -r)"

# Device nodes whose opening loads the module, as systemd makes them.
while read -r module path numbers; do
	case $module,$numbers in
	tun,c*:* | vhost_*,c*:* | vfio,c*:*)
		minor=${numbers#*:}
		major=${numbers%:*}
		$bb mkdir -p "/dev/$($bb dirname "$path")"
		$bb mknod "/dev/$path" c "${major#c}" "$minor"
		;;
	esac
done <"/lib/modules/$($bb uname -r)/modules.devname"

if [ "$hugepage_count" -gt 0 ]; then
	echo "$hugepage_count" >/proc/sys/vm/nr_hugepages
	$bb mount -t hugetlbfs -o pagesize=2M hugetlbfs /dev/hugepages
fi

port=$(echo /dev/vport*p1)
port=${port%1}
exec 3<>"${port}1"
number=0
while [ "$number" -lt "$rw_count" ]; do
	rw_dir=$($bb cat "$dir/job/rw$number")
	$bb mkdir -p "$rw_dir"
	# Shared mappings of files need cache=mmap; everything else goes straight through.
	$bb mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=mmap "rw$number" "$rw_dir" ||
		echo "guest_main: cannot mount $rw_dir"
	number=$((number + 1))
done

# Pipes, not the ports themselves: a port can be opened only once, so programs
# that open /dev/stderr would fail.
$bb mkfifo $dir/out $dir/err
$bb cat $dir/out >"${port}2" &
relay_out=$!
$bb cat $dir/err >"${port}3" &
relay_err=$!

# The host's Ctrl-C goes to the command's process group, as a terminal's does.
while read -r word; do
	[ "$word" = int ] && kill -INT "-$($bb cat $dir/pid)"
done <&3 >/dev/null 2>&1 &
listener=$!

# In the foreground: what a shell puts into the background ignores SIGINT.
echo up >&3
$bb setsid $bb sh -c "echo \$\$ >$dir/pid; exec /bin/bash $dir/job/command" \
	</dev/null >$dir/out 2>$dir/err 3>&-
status=$?

# Whatever the command left running may hold its output open: wait, but not for long.
tries=0
while kill -0 $relay_out 2>/dev/null || kill -0 $relay_err 2>/dev/null; do
	tries=$((tries + 1))
	[ $tries -le 20 ] || break
	$bb usleep 100000
done
$bb sync
kill $listener
echo "exit $status" >&3
$bb usleep 100000
$bb poweroff -f
$bb sleep 60
