#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a user can do to the client: stop it in the middle of anything, take its
# output away, ask it for nonsense or for a thousand streams.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "$0")/client.sh"
EXCHANGE=$PROF_BIN/exchange
require_tool openssl "$PYTHON" "$EXCHANGE" "$CLIENT" "$EVENTS"
client_net
streams=stream?streams=btcusdt@aggTrade

# exchange_up ARGUMENT...: a plain one; where it listens is $where.
exchange_up() {
	rm -f "$work/exchange"
	ip netns exec "$netns" "$EXCHANGE" --plain --listen 127.0.0.1:0 "$@" >"$work/exchange" 2>&1 &
	exchange=$!
	children+=($exchange)
	wait_for 15 grep -qs listening "$work/exchange" || fail "the exchange does not start"
	where=$(sed -n 's/^exchange: listening on \([^ ]*\).*/\1/p' "$work/exchange")
}

exchange_down() {
	kill $exchange
	wait $exchange 2>/dev/null
}

# client ARGUMENT...: to its end.
client() {
	in_net timeout -k 5 60 "$CLIENT" --no-bus "$@" >"$work/out" 2>"$work/err"
	status=$?
}

# interrupted NAME SECONDS ARGUMENT...: SIGINT after so long ends it at once, and well.
interrupted() {
	local name=$1 after_s=$2 status begin_ms
	shift 2
	ip netns exec "$netns" env --default-signal=INT timeout --foreground -k 5 60 \
		${resolver:+unshare -m sh -c "mount --bind $resolver /etc/resolv.conf && exec \"\$0\" \"\$@\""} \
		"$CLIENT" --no-bus "$@" >"$work/out" 2>"$work/err" &
	local client=$!
	children+=($client)
	sleep "$after_s"
	begin_ms=$(date +%s%3N)
	kill -INT $client # timeout passes it on
	wait $client
	status=$?
	expect "SIGINT $name: exit 0" [ $status = 0 ]
	expect "SIGINT $name: within 4 s, where a resolver takes 5" [ $(($(date +%s%3N) - begin_ms)) -lt 4000 ]
	expect "SIGINT $name: counts" grep -q '^websocket_client: [0-9]* messages' "$work/err"
}

# wrong TEXT ARGUMENT...: one line and exit 2.
wrong() {
	local text=$1
	shift
	client "$@"
	expect "wrong usage ${*@Q}: exit 2" [ $status = 2 ]
	expect "wrong usage ${*@Q}: one line that says '$text'" grep -q "^websocket_client: .*$text" "$work/err"
	expect "wrong usage ${*@Q}: and no other" [ "$(wc -l <"$work/err")" = 1 ]
}

# ---- Interrupted ---------------------------------------------------------
interruptions_and_nobody_there() {
	ip netns exec "$netns" "$PYTHON" -c 'import socket, time; s = socket.socket(type=socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53)); time.sleep(300)' &
	children+=($!)
	wait_for 10 sh -c "ip netns exec $netns ss -Hlun 'sport = :53' | grep -q ."
	echo 'nameserver 127.0.0.1' >"$work/resolv.conf"
	resolver=$work/resolv.conf
	interrupted 'while a name is looked up' 1 "wss://no.such.host.example/$streams"
	resolver=
	client_route
	client_forward 0
	interrupted 'while TCP connects' 1 "wss://$far_address:443/$streams"
	wrong_server tcp-mute
	interrupted 'while TLS begins' 1 "wss://127.0.0.1:$port/$streams"
	interrupted 'while the upgrade is awaited' 1 "ws://127.0.0.1:$port/$streams"
	wrong_server_down
	wrong_server busy
	interrupted 'while messages come' 1 "ws://127.0.0.1:$port/$streams"
	interrupted 'while a successor takes over' 2 "ws://127.0.0.1:$port/$streams" --roll-over 1
	kill -STOP $wrong_server
	interrupted 'while the server sleeps' 1 "ws://127.0.0.1:$port/$streams"
	kill -CONT $wrong_server
	wrong_server_down
	wrong_server close-1000
	interrupted 'between two attempts' 3 "ws://127.0.0.1:$port/$streams"
	wrong_server_down

	# ---- Nobody there ---------------------------------------------------------
	client "wss://$far_address:443/$streams"
	expect "swallowed: exit 1" [ $status = 1 ]
	expect "swallowed: says so" grep -q "^websocket_client: cannot connect to $far_address port 443: .*timed out: check the network" "$work/err"
	in_net ip route del default
	client "wss://$far_address:443/$streams"
	expect "no route: exit 1" [ $status = 1 ]
	expect "no route: says so" grep -q "^websocket_client: cannot connect to $far_address port 443: Network is unreachable: check the network" "$work/err"
	wrong_server tcp-mute
	client "wss://127.0.0.1:$port/$streams"
	expect "no TLS: exit 1" [ $status = 1 ]
	expect "no TLS: says so" grep -q "^websocket_client: cannot connect to 127.0.0.1 port $port: .*: check that the server speaks TLS" "$work/err"
	wrong_server_down
	wrong_server tcp-garbage
	client "wss://127.0.0.1:$port/$streams"
	expect "not TLS: exit 1" [ $status = 1 ]
	expect "not TLS: says so" grep -q "^websocket_client: cannot connect to 127.0.0.1 port $port: .*: check that the server speaks TLS" "$work/err"
	wrong_server_down
	wrong_server nothing --host ::1
	client "ws://[::1]:$port/$streams" --duration 1
	expect "IPv6: exit 0" [ $status = 0 ]
	expect "IPv6: asked for as a URL writes it" grep -qF "asked by host [::1]:$port," "$work/wrong"
	wrong_server_down
	wrong_server nothing
	client "ws://127.0.0.1:$port/$streams" --duration 1
	expect "IPv4: asked for with its port" grep -qF "asked by host 127.0.0.1:$port," "$work/wrong"
	wrong_server_down
}

# ---- Output that cannot be written -----------------------------------------
output_that_cannot_be_written() {
	exchange_up --rate 300 --no-client-rate
	url=ws://$where/market/$streams
	in_net timeout -k 5 20 "$CLIENT" --no-bus --print --duration 5 "$url" >/dev/full 2>"$work/err"
	expect "full disk: exit 1" [ $? = 1 ]
	expect "full disk: says so" grep -q '^websocket_client: standard output: No space left on device: ' "$work/err"
	in_net timeout -k 5 20 "$CLIENT" --no-bus --duration 5 "$url" >&- 2>"$work/err"
	expect "closed output: exit 1" [ $? = 1 ]
	expect "closed output: says so" grep -q '^websocket_client: standard output: Bad file descriptor: ' "$work/err"
	expect "closed output: the connection lives" grep -q ' 0 reconnects' "$work/err"
	in_net timeout -k 5 20 "$CLIENT" --no-bus --print --duration 5 "$url" 2>"$work/err" | head -n 2 >/dev/null
	expect "reader gone: exit 1" [ "${PIPESTATUS[0]}" = 1 ]
	expect "reader gone: says so" grep -q '^websocket_client: standard output: Broken pipe: ' "$work/err"
	mkfifo "$work/fifo"
	sleep 20 <"$work/fifo" &
	children+=($!)
	ip netns exec "$netns" env --default-signal=INT timeout --foreground -k 5 30 "$CLIENT" --no-bus --print \
		"ws://$where/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade" >"$work/fifo" 2>"$work/err" &
	client=$!
	children+=($client)
	sleep 5 # more than a pipe holds
	kill -INT $client
	wait $client
	expect "reader asleep: exit 1 at SIGINT" [ $? = 1 ]
	expect "reader asleep: says so" grep -q '^websocket_client: standard output: its reader does not read: ' "$work/err"
	exchange_down
	exchange_up --rate 300 --log /dev/full
	client "ws://$where/market/$streams" --duration 1
	kill $exchange
	wait $exchange
	expect "the exchange's full log: exit 1" [ $? = 1 ]
	expect "the exchange's full log: says so" grep -q '^exchange: /dev/full: No space left on device: ' "$work/exchange"
	timeout 10 "$EXCHANGE" --plain --listen 127.0.0.1:0 >/dev/full 2>"$work/err"
	expect "the exchange's full output: exit 1" [ $? = 1 ]
	expect "the exchange's full output: says so" grep -q '^exchange: standard output: No space left on device: ' "$work/err"
}

# ---- Many streams ------------------------------------------------------------
many_streams() {
	many=()
	for i in $(seq 1024); do many+=(--subscribe "s$(printf %04d "$i")usdt@trade"); done
	exchange_up --rate 10
	client "ws://$where/stream" "${many[@]}" --duration 6 --silence-timeout 4 --print
	expect "1024 streams on spot: exit 0" [ $status = 0 ]
	expect "1024 streams on spot: not too many requests" grep -q ' 0 reconnects' "$work/err"
	expect "1024 streams on spot: all of them speak" \
		[ "$(grep -o '"stream":"[^"]*"' "$work/out" | sort -u | wc -l)" = 1024 ]
	client "ws://$where/stream" "${many[@]}" --duration 8 --roll-over 2 --print
	expect "1024 streams rolled over: nothing missing" grep -q ' 0 gaps' "$work/err"
	expect "1024 streams rolled over: they were" grep -q ' [1-9] roll-overs' "$work/err"
	expect "1024 streams rolled over: no trade missing, none twice" "$PYTHON" - "$work/out" <<'PY'
# The first copy of each is passed on, whichever connection brings it: two trades may change places there.
import collections, json, sys
trades = collections.defaultdict(list)
for line in open(sys.argv[1]):
    if line.startswith("{\"stream"):
        message = json.loads(line)
        trades[message["stream"]].append(message["data"]["t"])
wrong = sum(sorted(ids) != list(range(min(ids), max(ids) + 1)) for ids in trades.values())
print("%d streams, %d with a trade missing or twice" % (len(trades), wrong))
sys.exit(wrong != 0 or len(trades) != 1024)
PY
	exchange_down
	wrong 'given too often' "ws://$where/stream" "${many[@]}" --subscribe one@more
}

# Streams whose messages do not say whose they are: they speak, all the same.
streams_without_names() {
	exchange_up --rate 100
	client "ws://$where/ws/btcusdt@depth5@100ms/ethusdt@depth5@100ms" --duration 4 --silence-timeout 2
	expect "unnamed streams: none is called silent" [ "$(grep -c 'silent for' "$work/err")" = 0 ]
	exchange_down
	exchange_up --silent
	client "ws://$where/market/$streams" --subscribe btcusdt@markPrice --duration 4 --silence-timeout 2
	expect "silent in the URL: not called acknowledged" grep -q 'aggTrade: silent for 2 s: it is in the URL; its symbol may' "$work/err"
	expect "silent and acknowledged: says so" grep -q 'markPrice: silent for 2 s: it is acknowledged; its symbol may' "$work/err"
	exchange_down
	wrong_server unanswered
	client "ws://127.0.0.1:$port/stream" --subscribe btcusdt@trade --duration 4 --silence-timeout 2
	expect "never acknowledged: says so" grep -q 'trade: silent for 2 s: the server has not answered the request for it' "$work/err"
	wrong_server_down
}

# Microseconds were asked for, and come to the bus as such; milliseconds end in three zeros.
microseconds() {
	exchange_up --rate 100
	for unit in MICROSECOND MILLISECOND; do
		in_net "$EVENTS" "$bus" >"$work/events" 2>"$work/events.err" &
		events=$!
		children+=($events)
		wait_for 10 grep -qs ready "$work/events.err"
		in_net timeout -k 5 20 "$CLIENT" "ws://$where/ws/btcusdt@trade?timeUnit=$unit" --bus "$bus" \
			--print --duration 2 >"$work/out" 2>"$work/err"
		wait $events
		[ $unit = MICROSECOND ] && factor='' || factor=000
		expect "$unit: every E is on the bus" cmp -s <(cut -f 9 "$work/events") \
			<(sed -n "s/.*\"E\":\([0-9]*\).*/\1$factor/p" "$work/out")
		expect "$unit: there were some" [ "$(wc -l <"$work/events")" -ge 20 ]
	done
	expect "microseconds are no milliseconds" [ "$(cut -f 9 "$work/events" | grep -vc '000$')" = 0 ]
	exchange_down
}

# A stream of all symbols, whose numbers are no sequence, changes over.
a_stream_of_all_symbols() {
	wrong_server all-symbols
	client "ws://127.0.0.1:$port/stream?streams=!bookTicker" --roll-over 2 --duration 7 --print
	wrong_server_down
	expect "all symbols rolled over: twice" grep -q ' [1-9] roll-overs' "$work/err"
	grep -o '"n":[0-9]*' "$work/out" | cut -d: -f2 >"$work/numbers"
	expect "all symbols rolled over: nothing lost" \
		[ "$(sort -nu "$work/numbers" | wc -l)" = $(($(tail -n 1 "$work/numbers") - $(head -n 1 "$work/numbers") + 1)) ]
	expect "all symbols rolled over: next to nothing doubled" \
		[ "$(sort -n "$work/numbers" | uniq -d | wc -l)" -le 2 ]
}

# ---- A terminal -----------------------------------------------------------------
a_terminal() {
	exchange_up --rate 100 --scenario reconnect --no-client-rate # after 3 s
	in_net "$PYTHON" - "$CLIENT" "ws://$where/market/$streams" >"$work/screen" <<'PY'
import os, pty, re, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "--no-bus", "--ping-interval", "300", "--duration", "5", sys.argv[2]])
said = b""
try:
    while data := os.read(terminal, 65536):
        said += data
except OSError:
    pass # nobody has it open any more
os.waitpid(pid, 0)
for line in said.decode().split("\r\n"):
    print(line.split("\r\x1b[K")[-1]) # what stays on the screen
print("progress lines: %d" % len(re.findall(r"\d+ messages/s, 1 connections, rtt \d+ us, \d+ gaps(?=\r\x1b\[K)", said.decode())))
PY
	exchange_down
	expect "terminal: progress is shown" grep -q '^progress lines: [2-9]' "$work/screen"
	expect "terminal: so are round trips" grep -q '^\[ping\] rtt_us=[0-9]* us$' "$work/screen"
	expect "terminal: a line is a line" [ "$(grep -vc '^\[ping\] rtt_us=[0-9]* us$\|^websocket_client: connection 1 to 127.0.0.1 lost: \|^websocket_client: [0-9]* messages, \|^websocket_client: [0-9]* missing\|^progress lines\|^$' "$work/screen")" = 0 ]
	expect "terminal: the break is told" grep -q '^websocket_client: connection 1 to 127.0.0.1 lost' "$work/screen"
}

# ---- Nonsense ---------------------------------------------------------------------
nonsense() {
	local where=127.0.0.1:1
	wrong 'begins with neither wss:// nor ws://' http://example.org/
	wrong 'begins with neither wss:// nor ws://' ''
	wrong 'names no usable host' wss://
	wrong 'names no usable host' 'wss://a b/ws'
	wrong 'names no usable host' 'wss://[::1/ws'
	wrong 'from 1 to 65535' wss://host:0/ws
	wrong 'from 1 to 65535' wss://host:65536/ws
	wrong 'from 1 to 65535' wss://host:/ws
	wrong 'carries a user name' wss://me:secret@host/ws
	wrong 'a space or control character' $'wss://host/ws\r\nX: y'
	wrong "this cannot be the name of a stream" "ws://$where/stream" --subscribe 'a"b'
	wrong 'not a whole number' --duration 0
	wrong 'not a whole number' --ping-interval -1
	wrong 'one argument too many' wss://a/ws wss://b/ws
	client --ca-file "$work/no.such.file" "wss://$where/stream"
	expect "no CA file: exit 1" [ $status = 1 ]
	expect "no CA file: says so" grep -q "^websocket_client: --ca-file '.*no.such.file': No such file or directory: give a file" "$work/err"
	client --ca-file /etc/passwd "wss://$where/stream"
	expect "no certificates: exit 1" [ $status = 1 ]
	expect "no certificates: says so" grep -q "^websocket_client: --ca-file '/etc/passwd': .*: give a file of certificates" "$work/err"
	client --keylog "$work/no/such/folder" "wss://$where/stream"
	expect "no key log: exit 1" [ $status = 1 ]
	expect "no key log: says so" grep -q "^websocket_client: key log '.*': No such file or directory: give a file" "$work/err"

	# odd TEXT STATUS ARGUMENT...: of the exchange: one line.
	odd() {
		local text=$1 expected=$2
		shift 2
		timeout 10 "$EXCHANGE" --listen 127.0.0.1:0 "$@" >"$work/out" 2>"$work/err"
		status=$?
		expect "exchange ${*@Q}: exit $expected" [ $status = "$expected" ]
		expect "exchange ${*@Q}: says '$text'" grep -q "^exchange: .*$text" "$work/err"
		expect "exchange ${*@Q}: in one line" [ "$(wc -l <"$work/err")" = 1 ]
	}
	odd 'its value is empty' 2 --host ''
	odd 'not a name or a numeric address' 2 --host 'a,DNS:b'
	odd 'not a scenario' 2 --scenario no-such
	odd 'no such kind of certificate' 2 --cert no-such
	odd 'name another with --cert-dir' 1 --cert-dir /etc/passwd
	odd 'name another file with --log' 1 --log "$work/no/such/file"
	mkdir "$work/bad-certs"
	for file in ca.pem server.pem server.key; do echo nonsense >"$work/bad-certs/$file"; done
	odd 'leave out --keep-cert' 1 --keep-cert --cert-dir "$work/bad-certs"
}

aside interruptions_and_nobody_there
aside output_that_cannot_be_written
aside many_streams
aside streams_without_names
aside microseconds
aside a_stream_of_all_symbols
aside a_terminal
aside nonsense
asides_end
finish
