#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Somebody else's bots, in Python and Node, of one thread and several: each order, read from what
# was captured, is linked by the id that it carries to the message that it was for.  PROF_FULL=1:
# 10,000 orders each, and over a path that loses and reorders.
program=bots
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../parts.sh"
. "$(dirname "${BASH_SOURCE[0]}")/bots/bots.sh"
bots=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/bots
require_root
require_tool ip tcpdump ethtool python3
scratch=$(mktemp -d)
far=wslat.$$.f near=wslat.$$.n bus=/ws_bots.$$
trap 'end_in_namespaces $far $near; rm -rf "$scratch" "/dev/shm$bus"' EXIT
export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}

orders=60 rate=400
[ -z "${PROF_FULL:-}" ] || orders=10000
names=()
for name in one rough pool asyncio node; do
	case $name in
	node) node -e 'require("ws")' 2>/dev/null || { echo "SKIP of one part: the package ws is not installed"; continue; } ;;
	asyncio) /usr/bin/python3 -c 'import websockets' 2>/dev/null || { echo "SKIP of one part: python3-websockets is not installed"; continue; } ;;
	*) /usr/bin/python3 -c 'import websocket' 2>/dev/null || { echo "SKIP of one part: python3-websocket is not installed"; continue; } ;;
	esac
	names+=("$name")
done
[ ${#names[@]} -gt 0 ] || skip "no library for a bot is installed"

begin_bots "$PROF_BIN" "$scratch" "$rate" "${names[@]}"
if ! ip netns exec "$near" tc qdisc add dev near0 root netem delay 1ms 2>/dev/null; then
	echo "SKIP of one part: no netem"
elif [ -n "${PROF_FULL:-}" ]; then
	ip netns exec "$near" tc qdisc change dev near0 root netem delay 1ms 1ms loss 1% reorder 5%
	ip netns exec "$far" tc qdisc add dev far0 root netem delay 1ms 1ms loss 1% reorder 5%
else
	ip netns exec "$near" tc qdisc del dev near0 root
fi
for name in "${names[@]}"; do start_bot "$name" "$orders"; done
for name in "${names[@]}"; do run_bot "$name"; done
end_bots
/usr/bin/python3 -B "$bots/bots_check.py" "$scratch" "${names[@]/%/:$orders}"
expect "each order is linked to its message, by its id, and to no other" [ $? = 0 ]
expect "none was lost on the way" grep -q ' bus_drops=0 queue_drops=0 .* cut=0 ' "$scratch/capture.err"
if command -v tshark >/dev/null; then
	/usr/bin/python3 -B "$bots/bots_tshark.py" "$scratch" 9441
	expect "tshark finds each order and its message in the segments that are told" [ $? = 0 ]
else
	echo "SKIP of one part: tshark is not installed"
fi
"$PROF_BIN/event_correlator" --replay "$scratch/recording" --unit ns --trips "$scratch/again" >"$scratch/replayed" 2>&1
expect "a replay says the same" cmp -s "$scratch/trips" "$scratch/again"
[ -z "${PROF_KEEP:-}" ] || cp -r "$scratch" "$PROF_KEEP/bots"
finish
