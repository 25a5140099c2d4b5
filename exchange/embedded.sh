# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh: the embedded exchange, in its little network.
. "$root/exchange/netns.sh"

default_stream=btcusdt
exchange_port=9443

# Sets url, where the client will find it.
start_exchange() {
	local address=$netns_exchange_addr:$exchange_port
	[ -z "$is_ipv6" ] || address=[$netns_exchange_addr6]:$exchange_port
	mkdir -m 0755 "$run_dir/certs"
	start exchange $netns_exchange_exec "$bin/exchange" --listen "$address" \
		--cert-dir "$run_dir/certs" ${scenario:+--scenario "$scenario"} ${rate:+--rate "$rate"} \
		>"$run_dir/exchange.out"
	wait_for exchange "$run_dir/exchange.out" listening 20
	chmod 0755 "$run_dir" # the client, without rights, reads the CA
	url="wss://$address/market/stream?streams=$default_stream@aggTrade"
}
