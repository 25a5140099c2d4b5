# SPDX-License-Identifier: BSD-2-Clause
"""In the VM: the capture's stamps of prof_adapter's packets against what the module knows of them.

usage: guest.py BIN TESTS MODULE PACKETS
"""
import ctypes
import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

BIN, TESTS, MODULE, PACKETS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
PARAMETERS = "/sys/module/prof_adapter/parameters/"
TRUTH = "/sys/kernel/debug/prof_adapter/truth"
NIC, PACKET, POLL = 4, 3, 2  # PROF_STAMP_*
HANDED = 1 << 4  # PROF_FLAG_HANDED
failures = 0


def expect(text, is_so):
    global failures
    print("%s: %s" % ("ok" if is_so else "FAIL", text))
    failures += not is_so


def run(command):
    subprocess.run(command, shell=True, check=True)


def set_parameter(name, value):
    with open(PARAMETERS + name, "w") as file:
        file.write(str(value))


def ask_filter(number, rx_filter):
    config = ctypes.create_string_buffer(struct.pack("iii", 0, 0, rx_filter), 12)
    request = struct.pack("16sP", b"wire1", ctypes.addressof(config)) + bytes(16)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        fcntl.ioctl(asker, number, request)
    return struct.unpack("iii", config.raw)[2]


def filter_now():
    """What the interface is set to, by the same question that the capture asks."""
    return ask_filter(0x89B1, 0)  # SIOCGHWTSTAMP


def set_filter(rx_filter):
    ask_filter(0x89B0, rx_filter)  # SIOCSHWTSTAMP


class Capture:
    """dpdk_capture on wire1, and what it publishes."""

    def __init__(self, name, *options):
        self.bus = "/adapter_%s" % name
        self.events_path = "/tmp/events_%s" % name
        self.err_path = "/tmp/err_%s" % name
        self.err = open(self.err_path, "w")
        self.process = subprocess.Popen(
            [BIN + "/dpdk_capture", "--", "--iface", "wire1", "--all", "-v", "--bus", self.bus, *options],
            stderr=self.err, stdout=self.err)
        self.wait_for("passive: wire1")
        self.events = open(self.events_path, "w")
        self.drain = subprocess.Popen([TESTS + "/capture_drain", self.bus, "print"], stdout=self.events)
        time.sleep(0.5)

    def wait_for(self, text):
        for _ in range(3000):
            if text in open(self.err_path).read():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit("FAIL: the capture never said %r: %s" % (text, open(self.err_path).read()))

    def stop(self):
        time.sleep(1)
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.drain.send_signal(signal.SIGTERM)
        self.drain.wait()
        self.said = open(self.err_path).read()
        rows = [tuple(map(int, line.split())) for line in open(self.events_path)]
        return [row for row in rows if row[2] > 0]  # see capture_drain.c


def truths():
    data = open(TRUTH, "rb").read()
    return [struct.unpack_from("QII", data, at) for at in range(0, len(data), 16)]


def send(count, between=None):
    """count segments of their own from wire0's namespace to wire1's, a few at a time."""
    listener = socket.create_server(("10.9.9.2", 0))
    port = listener.getsockname()[1]
    sender = subprocess.Popen(["ip", "netns", "exec", "wire0", sys.executable, "-c", """
import socket, sys, time
s = socket.create_connection(("10.9.9.2", %d))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for i in range(%d):
    s.send(b"x" * 100)
    if i %% 20 == 0:
        time.sleep(0.002)
s.close()
""" % (port, count)])
    peer, _ = listener.accept()
    taken = 0
    while taken < count * 100:
        taken += len(peer.recv(65536))
        if between:
            between(taken)
    sender.wait()
    listener.close()


def judge(name, rows, truth):
    """Each event against the truth of its segment; the sure ones must be within their word."""
    at = {}
    for time_ns, seq, _ in truth:
        at.setdefault(seq, []).append(time_ns)
    # Of what was sent again each has its own truth, in the order of time: the ring may have them in
    # another one (two processors took them in, one of which was held up: seen under emulation).
    for times in at.values():
        times.sort()
    sources = {NIC: 0, PACKET: 0, POLL: 0}
    wrong = worst = missing = 0
    for time_ns, seq, _, source, log2, *_ in sorted(rows):
        if not at.get(seq):
            missing += 1
            continue
        sources[source] += 1
        true_ns = at[seq].pop(0)
        if source == NIC:
            error = abs(time_ns - true_ns)
            worst = max(worst, error)
            wrong += error > 1 << log2
    log2s = sorted(row[4] for row in rows if row[3] == NIC)
    print("%s: %d segments: %d by the adapter, %d by the kernel, %d by the poll; off by %d ns at most; "
          "uncertainty 2^%s ns in the median; %d outside it"
          % (name, len(rows), sources[NIC], sources[PACKET], sources[POLL], worst,
             log2s[len(log2s) // 2] if log2s else "-", wrong))
    expect("%s: every segment is known" % name, missing == 0)
    expect("%s: every sure stamp within its uncertainty" % name, wrong == 0)
    return sources


def judge_handed(name, rows, unhanded, missing_max):
    """The kernel's stamp beside: never before the wire's by more than both are uncertain."""
    handed = sorted((row[6], row[4], row[7]) for row in rows if row[3] == NIC and row[5] & HANDED)
    sure = sum(row[3] == NIC for row in rows)
    early = sum(after < -(1 << log2) - (1 << handed_log2) for after, log2, handed_log2 in handed)
    print("%s: the kernel's stamp beside %d of %d: after %s ns in the median, %s at the 99th percentile"
          % (name, len(handed), sure, handed[len(handed) // 2][0] if handed else "-",
             handed[len(handed) * 99 // 100][0] if handed else "-"))
    expect("%s: both stamps of every sure one, but for %d" % (name, unhanded),
           len(handed) >= sure - missing_max)
    expect("%s: handed over after it was on the wire" % name,
           handed and early == 0 and handed[len(handed) // 2][0] > 0)
    expect("%s: no hand-over without the adapter's stamp" % name,
           not any(row[5] & HANDED for row in rows if row[3] != NIC))


def number(said, name):
    return int(re.findall(r" %s=(\d+)" % name, said)[-1])


def measure(name, count, between=None, missing_max=0):
    before = len(truths())
    capture = Capture(name, "--stamps", "adapter")
    send(count, between)
    rows = capture.stop()
    truth = truths()[before:]
    sources = judge(name, rows, truth)
    judge_handed(name, rows, number(capture.said, "adapter_unhanded"), missing_max)
    expect("%s: no segment is lost: %d of %d" % (name, len(rows), len(truth)), len(rows) == len(truth))
    return sources, capture.said, rows, truth


def main():
    run("insmod " + MODULE)
    run("mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug")
    run("ip netns add wire0; ip link set wire0 netns wire0; ip link set lo up")
    run("ip -n wire0 addr add 10.9.9.1/24 dev wire0; ip -n wire0 link set wire0 up")
    run("ip addr add 10.9.9.2/24 dev wire1; ip link set wire1 up")

    # As it is set nothing is stamped: nothing is changed, one line says so.
    capture = Capture("as_set")
    expect("left as it is: one line says so", capture_said(capture, "does not stamp each packet as it is set now"))
    expect("left as it is: nothing is changed", filter_now() == 0)
    capture.stop()

    for drift_ppb in (100000, -100000):
        set_parameter("drift_ppb", drift_ppb)
        sources, said, _, _ = measure("drift%+d" % (drift_ppb // 1000), PACKETS // 2 + 100)
        expect("all by the adapter: %r" % sources, sources[PACKET] == 0 and sources[POLL] == 0)
        expect("its stamps are announced", "stamps: the adapter's" in said)
        expect("the interface is as it was", filter_now() == 0)

    set_parameter("skip_every", 10)
    sources, said, _, truth = measure("unstamped", 2000)
    bare = sum(not is_stamped for _, _, is_stamped in truth)
    expect("unstamped: those fall back to the kernel's: %d" % bare, bare > 0 and sources[PACKET] == bare)
    expect("unstamped: and are counted", number(said, "adapter_bare") >= bare)
    set_parameter("skip_every", 0)

    # Somebody else, ptp4l say, takes the stamps away while we run, and gives them back.
    taken_away = []

    def take_away(taken):
        if not taken_away and taken > 100000:
            set_filter(0)
            taken_away.append(len(truths()))
        if len(taken_away) == 1 and taken > 200000:
            time.sleep(1.5)
            taken_away.append(0)

    sources, said, _, _ = measure("taken away", 4000, take_away)
    expect("taken away: said once", said.count("set to stamp less by somebody else") == 1)
    expect("taken away: counted: %d" % number(said, "adapter_set_aside"), number(said, "adapter_set_aside") > 0)
    expect("taken away: the kernel's stamps then: %r" % sources, sources[PACKET] > 900 and sources[POLL] == 0)
    expect("taken away: what was set before is put back", filter_now() == 0)

    # Down and up again, and no right to change anything.
    was_down = []

    def down(taken):
        if not was_down and taken > 100000:
            run("ip link set wire1 down; ip link set wire1 up")
            was_down.append(1)

    measure("down and up", 2000, down, missing_max=10)
    done = subprocess.run(["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin", BIN + "/dpdk_capture",
                           "--", "--iface", "wire1", "--all", "--stamps", "adapter", "--bus", "/adapter_no_right",
                           "--duration", "1"], stderr=subprocess.PIPE, text=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("dpdk_capture: ")]  # the rest is DPDK's
    expect("no right: one line says which: %r" % lines,
           len(lines) == 1 and done.returncode == 1 and "CAP_NET_ADMIN" in lines[0] and filter_now() == 0)

    set_parameter("lie_every", 7)
    set_parameter("slow_ns", 3000)
    measure("slow and lying reads", 2000)
    set_parameter("lie_every", 0)
    set_parameter("slow_ns", 0)

    for step_ns in (1000000, -1000000):
        stepped = []

        def step(taken):
            if not stepped and taken > 100000:
                stepped.append(time.monotonic_ns())
                set_parameter("step_ns", step_ns)

        sources, said, rows, _ = measure("step %+d us" % (step_ns // 1000), 4000, step)
        expect("step: it is counted", number(said, "clock_steps") >= 1)
        expect("step: what came with it is not called sure: %r" % sources, sources[PACKET] > 0)
        expect("step: it has the kernel's stamp: %r" % sources, sources[POLL] == 0)
        expect("step: those are counted", number(said, "adapter_stepped") >= sources[PACKET])
        expect("step: what came before is", sources[NIC] > 900)

    # Its clock can no longer be read.
    gone = []

    def lose_clock(taken):
        if not gone and taken > 100000:
            set_parameter("fail_reads", 1)
            gone.append(1)

    sources, said, _, _ = measure("clock gone", 2000, lose_clock)
    set_parameter("fail_reads", 0)
    expect("clock gone: the kernel's stamps: %r" % sources, sources[PACKET] > 500 and sources[POLL] == 0)
    expect("clock gone: counted", number(said, "adapter_unread") >= sources[PACKET])

    # The wall clock is set: it is between the reads of the adapter's, and beneath the kernel's stamps.
    was_set = []

    def set_wall_clock(taken):
        if not was_set and taken > 100000:
            time.clock_settime(time.CLOCK_REALTIME, time.time() + 1)
            was_set.append(1)

    measure("wall clock set", 2000, set_wall_clock, missing_max=2000)

    # Killed: the next one puts back what it had changed.
    capture = Capture("killed", "--stamps", "adapter")
    expect("killed: it had been changed", filter_now() == 1)
    capture.process.kill()
    capture.process.wait()
    capture.drain.send_signal(signal.SIGTERM)
    capture.drain.wait()
    expect("killed: it still is", filter_now() == 1)
    capture = Capture("after")
    expect("killed: the next one puts it back", filter_now() == 0)
    expect("killed: and says so", capture_said(capture, "left switched on by a capture that was killed"))
    capture.stop()

    # Two at once: the last one puts back what the first one found.
    first = Capture("first", "--stamps", "adapter")
    second = Capture("second", "--stamps", "adapter")
    third = Capture("third")
    expect("three: set", filter_now() == 1)
    first.stop()
    expect("three: the first ended, still set", filter_now() == 1)
    second.process.kill()
    second.process.wait()
    second.drain.send_signal(signal.SIGTERM)
    second.drain.wait()
    expect("three: the second killed, still set", filter_now() == 1)
    third.stop()
    expect("three: the third, which asked for nothing, uses them", "stamps: the adapter's" in third.said)
    expect("three: put back by the last", filter_now() == 0)
    expect("three: no note is left", not [name for name in os.listdir("/run") if "stamping" in name])

    # Set to all by somebody else before: left so.
    set_filter(1)
    capture = Capture("others", "--stamps", "adapter")
    capture.stop()
    expect("another's wish: used and left as it is", "stamps: the adapter's" in capture.said and filter_now() == 1)
    expect("another's wish: no note is left", not [name for name in os.listdir("/run") if "stamping" in name])
    set_filter(0)

    # Without a clock: one line, nothing changed.
    run("ip link add va type veth peer name vb; ip link set va up; ip link set vb up")
    done = subprocess.run([BIN + "/dpdk_capture", "--", "--iface", "vb", "--all", "--stamps", "adapter",
                           "--bus", "/adapter_veth", "--duration", "1"], stderr=subprocess.PIPE, text=True)
    lines = [line for line in done.stderr.splitlines() if "clock of its own" in line]
    expect("veth: one line: %r" % lines, len(lines) == 1 and done.returncode == 0)
    sys.exit(1 if failures else 0)


def capture_said(capture, text):
    return sum(text in line for line in open(capture.err_path)) == 1


main()
