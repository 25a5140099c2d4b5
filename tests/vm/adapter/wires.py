# SPDX-License-Identifier: BSD-2-Clause
"""In the VM: the capture on prof_adapter's pair of interfaces, and the judgement of its stamps.

Of the command line of guest.py: BIN TESTS MODULE PACKETS.
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
import time

BIN, TESTS, MODULE, PACKETS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
PARAMETERS = "/sys/module/prof_adapter/parameters/"
TRUTH = "/sys/kernel/debug/prof_adapter/truth"
NIC, PACKET, POLL = 4, 3, 2  # PROF_STAMP_*
HANDED = 1 << 4  # PROF_FLAG_HANDED
failures = []


def expect(text, is_so):
    print("%s: %s" % ("ok" if is_so else "FAIL", text), flush=True)
    if not is_so:
        failures.append(text)


def failure_count():
    return len(failures)


def run(command):
    subprocess.run(command, shell=True, check=True)


def set_parameter(name, value):
    with open(PARAMETERS + name, "w") as file:
        file.write(str(value))


def ask_filter(number, rx_filter, interface="wire1"):
    config = ctypes.create_string_buffer(struct.pack("iii", 0, 0, rx_filter), 12)
    request = struct.pack("16sP", interface.encode(), ctypes.addressof(config)) + bytes(16)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        fcntl.ioctl(asker, number, request)
    return struct.unpack("iii", config.raw)[2]


def filter_now(interface="wire1"):
    """What the interface is set to, by the same question that the capture asks."""
    return ask_filter(0x89B1, 0, interface)  # SIOCGHWTSTAMP


def set_filter(rx_filter):
    ask_filter(0x89B0, rx_filter)  # SIOCSHWTSTAMP


def notes():
    """What is written down of settings to be put back."""
    return [name for name in os.listdir("/run") if "stamping" in name]


class Capture:
    """dpdk_capture on an interface, and what it publishes."""

    def __init__(self, name, *options, interface="wire1", namespace=None):
        self.name = name
        self.bus = "/adapter_%s" % name
        self.events_path = "/tmp/events_%s" % name
        self.err_path = "/tmp/err_%s" % name
        self.err = open(self.err_path, "w")
        self.process = subprocess.Popen(
            [*(("ip", "netns", "exec", namespace) if namespace else ()), BIN + "/dpdk_capture",
             "--", "--iface", interface, "--all", "-v", "--bus", self.bus, *options],
            stderr=self.err, stdout=self.err)
        self.wait_for("passive: " + interface)
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

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.drain.send_signal(signal.SIGTERM)
        self.drain.wait()

    def stop(self):
        time.sleep(1)
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.drain.send_signal(signal.SIGTERM)
        self.drain.wait()
        self.said = open(self.err_path).read()
        rows = [tuple(map(int, line.split())) for line in open(self.events_path)]
        return [row for row in rows if row[2] > 0]  # see capture_drain.c


def capture_said(capture, text):
    return sum(text in line for line in open(capture.err_path)) == 1


def once_after(byte_count, act):
    """For send(): act, once, when so much has come."""
    done = []

    def between(taken):
        if not done and taken > byte_count:
            done.append(taken)
            act()

    return between


def truths():
    data = open(TRUTH, "rb").read()
    return [struct.unpack_from("QII", data, at) for at in range(0, len(data), 16)]


SENDER = """
import socket, sys, time
s = socket.create_connection(("10.9.9.2", %d))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for i in range(%d):
    s.send(b"x" * 100)
    if i %% 20 == 0:
        time.sleep(0.002)
while s.recv(65536):
    pass
"""


def send(count, between=None, is_answered=False):
    """count segments of their own from wire0's namespace to wire1's, a few at a time; and back."""
    listener = socket.create_server(("10.9.9.2", 0))
    port = listener.getsockname()[1]
    sender = subprocess.Popen(["ip", "netns", "exec", "wire0", sys.executable, "-c", SENDER % (port, count)])
    peer, _ = listener.accept()
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    taken = 0
    while taken < count * 100:
        part = peer.recv(65536)
        taken += len(part)
        if is_answered:
            peer.sendall(part)
        if between:
            between(taken)
    peer.close()
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
    for at, row in enumerate(rows):
        if row[3] == NIC and not row[5] & HANDED:
            print("%s: number %d has the adapter's alone, %d ns after the one before it in the ring"
                  % (name, at, row[0] - rows[at - 1][0]))
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
