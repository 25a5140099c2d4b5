#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bench_probe.sh [BUILD]: what the probe adds to a tcp_recvmsg(), by kprobe and by
# fentry, for a socket that is wanted and for one that is not, what empty programs
# in the same places add, and what a bpftrace script adds that does the same work.
# And what --sends adds to a send().  PROF_BENCH_ONLY=filter for the sockets that are not wanted alone.  Runs in the VM
# (figures under emulation are for comparison with each other only), or where it is
# with --here.  Rounds are interleaved.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$(cd "${1:-$root/build}" && pwd)
if [ "${2:-}" != --here ]; then
	command -v bpftrace >/dev/null || { echo "SKIP: bpftrace is not installed"; exit 77; }
	exec "$root/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 900 -- \
		bash "$here/bench_probe.sh" "$build" --here
fi

rounds=${PROF_BENCH_ROUNDS:-9}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sysctl -q kernel.watchdog=0 2>/dev/null
coproc "$build/tests/bench_probe"
reader=$COPROC_PID

measure() {
	local answer
	echo "$1" >&"${COPROC[1]}"
	read -r answer <&"${COPROC[0]}"
	echo "$answer" >>"$work/figures"
}

# loaded NAME ATTACH is-wanted [OPTION]: one round under our loader.
loaded() {
	local bus=/bench_probe_$3
	"$build/bin/ebpf_loader" --attach "$2" --bus "$bus" ${4:+"$4"} 2>"$work/loader" &
	local loader=$!
	until grep -q 'attached by' "$work/loader"; do sleep 0.1; done
	sleep 0.3
	measure "$1"
	kill -INT $loader
	wait $loader
}

# empty NAME ATTACH: one round under programs that do nothing.
empty() {
	"$build/tests/bench_probe_empty" "$build/tests/bench_probe_empty.bpf.o" "$2" 2>"$work/empty" &
	local holder=$!
	until grep -q 'attached by' "$work/empty"; do
		kill -0 $holder || { echo "bench_probe: empty programs: not attached" >&2; exit 1; }
		sleep 0.1
	done
	sleep 0.3
	measure "$1"
	kill -TERM $holder
	wait $holder 2>/dev/null
}

# The same work: both ends of the call, their times, copied_seq, bytes, one record each.
cat >"$work/script.bt" <<'END'
kprobe:tcp_recvmsg /pid == $1/ {
	@sk[tid] = arg0;
	@begin[tid] = nsecs;
	@seq[tid] = ((struct tcp_sock *)arg0)->copied_seq;
}
kretprobe:tcp_recvmsg /@begin[tid]/ {
	printf("%llu %llu %llu %u %d %d\n", @begin[tid], nsecs, @sk[tid], @seq[tid], retval, tid);
	delete(@sk[tid]); delete(@begin[tid]); delete(@seq[tid]);
}
END
traced() {
	bpftrace "$work/script.bt" "$reader" >"$work/traced" 2>"$work/bpftrace.err" &
	local tracer=$!
	until grep -q Attaching "$work/traced" "$work/bpftrace.err" 2>/dev/null; do sleep 0.2; done
	sleep 2
	measure bpftrace
	kill -INT $tracer
	wait $tracer
	[ "$(wc -l <"$work/traced")" -gt 1000 ] || echo "bench_probe: bpftrace saw nothing: $(head -n 1 "$work/bpftrace.err")" >&2
}

echo "enter /bench_probe_wanted" >&"${COPROC[1]}"
for _ in $(seq "$rounds"); do
	measure none
	if [ "${PROF_BENCH_ONLY:-}" != filter ]; then
		loaded kprobe kprobe wanted
		loaded fentry fentry wanted
		traced
		measure send_none
		loaded send_kprobe kprobe wanted --sends
		loaded send_fentry fentry wanted --sends
	fi
	empty kprobe_empty kprobe
	loaded kprobe_filtered kprobe other
	empty fentry_empty fentry
	loaded fentry_filtered fentry other
done
eval "exec ${COPROC[1]}>&-"
wait "$reader" 2>/dev/null

median() {
	awk -v name="$1" '$1 == name { print $2 }' "$work/figures" | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
none=$(median none)
echo "kernel $(uname -r), $rounds rounds, medians of CPU ns for a recv of 16 queued bytes"
for name in none kprobe fentry bpftrace kprobe_empty kprobe_filtered fentry_empty fentry_filtered; do
	grep -q "^$name " "$work/figures" || continue
	awk -v n="$name" -v v="$(median $name)" -v none="$none" \
		'BEGIN { printf "%-16s %8.1f ns, added %8.1f ns\n", n, v, v - none }'
done
send_none=$(median send_none)
for name in send_none send_kprobe send_fentry; do
	grep -q "^$name " "$work/figures" || continue
	awk -v n="$name" -v v="$(median $name)" -v none="$send_none" \
		'BEGIN { printf "%-16s %8.1f ns a send, added %8.1f ns\n", n, v, v - none }'
done
# Round by round, because what a machine does meanwhile hits neighbours alike.
itself() {
	paste <(awk -v n="$1_filtered" '$1 == n { print $2 }' "$work/figures") \
		<(awk -v n="$1_empty" '$1 == n { print $2 }' "$work/figures") |
		awk '{ print $1 - $2 }' | sort -n | awk -v n="$1" '{ v[NR] = $1 }
			END { printf "filter of %s itself: %.1f ns a call (rounds: %.1f to %.1f)\n",
				n, v[int((NR + 1) / 2)], v[1], v[NR] }'
}
itself kprobe
itself fentry
[ "${PROF_BENCH_ONLY:-}" != filter ] || exit 0
ratio() {
	awk -v n="$1" -v a="$2" -v b="$(median bpftrace)" -v none="$none" -v t="$3" \
		'BEGIN { printf "RATIO %s %.3f <= %s\n", n, (a - none) / (b - none), t }'
}
ratio kprobe_over_bpftrace "$(median kprobe)" 0.6
ratio fentry_over_bpftrace "$(median fentry)" 0.6
