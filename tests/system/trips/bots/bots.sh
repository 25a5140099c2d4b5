# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the tests of somebody else's bots, with parts.sh: an exchange and a client's side, in
# two namespaces, and a capture that follows the bots' key logs; one bot after the other.

# begin_bots BIN OUT RATE NAME...: OUT has all that is told.  is_plain=yes: without TLS, and no tcpdump.
begin_bots() {
	local bin=$1 rate=$3 name keylogs=()
	out=$2
	shift 3
	parts_dir=$out
	join_namespaces "$far" 10.78.0.1 "$near" 10.78.0.2
	ip netns exec "$far" ethtool -K far0 tso off gso off >/dev/null # no merged frames
	ip netns exec "$near" ethtool -K near0 tso off gso off >/dev/null
	start exchange ip netns exec "$far" "$bin/exchange" --listen 10.78.0.1:9441 --cert-dir "$out" \
		--no-client-rate --scenario steady --rate "$rate" --log "$out/sent" ${is_plain:+--plain}
	start correlator "$bin/event_correlator" --bus "$bus" --unit ns --jsonl "$out/messages" \
		--trips "$out/trips" --record "$out/recording"
	wait_for exchange.out listening
	wait_for_bus "$bus"
	[ -n "${is_plain:-}" ] || start tcpdump ip netns exec "$near" tcpdump -n -i near0 -s 0 -B 65536 --nano -Z root -w "$out/pcap" tcp
	for name in "$@"; do keylogs+=(--keylog "$out/$name.keys"); done
	start capture ip netns exec "$near" "$bin/dpdk_capture" -l 0 -- --iface near0 --port 9441 \
		"${keylogs[@]}" --order-id newClientOrderId=u --bus "$bus" --verbose
	wait_for capture.err 'dpdk_capture: passive:'
	[ -n "${is_plain:-}" ] || wait_for tcpdump.err 'listening on'
}

# start_bot NAME ORDERS: a bot.py's kind, or node; it waits until run_bot.
start_bot() {
	local name=$1 url=wss://10.78.0.1:9441
	[ -z "${is_plain:-}" ] || url=ws://10.78.0.1:9441
	local command=(/usr/bin/python3 -B "$bots/bot.py" "$name")
	[ "$name" != node ] || command=(node --tls-keylog="$out/node.keys" "$bots/bot.js")
	start "$name" ip netns exec "$near" env SSLKEYLOGFILE="$out/$name.keys" BOT_WAIT="$out/begin.$name" \
		"${command[@]}" "$url" "$out/ca.pem" "$2"
}

run_bot() {
	local name=$1
	wait_for "$name.err" ready
	touch "$out/begin.$name"
	wait "${pid_of[$name]}" || trouble "$name: $?"
	unset "pid_of[$name]"
}

end_bots() {
	stop capture || trouble "capture: $?"
	stop correlator || trouble "correlator: $?"
	stop exchange
	[ -n "${is_plain:-}" ] || stop_tcpdump tcpdump
}
