#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --metrics of a live run: what it answers, to whom, and that promtool and a real
# Prometheus agree with it and with the closing report (where they are installed).
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$PROF_ROOT/tests/system/parts.sh"
here=$(dirname "${BASH_SOURCE[0]}")
require_tool curl python3
scratch=$(mktemp -d)
bus=/ws_latency.metrics.$$
parts_dir=$scratch
trap 'end_parts; rm -rf "$scratch" "/dev/shm$bus"' EXIT

start exchange "$PROF_BIN/exchange" --listen 127.0.0.1:0 --cert-dir "$scratch/certs" --rate 400
wait_for exchange.out listening
start event_correlator "$PROF_BIN/event_correlator" --bus "$bus" --metrics 0 --quiet --unit ns
wait_for event_correlator.err 'metrics: http'
url=$(sed -n 's/.*metrics: \(http[^ ]*\)/\1/p' "$scratch/event_correlator.err")
expect "on the loopback where no address is given" [ "${url#http://127.0.0.1:}" != "$url" ]
if [ "$(id -u)" = 0 ]; then
	start dpdk_capture "$PROF_BIN/dpdk_capture" -l 0 -- --bus "$bus"
	wait_for dpdk_capture.err 'dpdk_capture: passive: lo'
fi

prometheus=
if command -v prometheus >/dev/null; then
	prometheus=http://127.0.0.1:$((20000 + $$ % 20000))
	cat >"$scratch/prometheus.yml" <<END
global: { scrape_interval: 1s }
rule_files: [ $PROF_ROOT/docs/prometheus/ws_latency.rules.yml ]
scrape_configs:
  - job_name: ws_latency
    static_configs: [ { targets: [ "${url#http://}" ] } ]
END
	# As native histograms with custom buckets, without the README's setting and with it.
	native=()
	if prometheus --version 2>&1 | grep -q '^prometheus, version 3'; then
		native=(--enable-feature=native-histograms)
		for also in false true; do
			cat >>"$scratch/prometheus.yml" <<END
  - job_name: converted_$also
    convert_classic_histograms_to_nhcb: true
    always_scrape_classic_histograms: $also
    static_configs: [ { targets: [ "${url#http://}" ] } ]
END
		done
	fi
	sed -i 's#/metrics"#"#' "$scratch/prometheus.yml"
	start prometheus prometheus "${native[@]}" --config.file="$scratch/prometheus.yml" \
		--storage.tsdb.path="$scratch/tsdb" --web.listen-address="${prometheus#http://}"
	wait_for prometheus.err 'Server is ready'
fi

"$PROF_BIN/websocket_client" --ca-file "$scratch/certs/ca.pem" --bus "$bus" --duration 6 \
	"wss://127.0.0.1:$(sed -n 's/.*127.0.0.1:\([0-9]*\).*/\1/p' "$scratch/exchange.out")/market/stream?streams=btcusdt@aggTrade" \
	>"$scratch/client.out" 2>&1
sleep 3 # what the last scrape sees is all
scraped=$(date +%s)
curl -s "$url" >"$scratch/page"
curl -s -H 'Accept: application/openmetrics-text; version=1.0.0' "$url" >"$scratch/openmetrics"
messages=$(awk '/^ws_latency_messages_total/ { sum += $2 } END { print sum }' "$scratch/page")
expect "at least 500 messages ($messages)" [ "$messages" -ge 500 ]
expect "OpenMetrics where it is asked for" [ "$(tail -n 1 "$scratch/openmetrics")" = '# EOF' ]
curl -s -D "$scratch/head" -H 'Accept-Encoding: gzip' "$url" >"$scratch/page.gz"
expect "as gzip where that is taken ($(stat -c %s "$scratch/page.gz") of $(stat -c %s "$scratch/page") bytes)" sh -c "grep -qi '^content-encoding: gzip' '$scratch/head' &&
	gzip -dc <'$scratch/page.gz' | grep -q '^ws_latency_messages_total{.*} [0-9]'"
expect "and not where it is refused" [ "$(curl -s -H 'Accept-Encoding: gzip;q=0' "$url" | grep -ac '^ws_latency_messages_total')" -ge 1 ]
expect "a HEAD is answered, without a page" [ "$(curl -s -I -w '%{http_code} %{size_download}' -o "$scratch/head" "$url")" = "200 0" ]
expect "a HEAD tells the size" grep -qi '^content-length: [1-9]' "$scratch/head"
expect "another page is 404" [ "$(curl -s -o /dev/null -w '%{http_code}' "${url%/metrics}/")" = 404 ]
expect "another method is 405" [ "$(curl -s -o /dev/null -w '%{http_code}' -d x "$url")" = 405 ]
expect "ten at once are answered or told to come again" sh -c "for i in 1 2 3 4 5 6 7 8 9 10; do
	curl -s -o /dev/null -w '%{http_code}\n' '$url' & done | sort -u | grep -qvE '^(200|503)\$'; [ \$? = 1 ]"
"$PROF_BIN/event_correlator" --bus "$bus.2" --metrics "${url#http://}" 2>"$scratch/err"
expect "a bad address is wrong usage" [ $? = 2 ]
"$PROF_BIN/event_correlator" --bus "$bus.2" --metrics "$(echo "${url#http://}" | sed 's#/metrics##')" 2>"$scratch/err"
expect "a port in use is said" grep -q 'Address already in use' "$scratch/err"

if [ -n "$prometheus" ]; then
	stop event_correlator
	expect "event_correlator exits 0" [ $? = 0 ]
	expect "the page has every message" [ "$messages" = "$(number_after "$scratch/event_correlator.out" 'Userspace events:')" ]
	python3 "$here/metrics_check.py" "$prometheus" "$scraped" "$scratch/page" "$scratch/event_correlator.out"
	expect "histogram_quantile() agrees with the report within a bucket" [ $? = 0 ]
	if [ ${#native[@]} -gt 0 ]; then
		series() { curl -s "$prometheus/api/v1/query" --data-urlencode "time=$scraped" --data-urlencode "query=count($1)" | grep -o '"[0-9]*"\]' | tr -dc 0-9; }
		classic=$(series 'ws_latency_stage_seconds_bucket{job="ws_latency"}')
		expect "converted to native histograms, the classic ones ($classic series) are gone" [ -z "$(series 'ws_latency_stage_seconds_bucket{job="converted_false"}')" ]
		expect "and there with always_scrape_classic_histograms" [ -n "$classic" -a "$classic" = "$(series 'ws_latency_stage_seconds_bucket{job="converted_true"}')" ]
		# The rules' own expression.
		p99='histogram_quantile(0.99, sum by (le, instance, stage) (rate(ws_latency_stage_seconds_bucket{job="JOB"}[1m]))) > 0'
		expect "and so are the rules' quantiles" [ -n "$(series "${p99/JOB/converted_true}")" -a -z "$(series "${p99/JOB/converted_false}")" ]
	else
		echo "note: this prometheus has no native histograms with custom buckets: they are not tried"
	fi
else
	echo "note: no prometheus here: its quantiles are not compared"
fi
if command -v promtool >/dev/null; then
	promtool check metrics <"$scratch/page"
	expect "promtool accepts the page" [ $? = 0 ]
	promtool check rules "$PROF_ROOT/docs/prometheus/ws_latency.rules.yml" >"$scratch/rules" 2>&1
	expect "promtool accepts the rules" [ $? = 0 ]
	promtool test rules "$here/alerts_test.yml"
	expect "the alerts fire when they should" [ $? = 0 ]
else
	echo "note: no promtool here: the page is not checked"
fi
finish
