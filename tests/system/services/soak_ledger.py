# SPDX-License-Identifier: BSD-2-Clause
"""soak_ledger.py WORK CGROUP EXCHANGE_PID: while a soak goes on, every 10 s writes down what each
process and the disk hold (WORK/samples.tsv), and reads every new JSON line before it is rotated
away (WORK/ledger.json): which bytes of which connection it speaks for."""

import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import time

PASS_S = 10
PARSED_EVERY = 16       # of so many lines one is parsed as JSON, the others by their form
FORM = re.compile(
    rb'\{"seq":(?P<seq>\d+),"conn":(?P<conn>\d+),"tcp_seq":\w+,"start":(?P<start>\w+),"end":(?P<end>\w+),"nic_first_ns":\w+,"nic_ns":\w+,'
    rb'"kernel_enter_ns":\w+,"kernel_return_ns":\w+,"user_ns":(?P<user_ns>\w+),[^}]{,120}?"class":"(?P<class>[a-z-]+)",[^}]{,60}?'
    rb'"messages_in_record":(?P<messages_in_record>\w+),"stream":"(?P<stream>[^"]*)",[^}]{,60}?"cookie":(?P<cookie>\d+),[^}]*'
    rb'"run":"(?P<run>[0-9a-f]+)"[^}]*\}')
CONTROL_BYTES = 120  # a pong or a ping in records of their own, several at most; no message is so short


def status_of(pid):
    """(VmRSS, RssAnon, RssShmem in KiB, processor seconds, start), or None."""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    kib = [int(found[1]) if (found := re.search(rf"^{name}:\s+(\d+)", text, re.M)) else 0
           for name in ("VmRSS", "RssAnon", "RssShmem")]
    return kib + [(int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"), int(stat[19])]


def processes(cgroup):
    for folder, _, files in os.walk(cgroup):
        unit = os.path.basename(folder)
        if unit.startswith("ws-latency") and "cgroup.procs" in files:
            try:
                pids = pathlib.Path(folder, "cgroup.procs").read_text().split()
            except OSError:
                continue
            for pid in pids:
                try:
                    comm = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
                except OSError:
                    continue
                yield unit.removeprefix("ws-latency-").removesuffix(".service"), comm, pid


def disk_bytes(tops):
    """By what it is, each file once although it may have two names."""
    seen, sizes = set(), {}
    for folder, _, files in itertools.chain.from_iterable(os.walk(top) for top in tops):
        for file in files:
            try:
                stat = os.stat(os.path.join(folder, file))
            except OSError:
                continue
            if (stat.st_dev, stat.st_ino) in seen:
                continue
            seen.add((stat.st_dev, stat.st_ino))
            kind = re.sub(r"(\.\d+)?$", "", file) if not file.startswith("latency.") else "hgrm"
            kind = kind if "/flight" not in folder else "flight, only there"
            sizes[kind] = sizes.get(kind, 0) + stat.st_blocks * 512
    return sizes


def message_of(text, is_parsed):
    """What is wanted of a line; None if it is none."""
    found = FORM.fullmatch(text)
    if found is None:
        return None
    message = {name: int(value) if value.isdigit() else None if value == b"null" else value.decode()
               for name, value in found.groupdict().items() if name != "run"}
    message["run"] = found["run"].decode()
    if is_parsed:
        try:
            whole = json.loads(text)
        except ValueError:
            return None
        if any(whole[name] != value for name, value in message.items()):
            return None
    return message


class Ledger:
    def __init__(self):
        self.offsets = {}   # by path: bytes read (an inode is used again when a part is removed)
        self.spans = {}     # by "run cookie": what its lines speak for
        self.classes = {}   # by second of CLOCK_MONOTONIC and class: lines
        self.faults = []
        self.lines = 0
        self.runs = {}      # first and last number of a line, and how many
        self.gaps = 0       # of numbers

    def line(self, text, where):
        message = message_of(text, self.lines % PARSED_EVERY == 0)
        if message is None:
            self.faults.append(f"{where}: no line: {text[:60]!r}")
            return
        self.lines += 1
        second = f"{message['user_ns'] // 10**9} {message['class']}" if message["user_ns"] else "none " + message["class"]
        self.classes[second] = self.classes.get(second, 0) + 1
        key = f"{message['run']} {message['cookie']}"
        numbers = self.runs.setdefault(message["run"], [message["seq"], message["seq"] - 1, 0])
        self.gaps += message["seq"] != numbers[1] + 1
        numbers[1] = message["seq"]
        numbers[2] += 1
        start, end = message["start"], message["end"]
        span = self.spans.get(key)
        if span is None:
            span = self.spans[key] = {
                "conn": message["conn"], "stream": message["stream"], "first_ns": message["user_ns"],
                "start": start, "lines": 0, "holes": [], "left_in_record": 0, "end": start, "from": start}
        if start is None:
            self.faults.append(f"{where}: seq {message['seq']} has no place in the stream")
        elif (start, end) == (span["from"], span["end"]) and span["lines"]:
            span["left_in_record"] -= 1
        else:
            if span["left_in_record"]:
                span["holes"].append(["record", span["from"], span["left_in_record"], span["last_ns"], message["user_ns"]])
            if not 0 <= start - span["end"] < CONTROL_BYTES:
                span["holes"].append(["bytes", span["end"], start - span["end"], span["last_ns"], message["user_ns"]])
            span["from"], span["end"] = start, end
            span["left_in_record"] = (message["messages_in_record"] or 1) - 1
        span["lines"] += 1
        span["last_ns"] = message["user_ns"]
        span["last_seq"] = message["seq"]

    def part(self, path):
        with open(path, "rb") as file:
            key = str(path)
            file.seek(self.offsets.get(key, 0))
            data = file.read(64 << 20)
        whole = data.rfind(b"\n") + 1
        for text in data[:whole].splitlines():
            self.line(text, str(path))
        self.offsets[key] = self.offsets.get(key, 0) + whole

    def turn(self, top):
        found = []
        for path in top.glob("[0-9]*/messages.jsonl*"):
            number = path.name.removeprefix("messages.jsonl").lstrip(".")
            found.append((path.parent.name, int(number or 0), path))
        for _, _, path in sorted(found):
            try:
                self.part(path)
            except OSError as error:
                if path.exists():
                    self.faults.append(str(error))

    def save(self, path):
        new = path.with_suffix(".new")
        new.write_text(json.dumps({"lines": self.lines, "faults": self.faults[:100], "runs": self.runs, "gaps": self.gaps, "spans": self.spans, "classes": self.classes}))
        new.rename(path)


def scrape(init_pid):
    began = time.monotonic()
    done = subprocess.run(["nsenter", "-t", init_pid, "-n", "curl", "-s", "-m", "5", "http://127.0.0.1:9464/metrics"],
                          capture_output=True, check=False)
    return len(done.stdout), time.monotonic() - began


def main():
    work, cgroup, exchange = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    init_pid = (work / "init.pid").read_text().strip()
    state = work / "root/var/lib"
    ledger = Ledger()
    with open(work / "samples.tsv", "a", buffering=1, encoding="ascii") as samples:
        while True:
            now = time.monotonic()
            wanted = [("exchange", "exchange", exchange), ("ledger", "python3", str(os.getpid())), *processes(cgroup)]
            for unit, comm, pid in wanted:
                status = status_of(pid)
                if status:
                    print(f"{now:.1f}", "process", unit, comm, pid, *status, sep="\t", file=samples)
            for kind, size in disk_bytes([state / "private/ws_latency", state / "ws_latency"]).items():
                print(f"{now:.1f}", "disk", kind, size, sep="\t", file=samples)
            bus = sum(os.stat(f"/proc/{init_pid}/root/dev/shm/{name}").st_blocks * 512
                      for name in os.listdir(f"/proc/{init_pid}/root/dev/shm"))
            print(f"{now:.1f}", "disk", "/dev/shm", bus, sep="\t", file=samples)
            size, took_s = scrape(init_pid)
            ledger.turn(state / "private/ws_latency/correlator")
            ledger.save(work / "ledger.json")
            print(f"{now:.1f}", "lines", ledger.lines, len(ledger.faults), size, f"{took_s:.3f}", sep="\t", file=samples)
            time.sleep(max(0.5, PASS_S - (time.monotonic() - now)))


main()
