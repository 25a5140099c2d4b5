#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Servers that do one thing wrong each, and users who do: one clear line that
# says what, where and what to do, the right exit status, and every message
# that was whole before it is passed on.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "$0")/client.sh"
require_tool "$CLIENT" "$PYTHON" openssl
trap client_cleanup EXIT
trap 'exit 1' INT TERM

# client ARGUMENT...: to its end.
client() {
	SECONDS=0
	timeout -k 5 40 "$CLIENT" --no-bus --print "$@" >"$work/out" 2>"$work/err"
	status=$?
	took_s=$SECONDS
}

says() {
	expect "$1: says '$2'" grep -q -- "^websocket_client: .*$2" "$work/err"
	if grep -q 'Sanitizer\|runtime error' "$work/err"; then fail "$1: $(grep -m 1 'Sanitizer\|runtime error' "$work/err")"; fi
	expect "$1: nothing that a terminal would obey" [ "$(grep -c $'[\x01-\x08\x0b-\x1f\x7f]' "$work/err")" = 0 ]
}

# never NAME TEXT [CLIENT-ARGUMENT...]: no connection comes about; exit 1, within 15 s.
never() {
	local name=$1 text=$2
	shift 2
	wrong_server "$name"
	client "ws://127.0.0.1:$port/stream?streams=btcusdt@aggTrade" "$@"
	wrong_server_down
	expect "$name: exit 1" [ $status = 1 ]
	expect "$name: within 15 s" [ $took_s -le 15 ]
	says "$name" "cannot connect to 127.0.0.1 port $port: .*$text"
	# The line of each ten seconds may just come before the timeout.
	expect "$name: one line and two of counts" [ "$(grep -vc ' messages/s, ' "$work/err")" = 3 ]
}

# breaks NAME TEXT [CODE]: the connection breaks behind three messages, which are passed on;
# the server is told the code.
breaks() {
	wrong_server "$1"
	client "ws://127.0.0.1:$port/stream?streams=btcusdt@aggTrade" --duration 2
	sleep 0.2
	wrong_server_down
	expect "$1: exit 0" [ $status = 0 ]
	says "$1" "connection 1 to 127.0.0.1 lost: .*$2"
	expect "$1: what was whole before is passed on" \
		[ "$(head -n 3 "$work/out" | grep -o '"a":[012],' | tr -d '\n')" = '"a":0,"a":1,"a":2,' ]
	[ -z "${3:-}" ] || expect "$1: closed with $3" [ "$(grep -m 1 '^closed\|^ended' "$work/wrong")" = "closed with $3" ]
}

aside never tcp-mute 'it did not answer in time: check that'
aside never tcp-garbage "its answer is not HTTP: 'SSH-2.0-OpenSSH_9.2p1'"
aside never tcp-end 'closed\|reset'
aside never http-mute 'it did not answer in time: check that'
aside never http-slow 'it did not answer in time'
aside never http-endless ''
aside never http-garbage 'its answer is not HTTP'
aside never http-nothing 'closed\|reset'
aside never http-accept 'its WebSocket upgrade is not valid: .*ccept'
aside never http-redirect "'HTTP/1.1 302 Found': redirections are not followed"
aside never http-200 "'HTTP/1.1 200 OK': check the path"
aside never http-401 "'HTTP/1.1 401 Unauthorized': it wants to know who asks"
aside never http-403 "'HTTP/1.1 403 Forbidden': it wants to know who asks"
aside never http-404 "'HTTP/1.1 404 Not Found': check the path of the URL"
aside never http-429 "'HTTP/1.1 429 Too Many Requests': too much was asked of it"
aside never http-503 "'HTTP/1.1 503 Service Unavailable': the server is in trouble"
aside never http-escape "'HTTP/1.1 503 ?\[2Jgone?': the server is in trouble"

aside breaks rsv1 'a frame with reserved bits' 1002
aside breaks masked 'a masked frame' 1002
aside breaks opcode 'a frame of an unknown kind' 1002
aside breaks control 'a control frame that is fragmented or too long' 1002
aside breaks control-split 'a control frame that is fragmented or too long' 1002
aside breaks continuation 'a continuation of nothing' 1002
aside breaks unfinished 'a new message inside an unfinished one' 1002
aside breaks length 'a frame of an impossible length' 1002
aside breaks huge 'more than 64 MiB' 1009
aside breaks utf8 'a text that is not UTF-8' 1007
aside breaks close-1000 'the server closed it with 1000 that is all' 1000
aside breaks close-1001 'the server closed it with 1001' 1001
aside breaks close-1008 'the server closed it with 1008 Too many requests' 1008
aside breaks close-1005 'the server'
aside breaks close-escape 'the server closed it with 1011 ?\[2Jgone'
aside breaks close-empty 'the server closed it'
aside breaks close-byte 'the server'
aside breaks fin 'the server closed the TCP connection'

asides_end

# The largest message that is put together, and one byte more.
wrong_server mib
client "ws://127.0.0.1:$port/stream?streams=btcusdt@aggTrade" --duration 2
wrong_server_down
expect "1 MiB: passed on whole" [ "$(wc -L <"$work/out")" = 1048576 ]
expect "1 MiB: not oversize" grep -q ' 0 oversize' "$work/err"
wrong_server mib-and-1
client "ws://127.0.0.1:$port/stream?streams=btcusdt@aggTrade" --duration 2
wrong_server_down
expect "1 MiB and 1 byte: counted" grep -q ' 1 oversize' "$work/err"
expect "1 MiB and 1 byte: goes on" grep -q '"a":4,' "$work/out"
expect "1 MiB and 1 byte: no reconnect" grep -q ' 0 reconnects' "$work/err"

# What is missing within a connection is the feed's fault.
wrong_server gap
client "ws://127.0.0.1:$port/stream?streams=btcusdt@aggTrade" --duration 1
wrong_server_down
expect "gap: counted, with its messages" \
	[ "$(grep -c ' 1 gaps, \|: 4 missing in gaps, 0 missing across' "$work/err")" = 2 ]

# An error's words are a server's too.
wrong_server escape
client "ws://127.0.0.1:$port/stream?streams=btcusdt@aggTrade" --duration 2
wrong_server_down
says escape "the exchange refuses a request: error 2 '?\[2Jgone??exchange: all is well'"
finish
