#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh BIN [CLIENT...]: inside the VM.  Unmodified clients, each watched through --ssl:
# plain and asyncio (Python), node, curl.
bin=$1
shift
clients=${*:-plain asyncio node curl}
here=$(dirname "${BASH_SOURCE[0]}")
work=$(mktemp -d)
port=9443
status=0
library=$(ldconfig -p | awk '/libssl\.so\.3 .*x86-64/ { print $NF; exit }')
library=${library:-$(ls /usr/lib/*/libssl.so.3 | head -n 1)}

"$bin/exchange" --listen 127.0.0.1:$port --cert-dir "$work" --bus /probe_ssl_none --client-rate 100 \
	--rate 100 2>"$work/exchange.err" &
exchange=$!
for _ in $(seq 100); do [ -s "$work/ca.pem" ] && break; sleep 0.1; done
sleep 1

wants() { case " $clients " in *" $1 "*) ;; *) false ;; esac; }

# read_through NAME SYMBOLS COUNT COMMAND...: SSL_read lies in the file SYMBOLS; COUNT is what must come, "=" for what the client prints.
read_through() {
	local name=$1 symbols=$2 wanted=$3 printed
	shift 3
	rm -f "$work/messages.jsonl"
	tcpdump -i lo -n -s 0 -B 32768 -w "$work/$name.pcap" tcp port $port 2>"$work/tcpdump.err" &
	local tcpdump=$!
	"$bin/event_correlator" --bus "/probe_ssl_$name" --jsonl "$work/messages.jsonl" \
		>"$work/corr.out" 2>"$work/corr.err" &
	local correlator=$!
	"$bin/dpdk_capture" --no-huge -m 128 -- --iface lo --port $port --bus "/probe_ssl_$name" \
		>"$work/capture.out" 2>"$work/capture.err" &
	local capture=$!
	# The client is there, and waits, before the loader looks for it.
	rm -f "$work/go"
	bash -c 'until [ -e "$0" ]; do sleep 0.1; done; exec "$@"' "$work/go" "$@" \
		>"$work/client.out" 2>"$work/client.err" &
	local client=$!
	"$bin/ebpf_loader" --ssl $client --ssl-symbol-file "$symbols" --bus "/probe_ssl_$name" \
		2>"$work/loader.err" &
	local loader=$!
	for _ in $(seq 200); do grep -q "SSL_read probed" "$work/loader.err" && break; sleep 0.1; done
	sleep 2
	touch "$work/go"
	wait $client || echo "$name: the client ended with $?" # curl: 28, told to stop
	printed=$(cat "$work/client.out")
	sleep 1
	kill -INT $loader $capture; wait $loader $capture
	kill -INT $correlator; wait $correlator
	kill -INT $tcpdump; wait $tcpdump
	cat "$work/loader.err"
	[ "$wanted" != = ] || wanted="=$printed"
	if python3 "$here/check.py" "$work/$name.pcap" $port "$work/messages.jsonl" "$wanted"; then
		echo "ok: $name"
	else
		echo "FAIL: $name"
		tail -n 5 "$work/corr.err" "$work/capture.err" "$work/client.err" "$work/exchange.err"
		head -n 3 "$work/corr.out"
		status=1
	fi
}

wants plain && read_through plain "$library" = /usr/bin/python3 "$here/clients.py" plain $port "$work/ca.pem" 200
wants asyncio && read_through asyncio "$library" 20 /usr/bin/python3 "$here/clients.py" asyncio $port "$work/ca.pem" 100
wants node && read_through node "$(readlink -f "$(command -v node)")" 100 node "$here/client.js" $port "$work/ca.pem" 100
wants curl && read_through curl "$library" 20 curl -sN --max-time 15 --http1.1 --cacert "$work/ca.pem" -H "Connection: Upgrade" \
	-H "Upgrade: websocket" -H "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" \
	-H "Sec-WebSocket-Version: 13" -o "$work/curl.out" \
	"https://localhost:$port/market/stream?streams=btcusdt@aggTrade"
kill $exchange
rm -rf "$work"
exit $status
