#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Through a proxy the TLS stream does not begin where the TCP stream does. The ranges
# that are published are those of the TCP stream, whatever the proxy answers and however:
# a proxy of the test's own counts its bytes and tells where TLS records end.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "$0")/client.sh"
EXCHANGE=$PROF_BIN/exchange
require_tool "$EXCHANGE" "$CLIENT" "$EVENTS" "$PYTHON"
client_net
mkdir "$work/certs"
ip netns exec "$netns" "$EXCHANGE" --listen 127.0.0.1:9443 --cert-dir "$work/certs" --rate 1000 \
	>"$work/exchange" 2>&1 &
children+=($!)
wait_for 15 grep -qs listening "$work/exchange" || fail "the exchange does not start"
url="wss://127.0.0.1:9443/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade"
proxy_port=3200
preload_library=$(dirname "$EVENTS")/client_preload.so
preload=

# proxy ARGUMENT...: on a port of its own, which is then $proxy_port.
proxy() {
	: >"$work/bounds"
	: >"$work/proxy"
	proxy_port=$((proxy_port + 1))
	ip netns exec "$netns" "$PYTHON" "$here/servers/client_proxy.py" $proxy_port "$work/bounds" "$@" \
		>"$work/proxy" 2>&1 &
	children+=($!)
	wait_for 60 grep -qs listening "$work/proxy" || fail "no proxy: $(cat "$work/proxy")"
}

# client URL ARGUMENT...: to its end; its events are in $work/events.
client() {
	in_net "$EVENTS" "$bus" >"$work/events" 2>"$work/events.err" &
	local events=$!
	children+=($events)
	wait_for 10 grep -qs ready "$work/events.err"
	in_net env ${preload:+LD_PRELOAD="$preload_library" "$preload"} timeout -k 5 40 "$CLIENT" "$@" --bus "$bus" --ca-file "$work/certs/ca.pem" \
		>"$work/out" 2>"$work/err"
	status=$?
	[ $status = 0 ] || kill $events 2>/dev/null
	wait $events
}

# right WHAT BYTES: all ranges end where a record does, and that many bytes were the proxy's own.
right() {
	expect "$1: exit 0" [ $status = 0 ]
	expect "$1: $2 bytes before TLS" grep -qx "$2" "$work/bounds"
	tr ' ' '\n' <"$work/bounds" | grep -x '[0-9]*' | sort -u >"$work/ends"
	cut -f 4 "$work/events" | sort -u >"$work/published"
	expect "$1: messages came" [ "$(wc -l <"$work/events")" -ge 300 ]
	expect "$1: every range ends at a record's end" [ -z "$(comm -23 "$work/published" "$work/ends")" ]
	cut -f 3 "$work/events" | sort -u >"$work/published"
	expect "$1: and begins at one" [ -z "$(comm -23 "$work/published" "$work/ends")" ]
	expect "$1: none is without a place" grep -q ' 0 range errors, .* 0 without a place' "$work/err"
}

says() { expect "$1: says '$2'" grep -qE -- "^websocket_client: $2" "$work/err"; }

for bytes in 39 300 4097 20000; do
	proxy --answer $bytes
	client "$url" --proxy "http://127.0.0.1:$proxy_port" --count 400
	right "answer of $bytes" $bytes
done
proxy --answer 65 --pieces --interim --bare
client "$url" --proxy "http://127.0.0.1:$proxy_port/" --count 400
right "in pieces, after a 100" $((65 + 25))
proxy --host ::1 --user 'a b:p@ss:w'
client "$url" --proxy "HTTP://a%20b:p%40ss:w@[::1]:$proxy_port" --count 400
right "user and password, IPv6" 39
expect "asked for what the URL names" grep -qx 'asked 127.0.0.1:9443 Host: 127.0.0.1:9443' "$work/bounds"
proxy --kind socks5
client "$url" --proxy "socks5://127.0.0.1:$proxy_port" --count 400
right "SOCKS 5" 12
proxy --kind socks5 --user u:p --answer 200 --pieces
client "${url/127.0.0.1/localhost}" --proxy "socks5h://u:p@127.0.0.1:$proxy_port" --count 400
right "SOCKS 5 with a password and a long answer" $((2 + 2 + 4 + 201 + 2))
expect "names are the proxy's to look up" grep -qx 'asked localhost 9443' "$work/bounds"

# A new connection has its own answer before it.
proxy --answer 120
client "$url" --proxy "http://127.0.0.1:$proxy_port" --roll-over 1 --duration 4
right "roll-over" 120
expect "roll-over: several connections" [ "$(grep -c ^asked "$work/bounds")" -ge 2 ]

# Somebody else may have read from the socket before us: then the kernel knows how much.
proxy --answer 150
preload=PRELOAD_PROXY=$proxy_port
client "$url" --count 400
right "a preloaded proxy, of which nobody told us" 150
# Where the kernel and we do not agree, no place is claimed: each message is counted, and why is told.
preload=PRELOAD_LIE=1500
"$PROF_BIN/event_correlator" --bus "$bus" --jsonl "$work/lines" >"$work/report" 2>&1 &
correlator=$!
wait_for 10 [ -e "/dev/shm$bus" ]
in_net env LD_PRELOAD="$preload_library" $preload "$CLIENT" "$url" --bus "$bus" \
	--ca-file "$work/certs/ca.pem" --duration 4 >"$work/out" 2>"$work/err"
preload=
sleep 1
kill -INT $correlator
wait $correlator
says "disputed" 'messages of this connection cannot be placed: the kernel has given other bytes than the library took'
expect "disputed: told once" [ "$(grep -c 'cannot be placed' "$work/err")" = 1 ]
unplaced=$(sed -nE 's/.* ([0-9]+) without a place.*/\1/p' "$work/err")
expect "disputed: some are placed, before it was seen, and others not" \
	[ "${unplaced:-0}" -gt 100 -a "${unplaced:-0}" -lt "$(wc -l <"$work/lines")" ]
expect "disputed: each of the others is in the report" grep -qE "^client-unranged: $unplaced messages" "$work/report"
expect "disputed: none of them is exact" [ "$(grep -c '"end":null,.*"class":"user-only"' "$work/lines")" = "$unplaced" ]

# Without TLS: the same bytes as without the proxy, so many further on.
plain=9100
serve $plain --messages 300
client "ws://127.0.0.1:$plain/stream" --count 300
cut -f 1-4 "$work/events" >"$work/direct"
serve $((plain + 1)) --messages 300
proxy --answer 77
client "ws://127.0.0.1:$((plain + 1))/stream" --proxy "http://127.0.0.1:$proxy_port" --count 300
awk 'BEGIN { OFS = "\t" } { print $1, $2, $3 + 77, $4 + 77 }' "$work/direct" >"$work/shifted"
expect "without TLS: there is something to compare" [ "$(wc -l <"$work/shifted")" = 300 ]
expect "without TLS: shifted by the answer" cmp "$work/shifted" <(cut -f 1-4 "$work/events")

# What does not let through says so in one line.
refused() { # WHAT WORDS PROXY-ARGUMENT...
	local what=$1 words=$2
	shift 2
	proxy "$@"
	client "$url" --proxy "${scheme:-http}://${user:-}127.0.0.1:$proxy_port" --duration 5
	expect "$what: exit 1" [ $status = 1 ]
	says "$what" "cannot connect to 127.0.0.1 port 9443 through the proxy 127.0.0.1 port $proxy_port: $words"
	expect "$what: one line and two of counts" [ "$(wc -l <"$work/err")" = 3 ]
}
refused "407" "the proxy says 'HTTP/1.1 407 Proxy Authentication Required': give them" --user a:b
user=a:c@ refused "407 again" "the proxy says 'HTTP/1.1 407.*: it does not take this user" --user a:b
refused "403" "the proxy says 'HTTP/1.0 403 Forbidden': it does not let through" --say 'HTTP/1.0 403 Forbidden'
refused "502" "the proxy says 'HTTP/1.1 502 \?\[2Jgone': it cannot reach" --say $'HTTP/1.1 502 \e[2Jgone'
refused "no HTTP" "the proxy's answer is not HTTP: 'SSH-2.0-x'" --say SSH-2.0-x
scheme=socks5 refused "SOCKS, refused" "the proxy says 'connection refused'" --kind socks5 --say 5
scheme=socks5 refused "SOCKS, password" "the proxy takes none of the ways" --kind socks5 --user a:b
client "$url" --proxy http://127.0.0.1:9 --duration 5
says "nobody there" 'cannot connect to 127.0.0.1 port 9443 through the proxy 127.0.0.1 port 9: Connection refused: check that the proxy'
for bad in https://a:1 socks4://a:1 ftp://a:1 http:// http://a:0 http://a:1/x 'http://:p@a:1'; do
	in_net "$CLIENT" "$url" --proxy "$bad" --no-bus >"$work/out" 2>"$work/err"
	expect "--proxy $bad: wrong usage" [ $? = 2 ]
	expect "--proxy $bad: one line, without its secrets" [ "$(grep -c '^websocket_client: --proxy: ' "$work/err")" = 1 ]
done

# The environment's proxy is not taken, and the user is told; the value, with its password, is not.
proxy
for name in http_proxy HTTPS_PROXY all_proxy SOCKS_PROXY; do
	export $name=http://u:secret@127.0.0.1:$proxy_port
	client "$url" --count 20
	unset $name
	expect "$name: exit 0" [ $status = 0 ]
	says "$name" "$name in the environment: ignored, the connection is made directly: a proxy is named with --proxy"
	expect "$name: no secret is shown" [ "$(grep -c secret "$work/err")" = 0 ]
done
expect "nothing passed the proxy" [ ! -s "$work/bounds" ]
http_proxy='' no_proxy=x client "$url" --count 20
expect "an empty one: nothing to say" [ "$(grep -c environment "$work/err")" = 0 ]
export http_proxy=http://127.0.0.1:9 ALL_PROXY=x
client "$url" --proxy "http://127.0.0.1:$proxy_port" --count 20
unset http_proxy ALL_PROXY
says "both" "(http_proxy, ALL_PROXY|ALL_PROXY, http_proxy) in the environment: ignored, --proxy is taken"
expect "both: it is" grep -q ^asked "$work/bounds"
finish
