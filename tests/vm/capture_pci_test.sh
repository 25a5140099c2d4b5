#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run_profiler.sh --inline: the whole profiler through a PCI adapter that DPDK
# owns, on vfio-pci behind an emulated IOMMU, frames to the kernel by vhost-net.
# At least 99 % of the user's events must be correlated, and the adapter must go
# back to its kernel driver: after its time and, with PROF_FULL=1, after Ctrl-C
# and after the capture was killed.
# PCI_NIC (e1000e) names another adapter of QEMU's, with its properties; a virtio
# one must honour the IOMMU: virtio-net-pci,disable-legacy=on,iommu_platform=on.
set -u
root=${PROF_ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
export PROF_BIN=${PROF_BIN:-$root/build/bin}
nic=${PCI_NIC:-e1000e}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
[ "$(id -u)" = 0 ] || { echo "SKIP needs root"; exit 77; }
# The script runs what it builds itself, and in the VM it builds nothing.
[ -x "$root/build/bin/dpdk_capture" ] || { echo "SKIP needs a Release build in build/"; exit 77; }
"$root/ebpf/vm/run_in_vm.sh" --hugepages 160 --nic "$nic" --nic "$nic" --timeout 500 -- \
	"$root/tests/vm/capture_pci_guest.sh" 10 ${PROF_FULL:+more} >"$out"
status=$?
[ $status != 125 ] || { echo "SKIP no VM here"; exit 77; }
grep -v '^\[CORR\]' "$out"
[ $status = 0 ] || { echo "FAIL the guest ended with $status"; exit 1; }
user=$(awk '/^Userspace events:/ { print $3 }' "$out")
correlated=$(awk '/^Correlated:/ { print $2 }' "$out")
[ "${user:-0}" -ge 100 ] || { echo "FAIL only ${user:-no} user events"; exit 1; }
[ $((correlated * 100)) -ge $((user * 99)) ] || { echo "FAIL $correlated of $user correlated"; exit 1; }
echo "PASS $correlated of $user correlated through $nic"
