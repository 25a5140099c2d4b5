#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh LOADER: inside the VM, because it locks the kernel down in the end.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
export PATH=$PATH:/usr/sbin:/sbin
port=17001
reads=20
work=$(mktemp -d)
chmod 755 "$work"
loader=$work/ebpf_loader # the tree may lie where nobody else may look
install -m 755 "$1" "$loader" || exit 1
ulimit -l unlimited # before 5.11 the probe's maps are charged to it
release=$(uname -r)

# nobody CAPABILITY,...: sets as_nobody, what runs a command with these capabilities and no others.
nobody() {
	local caps=-all${1:+,+${1//,/,+}}
	as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps "$caps"
		--ambient-caps "$caps" --bounding-set "$caps" --)
}

cat >"$work/reads.py" <<'END'
import os, socket, sys, time
port, count, go = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
while go and not os.path.exists(go[0]):
    time.sleep(0.1)
server = socket.create_server(("127.0.0.1", port))
client = socket.create_connection(server.getsockname())
peer = server.accept()[0]
for _ in range(count):
    peer.send(b"x" * 10)
    assert len(client.recv(10, socket.MSG_WAITALL)) == 10
END

wait_attached() { # PID
	local tries=300
	until grep -q 'attached by' "$work/err"; do
		kill -0 "$1" 2>/dev/null && [ $((tries -= 1)) -gt 0 ] || return
		sleep 0.1
	done
}

# What somebody would find who looks for remains: programs, probes, mounts, segments.
remains() {
	bpftool prog list 2>/dev/null | grep -cE 'name (kprobe_enter|kretprobe_leave|fentry_enter|fexit_leave|thread_exited|socket_moved|bytes_consumed|mptcp_leave|ssl_enter|ssl_leave)'
	cat /sys/kernel/tracing/kprobe_events /sys/kernel/tracing/uprobe_events 2>/dev/null # not under lockdown
	cat /proc/self/mounts
	ls /dev/shm
}

# works TEXT COMMAND...: it attaches, sees every read and ends well.
works() {
	local text=$1 pid
	shift
	"$@" --port $port --bus /probe_rights 2>"$work/err" &
	pid=$!
	if wait_attached $pid; then
		sleep 0.2
		python3 "$work/reads.py" $port $reads
		kill -INT $pid
	fi
	wait $pid
	expect "$text: exits 0" [ $? = 0 ]
	expect "$text: $reads reads" grep -qE "^ebpf_loader: $reads reads, $((reads * 10)) bytes" "$work/err"
	grep -q "$reads reads" "$work/err" || cat "$work/err"
	rm -f /dev/shm/probe_rights
}

# refused TEXT PATTERN COMMAND...: it exits 1 with one line that has PATTERN, and leaves nothing.
refused() {
	local text=$1 pattern=$2 before
	shift 2
	before=$(remains)
	"$@" --bus /probe_rights --duration 5 >"$work/out" 2>"$work/err"
	expect "$text: exits 1" [ $? = 1 ]
	expect "$text: one line" [ "$(wc -l <"$work/err") $(wc -c <"$work/out")" = "1 0" ]
	expect "$text: it says '$pattern'" grep -q -- "$pattern" "$work/err"
	expect "$text: with a remedy" grep -qE '^ebpf_loader: .*: .*: .*' "$work/err"
	expect "$text: nothing is left" [ "$(remains)" = "$before" ]
	sed 's/^/  /' "$work/err"
}

# --pid with the number that we know of a process in a pid namespace of its own.
other_namespace() {
	local attach=$1 pid inner outer
	rm -f "$work/go"
	unshare --fork --pid python3 "$work/reads.py" $port $reads "$work/go" &
	outer=$!
	until inner=$(pgrep -P $outer); do sleep 0.1; done
	"$loader" --attach "$attach" --pid "$inner" --bus /probe_rights 2>"$work/err" &
	pid=$!
	wait_attached $pid
	touch "$work/go"
	wait $outer
	kill -INT $pid
	wait $pid
	expect "a process in another pid namespace, $attach: $reads reads" \
		grep -qE "^ebpf_loader: $reads reads" "$work/err"
	rm -f /dev/shm/probe_rights
}

shrunk_bus() {
	local pid status
	"$loader" --all --bus /probe_rights 2>"$work/err" &
	pid=$!
	wait_attached $pid
	truncate -s 4096 /dev/shm/probe_rights
	for _ in $(seq 100); do
		kill -0 $pid 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL $pid 2>/dev/null
	wait $pid
	status=$?
	expect "a bus cut short: exits 1 (status $status)" [ $status = 1 ]
	expect "a bus cut short: it says so" grep -q '^ebpf_loader: /probe_rights: .*cut short' "$work/err"
	expect "a bus cut short: one such line" [ "$(grep -c 'cut short' "$work/err")" = 1 ]
	rm -f /dev/shm/probe_rights
}

before=$(remains)
works "root, kprobe" "$loader" --attach kprobe
works "root, fentry" "$loader" --attach fentry
nobody bpf,perfmon
works "nobody with CAP_BPF and CAP_PERFMON, fentry" "${as_nobody[@]}" "$loader" --attach fentry
echo 2 >/proc/sys/kernel/perf_event_paranoid
works "nobody with CAP_BPF and CAP_PERFMON, kprobe" "${as_nobody[@]}" "$loader" --attach kprobe
works "nobody with CAP_BPF and CAP_PERFMON, auto" "${as_nobody[@]}" "$loader"
other_namespace kprobe
other_namespace fentry
shrunk_bus
expect "nothing is left of all that" [ "$(remains)" = "$before" ]

echo 3 >/proc/sys/kernel/perf_event_paranoid
refused "nobody, kprobe, kernel.perf_event_paranoid=3" 'perf_event_paranoid' \
	"${as_nobody[@]}" "$loader" --attach kprobe
case $release in
5.10.*) # later kernels charge maps to the cgroup
	refused "nobody with 64 KiB of locked memory" 'RLIMIT_MEMLOCK' \
		prlimit --memlock=65536:65536 "${as_nobody[@]}" "$loader" --attach fentry
	;;
esac
nobody perfmon
refused "nobody with CAP_PERFMON alone" 'CAP_BPF' "${as_nobody[@]}" "$loader"
nobody bpf
refused "nobody with CAP_BPF alone" 'CAP_PERFMON' "${as_nobody[@]}" "$loader"
nobody ''
refused "nobody with nothing" 'CAP_BPF' "${as_nobody[@]}" "$loader"
refused "a process that is gone" 'no such process' "$loader" --pid 4194000
refused "a libssl that is not there" 'No such file' "$loader" --ssl /no/such/libssl.so.3
refused "a library without SSL_read" 'there is no SSL_read in it' \
	"$loader" --ssl "$(ls /lib/*/libc.so.6 /lib64/libc.so.6 2>/dev/null | head -n 1)"
echo confidentiality >/sys/kernel/security/lockdown
refused "lockdown" "kernel $release: .*lockdown: confidentiality" "$loader"
refused "lockdown, kprobe" 'lockdown: confidentiality' "$loader" --attach kprobe
refused "lockdown, fentry" 'lockdown: confidentiality' "$loader" --attach fentry
rm -rf "$work"
finish
