#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh BIN OUT ROOT ORDERS RATE NAME...: inside the VM.  Somebody else's bots, one after the other, with
# the kernel layer: which thread read which message, and which called with which order.
set -u
bin=$1 out=$2 root=$3 orders=$4 rate=$5
shift 5
. "$root/tests/system/parts.sh"
bots=$root/tests/system/trips/bots
. "$bots/bots.sh"
# Without TLS: under emulation a handshake takes seconds; who calls what does not depend on it.
is_plain=yes
far=far near=near bus=/vm_bots
export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}
trap 'end_in_namespaces far near' EXIT

begin_bots "$bin" "$out" "$rate" "$@"
for name in "$@"; do
	start_bot "$name" "$orders"
	wait_for "$name.err" ready
	# By its process: with --port the exchange's ends of the same connections would be registered, too.
	start "loader.$name" "$bin/ebpf_loader" --bus $bus --pid "${pid_of[$name]}" --sends --stages
	wait_for "loader.$name.err" 'attached by'
	[ "$name" != rough ] || for end in "near near0" "far far0"; do
		# shellcheck disable=SC2086
		ip netns exec ${end% *} tc qdisc add dev ${end#* } root netem delay 2ms loss 2% reorder 10%
	done
	run_bot "$name"
	[ "$name" != rough ] || { ip netns exec near tc qdisc del dev near0 root; ip netns exec far tc qdisc del dev far0 root; }
	sleep 1
	stop "loader.$name" || trouble "loader.$name: $?"
done
end_bots
rm -f "$out/recording"
