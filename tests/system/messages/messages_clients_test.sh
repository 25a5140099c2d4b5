#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Anybody's messages, each client in turn: whatever its language and its TLS library, each line of
# dpdk_capture --dump-messages held against tshark.  The secrets are the server's, so that no client has
# to give any away.  PROF_CLIENTS for a selection.
program=messages_clients
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../parts.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${PROF_FULL:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool ip tcpdump tshark ethtool python3 cc openssl
work=$(mktemp -d)
parts_dir=$work
ns=wslat.$$.c
seconds=${PROF_SECONDS:-16}
feed="/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade/btcusdt@depth@100ms"
scenarios="mixed:2,bursts:2,coalesced:2,split:2,fragments:2,depth:2"
deflate="permessage-deflate"
export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}
trap 'end_in_namespaces $ns; rm -rf "$work"' EXIT

# ---- The clients, as far as they can be had here ------------------------------

clients=''
offer() { clients+=" $1"; }
is_wanted() { [[ -z "${PROF_CLIENTS:-}" || " $PROF_CLIENTS " = *" $1 "* ]]; }
without() { echo "SKIP of one part: $*"; }

if command -v go >/dev/null; then
	build_go() { # NAME CGO OPTION...
		is_wanted "$1" || return 0
		(cd "$here" && CGO_ENABLED=$2 go build -o "$work/$1" "${@:3}" messages_client.go) &&
			offer "$1"
	}
	build_go go 0
	build_go go-pie-stripped 0 -buildmode=pie -ldflags=-s\ -w
	build_go go-cgo 1
else
	without "go is not installed"
fi
if ! is_wanted rustls; then
	:
elif command -v cargo >/dev/null && [ -d /usr/share/cargo/registry/rustls-0.20.8 ]; then
	mkdir "$work/rust"
	cp "$here"/rustls/* "$work/rust"
	(cd "$work/rust" && cargo build --offline --quiet --config 'source.crates-io.replace-with="debian"' \
		--config 'source.debian.directory="/usr/share/cargo/registry"') &&
		cp "${CARGO_TARGET_DIR:-$work/rust/target}/debug/messages_client" "$work/rustls" && offer rustls
else
	without "cargo and librust-rustls-dev are not installed"
fi
/usr/bin/python3 -c 'import websockets' 2>/dev/null && offer python || without "python3-websockets is not installed"
node -e 'require("ws")' 2>/dev/null && offer node || without "the package ws is not installed (Debian: node-ws)"
command -v curl >/dev/null && offer curl
command -v gnutls-cli >/dev/null && offer gnutls || without "gnutls-bin is not installed"
if ! is_wanted java; then
	:
elif command -v javac >/dev/null; then
	javac -d "$work" "$here/MessagesClient.java" && offer java
else
	without "a JDK is not installed"
fi
clients=${PROF_CLIENTS:-$clients}

request() {
	printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' "$feed"
	printf 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'
	[ -z "${MESSAGES_OFFER:-}" ] || printf 'Sec-WebSocket-Extensions: %s\r\n' "$MESSAGES_OFFER"
	printf '\r\n'
	sleep $((seconds + 2))
}

# run_client NAME CLIENT PORT CA [tls12]: in the background, as NAME
run_client() {
	local name=$1 client=$2 port=$3 ca=$4 tls12=${5:-} option=()
	local url="wss://localhost:$port$feed"
	case $client in
	go*) start "$name" ip netns exec $ns "$work/$client" "$url" "$ca" $seconds $tls12 ;;
	rustls)
		openssl x509 -in "$ca" -outform der -out "$work/$name.der"
		start "$name" ip netns exec $ns "$work/rustls" localhost "$port" "$feed" "$work/$name.der" $seconds $tls12
		;;
	python) start "$name" ip netns exec $ns /usr/bin/python3 -B "$here/messages_client.py" "$url" "$ca" $seconds ${tls12:+tls12-chacha} ;;
	node)
		[ -z "$tls12" ] || option=(--tls-max-v1.2)
		start "$name" ip netns exec $ns node "${option[@]}" "$here/messages_peer.js" take "$url" "$ca" $seconds
		;;
	curl)
		start "$name" ip netns exec $ns curl -sN --http1.1 ${tls12:+--tls-max 1.2} --cacert "$ca" -o /dev/null \
			--max-time $seconds -H "Connection: Upgrade" -H "Upgrade: websocket" -H "Sec-WebSocket-Version: 13" \
			-H "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" \
			${MESSAGES_OFFER:+-H "Sec-WebSocket-Extensions: $MESSAGES_OFFER"} "https://localhost:$port$feed"
		;;
	gnutls)
		option=(--x509cafile "$ca" -p "$port")
		[ -z "$tls12" ] || option+=(--priority "NORMAL:-VERS-ALL:+VERS-TLS1.2")
		start "$name" ip netns exec $ns bash -c 'eval "$1"; request | gnutls-cli "${@:2}" localhost' - \
			"$(declare -f request); feed='$feed' seconds=$seconds" "${option[@]}"
		;;
	java) start "$name" ip netns exec $ns java -cp "$work" MessagesClient "$url" "$ca" $seconds $tls12 ;;
	esac
}

# ---- Each one's own server, in rounds ---------------------------------------

ip netns add $ns && ip -n $ns link set lo mtu 1500 up || trouble "no namespace"
# Frames as on a wire: of one with hundreds of records tshark does not say all messages.
ip netns exec $ns ethtool -K lo tso off gso off gro off >/dev/null || trouble "ethtool: $?"
cc -shared -fPIC -O1 -o "$work/server_keys.so" "$here/server_keys.c" -ldl || trouble "server_keys.c"

# serve NAME PORT COMMAND...
serve() {
	local name=$1
	start "$name" ip netns exec $ns env LD_PRELOAD="$work/server_keys.so" SERVER_KEYS="$work/keys.log" "${@:3}"
}

exchange() { # NAME PORT OPTION...
	mkdir -p "$work/certs.$1"
	serve "$1" "$2" "$PROF_BIN/exchange" --listen "127.0.0.1:$2" --cert-dir "$work/certs.$1" --no-client-rate \
		--fault-after 40 "${@:3}"
}

# judge ROUND CLIENT PORT: one row of the table
judge() {
	local name=$1.$2 status
	tcpdump -n -r "$work/$1.pcap" --nano -w "$work/$name.pcap" "tcp port $3" 2>/dev/null
	"$PROF_BIN/dpdk_capture" --pcap "$work/$name.pcap" --keylog "$work/keys.log" --dump-messages \
		>"$work/$name.lines" 2>"$work/$name.said" || fail "$name: dpdk_capture: $(tail -n 1 "$work/$name.said")"
	/usr/bin/python3 -B "$here/messages_oracle.py" --pcap "$work/$name.pcap" --port "$3" --keylog "$work/keys.log" \
		--lines "$work/$name.lines" >"$work/$name.verdict" 2>&1
	status=$?
	expect "$1, $2: $(tail -n 1 "$work/$name.verdict")" [ $status = 0 ]
	[ $status = 0 ] || { cat "$work/$name.verdict"; tail -n 2 "$work/$name.err" "$work/$name.said"; }
	expect "$1, $2: nothing failed to authenticate" grep -q ' auth_failures=0 ' "$work/$name.said"
}

# round NAME CLIENTS TLS12 SERVER-OPTION...
round() {
	local round=$1 chosen=$2 tls12=$3 port=9451 client ca
	shift 3
	declare -A port_of=()
	start tcpdump ip netns exec $ns tcpdump -n -i lo -s 0 -B 65536 --nano -Z root -w "$work/$round.pcap" tcp
	wait_for tcpdump.err 'listening on'
	for client in $chosen; do
		port_of[$client]=$port
		if [ "$round" = deflate ]; then
			serve "server.$client" "$port" node "$here/messages_peer.js" serve "$port" "$certs/server.pem" "$certs/server.key"
		else
			exchange "server.$client" "$port" "$@"
		fi
		port=$((port + 1))
	done
	for client in $chosen; do
		wait_for "server.$client.out" listening
		[ "$round" = deflate ] || certs=$work/certs.server.$client
		run_client "$round.$client" "$client" "${port_of[$client]}" "$certs/ca.pem" $tls12
	done
	for client in $chosen; do
		wait "${pid_of[$round.$client]}" # curl: 28, told to stop
		unset "pid_of[$round.$client]"
	done
	for client in $chosen; do stop "server.$client"; done
	sleep 1.2 # tcpdump's buffer reaches it once a second
	stop tcpdump || trouble "tcpdump: $?"
	for client in $chosen; do judge "$round" "$client" "${port_of[$client]}"; done
}

# those CLIENT...: of these the ones that are here
those() {
	local client
	for client in "$@"; do [[ " $clients " != *" $client "* ]] || echo "$client"; done
}

round tls13 "$clients" '' --scenario "$scenarios,rekey:2"
round tls12 "$clients" tls12 --scenario "$scenarios" --tls12
round renegotiation "$(those go python node)" tls12 --scenario mixed:2,rekey:2 --tls12
export MESSAGES_OFFER=$deflate
# (Python's asks for an answer of the exchange.)
! node -e 'require("ws")' 2>/dev/null || round deflate "$(those go rustls node curl gnutls)" ''
finish
