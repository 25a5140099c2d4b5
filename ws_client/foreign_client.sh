# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh: --client, somebody else's client that runs already.
# What it is and how its messages can be had is found out, and said, before anything begins.

key_files=()      # where its TLS secrets are, or will be
client_probes=()  # what ebpf_loader is told of it
client_ports=()   # the other ends' ports, where no probe tells which sockets are its
client_exec=''    # into its network namespace

check_client() {
	[[ $client =~ ^[1-9][0-9]{0,8}$ ]] || usage_error "--client '$client': not the number of a process"
	[ -z "$url$is_live" ] || usage_error "--client: a URL or --live is given too"
	[ -z "$scenario$rate$is_ipv6" ] || usage_error "--client: --scenario, --rate and --ipv6 are the embedded exchange's"
	[ -z "$is_vm" ] || usage_error "--client: it runs here, and not in a virtual machine"
	[ -z "$inline_pci" ] || usage_error "--client: --inline would cut its connections"
	[ -z "$header_file${headers[*]}$proxy${subscriptions[*]}" ] ||
		usage_error "--client: it connects by itself: --header, --proxy and --subscribe are for ours"
	[ -d "/proc/$client" ] || die "--client $client: there is no such process"
}

check_order_ids() {
	local pair
	[ -n "$client" ] || [ ${#order_ids[@]} = 0 ] || usage_error "--order-id: is for --client; ours is told by --order-on"
	[ -z "$no_dpdk" ] || [ ${#order_ids[@]} = 0 ] || usage_error "--order-id: --no-dpdk is given too"
	for pair in "${order_ids[@]}"; do
		[[ $pair =~ ^[^\"\\=]{1,63}(=[^\"\\=]{1,63})?$ ]] || usage_error "--order-id '$pair': not KEY=KEY or KEY"
	done
}

# Lines "ADDRESS PORT" of the other ends of its TCP connections, the most frequent first.
client_peers() {
	nsenter --target "$client" --net ss -tnpH state established 2>/dev/null |
		grep -F "pid=$client," | awk '{ print $4 }' |
		sed -E 's/^\[?(::ffff:)?([^]]*)\]?:([0-9]+)$/\2 \3/' | sort | uniq -c | sort -rn | awk '{ print $2, $3 }'
}

# The file that its environment names, seen from here.
client_key_file() {
	local path
	path=$(tr '\0' '\n' <"/proc/$client/environ" 2>/dev/null | sed -n 's/^SSLKEYLOGFILE=//p' | tail -n 1)
	case $path in
	'') ;;
	/*) echo "/proc/$client/root$path" ;;
	*) echo "/proc/$client/cwd/$path" ;;
	esac
}

find_connections() {
	local peers address port text="not connected yet"
	if [ "$(readlink "/proc/$client/ns/net")" != "$(readlink /proc/self/ns/net)" ]; then
		client_exec="nsenter --target $client --net"
	fi
	peers=$(client_peers)
	read -r address port <<<"$peers"
	if [ -n "$address" ] && [ -z "$iface" ]; then
		iface=$($client_exec ip -o route get "$address" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
	fi
	client_ports=($port)
	[ -z "$peers" ] || text="connected to $(tr ' ' : <<<"$peers" | paste -sd ' ')${iface:+, by $iface}"
	say "client: $client ($(cat "/proc/$client/comm")): $text${client_exec:+, in a network namespace of its own}"
}

# What the loader can do with this client, by trying; its words say why something cannot be.
find_probes() {
	local refusal key_file=$run_dir/keys.log
	client_probes=(--pid "$client")
	[ -z "$no_ebpf" ] || return 0
	[ "$attach" = none ] || refusal=$(kernel_layer_refusal --pid "$client" --ssl "$client")
	if [ "$attach" = none ]; then
		say "client: its own time is not looked at, so lines are of class no-user"
	elif [ -z "$refusal" ]; then
		client_probes+=(--ssl "$client")
		say "client: its own time: when SSL_read returns"
	else
		say "client: its own time is not seen, so lines are of class no-user: ${refusal#ebpf_loader: }"
	fi
	if [ ${#key_files[@]} -gt 0 ]; then
		[ "$attach" != none ] || no_ebpf=yes # nothing is left for the loader
		return 0
	fi
	[ -z "$out" ] || key_file=$out/keys.log
	refusal=$(kernel_layer_refusal --pid "$client" --keys "$run_dir/keys.try")
	rm -f "$run_dir/keys.try"
	if [ -z "$refusal" ]; then
		client_probes+=(--keys "$key_file")
		key_files=("$key_file")
		say "client: its keys: by a probe, of connections that it makes from now on"
	else
		[ "$attach" != none ] || no_ebpf=yes
		say "client: its keys cannot be had, so only what is not encrypted becomes messages: ${refusal#ebpf_loader: }"
	fi
}

find_keys() {
	local file
	key_files=("${key_logs[@]}")
	file=$(client_key_file)
	[ ${#key_files[@]} -gt 0 ] || [ -z "$file" ] || key_files=("$file")
	if [ ${#key_files[@]} -gt 0 ]; then
		say "client: its keys: from ${key_files[*]}"
	elif [ -n "$no_ebpf" ]; then
		say "client: its keys cannot be had without probes, so only what is not encrypted becomes messages:" \
			"start it with SSLKEYLOGFILE, or name its key log: --keylog"
	fi
}

find_client() {
	[ -d "/proc/$client" ] || die "--client $client: it has ended meanwhile"
	find_connections
	find_keys
	find_probes
}

client_is_gone() { [ -n "$client" ] && ! kill -0 "$client" 2>/dev/null; }

start_capture_of_client() {
	local args=(--bus "$bus" ${iface:+--iface "$iface"} ${verbose:+"$verbose"}) file pair
	for pair in "${order_ids[@]}"; do
		args+=(--order-id "$pair")
	done
	for file in "${key_files[@]}"; do
		args+=(--keylog "$file")
	done
	[ ${#key_files[@]} -gt 0 ] || args+=(--decode)
	args+=(--pings)
	[ -z "$stamps" ] || args+=(--stamps "$stamps")
	args+=("${write_args[@]}")
	if [ -n "$no_ebpf" ] || [ "$attach" = none ]; then
		[ ${#client_ports[@]} -gt 0 ] ||
			die "--client $client: it has no connection, and without probes none that it makes is found: start again then"
		args+=(--port "${client_ports[0]}")
	fi
	start dpdk_capture $client_exec "$bin/dpdk_capture" -l 0 -- "${args[@]}"
	wait_for dpdk_capture "$run_dir/dpdk_capture.err" 'dpdk_capture: passive:' 60
	say "NIC layer: $(sed -n 's/^dpdk_capture: \(passive: [^,]*\).*/\1/p' "$run_dir/dpdk_capture.err" | head -n 1), which the kernel keeps"
}
