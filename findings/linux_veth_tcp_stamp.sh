#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Linux 6.18 (python3 3.11.2 of Debian 12 opens the sockets): two packet sockets with SO_TIMESTAMPNS on one end of
# a veth pair are told the same arrival of each UDP frame, to the ns, and two different ones of each TCP frame: it
# has none, as its place is taken by the departure time that the sender's TCP left there, so each socket is told when
# it was given the frame.  With RPS that is after the other processor's queue, whatever
# net.core.netdev_tstamp_prequeue says.
#
# Expected instead: netdev_tstamp_prequeue=1 (the default) stamps on arrival, before RPS queues it, so one time for
# all who listen, whatever the frame carries.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unpack bookworm python3-minimal=3.11.2-1+b1 libpython3.11-stdlib
command -v ip >/dev/null || skip "iproute2 is not installed"
echo "kernel: $(uname -r), netdev_tstamp_prequeue: $(cat /proc/sys/net/core/netdev_tstamp_prequeue)"
far=finding.$$.f near=finding.$$.n
ip netns add $far && ip netns add $near || skip "no network namespaces here"
cleanups+=("ip netns del $far" "ip netns del $near")
ip link add far0 netns $far type veth peer name near0 netns $near || skip "no veth here"
ip -n $far addr add 10.5.0.1/24 dev far0 && ip -n $near addr add 10.5.0.2/24 dev near0
ip -n $far link set far0 up && ip -n $near link set near0 up

cat >"$work/root/tmp/hear.py" <<'PY'
import socket, struct

SO_TIMESTAMPNS, IPV4, COUNT = 35, 0x0800, 20

def tap():
    heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(IPV4))
    heard.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    heard.bind(("near0", IPV4))
    heard.settimeout(10)
    return heard

def arrivals(heard, protocol, size):
    found = []
    while len(found) < COUNT:
        frame, extra, _, (_, _, kind, _, _) = heard.recvmsg(2048, 256)
        if kind == socket.PACKET_OUTGOING or frame[23] != protocol or len(frame) < size:
            continue
        found += [struct.unpack("qq", value) for level, kind, value in extra if kind == SO_TIMESTAMPNS]
    return found

one, other = tap(), tap()
listener = socket.socket()
listener.bind(("10.5.0.2", 9000))
listener.listen()
sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sink.bind(("10.5.0.2", 9000))
print("ready", flush=True)
connection, _ = listener.accept()
for name, protocol in ("UDP", socket.IPPROTO_UDP), ("TCP", socket.IPPROTO_TCP):
    pairs = zip(arrivals(one, protocol, 500), arrivals(other, protocol, 500))
    print(name, sum(a == b for a, b in pairs), "of", COUNT, "told alike")
PY
cat >"$work/root/tmp/send.py" <<'PY'
import socket, time

stream = socket.create_connection(("10.5.0.2", 9000))
stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for send in lambda data: datagrams.sendto(data, ("10.5.0.2", 9000)), stream.send:
    for _ in range(20):
        send(b"x" * 500)
        time.sleep(0.01)
time.sleep(1)
PY
ip netns exec $near chroot "$work/root" /usr/bin/python3 /tmp/hear.py >"$work/heard" &
hearing=$!
for _ in $(seq 100); do grep -q ready "$work/heard" && break; sleep 0.1; done
ip netns exec $far chroot "$work/root" /usr/bin/python3 /tmp/send.py
wait $hearing
is "frames whose arrival both sockets are told alike" "UDP 20 of 20 told alike, TCP 0 of 20 told alike" \
	"$(grep -v ready "$work/heard" | paste -sd , | sed 's/,/, /')"
verdict
