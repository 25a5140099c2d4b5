#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A layer that is there and sees nothing says so while the run goes on, and again in the report;
# so does a replay, and so do the page, the metrics and the lines. One that sees what there is does not.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_root
require_tool python3 gzip ip
scratch=$(mktemp -d)
bus=/ws_latency.blind.$$
elsewhere=blind$$
declare -A pids
cleanup() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	wait
	ip netns del $elsewhere 2>/dev/null
	rm -rf "$scratch" "/dev/shm$bus"
}
trap cleanup EXIT
cd "$scratch" || exit 1
edit() { python3 "$PROF_ROOT/tests/system/correlator/recording_edit.py" whole "$@"; }

echo "== a recording, and the same without what one layer saw"
gzip -dc "$PROF_ROOT/tests/system/recordings/three_layers.bin.gz" >whole
"$PROF_BIN/event_correlator" --replay whole --quiet >out 2>err
expect "whole: not a word" [ "$? $(wc -l <err)" = '0 0' ]
expect "whole: nothing is blind" sh -c '! grep -q "^blind" out'
while read -r what layer neighbour why; do
	edit "$what" >blind
	"$PROF_BIN/event_correlator" --replay blind --quiet --report page >out 2>err
	expect "$what: exits 0" [ $? = 0 ]
	expect "$what: the $layer layer says so, and nobody else" \
		[ "$(grep -cE "^event_correlator: the $layer layer saw nothing of connection [0-9]+ .*the $neighbour layer saw [0-9]+ .*: $why" err) $(wc -l <err)" = '1 1' ]
	expect "$what: so does the report" grep -q "^blind   the $layer layer saw nothing" out
	expect "$what: and the page" grep -q "\"what\":\"the $layer layer saw nothing" page
	expect "$what: it does not say that every layer knows every message" sh -c '! grep -q "every layer knows every message" out'
done <<-'ROWS'
	segments=0 NIC kernel not one segment was seen
	reads=0 kernel user no probe has ever been called
	messages=0 user kernel not one message was told
ROWS

echo "== a capture in another namespace than the connection"
ip netns add $elsewhere && ip -n $elsewhere link set lo up || skip "no network namespaces"
"$PROF_BIN/exchange" --listen 127.0.0.1:0 --cert-dir certs --rate 100 >exchange.out 2>&1 &
pids[exchange]=$!
for _ in $(seq 100); do grep -q listening exchange.out && break; sleep 0.1; done
port=$(sed -n 's/.*listening on 127.0.0.1:\([0-9]*\).*/\1/p' exchange.out)
"$PROF_BIN/event_correlator" --bus $bus --record recording --quiet >live.out 2>live.err &
pids[correlator]=$!
for _ in $(seq 100); do [ -e "/dev/shm$bus" ] && break; sleep 0.1; done
ip netns exec $elsewhere "$PROF_BIN/dpdk_capture" --no-huge -m 128 -- --iface lo --bus $bus >capture.out 2>capture.err &
pids[capture]=$!
for _ in $(seq 300); do grep -q passive: capture.err && break; sleep 0.1; done
"$PROF_BIN/websocket_client" --ca-file certs/ca.pem --bus $bus "wss://127.0.0.1:$port/market/stream?streams=btcusdt@aggTrade" >client.out 2>&1 &
pids[client]=$!
for _ in $(seq 50); do grep -q 'the NIC layer saw nothing' live.err && break; sleep 0.1; done
expect "it is said while the run goes on: $(head -n 1 live.err)" grep -q '^event_correlator: the NIC layer saw nothing of connection' live.err
sleep 1
for name in client capture correlator; do
	kill -INT ${pids[$name]}
	wait ${pids[$name]}
	unset "pids[$name]"
done
expect "once" [ "$(grep -c 'NIC layer saw nothing' live.err)" = 1 ]
expect "and in the report" grep -q '^blind   the NIC layer saw nothing' live.out
"$PROF_BIN/event_correlator" --replay recording >replay.out 2>replay.err
expect "the replay prints the same" cmp live.out replay.out
expect "and says the same" cmp live.err replay.err
finish
