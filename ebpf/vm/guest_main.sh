#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
#
# PID 1 of the VM, stage 2: mounts what programs expect, runs the command and
# tells the host its exit status.
#
# Ports to the host: the first carries words in both directions (to it "up", "beat",
# "ended", "collected N", "exit N"; from it "int", "kill"), the second and third
# are the command's standard output and error, the fourth takes the sums of what
# is collected.
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

# Straight through.  cache=mmap, which shared mappings of files need, writes back
# later from Linux 6.4 on; a file written so once had NUL bytes at its end.
mount_share() { # TAG DIR
	$bb mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none "$1" "$2" ||
		echo "guest_main: cannot mount $2"
}

port=$(echo /dev/vport*p1)
port=${port%1}
exec 3<>"${port}1"
number=0
while [ "$number" -lt "$rw_count" ]; do
	rw_dir=$($bb cat "$dir/job/rw$number")
	$bb mkdir -p "$rw_dir"
	mount_share "rw$number" "$rw_dir"
	number=$((number + 1))
done

# The command writes into memory; the share is only filled when it has ended.
collect=
if [ -f $dir/job/collect ]; then
	collect=$($bb cat $dir/job/collect)
	$bb mkdir -p $dir/share
	mount_share collect $dir/share
	$bb mount -t tmpfs -o "mode=$($bb stat -c %a $dir/share),uid=$($bb stat -c %u $dir/share),gid=$($bb stat -c %g $dir/share)" \
		tmpfs "$collect"
fi

# Three times, should what is read back be something else: also because what was
# killed may have left somebody who still writes.
collect_files() {
	[ -n "$collect" ] || return 0
	tries=3
	while [ $tries -gt 0 ]; do
		(cd "$collect" && $bb find . -type f -exec $bb sha256sum {} +) >$dir/sums
		text=$($bb cp -a "$collect/." $dir/share/ 2>&1 | $bb tail -n 1)
		(cd $dir/share && $bb sha256sum -c $dir/sums >/dev/null 2>&1) && break
		tries=$((tries - 1))
	done
	$bb cat $dir/sums >"${port}4"
	echo "collected $($bb wc -l <$dir/sums) $text" >&3
}

# Pipes, not the ports themselves: a port can be opened only once, so programs
# that open /dev/stderr would fail.
$bb mkfifo $dir/out $dir/err
$bb cat $dir/out >"${port}2" &
relay_out=$!
$bb cat $dir/err >"${port}3" &
relay_err=$!

# The host's Ctrl-C goes to the command's process group, as a terminal's does.
while read -r word; do
	case $word in
	int) kill -INT "-$($bb cat $dir/pid)" ;;
	kill) kill -KILL "-$($bb cat $dir/pid)" ;;
	esac
done <&3 >/dev/null 2>&1 &
listener=$!

# As long as the VM is alive it says so.
while $bb sleep 10; do echo beat; done >&3 &
beater=$!
echo $beater >$dir/beater

# In the foreground: what a shell puts into the background ignores SIGINT.
echo up >&3
$bb setsid $bb sh -c "echo \$\$ >$dir/pid; exec /bin/bash $dir/job/command" \
	</dev/null >$dir/out 2>$dir/err 3>&-
status=$?
echo ended >&3

# Whatever the command left running may hold its output open: wait, but not for long.
tries=0
while kill -0 $relay_out 2>/dev/null || kill -0 $relay_err 2>/dev/null; do
	tries=$((tries + 1))
	[ $tries -le 20 ] || break
	$bb usleep 100000
done
collect_files
$bb sync
kill -KILL $listener $beater
echo "exit $status" >&3
$bb usleep 100000
$bb poweroff -f
$bb sleep 60
