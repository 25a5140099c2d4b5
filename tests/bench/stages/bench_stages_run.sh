#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bench_stages_run.sh [BUILD]: what --stages adds to the NIC->User latency of the embedded run:
# one run, whose kernel layer is taken off and put on again with and without, in pairs.
# In the VM, or where it is with --here.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=$(cd "${1:-$root/build}" && pwd)
if [ "${2:-}" != --here ]; then
	exec "$root/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 900 -- \
		bash "$here/bench_stages_run.sh" "$build" --here
fi
pairs=${PROF_BENCH_PAIRS:-10} seconds=${PROF_BENCH_SECONDS:-4}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sysctl -q kernel.watchdog=0 2>/dev/null
PROF_IN_VM=yes setsid "$root/run_profiler.sh" --no-ebpf --unit ns --rate "${PROF_BENCH_RATE:-300}" --out "$work/out" \
	>"$work/run.out" 2>"$work/run.err" &
run=$!
until grep -q '^\[CORR\]' "$work/run.out"; do
	kill -0 $run || { echo "bench_stages_run: $(tail -n 3 "$work/run.err")" >&2; exit 1; }
	sleep 0.2
done
bus=$(tr '\0' '\n' <"/proc/$(pgrep -x event_correlato | head -n 1)/cmdline" | grep -A 1 -x -e --bus | tail -n 1)

now_ns() { python3 -c 'import time; print(time.monotonic_ns())'; }

loaded() { # NAME OPTION...
	local name=$1 from words="attached by"
	shift
	[ $# = 0 ] || words="stages inside the kernel told"
	"$build/bin/ebpf_loader" --bus "$bus" "$@" 2>"$work/loader" &
	local loader=$!
	until grep -q "$words" "$work/loader"; do
		kill -0 $loader || { echo "bench_stages_run: $(tail -n 1 "$work/loader")" >&2; exit 1; }
		sleep 0.1
	done
	sleep 0.5
	from=$(now_ns)
	sleep "$seconds"
	echo "$name $from $(now_ns)" >>"$work/windows"
	echo "bench_stages_run: $(wc -l <"$work/windows") of $((2 * pairs)) windows after $SECONDS s" >&2
	kill -INT $loader
	wait $loader
	sleep 0.3
}

for pair in $(seq "$pairs"); do
	[ $SECONDS -lt "${PROF_BENCH_LIMIT_S:-800}" ] || break
	if [ $((pair % 2)) = 0 ]; then
		loaded without && loaded with --stages
	else
		loaded with --stages && loaded without
	fi
done
sleep 1
kill -INT -- -$run
wait $run
python3 - "$work/windows" "$work/out" <<'END'
import glob, json, statistics, sys
windows = [line.split() for line in open(sys.argv[1])]
lines = [json.loads(line) for path in glob.glob(sys.argv[2] + "/*.jsonl") for line in open(path)]
lines = sorted((l["nic_ns"], l["total_ns"]) for l in lines if l["nic_ns"] and l["total_ns"] is not None)
figures = {"with": [], "without": []}
for name, begin, end in windows:
    values = sorted(total for nic, total in lines if int(begin) <= nic <= int(end))
    figures[name].append((values[len(values) // 2], values[len(values) * 99 // 100], len(values)))
for name, found in figures.items():
    print(f"{name}: p50, p99 of NIC->User in us: " + " ".join(f"{a/1000:.0f},{b/1000:.0f}" for a, b, _ in found)
          + f"; messages {min(n for *_, n in found)} to {max(n for *_, n in found)}")
for which, name in enumerate(("p50", "p99")):
    ratios = [w[which] / o[which] for w, o in zip(figures["with"], figures["without"])]
    print(f"{name}: with over without, of {len(ratios)} pairs: median {statistics.median(ratios):.3f} "
          f"({min(ratios):.3f} to {max(ratios):.3f}); of the medians "
          f"{statistics.median(w[which] for w in figures['with']) / statistics.median(o[which] for o in figures['without']):.3f} <= 1.06")
END
