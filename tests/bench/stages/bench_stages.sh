#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bench_stages.sh [BUILD]: what a message costs from its send to its read and back, with
# nothing on, with the kernel layer, with --stages, and with a bpftrace script that has the
# same hooks and does the same work.  Runs in the VM (figures under emulation are for
# comparison with each other only), or where it is with --here.  Rounds are interleaved.
# BPFTRACE names another bpftrace: Debian 12's (0.17.0) takes no raw tracepoint.
set -u
bpftrace=${BPFTRACE:-bpftrace}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=$(cd "${1:-$root/build}" && pwd)
if [ "${2:-}" != --here ]; then
	command -v "${bpftrace%% *}" >/dev/null || { echo "SKIP: $bpftrace is not installed"; exit 77; }
	exec "$root/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 900 -- \
		bash "$here/bench_stages.sh" "$build" --here
fi

rounds=${PROF_BENCH_ROUNDS:-7}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sysctl -q kernel.watchdog=0 2>/dev/null
bus=/bench_stages
coproc "$build/tests/bench_probe"
reader=$COPROC_PID

measure() {
	local answer
	echo "turn_$1" >&"${COPROC[1]}"
	read -r answer <&"${COPROC[0]}"
	echo "${answer#turn_}" | tee -a "$work/figures"
}

# loaded NAME ATTACH WORDS [OPTION]: one round under our loader, when it has said so.
loaded() {
	"$build/bin/ebpf_loader" --attach "$2" --bus "$bus" ${4:-} 2>"$work/loader" &
	local loader=$!
	until grep -q "$3" "$work/loader"; do
		kill -0 $loader || { echo "bench_stages: $1: $(tail -n 1 "$work/loader")" >&2; exit 1; }
		sleep 0.1
	done
	sleep 0.3
	measure "$1"
	kill -INT $loader
	wait $loader
	cp "$work/loader" "$work/loader.$1"
}

# One record for a telling, for a wake-up, for a read; as ours, of one socket and its reader.
cat >"$work/script.bt" <<'END'
kprobe:tcp_recvmsg /tid == $1/ {
	@begin[tid] = nsecs; @sk[tid] = arg0; @wanted[arg0] = 1; @thread[tid] = 1;
	@seq[tid] = ((struct tcp_sock *)arg0)->copied_seq;
}
kretprobe:tcp_recvmsg /@begin[tid]/ {
	printf("read %llu %llu %llu %u %d %d\n", @begin[tid], nsecs, @sk[tid], @seq[tid], retval, tid);
	delete(@sk[tid]); delete(@begin[tid]); delete(@seq[tid]);
}
rawtracepoint:tcp_rcv_space_adjust /@wanted[arg0]/ { @thread[tid] = 1; }
rawtracepoint:tcp_probe /@wanted[arg0]/ { @queue[arg0] = nsecs; }
kprobe:sock_def_readable /@wanted[arg0]/ {
	@telling[cpu] = arg0;
	printf("ready %llu %llu %llu %llu\n", arg0, @queue[arg0], nsecs,
		((struct tcp_sock *)arg0)->bytes_received);
}
kretprobe:sock_def_readable /@telling[cpu]/ { @telling[cpu] = 0; }
rawtracepoint:sched_waking {
	$task = (struct task_struct *)arg0;
	if (@thread[(uint64)$task->pid] && !@aside[(uint64)$task->pid]) {
		@waking[(uint64)$task->pid] = nsecs;
		@by[(uint64)$task->pid] = @telling[cpu];
	}
}
rawtracepoint:sched_switch {
	$old = (struct task_struct *)arg1;
	$new = (struct task_struct *)arg2;
	if (@thread[(uint64)$old->pid] && (arg0 || $old->__state == 0)) {
		@waking[(uint64)$old->pid] = 0;
		@aside[(uint64)$old->pid] = nsecs;
	}
	if (@aside[(uint64)$new->pid]) {
		printf("resumed %d %llu %llu\n", $new->pid, @aside[(uint64)$new->pid], nsecs);
		@aside[(uint64)$new->pid] = 0;
		@waking[(uint64)$new->pid] = 0;
	}
	if (@waking[(uint64)$new->pid]) {
		printf("woken %d %llu %llu %llu\n", $new->pid, @by[(uint64)$new->pid], @waking[(uint64)$new->pid], nsecs);
		@waking[(uint64)$new->pid] = 0;
	}
}
END
traced() {
	# Words, one an argument.
	# shellcheck disable=SC2086
	$bpftrace "$work/script.bt" "$reader" >"$work/traced" 2>"$work/bpftrace.err" &
	local tracer=$!
	until grep -q Attaching "$work/traced" "$work/bpftrace.err" 2>/dev/null; do
		kill -0 $tracer || { echo "bench_stages: bpftrace: $(head -n 3 "$work/bpftrace.err")" >&2; exit 1; }
		sleep 0.2
	done
	sleep 3
	measure bpftrace
	kill -INT $tracer
	wait $tracer
	for kind in read ready woken; do
		[ "$(grep -c "^$kind" "$work/traced")" -gt 1000 ] ||
			echo "bench_stages: bpftrace saw no $kind: $(head -n 3 "$work/bpftrace.err")" >&2
	done
}

echo "enter $bus" >&"${COPROC[1]}"
for _ in $(seq "$rounds"); do
	[ $SECONDS -lt "${PROF_BENCH_LIMIT_S:-800}" ] || break
	measure none
	for way in kprobe fentry; do
		loaded reads_$way $way 'attached by'
		loaded stages_$way $way 'stages inside the kernel told' --stages
	done
	traced
done
eval "exec ${COPROC[1]}>&-"
wait "$reader" 2>/dev/null

median() {
	awk -v name="$1" '$1 == name { print $2 }' "$work/figures" | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
none=$(median none)
echo "kernel $(uname -r), $(grep -c ^bpftrace "$work/figures") rounds, medians of CPU ns for a message and its answer"
for name in none reads_kprobe stages_kprobe reads_fentry stages_fentry bpftrace; do
	awk -v n="$name" -v v="$(median $name)" -v none="$none" \
		'BEGIN { printf "%-16s %8.1f ns, added %8.1f ns\n", n, v, v - none }'
done
grep -h 'stages:' "$work"/loader.stages_*
for way in kprobe fentry; do
	awk -v n="$way" -v a="$(median stages_$way)" -v r="$(median reads_$way)" -v b="$(median bpftrace)" \
		-v none="$none" 'BEGIN { printf "stages by %s: %.1f ns a message more than reads alone\n", n, a - r
			printf "RATIO stages_%s_over_bpftrace %.3f <= 0.5\n", n, (a - none) / (b - none) }'
done
