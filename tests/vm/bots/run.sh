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
start loader "$bin/ebpf_loader" --bus $bus --port 9441 --sends --stages
wait_for loader.err 'attached by'
for name in "$@"; do
	# Not before: what one of them has not read yet could be what any thread has.
	start_bot "$name" "$orders"
	[ "$name" != rough ] || for end in "near near0" "far far0"; do
		# shellcheck disable=SC2086
		ip netns exec ${end% *} tc qdisc add dev ${end#* } root netem delay 2ms loss 2% reorder 10%
	done
	run_bot "$name"
	[ "$name" != rough ] || { ip netns exec near tc qdisc del dev near0 root; ip netns exec far tc qdisc del dev far0 root; }
done
sleep 3
stop loader || trouble "loader: $?"
end_bots
rm -f "$out/recording"
