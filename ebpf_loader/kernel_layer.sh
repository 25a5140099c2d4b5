# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh: the kernel layer, if this kernel can run it.

# Prints why this kernel cannot run the kernel layer; nothing if it can.  By
# trying, because no version number or configuration tells.  kernel_layer_refusal [OPTION...]:
# with what else it is to do.
kernel_layer_refusal() {
	local text
	[ $# -gt 0 ] || set -- --port 1
	if text=$("$bin/ebpf_loader" --bus "$bus.probe" --attach "$attach" $stages $sends "$@" --duration 1 2>&1 >/dev/null); then
		text=
	else
		text=$(grep '^ebpf_loader: ' <<<"$text" | tail -n 1)
		text=${text:-"ebpf_loader: failed without a word"}
	fi
	rm -f "/dev/shm$bus.probe"
	echo "$text"
}

start_kernel_layer() {
	if [ -n "$no_ebpf" ]; then
		say "kernel layer: off"
		return
	fi
	start ebpf_loader "$bin/ebpf_loader" --bus "$bus" --attach "$attach" $stages $sends $verbose "${client_probes[@]}"
	wait_for ebpf_loader "$run_dir/ebpf_loader.err" 'ebpf_loader: attached' 60
	say "kernel layer: $(sed -n 's/^ebpf_loader: \(attached.*\)/\1/p' "$run_dir/ebpf_loader.err" | head -n 1)"
}
