#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# NIC->Kernel taken apart, in the VM, by each way to attach: the stages of every exact message
# of the embedded run add up; readers by epoll, poll, select, recv, io_uring, spinning, two at
# once, in shifts are told as they say themselves; a processor hog, a stopped reader, one that
# naps, a softirq load and reordered segments each show in their own stage, with tshark as the
# judge of the last; of a flood each telling is published or counted.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../kernels.sh"
[ -n "${PROF_FULL:-}${PROF_KERNELS:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox python3 ethtool ip tc tcpdump tshark taskset
here=$PROF_ROOT/tests/vm/probe_stages
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

choose_kernels
for kernel in $kernels; do
	for attach in ${PROF_ATTACH:-fentry kprobe}; do
		"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "$kernel" --cpus 3 --timeout 700 --collect "$scratch" -- \
			bash "$here/guest.sh" "$PROF_ROOT" "$PROF_BIN" "$PROF_BIN/../tests/stage_readers" "$scratch" "$attach"
		expect "kernel $kernel, $attach: the run came about, and of the flood nothing is missing" [ $? = 0 ]
		python3 -B "$here/check_embedded.py" "$scratch/$attach.embedded/messages.jsonl" "$attach"
		expect "kernel $kernel, $attach: the embedded run's stages add up" [ $? = 0 ]
		python3 -B "$here/check_readers.py" "$scratch/$attach.readers"
		expect "kernel $kernel, $attach: every reader as it says, every culprit in its own stage" [ $? = 0 ]
		[ -z "${PROF_KEEP:-}" ] || cp -r "$scratch" "$PROF_KEEP/$kernel.$attach"
		rm -rf "${scratch:?}"/*
	done
done
finish
