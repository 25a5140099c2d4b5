# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the vm tests: which of Debian's kernels a test is run on.

all_kernels="5.10 6.1 6.12 7.2 7.3"

# Sets kernels: what PROF_KERNELS names, all of them with PROF_FULL=1, else an old
# one (or PROF_KERNEL) and the newest there is.
choose_kernels() {
	kernels="${PROF_KERNEL:-6.1} newest"
	[ -z "${PROF_FULL:-}" ] || kernels=$all_kernels
	kernels=${PROF_KERNELS:-$kernels}
	case $kernels in
	*newest)
		"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --prepare --kernel newest ||
			{ kernels=${kernels% newest}; echo "SKIP the newest kernel: it cannot be had here"; }
		;;
	esac
}
