#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One run of the whole chain with a packet capture on the path, checked message
# by message by oracle.py:
#
#   run.sh [--scenario NAME] [--netem "SPEC"] [--capture inline|passive|none]
#          [--kernel yes|no] [--url-path PATH]... [--rate N] [--seed N]
#          [--venue spot|futures|sbe] [--plain yes|no] [--ip 4|6] [--proxy BYTES] [--seconds S] [--out DIR]
#          [--table FILE] [--title TEXT] [--judge yes|no] [--merging yes|no]
#
# --netem disturbs what the exchange sends, before the capture sees it.  Each
# --url-path is one more client.  --proxy puts a proxy before the exchange, whose
# answer to CONNECT has so many bytes.  --merging: MTU 9000, a server that is told to
# send no more than 1448, GRO where the capture listens (passive).  --table appends a row.  --judge no leaves the
# verdict to judge.sh, later: tshark is slow under emulation.  Exit: 0 all messages
# agree, 1 not, 3 tshark could not read the capture, 77 cannot be run here.
set -u
program=oracle
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../system.sh"
. "$here/../parts.sh"
. "$PROF_ROOT/exchange/netns.sh"

scenario=market netem='' capture=inline with_kernel=no rate='' seed=1 seconds=6
venue=spot judge=yes merging=no plain=no ip=4 before=0 out='' table='' title=''
url_paths=()
while (($#)); do
	(($# >= 2)) || { echo "$program: $1: its value is missing" >&2; exit 2; }
	case $1 in
	--scenario) scenario=$2 ;;
	--netem) netem=$2 ;;
	--capture) capture=$2 ;;
	--kernel) with_kernel=$2 ;;
	--url-path) url_paths+=("$2") ;;
	--rate) rate=$2 ;;
	--seed) seed=$2 ;;
	--seconds) seconds=$2 ;;
	--venue) venue=$2 ;;
	--plain) plain=$2 ;;
	--ip) ip=$2 ;;
	--proxy) before=$2 ;;
	--judge) judge=$2 ;;
	--merging) merging=$2 ;;
	--out) out=$2 ;;
	--table) table=$2 ;;
	--title) title=$2 ;;
	*) echo "$program: $1: no such option" >&2; exit 2 ;;
	esac
	shift 2
done
((${#url_paths[@]})) || url_paths=("/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade")
plain_option=()
[ "$plain" = no ] || plain_option=(--plain)
port=9443
listen=$netns_exchange_addr:$port
[ "$ip" = 4 ] || listen=[$netns_exchange_addr6]:$port
proxy_option=()
if [ "$before" != 0 ]; then
	port=3128 # where the connections that are looked at end
	proxy_option=(--proxy "http://$netns_exchange_addr:$port")
fi
bus=/ws_latency.oracle.$$
title="${title:-$scenario}${netem:+: $netem}"

require_root
require_tool ip tcpdump tshark mergecap ethtool python3
for part in websocket_client exchange event_correlator dpdk_capture ebpf_loader; do
	[ -x "$PROF_BIN/$part" ] || skip "$part is not built"
done

work=$(mktemp -d)
[ -n "$out" ] || out=$work/out
mkdir -p "$out" "$work/certs"
echo $$ >"$out/pid" # in the names of all that this run makes outside of its folder
parts_dir=$out

cleanup() {
	end_parts
	netns_down
	rm -rf "$work" "/dev/shm$bus"
}
trap cleanup EXIT

# The truth is what the server's own interface sends: its offloads are off.
start_merging() {
	ip -n "$netns_prefix.x" link set "$netns_server_if" mtu 9000 &&
		ip -n "$netns_prefix.c" link set "$netns_nic" mtu 9000 &&
		ip -n "$netns_prefix.c" route change 10.88.0.0/24 dev "$netns_nic" advmss 1460 ||
		trouble "the network cannot be set up"
	$netns_client_exec ethtool -K "$netns_nic" gro on >/dev/null 2>&1 || skip "veth merges nothing here"
	start sent $netns_exchange_exec tcpdump -n -i "$netns_server_if" -s 128 -B 65536 \
		-w "$out/sent.pcap" "tcp src port $port"
	wait_for sent.err 'listening on'
}

start_path() {
	local no_capture=
	[ "$capture" = inline ] || no_capture=yes
	netns_up "$no_capture" || trouble "the network cannot be set up"
	wire_exec=$netns_nic_exec
	[ -z "$no_capture" ] || wire_exec=$netns_client_exec
	[ -z "$netem" ] || $netns_exchange_exec tc qdisc add dev "$netns_server_if" root \
		netem $netem 2>"$work/tc" ||
		skip "netem: $(tail -n 1 "$work/tc")"
	# What arrives is seen where the capture sees it, behind what disturbs the
	# path; what the client sends on the other side of the wire, because packet
	# sockets do not see what DPDK sends past the queueing discipline.
	start arriving $wire_exec tcpdump -n -i "$netns_nic" -s 0 -B 65536 --nano \
		-w "$work/arriving.pcap" "tcp src port $port"
	[ "$merging" = no ] || start_merging
	start leaving $netns_exchange_exec tcpdump -n -i "$netns_server_if" -s 0 -B 65536 --nano \
		-w "$work/leaving.pcap" "tcp dst port $port"
	wait_for arriving.err 'listening on'
	wait_for leaving.err 'listening on'
}

start_parts() {
	start event_correlator "$PROF_BIN/event_correlator" --bus "$bus" --jsonl "$out/messages.jsonl" \
		--record "$out/recording"
	wait_for_bus "$bus"
	start exchange $netns_exchange_exec "$PROF_BIN/exchange" --listen "$listen" \
		--cert-dir "$work/certs" --scenario "$scenario" --seed "$seed" --no-client-rate --venue "$venue" \
		"${plain_option[@]}" ${rate:+--rate "$rate"}
	wait_for exchange.out listening
	if [ "$before" != 0 ]; then
		start proxy $netns_exchange_exec /usr/bin/python3 -B \
			"$here/../client/servers/client_proxy.py" "$port" "$out/bounds" \
			--host "$netns_exchange_addr" --answer "$before"
		wait_for proxy.out listening
	fi
	case $capture in
	inline)
		start dpdk_capture $netns_nic_exec "$PROF_BIN/dpdk_capture" -l 0 \
			"--vdev=net_af_packet0,iface=$netns_nic" -- \
			--exception "$netns_tap" --bus "$bus" --port "$port" --write "$out/frames.pcapng"
		wait_for dpdk_capture.err 'dpdk_capture: inline:'
		netns_attach_tap || trouble "the tap cannot be handed over"
		;;
	passive)
		start dpdk_capture $netns_client_exec "$PROF_BIN/dpdk_capture" -l 0 -- \
			--iface "$netns_nic" --bus "$bus" --port "$port" --write "$out/frames.pcapng"
		wait_for dpdk_capture.err 'dpdk_capture: passive:'
		;;
	esac
	if [ "$with_kernel" = yes ]; then
		local told='ebpf_loader: attached'
		[ -z "${PROF_STAGES:-}" ] || told='ebpf_loader: stages inside'
		# PROF_STAGES=--stages takes NIC->Kernel apart, too; more options may follow it.
		# shellcheck disable=SC2086
		start ebpf_loader "$PROF_BIN/ebpf_loader" --bus "$bus" ${PROF_STAGES:-}
		wait_for ebpf_loader.err "$told"
	fi
}

has_enough() {
	[ "$(wc -l <"$out/messages.jsonl")" -ge 120 ]
}

run_clients() {
	local number end
	local scheme=ws trust=()
	if [ "$plain" = no ]; then
		scheme=wss
		trust=(--ca-file "$work/certs/ca.pem" --keylog "$out/keys.log")
		: >"$out/keys.log"
	fi
	# Any will do that looks like one.
	[ "$venue" != sbe ] || trust+=(--header "X-MBX-APIKEY: $(printf 'k%.0s' {1..64})")
	for number in "${!url_paths[@]}"; do
		start "client$number" $netns_client_exec "$PROF_BIN/websocket_client" \
			"$scheme://$listen${url_paths[number]}" --bus "$bus" \
			"${trust[@]}" "${proxy_option[@]}" --ping-interval 200
	done
	end=$((SECONDS + seconds))
	# On a busy machine it takes as long as it takes to have something to judge.
	while ((SECONDS < end)) || { ((SECONDS < end + 60)) && ! has_enough; }; do
		for number in "${!url_paths[@]}"; do
			is_alive "client$number" || trouble "client$number ended on its own"
		done
		sleep 0.2
	done
	for number in "${!url_paths[@]}"; do
		stop "client$number" || trouble "client$number exited $?"
	done
}

offset_ns=$((-$(python3 -B "$here/../capture/clock_offset.py"))) # what takes tcpdump's stamps to ours
start_path
start_parts
run_clients
stop exchange
[ "$before" = 0 ] || stop proxy # by its signal: what it exits with says nothing
for part in arriving leaving sent; do
	[ -z "${pid_of[$part]:-}" ] || stop_tcpdump $part || trouble "$part exited $?"
done
for part in ebpf_loader dpdk_capture event_correlator; do
	stop $part || trouble "$part exited $?"
done
for side in arriving leaving; do
	grep -qE '^0 packets dropped by kernel' "$out/$side.err" || trouble "tcpdump lost packets"
done
mergecap -F nsecpcap -w "$out/capture.pcap" "$work/arriving.pcap" "$work/leaving.pcap" ||
	trouble "the captures cannot be merged"

# With the comma: "messages/s" is what it says in between, every ten seconds.
count=$(sed -nE 's/^websocket_client: ([0-9]+) messages,.*/\1/p' "$out"/client*.err |
	awk '{ n += $1 } END { print n + 0 }')
cat >"$out/facts" <<END
title=$(printf %q "$title")
port=$port
plain=$plain
merging=$merging
before=$before
capture=$capture
netem=$(printf %q "$netem")
offset_ns=$offset_ns
count=$count
END
if [ "$judge" = yes ]; then
	"$here/judge.sh" "$out" ${table:+"$table"}
fi
