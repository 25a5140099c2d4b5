#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Anybody's messages: our client, Python's websockets and Node's ws, over TLS 1.3
# and 1.2, AES-GCM and ChaCha20-Poly1305, IPv6, compressed, plain, through the
# scenarios of the exchange and a path that loses and reorders - captured by
# tcpdump, and each message of dpdk_capture --dump-messages held against tshark.
program=messages_oracle
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../parts.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=/usr/bin/python3
require_root
require_tool ip tcpdump tshark editcap ethtool python3
work=$(mktemp -d)
parts_dir=$work
ns=wslat.$$.m
lossy=wslat.$$.l
capture=$PROF_BIN/dpdk_capture
seconds=6
cuts=40
export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}

cleanup() {
	end_in_namespaces $ns $lossy
	rm -rf "$work"
}
trap cleanup EXIT

has_python=yes
"$python" -c 'import websockets' 2>/dev/null || {
	has_python=
	echo "SKIP of one part: python3-websockets is not installed"
}
has_node=yes
node -e 'require("ws")' 2>/dev/null || {
	has_node=
	echo "SKIP of one part: the package ws is not installed (Debian: node-ws)"
}

streams="market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade/btcusdt@depth@100ms"
some="mixed:1,coalesced:1,split:1,depth:1,rekey:1"
others="bursts:1,fragments:1,rekey:1,mixed:1,depth:1"
if [ "${PROF_FULL:-}" ]; then
	seconds=16
	some="mixed:2,bursts:2,coalesced:2,split:2,fragments:2,depth:2,rekey:2"
	others=$some
else
	echo "SKIP of one part: every scenario for every client, and longer (PROF_FULL=1)"
fi

# exchange NAME NAMESPACE ADDRESS:PORT OPTION...
exchange() {
	local name=$1 where=$2 listen=$3
	shift 3
	mkdir -p "$work/$name"
	start "$name" ip netns exec "$where" "$PROF_BIN/exchange" --listen "$listen" \
		--cert-dir "$work/$name" --no-client-rate --fault-after 40 "$@"
}

# ours NAME NAMESPACE EXCHANGE URL OPTION...
ours() {
	local name=$1 where=$2 from=$3 url=$4
	shift 4
	[ "$from" = plain ] ||
		set -- --ca-file "$work/$from/ca.pem" --keylog "$work/$name.keys" "$@"
	start "$name" ip netns exec "$where" "$PROF_BIN/websocket_client" "$url/$streams" --no-bus \
		--duration $seconds --ping-interval 200 "$@"
}

# python NAME EXCHANGE PORT [tls12-chacha]
python() {
	[ "$has_python" ] || return 0
	start "$1" ip netns exec $ns env SSLKEYLOGFILE="$work/$1.keys" "$python" -B \
		"$here/messages_client.py" "wss://127.0.0.1:$3/$streams" "$work/$2/ca.pem" \
		$((seconds - 1)) "${@:4}"
}

# node_take NAME EXCHANGE URL OPTION...
node_take() {
	[ "$has_node" ] || return 0
	start "$1" ip netns exec $ns node --tls-keylog="$work/$1.keys" "${@:4}" \
		"$here/messages_peer.js" take "$3/$streams" "$work/$2/ca.pem" $((seconds - 1))
}

# tcpdump NAME NAMESPACE
record() {
	start "$1" ip netns exec "$2" tcpdump -n -i lo -s 0 -B 65536 --nano -Z root \
		-w "$work/$1.pcap" tcp
	wait_for "$1.err" 'listening on'
}

for name in $ns $lossy; do
	ip netns add $name && ip -n $name link set lo up || trouble "no namespace"
done
has_netem=yes
ip netns exec $lossy tc qdisc add dev lo root netem delay 2ms loss 1% reorder 5% 2>"$work/tc" || {
	has_netem=
	echo "SKIP of one part: netem: $(tail -n 1 "$work/tc")"
}

record calm $ns
exchange tls13 $ns 127.0.0.1:9441 --scenario "$some"
exchange tls12 $ns 127.0.0.1:9442 --scenario "$others" --tls12
exchange plain $ns 127.0.0.1:9443 --scenario "$some" --plain
exchange ipv6 $ns '[::1]:9444' --scenario "$others"
parts="tls13 tls12 plain ipv6"
if [ "$has_netem" ]; then
	record rough $lossy
	exchange netem $lossy 127.0.0.1:9446 --scenario mixed
	parts+=" netem"
fi
for name in $parts; do wait_for $name.out listening; done
if [ "$has_node" ]; then
	start deflate ip netns exec $ns node "$here/messages_peer.js" serve 9445 \
		"$work/tls13/server.pem" "$work/tls13/server.key"
	wait_for deflate.out listening
	ours c.deflate $ns tls13 wss://127.0.0.1:9445 --compression
fi
ours c.tls13 $ns tls13 wss://127.0.0.1:9441
ours c.tls12 $ns tls12 wss://127.0.0.1:9442
ours c.plain $ns plain ws://127.0.0.1:9443
[ ! "$has_netem" ] || ours c.netem $lossy netem wss://127.0.0.1:9446
python p.tls13 tls13 9441
python p.tls12 tls12 9442 tls12-chacha
node_take n.tls13 tls13 wss://127.0.0.1:9441
node_take n.ipv6 ipv6 'wss://[::1]:9444' --tls-cipher-list=TLS_CHACHA20_POLY1305_SHA256
[ "$has_node" ] || ours c.ipv6 $ns ipv6 'wss://[::1]:9444'
for name in "${!pid_of[@]}"; do
	[[ $name = [cpn].* ]] || continue
	wait "${pid_of[$name]}" || fail "client $name: $(tail -n 1 "$work/$name.err")"
	unset "pid_of[$name]"
done
for name in $parts deflate; do
	[ ! "${pid_of[$name]:-}" ] || stop $name
done
sleep 1.2 # tcpdump's buffer reaches it once a second
for name in calm rough; do
	[ ! "${pid_of[$name]:-}" ] || stop $name || trouble "tcpdump: $?"
done
cat "$work"/*.keys >"$work/keys.log"

# judge NAME CAPTURE PORT [--plain]
judge() {
	local keys=(--keylog "$work/keys.log") status
	[ "${4:-}" != --plain ] || keys=()
	tcpdump -n -r "$work/$2.pcap" --nano -w "$work/$1.pcap" "tcp port $3" 2>/dev/null
	"$capture" --pcap "$work/$1.pcap" "${keys[@]}" --dump-messages >"$work/$1.lines" \
		2>"$work/$1.said" || fail "$1: dpdk_capture: $(tail -n 1 "$work/$1.said")"
	"$python" -B "$here/messages_oracle.py" --pcap "$work/$1.pcap" --port "$3" \
		"${keys[@]}" "${@:4}" --lines "$work/$1.lines" >"$work/$1.verdict" 2>&1
	status=$?
	expect "$1: $(tail -n 1 "$work/$1.verdict")" [ $status = 0 ]
	[ $status = 0 ] || cat "$work/$1.verdict"
	expect "$1: nothing failed to authenticate" grep -q ' auth_failures=0 ' "$work/$1.said"
}

judge judged13 calm 9441
judge judged12 calm 9442
judge plain9443 calm 9443 --plain
judge chacha6 calm 9444
[ ! "$has_node" ] || judge deflated calm 9445
[ ! "$has_netem" ] || judge roughed rough 9446

# netem is not everywhere: what it does to a capture is done to this one.
declare -A port_of=([judged13]=9441 [judged12]=9442 [plain9443]=9443)
for name in "${!port_of[@]}"; do
	keys=(--keylog "$work/keys.log") option=()
	[ $name != plain9443 ] || keys=() option=(--plain)
	port=${port_of[$name]}
	disturbed=$("$python" -B "$here/messages_rough.py" "$work/$name.pcap" "$work/rough.pcap" "$port")
	"$capture" --pcap "$work/rough.pcap" "${keys[@]}" --dump-messages >"$work/lines" 2>/dev/null
	"$python" -B "$here/messages_oracle.py" --pcap "$work/rough.pcap" --port "$port" \
		"${keys[@]}" "${option[@]}" --lines "$work/lines" >"$work/verdict" 2>&1
	status=$?
	expect "$name, $disturbed: $(tail -n 1 "$work/verdict")" [ $status = 0 ]
done

# What is left of a capture gives no wrong message.
for name in judged13 plain9443; do
	"$python" -B "$here/messages_holes.py" "$capture" "$work/$name.pcap" "$work/keys.log" \
		--cuts $cuts >"$work/holes"
	status=$?
	expect "$name with a part missing: $(paste -sd ';' "$work/holes")" [ $status = 0 ]
done

# The same with the secrets in the file, and with a hundred thousand others.
editcap --inject-secrets "tls,$work/keys.log" "$work/judged13.pcap" "$work/with.pcapng"
"$capture" --pcap "$work/with.pcapng" --dump-messages >"$work/with.lines" 2>/dev/null
expect "secrets in the capture file" cmp "$work/judged13.lines" "$work/with.lines"
"$python" -c 'for i in range(100000): print("CLIENT_RANDOM %064x %096x" % (i + 1, i))' >"$work/many.keys"
"$capture" --pcap "$work/judged13.pcap" --keylog "$work/many.keys" --keylog "$work/keys.log" \
	--dump-messages >"$work/many.lines" 2>/dev/null
expect "100,000 other secrets" cmp "$work/judged13.lines" "$work/many.lines"

# What is no key log is one line, and what are the wrong keys give nothing.
mkfifo "$work/fifo"
for file in fifo . missing; do
	timeout 10 "$capture" --pcap "$work/judged13.pcap" --keylog "$work/$file" --dump-messages \
		>"$work/out" 2>"$work/err"
	said=$?.$(wc -l <"$work/err").$(wc -c <"$work/out")
	expect "a key file that is none: $(sed "s#$work/##" "$work/err")" [ "$said" = 1.1.0 ]
done
sed -E 's/ [0-9a-f]{4}([0-9a-f]+)$/ 0bad\1/' "$work/keys.log" >"$work/wrong.keys"
cut -c1-150 "$work/keys.log" >"$work/cut.keys"
for file in wrong cut; do
	for name in judged12 judged13; do
		"$capture" --pcap "$work/$name.pcap" --keylog "$work/$file.keys" --dump-messages \
			>"$work/out" 2>"$work/err"
		said=$?.$(wc -c <"$work/out")
		expect "$name with keys that are $file: no message" [ "$said" = 0.0 ]
		expect "and it is said: $(grep -o '[0-9]* records: .*' "$work/err" | head -n 1)" \
			grep -qE '^dpdk_capture: [0-9]+ records: no secret (fits|that was tried opens them): ' "$work/err"
	done
done
"$capture" --pcap "$work/judged13.pcap" --keylog "$work/keys.log" --dump-messages --verbose \
	>"$work/out" 2>&1
"$capture" --pcap "$work/judged13.pcap" --dump-messages >"$work/out" 2>"$work/err"
said=$?.$(wc -c <"$work/out")
expect "without keys there is no message" [ "$said" = 0.0 ]
expect "and it is said: $(grep 'no secret' "$work/err")" grep -q ' records: no secret fits: ' "$work/err"
mkfifo "$work/slow"
"$capture" --pcap "$work/slow" --keylog "$work/keys.log" --dump-messages >/dev/null 2>&1 &
slow=$!
exec 3>"$work/slow"
head -c 100000 "$work/judged13.pcap" >&3
sleep 0.5
expect "nor dumped with a core" grep -q '^Max core file size *0 *0 ' /proc/$slow/limits
exec 3>&-
wait $slow
expect "no secret is ever printed" [ "$(sed -E 's/.* //' "$work/keys.log" | grep -c .)" -gt 0 -a \
	"$(sed -E 's/.* //' "$work/keys.log" | grep -icFf - "$work/out")" = 0 ]
finish
