# SPDX-License-Identifier: BSD-2-Clause
"""In the VM: the capture's stamps of prof_adapter's packets against what the module knows of them.

usage: guest.py BIN TESTS MODULE PACKETS [CASE...]
"""
import os
import re
import signal
import subprocess
import sys
import time

from wires import (BIN, MODULE, NIC, PACKET, PACKETS, POLL, Capture, capture_said, expect, failure_count, filter_now,
                   judge, measure, notes, number, once_after, run, send, set_filter, set_parameter, truths)

PTP_V2_EVENT = 12  # HWTSTAMP_FILTER_*


def as_set():
    """As it is set nothing is stamped: nothing is changed, one line says so."""
    capture = Capture("as_set")
    expect("left as it is: one line says so", capture_said(capture, "does not stamp each packet as it is set now"))
    expect("left as it is: nothing is changed", filter_now() == 0)
    capture.stop()


def check_says(words, *more):
    """The line of --check about wire1: what it says of the clock, in ppm, and all of it."""
    done = subprocess.run([BIN + "/dpdk_capture", "--", "--check-adapters"], stdout=subprocess.PIPE, text=True)
    line = "".join(line for line in done.stdout.splitlines() if " wire1: " in line)
    expect("--check: %r" % line, done.returncode == 0 and all(word in line for word in (words, "/dev/ptp", *more)))
    return re.search(r"drift ([+-][0-9.]+) ppm \(\+-([0-9.]+)\)", line)


def check():
    """What --check says, and its drift against the true one."""
    for drift_ppm in (100, -100):
        set_parameter("drift_ppb", drift_ppm * 1000)
        told = check_says("ok    adapter's stamps     wire1: all packets can be stamped, set to none", "window ",
                          ": dpdk_capture --stamps adapter")
        expect("--check: its drift is within its word", told and
               abs(float(told[1]) - drift_ppm) <= float(told[2]) + 0.01)  # printed to so much
    set_filter(1)
    check_says("set to all")
    set_filter(0)
    set_parameter("hide_raw", 1)
    check_says("does not report RAW_HARDWARE: libpcap takes software stamps")
    set_parameter("hide_raw", 0)
    set_parameter("fail_reads", 1)
    expect("--check: no drift of a clock that cannot be read", check_says("warn  adapter's stamps     wire1: ", "cannot be read") is None)
    set_parameter("fail_reads", 0)
    expect("--check: nothing is changed", filter_now() == 0)


def drifts():
    for drift_ppb in (100000, -100000):
        set_parameter("drift_ppb", drift_ppb)
        count = 0
        while count < PACKETS // 2:  # TCP makes one segment of two sends now and then
            sources, said, rows, _ = measure("drift%+d" % (drift_ppb // 1000), PACKETS // 2 - count + 1000)
            count += len(rows)
            expect("all by the adapter: %r" % sources, sources[PACKET] == 0 and sources[POLL] == 0)
            expect("its stamps are announced", "stamps: the adapter's" in said)
            expect("the interface is as it was", filter_now() == 0)


def precise():
    """Both clocks read at once (PTP_SYS_OFFSET_PRECISE)."""
    set_parameter("precise", 1)
    check_says("read both clocks at once")
    sources, _, _, _ = measure("both clocks at once", 2000)
    expect("all by the adapter: %r" % sources, sources[PACKET] == 0 and sources[POLL] == 0)
    set_parameter("precise", 0)


def unstamped():
    set_parameter("skip_every", 10)
    sources, said, _, truth = measure("unstamped", 2000)
    bare = sum(not is_stamped for _, _, is_stamped in truth)
    expect("unstamped: those fall back to the kernel's: %d" % bare, bare > 0 and sources[PACKET] == bare)
    expect("unstamped: and are counted", number(said, "adapter_bare") >= bare)
    set_parameter("skip_every", 0)


def granted_for_nothing():
    """All is granted and reported, and not one packet is stamped: as QEMU's e1000e does it."""
    set_parameter("skip_every", 1)
    capture = Capture("granted", "--stamps", "adapter")
    expect("granted for nothing: it was granted", filter_now() == 1)
    before = len(truths())
    send(500)
    sources = judge("granted for nothing", capture.stop(), truths()[before:])
    expect("granted for nothing: the kernel's: %r" % sources, sources[NIC] == 0 and sources[POLL] == 0)
    expect("granted for nothing: counted", number(capture.said, "adapter_bare") >= sources[PACKET] > 0)
    expect("granted for nothing: put back", filter_now() == 0)
    set_parameter("skip_every", 0)


def granted_less():
    """All is asked for, and PTP's packets are what is granted."""
    set_parameter("granted", PTP_V2_EVENT)
    capture = Capture("less", "--stamps", "adapter")
    expect("granted less: one line says so", capture_said(capture, "its adapter stamps only some packets"))
    expect("granted less: the kernel's are used", capture_said(capture, "stamps: the kernel's, of each packet"))
    expect("granted less: put back at once", filter_now() == 0)
    capture.stop()
    set_parameter("granted", 0)


def taken_away():
    """Somebody else, ptp4l say, takes the stamps away while we run, and gives them back."""
    done = []

    def take_away(taken):
        if not done and taken > 100000:
            set_filter(0)
            done.append(len(truths()))
        if len(done) == 1 and taken > 200000:
            time.sleep(1.5)
            done.append(0)

    sources, said, _, _ = measure("taken away", 4000, take_away)
    expect("taken away: said once", said.count("set to stamp less by somebody else") == 1)
    expect("taken away: counted: %d" % number(said, "adapter_set_aside"), number(said, "adapter_set_aside") > 0)
    expect("taken away: the kernel's stamps then: %r" % sources, sources[PACKET] > 900 and sources[POLL] == 0)
    expect("taken away: what was set before is put back", filter_now() == 0)


def down():
    measure("down and up", 2000, once_after(100000, lambda: run("ip link set wire1 down; ip link set wire1 up")),
            missing_max=10)


def no_right():
    done = subprocess.run(["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin", BIN + "/dpdk_capture",
                           "--", "--iface", "wire1", "--all", "--stamps", "adapter", "--bus", "/adapter_no_right",
                           "--duration", "1"], stderr=subprocess.PIPE, text=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("dpdk_capture: ")]  # the rest is DPDK's
    expect("no right: one line says which: %r" % lines,
           len(lines) == 1 and done.returncode == 1 and "CAP_NET_ADMIN" in lines[0] and filter_now() == 0)


def bad_reads():
    set_parameter("lie_every", 7)
    set_parameter("slow_ns", 3000)
    measure("slow and lying reads", 2000)
    set_parameter("lie_every", 0)
    set_parameter("slow_ns", 0)


def steps():
    for step_ns in (1000000, -1000000):
        stepped_ns = []

        def step():
            set_parameter("step_ns", step_ns)
            stepped_ns.append(time.monotonic_ns())

        sources, said, rows, _ = measure("step %+d us" % (step_ns // 1000), 4000, once_after(100000, step))
        expect("step: it is counted", number(said, "clock_steps") >= 1)
        expect("step: what came with it is not called sure: %r" % sources, sources[PACKET] > 0)
        expect("step: it has the kernel's stamp: %r" % sources, sources[POLL] == 0)
        expect("step: those are counted", number(said, "adapter_stepped") >= sources[PACKET])
        expect("step: what came before is", sources[NIC] > 900)
        # It is found with the next packet; for a second after that none is sure (device_clock.c).
        early = sum(row[3] == NIC and 100000 < row[0] - stepped_ns[0] < 900000000 for row in rows)
        expect("step: found at once: %d sure within 0.9 s" % early, early == 0)


def clock_gone():
    """Its clock can no longer be read."""
    sources, said, _, _ = measure("clock gone", 2000, once_after(100000, lambda: set_parameter("fail_reads", 1)))
    set_parameter("fail_reads", 0)
    expect("clock gone: the kernel's stamps: %r" % sources, sources[PACKET] > 500 and sources[POLL] == 0)
    expect("clock gone: counted", number(said, "adapter_unread") >= sources[PACKET])


def few_reads():
    """A clock that may be read once in 8 ms, about as often as ENA's (125 times a second)."""
    set_parameter("rest_us", 8000)
    check_says("ok    adapter's stamps     wire1: ", "window ", "drift ")
    sources, said, _, _ = measure("few reads", 2000)
    expect("few reads: said once", said.count("refuses to be read so often") == 1)
    expect("few reads: the rest is the kernel's: %r" % sources, sources[NIC] > 20 and sources[POLL] == 0)
    expect("few reads: counted", number(said, "adapter_unread") >= sources[PACKET])
    set_parameter("rest_us", 0)


def wall_clock():
    """The wall clock is set: it is between the reads of the adapter's, and beneath the kernel's stamps."""
    measure("wall clock set", 2000,
            once_after(100000, lambda: time.clock_settime(time.CLOCK_REALTIME, time.time() + 1)), missing_max=2000)


def two_of_one_clock():
    """Both interfaces of the one clock, each by a capture of its own."""
    both = [Capture("here", "--stamps", "adapter"),
            Capture("there", "--stamps", "adapter", interface="wire0", namespace="wire0")]
    before = len(truths())
    send(400, is_answered=True)
    rows = [capture.stop() for capture in both]
    truth = truths()[before:]
    sources = [judge("two of one clock: " + capture.name, its_rows, truth) for capture, its_rows in zip(both, rows)]
    # Each sees what the other receives, too, and has the kernel's stamp of it.
    expect("two of one clock: each has all it received by the adapter: %r of %d" % (sources, len(truth)),
           sum(one[NIC] for one in sources) == len(truth) and all(one[NIC] > 10 for one in sources))
    expect("two of one clock: put back", filter_now() == 0 and not notes())


def killed():
    """Killed: the next one puts back what it had changed."""
    capture = Capture("killed", "--stamps", "adapter")
    expect("killed: it had been changed", filter_now() == 1)
    capture.kill()
    expect("killed: it still is", filter_now() == 1)
    capture = Capture("after")
    expect("killed: the next one puts it back", filter_now() == 0)
    expect("killed: and says so", capture_said(capture, "left switched on by a capture that was killed"))
    capture.stop()


def three():
    """Three at once: the last one puts back what the first one found."""
    first = Capture("first", "--stamps", "adapter")
    second = Capture("second", "--stamps", "adapter")
    third = Capture("third")
    expect("three: set", filter_now() == 1)
    first.stop()
    expect("three: the first ended, still set", filter_now() == 1)
    second.kill()
    expect("three: the second killed, still set", filter_now() == 1)
    third.stop()
    expect("three: the third, which asked for nothing, uses them", "stamps: the adapter's" in third.said)
    expect("three: put back by the last", filter_now() == 0)
    expect("three: no note is left", not notes())


def renamed():
    """Another name meanwhile: what was changed is put back all the same, by a killed one's successor too."""
    for is_killed in (False, True):
        capture = Capture("renamed", "--stamps", "adapter")
        run("ip link set wire1 down; ip link set wire1 name other; ip link set other up")
        expect("renamed: it had been changed", filter_now("other") == 1)
        if is_killed:
            capture.kill()
            capture = Capture("renamed", interface="other")
            expect("renamed: killed: put back", filter_now("other") == 0)
        capture.stop()
        expect("renamed: put back, killed: %s" % is_killed, filter_now("other") == 0 and not notes())
        run("ip link set other down; ip link set other name wire1; ip link set wire1 up")


def others_wish():
    """Set to all by somebody else before: left so."""
    set_filter(1)
    capture = Capture("others", "--stamps", "adapter")
    capture.stop()
    expect("another's wish: used and left as it is", "stamps: the adapter's" in capture.said and filter_now() == 1)
    expect("another's wish: no note is left", not notes())
    set_filter(0)


def whole():
    """run_profiler.sh --stamps adapter: the wire's stages of each message."""
    root = os.path.dirname(os.path.abspath(__file__)) + "/../../.."
    if not os.path.exists(root + "/build/bin"):  # the VM's own; thrown away with it
        os.makedirs(root + "/build", exist_ok=True)
        os.symlink(os.path.abspath(BIN), root + "/build/bin")
    exchange = subprocess.Popen(["ip", "netns", "exec", "wire0", BIN + "/exchange", "--listen", "10.9.9.1:8443",
                                 "--cert-dir", "/tmp/certs"], stdout=subprocess.PIPE, text=True)
    exchange.stdout.readline()  # it listens
    profiler = subprocess.Popen([root + "/run_profiler.sh", "wss://10.9.9.1:8443/market/stream?streams=btcusdt@aggTrade",
                                 "--stamps", "adapter", "--duration", "120", "--unit", "ns"], stdout=subprocess.PIPE,
                                text=True, env=dict(os.environ, PROF_IN_VM="yes", SSL_CERT_FILE="/tmp/certs/ca.pem"))
    said = []
    for line in profiler.stdout:
        said.append(line.rstrip())
        if len(said) == 200:  # enough, however long that took
            profiler.send_signal(signal.SIGINT)
    profiler.wait()
    exchange.terminate()
    lines = [line for line in said if line.startswith("[CORR]")]
    handed = sum(bool(re.search(r" NIC->Kernel=\d+ns .* Wire->NIC=-?\d+ns", line)) for line in lines)
    print("\n".join(line for line in said if re.match(r"Wire->NIC|NIC->|Kernel->|NIC stamps|\w+ +p50", line)))
    expect("whole: it works", profiler.returncode == 0)
    expect("whole: the wire's stages on %d of %d lines" % (handed, len(lines)), handed > 50 and handed * 10 >= len(lines) * 9)
    expect("whole: put back", filter_now() == 0 and not notes())


def clockless():
    """Without a clock: one line, nothing changed."""
    run("ip link add va type veth peer name vb; ip link set va up; ip link set vb up")
    done = subprocess.run([BIN + "/dpdk_capture", "--", "--iface", "vb", "--all", "--stamps", "adapter",
                           "--bus", "/adapter_veth", "--duration", "1"], stderr=subprocess.PIPE, text=True)
    lines = [line for line in done.stderr.splitlines() if "clock of its own" in line]
    expect("veth: one line: %r" % lines, len(lines) == 1 and done.returncode == 0)


def removed():
    """The adapter is taken out, its clock with it, while both are in use."""
    capture = Capture("removed", "--stamps", "adapter")
    run("rmmod prof_adapter")
    expect("removed: it ends", capture.process.wait(60) == 1)
    capture.kill()
    expect("removed: and says why", capture_said(capture, "the interface is gone"))
    expect("removed: no note is left", not notes())


def main():
    run("insmod " + MODULE)
    run("mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug")
    run("ip netns add wire0; ip link set wire0 netns wire0; ip link set lo up")
    run("ip -n wire0 addr add 10.9.9.1/24 dev wire0; ip -n wire0 link set wire0 up")
    run("ip addr add 10.9.9.2/24 dev wire1; ip link set wire1 up")
    cases = (as_set, check, drifts, precise, unstamped, granted_for_nothing, granted_less, taken_away, down, no_right,
             bad_reads, steps, clock_gone, few_reads, wall_clock, two_of_one_clock, killed, three, renamed, others_wish, whole,
             clockless, removed)
    wanted = sys.argv[5:]
    for case in cases:
        if not wanted or case.__name__ in wanted:
            case()
    sys.exit(1 if failure_count() else 0)


main()
