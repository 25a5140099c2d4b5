# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh: the same run in a virtual machine with Debian's
# kernel, where this machine's own cannot run the kernel layer.

guest_args=()

# The same arguments, made absolute and without what only concerns this side.
guest_arguments() {
	local skip='' arg
	for arg in "${original_args[@]}"; do
		if [ -n "$skip" ]; then skip=; continue; fi
		case $arg in
		--vm | --host) ;;
		--kernel | --boot | --out) skip=yes ;;
		*) guest_args+=("$arg") ;;
		esac
	done
	[ -z "$out" ] || guest_args+=(--out "$out")
}

# Ends the script with the status of the run in there.
profile_in_vm() {
	local status keep=()
	packages_install "$program" vm || { stop_if_interrupted; exit 1; }
	say "running in a virtual machine with Debian's kernel $kernel${boot:+ ($boot)}:" \
		"correctness is real, latencies under emulation are not representative"
	prepare_out
	guest_arguments
	[ -z "$out" ] || keep=(--collect "$out")
	stop_if_interrupted
	cd "$root" || exit 1
	# In the background, so that a signal is passed on at once, whoever sent it.
	setsid env --default-signal=INT,QUIT setpriv --pdeathsig TERM -- \
		"$root/ebpf/vm/run_in_vm.sh" --kernel "$kernel" ${boot:+--boot "$boot"} "${keep[@]}" \
		--timeout $((${duration:-86000} + 600)) --grace 90 -- \
		env PROF_IN_VM=yes ${SUDO_UID:+SUDO_UID="$SUDO_UID" SUDO_GID="$SUDO_GID"} \
		"$root/run_profiler.sh" "${guest_args[@]}" &
	vm_pid=$!
	while kill -0 "$vm_pid" 2>/dev/null; do
		wait "$vm_pid" # ends early if a signal comes
	done
	wait "$vm_pid"
	status=$?
	vm_pid=
	case $status in
	0) exit 0 ;;
	2) failed=2 ;;
	*) failed=1 ;; # run_in_vm.sh has its own numbers, and has said what they mean
	esac
	exit "$failed"
}

# Goes there if that was asked for, or if it is the only place with a kernel
# layer.  Otherwise the run stays here, perhaps without that layer.
choose_place() {
	local refusal
	[ -z "${PROF_IN_VM:-}" ] || return 0
	[ -z "$is_vm" ] || profile_in_vm
	[ -z "$no_ebpf" ] || return 0
	[ "$attach" != none ] || return 0 # what it takes is tried when the client is known
	refusal=$(kernel_layer_refusal)
	stop_if_interrupted
	[ -n "$refusal" ] || return 0
	echo "$refusal" >&2
	if [ -n "$is_host$url$client" ]; then
		say "kernel layer: off, for the reason above: Kernel->User will be n/a"
		no_ebpf=yes
	else
		profile_in_vm
	fi
}
