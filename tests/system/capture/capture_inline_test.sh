#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Inline: the only way between two namespaces leads through dpdk_capture.  Bytes
# arrive unharmed both ways, segments are stamped, nothing stays behind.
# CAPTURE_BYTES (20000000) a way; CAPTURE_DIRECT=1 does without dpdk_capture, to
# compare round trips and throughput with.
#
#   [ .x: srv0 10.88.0.1 ] ==veth== [ .n: nic0 <-dpdk_capture-> ] --tap--> [ .c: dtap0 10.88.0.2 ]
set -u
program=capture_inline
root=${PROF_ROOT:-$(cd "$(dirname "$0")/../../.." && pwd)}
bin=${PROF_BIN:-$root/build/bin}
tests=${bin%/bin}/tests
. "$root/exchange/netns.sh"
netns_prefix=wslat.$$
netns_exchange_exec="ip netns exec $netns_prefix.x"
netns_nic_exec="ip netns exec $netns_prefix.n"
work=$(mktemp -d)
capture=
server=

skip() { echo "SKIP $1"; exit 77; }
fail() { echo "FAIL $1"; sed 's/^/  /' "$work/capture.err" 2>/dev/null; exit 1; }
clean() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	[ -z "$capture" ] || kill -9 "$capture" 2>/dev/null
	netns_down
	rm -rf "$work"
}
trap clean EXIT

[ "$(id -u)" = 0 ] || skip "needs root for network namespaces"
[ -e /dev/net/tun ] || skip "no /dev/net/tun"
command -v ethtool openssl python3 >/dev/null || skip "needs ethtool, openssl and python3"

size=${CAPTURE_BYTES:-20000000}
netns_up "${CAPTURE_DIRECT:-}" || fail "network set-up"
if [ -z "${CAPTURE_DIRECT:-}" ]; then
$netns_nic_exec "$bin/dpdk_capture" -l 0 --vdev=net_af_packet0,iface=$netns_nic -- \
	--exception $netns_tap --dump >"$work/dump" 2>"$work/capture.err" &
capture=$!
for _ in $(seq 100); do
	grep -q 'dpdk_capture: inline:' "$work/capture.err" && break
	kill -0 $capture 2>/dev/null || fail "dpdk_capture ended"
	sleep 0.1
done
grep -q 'dpdk_capture: inline:' "$work/capture.err" || fail "dpdk_capture did not start"
netns_attach_tap || fail "the tap could not be moved"

# What does not fit: jumbo frames and super-packets of 64 KB.
far=${netns_prefix}.x
near=${netns_prefix}.n
ip -n $far link set $netns_server_if mtu 65535 && ip -n $near link set $netns_nic mtu 65535 ||
	fail "a large MTU"
$netns_exchange_exec "$tests/capture_sender" $netns_server_if 500 100000 8946 >/dev/null &&
	$netns_exchange_exec "$tests/capture_sender" $netns_server_if 500 100000 64000 >/dev/null ||
	fail "oversized frames could not be sent"
ip -n $far link set $netns_server_if mtu 1500 && ip -n $near link set $netns_nic mtu 1500
fi

# So many bytes down and up over TLS; the hashes must be equal.
head -c "$size" /dev/urandom >"$work/sent"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/cert" -days 1 \
	-subj /CN=10.88.0.1 2>/dev/null || fail "openssl"
cat >"$work/peer.py" <<'PY'
import hashlib, socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
data = open(sys.argv[1], "rb").read()
listener = socket.create_server(("10.88.0.1", 5555))
print("ready", flush=True)
plain, _ = listener.accept()
plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
conn = context.wrap_socket(plain, server_side=True)
for _ in range(2000):
    conn.sendall(conn.recv(1))
conn.sendall(data)
got = hashlib.sha256()
left = len(data)
while left:
    chunk = conn.recv(65536)
    left -= len(chunk)
    got.update(chunk)
conn.sendall(b"k")
print(got.hexdigest(), flush=True)
PY
cat >"$work/client.py" <<'PY'
import hashlib, socket, ssl, sys, time
size = int(sys.argv[1])
plain = socket.create_connection(("10.88.0.1", 5555), timeout=60)
plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
conn = ssl.create_default_context(cafile=sys.argv[2])
conn.check_hostname = False
conn = conn.wrap_socket(plain)
print(plain.getsockname()[1] if plain.fileno() >= 0 else conn.getsockname()[1])
trips = []
for _ in range(2000):
    begun = time.monotonic_ns()
    conn.sendall(b"x")
    conn.recv(1)
    trips.append(time.monotonic_ns() - begun)
trips.sort()
begun = time.monotonic()
data = bytearray()
while len(data) < size:
    data += conn.recv(65536)
middle = time.monotonic()
conn.sendall(data)
conn.recv(1)
ended = time.monotonic()
print(hashlib.sha256(data).hexdigest())
print("round trip p50 %.0f us, p99 %.0f us; in %.0f Mbit/s, out %.0f Mbit/s" % (
    trips[1000] / 1000, trips[1980] / 1000,
    size * 8e-6 / (middle - begun), size * 8e-6 / (ended - middle)))
PY
$netns_exchange_exec python3 "$work/peer.py" "$work/sent" "$work/cert" "$work/key" \
	>"$work/peer.out" 2>&1 &
server=$!
for _ in $(seq 50); do grep -q ready "$work/peer.out" && break; sleep 0.1; done
$netns_client_exec timeout 200 python3 "$work/client.py" "$size" "$work/cert" \
	>"$work/client.out" 2>&1 || fail "the client: $(cat "$work/client.out" "$work/peer.out")"
wait $server
server=
want=$(sha256sum <"$work/sent" | cut -d' ' -f1)
[ "$(sed -n 2p "$work/client.out")" = "$want" ] || fail "bytes changed on the way in"
[ "$(sed -n 2p "$work/peer.out")" = "$want" ] || fail "bytes changed on the way out"

sed -n 3p "$work/client.out"
[ -z "${CAPTURE_DIRECT:-}" ] || { echo "PASS direct"; exit 0; }
kill -TERM $capture
wait $capture
status=$?
pid=$capture
capture=
[ $status = 0 ] || fail "dpdk_capture ended with $status"
oversized=$(grep -o 'oversized=[0-9]*' "$work/capture.err" | tail -1 | cut -d= -f2)
[ "$oversized" -ge 1000 ] || fail "only $oversized oversized frames counted"
# Every byte of the stream was stamped, in both directions (retransmits may make it more).
port=$(sed -n 1p "$work/client.out")
down=$(awk -v p="$port" '$5 == p { n += $7 } END { print n + 0 }' "$work/dump")
up=$(awk -v p="$port" '$3 == p { n += $7 } END { print n + 0 }' "$work/dump")
[ "$down" -ge "$size" ] || fail "stamped $down of $size bytes in"
[ "$up" -ge "$size" ] || fail "stamped $up of $size bytes out"
! ip -n "$netns_prefix.c" link show "$netns_tap" >/dev/null 2>&1 || fail "the tap is still there"
[ ! -e /run/dpdk/dpdk_capture_$pid ] || fail "DPDK left its run-time directory"
echo "PASS $down bytes in, $up bytes out, $oversized oversized frames left out"
