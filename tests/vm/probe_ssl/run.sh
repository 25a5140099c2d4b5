#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh BIN OUT [CLIENT...]: inside the VM.  Unmodified clients, each watched through --ssl:
# plain and asyncio (Python), node, curl, and late, a curl that runs already.
# What check.py needs goes to OUT/CLIENT; bpftrace counts the calls of SSL_read for it.
#
# SSL_TREE: another system, with /proc, /dev and /tmp, whose python3, node and libssl they are.
# SSL_NODE: another node.
set -u
bin=$1 out=$2
shift 2
clients=${*:-plain asyncio node curl late}
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/../../system/parts.sh"
certs=$(mktemp -d)
port=9443
status=0
trap end_parts EXIT
tree=${SSL_TREE:-} enter=()
[ -z "$tree" ] || enter=(chroot "$tree")
library=$tree$("${enter[@]}" sh -c 'ls /usr/lib/x86_64-linux-gnu/libssl.so.3 /usr/lib/*/libssl.so.* 2>/dev/null' | head -n 1)
cp "$here/clients.py" "$here/client.js" "$certs/" # where they are seen in a tree as well

# The calls that returned bytes: when, and how many.  Its own entry and return.
calls_script() { # SYMBOLS PID
	cat <<END
uprobe:$1:SSL_read_ex /pid == $2/ { @count[tid] = arg3; }
uretprobe:$1:SSL_read_ex /pid == $2 && (int32)retval == 1/ {
	printf("call %llu %llu\\n", nsecs, *(uint64 *)uptr(@count[tid]));
}
uretprobe:$1:SSL_read /pid == $2 && (int32)retval > 0/ {
	printf("call %llu %llu\\n", nsecs, (uint64)retval);
}
BEGIN { printf("ready\\n"); }
END
}

# read_through SYMBOLS at-once|late|itself COMMAND...: SSL_read lies in the file SYMBOLS.  The client
# is kept waiting by a shell, late is attached to while it reads, itself waits for the file $GO, having
# loaded its OpenSSL: the loader has to find that by the process alone.
read_through() {
	local symbols=$1 when=$2 bus=/probe_ssl_$client named
	shift 2
	start tcpdump tcpdump -i lo -n -s 0 -B 32768 -w "$dir/capture.pcap" "tcp port $port"
	start event_correlator "$bin/event_correlator" --bus "$bus" --jsonl "$dir/messages.jsonl"
	wait_for_bus $bus
	start dpdk_capture "$bin/dpdk_capture" --no-huge -m 128 -- --iface lo --port $port --bus "$bus"
	wait_for tcpdump.err 'listening on'
	# A client that came before it would have messages without their segments.
	wait_for dpdk_capture.err 'dpdk_capture: passive:'
	# The client has its process number, and waits, before anybody looks for it.
	if [ "$when" = itself ]; then
		start client env SSLKEYLOGFILE="$dir/keys.log" GO="$dir/go" "${enter[@]}" "$@"
		until grep -q "/${symbols##*/}\$" "/proc/${pid_of[client]}/maps"; do
			is_alive client || trouble "client: it ended before it had loaded $symbols"
			sleep 0.2
		done
	else
		start client env SSLKEYLOGFILE="$dir/keys.log" \
			bash -c 'until [ -e "$0" ]; do sleep 0.1; done; exec "$@"' "$dir/go" "${enter[@]}" "$@"
	fi
	calls_script "$symbols" "${pid_of[client]}" >"$dir/calls.bt"
	start bpftrace bpftrace -B line "$dir/calls.bt"
	wait_for bpftrace.out ready
	sleep 2 # its probes come after its first words
	if [ "$when" = late ]; then
		touch "$dir/go"
		wait_for bpftrace.out '^call'
		sleep 2
	fi
	[ "$when" = itself ] && named=() || named=(--ssl-symbol-file "$symbols")
	start ebpf_loader "$bin/ebpf_loader" --ssl "${pid_of[client]}" "${named[@]}" --bus "$bus"
	wait_for ebpf_loader.err 'SSL_read probed'
	cut -d' ' -f1 /proc/uptime >"$dir/attached_s"
	touch "$dir/go"
	wait "${pid_of[client]}"
	echo "$client: the client ended with $?" # curl: 28, told to stop
	unset "pid_of[client]"
	sleep 2 # tcpdump's buffer reaches it once a second
	for part in ebpf_loader bpftrace dpdk_capture event_correlator tcpdump; do
		stop $part || { echo "FAIL: $client: $part exited $?"; status=1; }
	done
	grep -q '^0 packets dropped by kernel' "$dir/tcpdump.err" || {
		echo "FAIL: $client: tcpdump lost packets"
		status=1
	}
	grep -h '^ebpf_loader: ' "$dir/ebpf_loader.err"
}

feed="https://localhost:$port/market/stream?streams=btcusdt@aggTrade"
curl_feed=(curl -sN --http1.1 --cacert "$certs/ca.pem" -H "Connection: Upgrade" -H "Upgrade: websocket"
	-H "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" -H "Sec-WebSocket-Version: 13" -o /dev/null "$feed")

read_by() { # CLIENT
	local node
	case $1 in
	plain | asyncio)
		read_through "$library" itself /usr/bin/python3 "$certs/clients.py" "$1" $port "$certs/ca.pem" 200
		;;
	node)
		node=${SSL_NODE:-$("${enter[@]}" readlink -f "$("${enter[@]}" sh -c 'command -v node')")}
		# Node brings its own OpenSSL, or takes the machine's.
		! "${enter[@]}" ldd "$node" | grep -q libssl || set -- "$1" "$library"
		read_through "${2:-$tree$node}" itself "$node" --tls-keylog="$dir/keys.log" "$certs/client.js" \
			$port "$certs/ca.pem" 200
		;;
	curl) read_through "$library" at-once "${curl_feed[@]}" --max-time 8 ;;
	late) read_through "$library" late "${curl_feed[@]}" --max-time 15 ;;
	esac
}

parts_dir=$out title=exchange
start exchange "$bin/exchange" --listen "127.0.0.1:$port" --cert-dir "$certs" --bus /probe_ssl_none \
	--no-client-rate --rate 100
wait_for exchange.out listening
for client in $clients; do
	dir=$out/$client
	parts_dir=$dir title=$client
	mkdir "$dir"
	read_by "$client"
done
parts_dir=$out title=exchange
stop exchange || status=1
exit $status
