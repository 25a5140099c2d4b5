#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh BIN: inside the VM.  Each loader has a bus of its own, recorded; the
# traffic is websocket_client's and readers.py's, over IPv4 and IPv6.
bin=$1
here=$(dirname "${BASH_SOURCE[0]}")
port=9443
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
declare -A pid_of=()

start() { # NAME COMMAND...
	local name=$1
	shift
	"$@" >"$work/$name.out" 2>"$work/$name.err" &
	pid_of[$name]=$!
}

wait_for() { # NAME FILE PATTERN
	local tries=600
	until grep -qE "$3" "$work/$2" 2>/dev/null; do
		kill -0 "${pid_of[$1]}" && [ $((tries -= 1)) -gt 0 ] || {
			echo "FAIL: $1 did not start"
			cat "$work/$1.err"
			exit 1
		}
		sleep 0.1
	done
}

stop() { # NAME
	kill -INT "${pid_of[$1]}"
	wait "${pid_of[$1]}" || {
		echo "FAIL: $1 exited $?"
		status=1
	}
}

status=0
for attach in kprobe fentry; do
	start correlator_$attach "$bin/event_correlator" --bus /probe_both_$attach --quiet \
		--record "$work/$attach.rec"
	until [ -e /dev/shm/probe_both_$attach ]; do sleep 0.1; done
	start $attach "$bin/ebpf_loader" --attach $attach --port $port --bus /probe_both_$attach
	wait_for $attach $attach.err "attached by $attach"
done
start exchange "$bin/exchange" --listen "[::1]:$port" --cert-dir "$work" --no-client-rate --rate 100
wait_for exchange exchange.out listening
start client "$bin/websocket_client" "wss://[::1]:$port/market/stream?streams=btcusdt@aggTrade" \
	--ca-file "$work/ca.pem" --no-bus --ping-interval 100
python3 "$here/readers.py" $port || status=1
sleep 5
stop client
stop exchange
sleep 1
for attach in kprobe fentry; do
	stop $attach
	cat "$work/$attach.err"
	stop correlator_$attach
done
python3 -B "$here/compare.py" "$work/kprobe.rec" "$work/fentry.rec" 1000 || status=1
exit $status
