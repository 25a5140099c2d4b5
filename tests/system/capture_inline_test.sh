#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Inline: the only way between two namespaces leads through dpdk_capture.  Bytes
# arrive unharmed both ways, segments are stamped, nothing stays behind.
#
#   [ .x: srv0 10.88.0.1 ] ==veth== [ .n: nic0 <-dpdk_capture-> ] --tap--> [ .c: dtap0 10.88.0.2 ]
set -u
program=capture_inline
root=${PROF_ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${PROF_BIN:-$root/build/bin}
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
command -v iperf3 ethtool >/dev/null || skip "needs iperf3 and ethtool"

netns_up || fail "network set-up"
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

# 20 MB down, 20 MB up; the hashes must be equal.
head -c 20000000 /dev/urandom >"$work/sent"
cat >"$work/peer.py" <<'PY'
import hashlib, socket, sys
listener = socket.create_server(("10.88.0.1", 5555))
print("ready", flush=True)
data = open(sys.argv[1], "rb").read()
conn, _ = listener.accept()
conn.sendall(data)
got = hashlib.sha256()
while True:
    chunk = conn.recv(65536)
    if not chunk:
        break
    got.update(chunk)
print(got.hexdigest(), flush=True)
PY
cat >"$work/client.py" <<'PY'
import hashlib, socket, sys
size = int(sys.argv[1])
conn = socket.create_connection(("10.88.0.1", 5555), timeout=20)
print(conn.getsockname()[1])
data = b""
while len(data) < size:
    data += conn.recv(65536)
conn.sendall(data)
conn.close()
print(hashlib.sha256(data).hexdigest())
PY
$netns_exchange_exec python3 "$work/peer.py" "$work/sent" >"$work/peer.out" 2>&1 &
server=$!
for _ in $(seq 50); do grep -q ready "$work/peer.out" && break; sleep 0.1; done
$netns_client_exec timeout 60 python3 "$work/client.py" 20000000 >"$work/client.out" 2>&1 ||
	fail "the client: $(cat "$work/client.out")"
wait $server
server=
want=$(sha256sum <"$work/sent" | cut -d' ' -f1)
[ "$(sed -n 2p "$work/client.out")" = "$want" ] || fail "bytes changed on the way in"
[ "$(sed -n 2p "$work/peer.out")" = "$want" ] || fail "bytes changed on the way out"

kill -TERM $capture
wait $capture
status=$?
pid=$capture
capture=
[ $status = 0 ] || fail "dpdk_capture ended with $status"
# Every byte of the stream was stamped, in both directions (retransmits may make it more).
port=$(sed -n 1p "$work/client.out")
down=$(awk -v p="$port" '$5 == p { n += $7 } END { print n + 0 }' "$work/dump")
up=$(awk -v p="$port" '$3 == p { n += $7 } END { print n + 0 }' "$work/dump")
[ "$down" -ge 20000000 ] || fail "stamped $down of 20000000 bytes in"
[ "$up" -ge 20000000 ] || fail "stamped $up of 20000000 bytes out"
! ip -n "$netns_prefix.c" link show "$netns_tap" >/dev/null 2>&1 || fail "the tap is still there"
[ ! -e /run/dpdk/dpdk_capture_$pid ] || fail "DPDK left its run-time directory"
echo "PASS $down bytes in, $up bytes out"
