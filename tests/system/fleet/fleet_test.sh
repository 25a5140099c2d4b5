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
finish
