# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the client's system tests, after system.sh: a place of their own
# in the network, certificates, and servers that are not ours.
here=$(dirname "${BASH_SOURCE[0]}")
CLIENT=$PROF_BIN/websocket_client
EVENTS=$(dirname "$PROF_BIN")/tests/client_events
PYTHON=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1 # nothing is written beside the scripts
work=$(mktemp -d)
bus=/client_test_$$
netns=client$$
netns_router=$netns.router # where client_route was called
netns_far=$netns.far
far_address=10.77.2.2
children=()
asides=()

# in_net COMMAND...: inside the test's own network namespace.
in_net() { ip netns exec "$netns" "$@"; }

client_cleanup() {
	local pid net
	for pid in "${children[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${children[@]}"; do wait "$pid" 2>/dev/null; done
	for net in "$netns" "$netns_far" "$netns_router"; do ip netns del "$net" 2>/dev/null; done
	rm -f "/dev/shm$bus"
	[ -n "${KEEP:-}" ] || rm -rf "$work"
}

# A loopback of its own on which segments are segments: no offloads, Ethernet's MTU.
client_net() {
	require_root
	require_tool ip ethtool
	ip netns add "$netns" || skip "no network namespaces here"
	trap client_cleanup EXIT
	trap 'exit 1' INT TERM
	in_netns="ip netns exec $netns"
	in_net ethtool -K lo tso off gso off gro off >/dev/null 2>&1
	in_net ip link set lo mtu 1500 up
}

# A place one router away: a network that stops forwarding says nothing, it swallows.
client_route() {
	local net
	ip netns add "$netns_router"
	ip netns add "$netns_far"
	ip link add near0 netns "$netns" type veth peer name near1 netns "$netns_router"
	ip link add far0 netns "$netns_far" type veth peer name far1 netns "$netns_router"
	ip -n "$netns" addr add 10.77.1.2/24 dev near0
	ip -n "$netns_router" addr add 10.77.1.1/24 dev near1
	ip -n "$netns_router" addr add 10.77.2.1/24 dev far1
	ip -n "$netns_far" addr add $far_address/24 dev far0
	for net in "$netns:near0" "$netns_router:near1" "$netns_router:far1" "$netns_far:far0"; do
		ip -n "${net%:*}" link set "${net#*:}" up
	done
	ip -n "$netns" route add default via 10.77.1.1
	ip -n "$netns_far" route add default via 10.77.2.1
	client_forward 1
}

# client_forward 1|0: whether the router does its work.
client_forward() {
	ip netns exec "$netns_router" sh -c "echo $1 >/proc/sys/net/ipv4/ip_forward"
}

# certificate NAME DAYS SUBJECT-ALT-NAME: NAME.pem and NAME.key, signed by ca.pem.
certificate() {
	[ -f "$work/ca.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		-nodes -keyout "$work/ca.key" -out "$work/ca.pem" -subj "/CN=test authority" \
		-days 2 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" \
		-out "$work/$1.csr" -subj "/CN=$1" 2>/dev/null
	echo "subjectAltName=$3" >"$work/$1.ext"
	openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
		-CAcreateserial -days "$2" -extfile "$work/$1.ext" -out "$work/$1.pem" 2>/dev/null
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

listens_on() { in_net ss -Hltn "sport = :$1" | grep -q .; }

# serve PORT ARGUMENT...: the awkward server, ready when this returns.
serve() {
	local port=$1
	shift
	ip netns exec "$netns" "$PYTHON" "$here/servers/client_server.py" "$port" "$@" >"$work/server.$port" 2>&1 &
	children+=($!)
	wait_for 60 listens_on "$port" || fail "the test's own server does not start: $(cat "$work/server.$port")"
}

# wrong_server NAME ARGUMENT...: one of client_refusals.py, in the test's network if it has one;
# its port is $port, its words in $work/wrong.
wrong_server() {
	rm -f "$work/wrong" # or the last one's port is found
	${in_netns:-} "$PYTHON" "$here/servers/client_refusals.py" "$@" >"$work/wrong" 2>&1 &
	wrong_server=$!
	children+=($wrong_server)
	wait_for 60 grep -qs '^port' "$work/wrong" || fail "$1: no server: $(cat "$work/wrong")"
	port=$(sed -n 's/^port //p' "$work/wrong")
}

wrong_server_down() {
	kill $wrong_server
	wait $wrong_server 2>/dev/null
}

# aside COMMAND...: beside others of its kind, at most 8, in a folder of its own; most of them wait.
aside() {
	local folder=$work/aside.$((100 + ${#asides[@]}))
	while [ "$(jobs -rp | wc -l)" -ge 8 ]; do sleep 0.1; done
	mkdir "$folder"
	(
		work=$folder
		children=()
		"$@"
		for pid in "${children[@]}"; do kill "$pid" 2>/dev/null; done
	) >"$folder.log" 2>&1 &
	asides+=($!)
}

# asides_end: waits for them all; what they said, and how often they failed.
asides_end() {
	wait "${asides[@]}"
	cat "$work"/aside.*.log
	failures=$((failures + $(cat "$work"/aside.*.log | grep -c '^FAIL')))
}

# settled FILE: waits until it has not grown for a second; tcpdump throws away what it still has.
settled() {
	local size=-1
	while [ "$(stat -c %s "$1")" != "$size" ]; do
		size=$(stat -c %s "$1")
		sleep 1
	done
}
