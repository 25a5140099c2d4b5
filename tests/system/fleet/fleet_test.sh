#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# docs/fleet with a real ClickHouse server: the schema, the views and every example
# query work on the messages of a run, and its quantiles are those of the report.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
here=$(dirname "${BASH_SOURCE[0]}")
require_tool clickhouse-server clickhouse-client python3
scratch=$(mktemp -d)
bus=/ws_latency.fleet.$$
pids=()
cleanup() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	wait
	rm -rf "$scratch" "/dev/shm$bus"
}
trap cleanup EXIT
server_port=$((20000 + $$ % 20000))
client() { clickhouse-client --port "$server_port" "$@"; }

# ---- A run ---------------------------------------------------------------------
"$PROF_BIN/exchange" --listen 127.0.0.1:0 --cert-dir "$scratch/certs" --rate 400 >"$scratch/exchange.out" 2>&1 &
pids+=($!)
"$PROF_BIN/event_correlator" --bus "$bus" --record "$scratch/recording.bin" --duration 10 --quiet \
	--unit ns --jsonl "$scratch/live.jsonl" >"$scratch/summary" 2>"$scratch/err" &
correlator=$!
if [ "$(id -u)" = 0 ]; then
	"$PROF_BIN/dpdk_capture" -l 0 -- --bus "$bus" --duration 9 >/dev/null 2>"$scratch/capture.err" &
	pids+=($!)
	for _ in $(seq 100); do grep -q 'passive: lo' "$scratch/capture.err" && break; sleep 0.05; done
fi
for _ in $(seq 100); do grep -q listening "$scratch/exchange.out" && break; sleep 0.1; done
"$PROF_BIN/websocket_client" --ca-file "$scratch/certs/ca.pem" --bus "$bus" --duration 4 \
	"wss://127.0.0.1:$(sed -n 's/.*127.0.0.1:\([0-9]*\).*/\1/p' "$scratch/exchange.out")/market/stream?streams=btcusdt@aggTrade" >/dev/null 2>&1

# ---- The server ----------------------------------------------------------------
cat >"$scratch/config.xml" <<END
<yandex>
	<logger><level>warning</level><log>$scratch/log</log><errorlog>$scratch/errlog</errorlog></logger>
	<tcp_port>$server_port</tcp_port><listen_host>127.0.0.1</listen_host>
	<path>$scratch/data/</path><tmp_path>$scratch/tmp/</tmp_path>
	<mark_cache_size>5368709</mark_cache_size>
	<users_config>/etc/clickhouse-server/users.xml</users_config>
	<default_profile>default</default_profile><default_database>default</default_database>
</yandex>
END
(cd "$scratch" && exec clickhouse-server --config-file="$scratch/config.xml") >"$scratch/server.out" 2>&1 &
pids+=($!)
for _ in $(seq 200); do client --query 'SELECT 1' >/dev/null 2>&1 && break; sleep 0.1; done
echo "clickhouse-server $(client --query 'SELECT version()')"
expect "the schema is accepted" client --multiquery <"$PROF_ROOT/docs/fleet/schema.sql"
expect "and the views" client --multiquery <"$PROF_ROOT/docs/fleet/views.sql"
wait "$correlator"

insert="INSERT INTO ws_latency.messages FORMAT JSONEachRow"
"$PROF_BIN/event_correlator" --replay "$scratch/recording.bin" --jsonl - 2>/dev/null | tee "$scratch/again.jsonl" |
	client --query "$insert"
expect "the messages are inserted" [ $? = 0 ]
expect "a replay writes the lines of the live run" cmp "$scratch/live.jsonl" "$scratch/again.jsonl"
sed 's/"host":"[^"]*"/"host":"another"/' "$scratch/live.jsonl" | client --query "$insert"

host=$(hostname)
expect "two hosts are there" [ "$(client --query 'SELECT uniqExact(host) FROM ws_latency.messages')" = 2 ]
expect "every message is" [ "$(client --query "SELECT count() FROM ws_latency.messages WHERE host = '$host'")" = \
	"$(number_after "$scratch/summary" 'Userspace events:')" ]
expect "in one run" [ "$(client --query 'SELECT uniqExact(run) FROM ws_latency.messages')" = 1 ]
expect "at the time of day" [ "$(client --query 'SELECT count() FROM ws_latency.messages WHERE
	abs(toInt64(wall_time) - toInt64(now())) > 600')" = 0 ]
client --query "SELECT stage, messages, p50_ns, p90_ns, p99_ns, p999_ns, max_ns FROM ws_latency.percentiles
	WHERE host = '$host'" | python3 "$here/fleet_check.py" "$scratch/live.jsonl" "$scratch/summary"
expect "its quantiles are those of the report" [ $? = 0 ]
client --multiquery <"$PROF_ROOT/docs/fleet/queries.sql" >"$scratch/answers" 2>"$scratch/err"
expect "every example query runs: $(head -n 3 "$scratch/err")" [ $? = 0 ] && expect "and answers" [ -s "$scratch/answers" ]

# ---- The loader ------------------------------------------------------------------
# Another run's lines grow in three files of a folder, while the loader is killed and started again.
count_of() { client --query "SELECT count() FROM ws_latency.messages WHERE run = '$1'"; }
wait_count() { for _ in $(seq 100); do [ "$(count_of "$2")" -ge "$1" ] && return; sleep 0.1; done; return 1; }
again=$(head -n 1 "$scratch/live.jsonl" | grep -oE '"run":"[0-9a-f]+"' | cut -d '"' -f 4 | tr 0-9a-f 1-9a-f0)
line_count=$(wc -l <"$scratch/live.jsonl")
folder=$scratch/kept/20261127T000000.1
mkdir -p "$folder"
sed -E "s/\"run\":\"[0-9a-f]+\"/\"run\":\"$again\"/" "$scratch/live.jsonl" >"$scratch/lines"
feed() { # halves of lines, too
	local part=$folder/messages.jsonl third bit
	split -n l/3 --numeric-suffixes=0 -a 1 "$scratch/lines" "$scratch/third."
	for third in 0 1 2; do
		split -n 5 "$scratch/third.$third" "$scratch/bit."
		for bit in "$scratch"/bit.*; do
			cat "$bit" >>"$part"
			sleep 0.3
		done
		rm -f "$scratch"/bit.*
		part=$folder/messages.jsonl.$((third + 1))
	done
}
load() {
	setsid "$PROF_ROOT/correlator/fleet_load.sh" "$scratch/kept" clickhouse-client --port "$server_port" 2>>"$scratch/load.err" &
	loader=$!
}
feed &
feeder=$!
for _ in 1 2 3 4; do
	load
	sleep 1.1
	kill -9 -- "-$loader"
	wait "$loader" 2>/dev/null
done
wait "$feeder"
load
pids+=("$loader")
expect "the loader: every line that was on disk is stored" wait_count "$line_count" "$again"
sleep 1.5
expect "the loader: and none twice, although it was killed four times" [ "$(client --query "SELECT
	count() = $line_count AND uniqExact(seq) = $line_count FROM ws_latency.messages WHERE run = '$again'")" = 1 ]
begun_ns=$(date +%s%N)
tail -n 1 "$scratch/lines" | sed 's/^{"seq":[0-9]*/{"seq":999999/' >>"$folder/messages.jsonl.2"
expect "the loader: the next message can be asked for" wait_count "$((line_count + 1))" "$again"
took_ms=$((($(date +%s%N) - begun_ns) / 1000000))
expect "the loader: within 5 s (after $took_ms ms)" [ "$took_ms" -lt 5000 ]
kill -9 -- "-$loader"
finish
