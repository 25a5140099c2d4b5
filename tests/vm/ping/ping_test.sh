#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A ping taken apart, in the VM, by each way to attach: its parts add up to it; a delay of 5 ms
# one way or the other is on the wire only, a client that is held only on its way in; and the
# segments that are named are tshark's.  PING_SCALE=10: ten times these delays, for a busy host.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../kernels.sh"
[ -n "${PROF_FULL:-}${PROF_KERNELS:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox python3 ip tshark tcpdump
runs=${PROF_PING_RUNS:-fentry:none fentry:there fentry:back fentry:hold kprobe:none}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

choose_kernels
for kernel in $kernels; do
	# A machine for each: on a busy host one takes minutes.
	for run in $runs; do
		mkdir "$scratch/new"
		"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "$kernel" --cpus 3 --timeout 600 --collect "$scratch/new" -- \
			env PING_SCALE="${PING_SCALE:-1}" "$PROF_ROOT/tests/vm/ping/run.sh" "$PROF_ROOT/run_profiler.sh" "$scratch/new" "$run"
		mv "$scratch/new"/* "$scratch/"
		rmdir "$scratch/new"
	done
	# shellcheck disable=SC2086
	python3 -B "$PROF_ROOT/tests/vm/ping/check.py" "$scratch" $runs
	expect "kernel $kernel: every ping is told, adds up, and has its own culprit" [ $? = 0 ]
	for run in $runs; do
		python3 -B "$PROF_ROOT/tests/vm/ping/tshark_check.py" "$scratch/$run.out" \
			"$scratch/$run/frames.pcapng" "$scratch/$run/keys.log"
		expect "kernel $kernel: $run: tshark finds each ping and pong where they are told" [ $? = 0 ]
	done
	rm -rf "${scratch:?}"/*
done
finish
