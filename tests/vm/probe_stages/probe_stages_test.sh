#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# NIC->Kernel taken apart, in the VM: by each way to attach the stages of every exact message
# add up to it; a processor hog, a stopped reader and reordered segments each show in their
# own stage.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../kernels.sh"
[ -n "${PROF_FULL:-}${PROF_KERNELS:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox python3 ip
runs="fentry:none fentry:hog fentry:stop fentry:hole kprobe:none"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

choose_kernels
for kernel in $kernels; do
	# shellcheck disable=SC2086
	"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "$kernel" --timeout 400 --collect "$scratch" -- \
		"$PROF_ROOT/tests/vm/probe_stages/run.sh" "$PROF_ROOT/run_profiler.sh" "$scratch" $runs
	# shellcheck disable=SC2086
	python3 -B "$PROF_ROOT/tests/vm/probe_stages/check.py" "$scratch" $runs
	expect "kernel $kernel: every stage is told, adds up, and has its own culprit" [ $? = 0 ]
	rm -rf "${scratch:?}"/*
done
finish
