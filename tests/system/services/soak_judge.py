# SPDX-License-Identifier: BSD-2-Clause
"""soak_judge.py WORK BIN: what a soak (soak_test.sh) showed, also of one that still goes on.

Figures, then "ok:" or "FAIL:" for each claim; exit status 1 if one of them failed."""

import bisect
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

GROWTH = 1.02          # flat: no more than this, and
GROWTH_KIB = 512       # this, above what it was
SETTLED_S = 600        # from when on it has to be flat
LOST_S = 15           # until what was killed is there again, on a busy machine
HELD_LINES = 500       # while it goes on lines are ahead of what is counted as sent
HELD_S = 0.25          # of what was sent before the last line some may have been decided after it
PAGE_BYTES = 4096
NAMES = {"capture": "dpdk_capture", "correlator": "event_correlato", "exchange": "exchange",
         "client@a": "websocket_clien", "client@b": "websocket_clien", "flight": "flight.sh"}

failures = 0


def claim(is_held, text):
    global failures
    failures += not is_held
    print(("ok: " if is_held else "FAIL: ") + text, flush=True)


def whole_lines(path):
    """A write of whole lines is cut at a page by SIGKILL: then what stands behind the last newline is no line.
    Returns the bytes up to there, and what was cut: "", "page", or "else", which nothing explains."""
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    return data[:end], "" if end == len(data) else "page" if len(data) % PAGE_BYTES == 0 else "else"


class Samples:
    """What soak_ledger.py wrote down every 10 s."""

    def __init__(self, path):
        self.rss = collections.defaultdict(lambda: collections.defaultdict(list))  # unit, start: (s, KiB)
        self.cpu, self.disk, self.lines = {}, collections.defaultdict(dict), []
        for line in path.read_text().splitlines():
            fields = line.split("\t")
            at = float(fields[0])
            if fields[1] == "process":
                unit, comm, _, rss, _, shared, cpu, start = fields[2:]
                self.cpu[unit, comm, start] = float(cpu)
                if NAMES.get(unit, "python3") == comm:
                    self.rss[unit][int(start)].append((at, int(rss) - int(shared)))  # the bus stands among the disk's figures
            elif fields[1] == "disk":
                self.disk[at][fields[2]] = int(fields[3])
            elif fields[1] == "lines":
                self.lines.append((at, *map(float, fields[2:])))
        self.began, self.ended = self.lines[0][0], self.lines[-1][0]


def read_log(path):
    """What was killed when, and replaced by another version by hand ("upgrade"), in s of CLOCK_MONOTONIC."""
    kills, upgrades = [], {}
    for line in path.read_text().splitlines():
        _, second, word, *units = line.split()
        if word in ("kill", "upgrade"):
            kills.append((float(second), set(units)))
        if word == "upgrade":
            upgrades.update({unit: float(second) for unit in units})
    return kills, upgrades


def judge_memory(samples, kills, upgrades):
    """Of who is never killed to the end; of the others their long life before, and that none is larger after."""
    first_kill = min((at for at, _ in kills), default=samples.ended)
    for unit, lives in sorted(samples.rss.items()):
        if unit == "ledger":
            continue
        if unit == "flight":  # of a shell's copies of itself the one that stays
            lives = {start: points for start, points in lives.items() if len(points) > 1}
        lives = [points for _, points in sorted(lives.items()) if points[0][0] > upgrades.get(unit, 0)]
        if not lives:
            continue
        settled = [kib for at, kib in lives[0] if at >= lives[0][0][0] + min(SETTLED_S, (first_kill - lives[0][0][0]) / 4)]
        if len(settled) < 4:
            continue
        early, late = max(settled[:len(settled) // 4]), max(settled[-len(settled) // 4:])
        others = max((kib for points in lives[1:] for _, kib in points), default=0)
        claim(late <= early * GROWTH + GROWTH_KIB and others <= max(settled) * GROWTH + GROWTH_KIB,
              f"{unit}: RSS {early} KiB {lives[0][0][0] - samples.began:.0f}-{lives[0][-1][0] - samples.began:.0f} s: "
              f"quarter 1, {late} in its last; {len(lives) - 1} later lives: at most {others}")
    seconds = samples.ended - samples.began
    cpu = collections.Counter()
    for (unit, _, _), spent in samples.cpu.items():
        cpu[unit] += spent
    print("processor, of one:", ", ".join(f"{unit} {100 * spent / seconds:.1f} %" for unit, spent in sorted(cpu.items())))


def judge_disk(samples):
    mib = 1 << 20
    kinds = collections.Counter()
    totals = []
    for at, sizes in sorted(samples.disk.items()):
        totals.append((at, sum(sizes.values())))
        for kind, size in sizes.items():
            kinds[kind] = max(kinds[kind], size)
    print("disk, at most:", ", ".join(f"{kind} {size / mib:.0f} MiB" for kind, size in kinds.most_common(9)))
    # What the units are told to keep, of each service; its newest folder: recording, JSON lines, CSV, round trips and
    # trace, and frames, 18 parts of 16 MiB each; twenty stalls of 200 MiB.
    bound = 2 * 1024 + 6 * 18 * 16 + 20 * 200
    most = max(size for _, size in totals)
    claim(most <= bound * mib, f"the disk held {most / mib:.0f} MiB at most (bound {bound}), "
          f"at the end {totals[-1][1] / mib:.0f}")


def read_exchange(path):
    """Of each of its connections when it came, when it went, and when it was sent what."""
    opened, closed, sent, streams = {}, {}, collections.defaultdict(list), collections.defaultdict(set)
    with open(path, "rb") as file:
        for line in file:
            if line.startswith(b"#"):
                if found := re.match(rb"# conn=(\d+)\t(open|close)\S* ?\S*\t?(?:\S*\t)?(\d+)$", line.rstrip()):
                    (opened if found[2] == b"open" else closed)[int(found[1])] = int(found[3])
                continue
            fields = line.split(b"\t")
            if len(fields) != 5 or not line.endswith(b"\n"):
                continue
            conn = int(fields[0])
            sent[conn].append(int(fields[4]))
            if len(sent[conn]) < 100:
                streams[conn].add(fields[1].decode())
    return opened, closed, sent, streams


def judge_account(ledger, exchange, kills, now_ns):
    opened, closed, sent, streams = exchange
    runs = collections.defaultdict(list)  # by cookie
    near = lambda ns: any(-LOST_S < ns / 1e9 - at < LOST_S for at, _ in kills)
    taken, total, missing_all, unexplained = set(), 0, 0, []
    # Where the ledger began late a run's lines are known by their number only, of all its connections.
    late = {run: {"sent": 0, "lines": numbers[1], "allowed": 0} for run, numbers in ledger["runs"].items() if numbers[0] > 1}
    claim(not ledger["gaps"], f"no number of a line is missing within a run ({sum(n[1] for n in ledger['runs'].values())} lines in "
          f"{len(ledger['runs'])} runs{', their first part by number only' if late else ''})")
    for key, span in ledger["spans"].items():
        span["run"] = key.split()[0]
        runs[key.split()[1]].append(span)
        holes = [hole for hole in span["holes"] if span["run"] not in late or hole[:2] != ["record", span["start"]]]
        if holes: # but that the ledger began within a record
            claim(False, f"within a run lines are missing or doubled: {key}: {holes[:3]}")
    for cookie, spans in runs.items():
        spans.sort(key=lambda span: span["first_ns"])
        fits = [conn for conn in sent if conn not in taken and spans[0]["stream"] in streams[conn]
                and opened.get(conn, 0) <= spans[0]["first_ns"] <= closed.get(conn, 1 << 63)]
        if not fits:
            unexplained.append(f"cookie {cookie}: of no connection of the exchange")
            continue
        conn = max(fits, key=lambda conn: opened.get(conn, 0))
        taken.add(conn)
        times = sent[conn]
        if conn not in closed:  # it goes on: as far as the last line
            times = times[:bisect.bisect_right(times, spans[-1]["last_ns"] - int(HELD_S * 1e9))]
        lines = sum(span["lines"] for span in spans)
        missing = len(times) - lines
        allowed, edges = 0, []
        for before, after in zip(spans, spans[1:]):
            edges.append((before["last_ns"], after["first_ns"]))
        if conn in closed and near(closed[conn]):
            edges.append((spans[-1]["last_ns"], closed[conn]))
        for begin, end in edges:
            if not near(begin) and not near(end):
                unexplained.append(f"connection {conn}: nothing was killed at {begin / 1e9:.1f} s")
            if end - begin > LOST_S * 1e9:
                unexplained.append(f"connection {conn}: {(end - begin) / 1e9:.1f} s from {begin / 1e9:.1f} s on without a line")
            allowed += bisect.bisect_right(times, end) - bisect.bisect_left(times, begin - int(HELD_S * 1e9))
        total += len(times)
        if spans[0]["run"] in late:
            whole = late[spans[0]["run"]]
            whole["sent"] += len(times)
            whole["lines"] += sum(span["lines"] for span in spans[1:])
            whole["allowed"] += allowed
            continue
        missing_all += max(0, missing)
        if conn in closed and not 0 <= missing <= allowed:
            unexplained.append(f"connection {conn}: sent {len(times)}, lines {lines}, {allowed} at most with what was killed")
        elif conn not in closed and missing > allowed:
            unexplained.append(f"connection {conn}, which goes on: sent {len(times)}, lines {lines}, {allowed} at most with what was killed")
    for run_name, whole in late.items():
        missing = whole["sent"] - whole["lines"]
        missing_all += max(0, missing)
        if not -len(sent) * HELD_LINES <= missing <= whole["allowed"]:
            unexplained.append(f"run {run_name}: {whole}")
    never = [conn for conn in sent if conn not in taken and sent[conn]]
    for conn in never:  # it came and went with what was killed
        total += len(sent[conn])
        missing_all += len(sent[conn])
        if not (near(opened[conn]) and near(closed.get(conn, now_ns))):
            unexplained.append(f"connection {conn}: {len(sent[conn])} messages sent, no line")
    for text in unexplained[:20]:
        print("  " + text)
    claim(not unexplained, f"{total} messages sent on {len(sent)} connections: {total - missing_all} lines; {missing_all} went with what was "
          f"killed ({len(kills)} times), 0 otherwise")


def judge_classes(ledger, kills):
    """Lines without a NIC stamp only around kills, beginning and end."""
    counts, stray = collections.Counter(), collections.Counter()
    for key, count in ledger["classes"].items():
        second, name = key.split()
        counts[name] += count
        if name != "no-kernel" and second != "none":
            last = max((at for at, units in kills if at <= int(second) + 3), default=0)
            stray["around a kill" if int(second) - last < 5 else "elsewhere"] += count
    print("lines by class:", dict(counts), "- but for no-kernel:", dict(stray))


def run(*arguments, **options):
    return subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, check=False, **options)


def number(path):
    return int(path.suffix[1:]) if re.fullmatch(r"\.\d+", path.suffix) else 0


def judge_lines(top, kill_count):
    """Parts without a gap between them, whole lines in them; CSV and round trips, too."""
    torn, cut_count, parts, gaps, bad, rows = 0, 0, 0, 0, 0, 0
    for name in ("messages.jsonl", "messages.csv", "trips.jsonl"):
        for folder in sorted(top.glob("[0-9]*")):
            files = sorted(folder.glob(name + "*"), key=number)
            numbers = [number(path) for path in files]
            gaps += numbers != list(range(numbers[0], numbers[0] + len(numbers))) if numbers else 0
            for path in files:
                data, cut = whole_lines(path)
                parts += 1
                torn += cut == "else"
                cut_count += cut == "page"
                if name == "messages.csv":
                    head, *lines = data.decode().splitlines() or [""]
                    bad += not head.startswith("seq,conn,") and bool(data)
                    bad += sum(line.count(",") != head.count(",") for line in lines)
                    rows += len(lines)
                elif name == "trips.jsonl":
                    for line in data.splitlines():
                        try:
                            json.loads(line)
                        except ValueError:
                            bad += 1
    claim(not torn and cut_count <= 3 * kill_count and not gaps and not bad, f"JSON lines, CSV ({rows} rows) and round trips: {parts} files, {torn} end within a line, {cut_count} at a page of one (a write that SIGKILL met), "
          f"{gaps} folders with a gap, {bad} lines that are none")


COMPARED = ("class", "stream", "nic_ns", "user_ns", "total_ns")


def judge_recordings(top, binaries):
    """Each replays, and says of the messages whose lines are kept what those say.  Lines were written at once,
    the recording a little later: of one that was killed the last lines may be all there is."""
    replayed, failed, same, other, tail = 0, [], 0, 0, 0
    for folder in sorted(top.glob("[0-9]*")):
        parts = sorted(folder.glob("recording.bin*"), key=number)
        if not parts:
            continue
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as lines:
            done = run(binaries / "event_correlator", "--replay", parts[0], "--quiet")
            replayed += 1
            if done.returncode:
                failed.append(f"{parts[0]}: {done.stderr.strip()[-200:]}")
            run(binaries / "event_correlator", "--replay", parts[-2:][0], "--quiet", "--jsonl", lines.name)
            told = {}
            for line in lines:
                message = json.loads(line)
                told[message["cookie"], message["start"], message["message_index"]] = [message[name] for name in COMPARED]
        newest = sorted(folder.glob("messages.jsonl*"), key=number)[-2:]
        last_ns = max((values[COMPARED.index("user_ns")] or 0 for values in told.values()), default=0)
        for path in newest:
            for line in whole_lines(path)[0].splitlines():
                message = json.loads(line)
                again = told.get((message["cookie"], message["start"], message["message_index"]))
                if again == [message[name] for name in COMPARED]:
                    same += 1
                elif again is None and (message["user_ns"] or 0) > last_ns - HELD_S * 1e9:
                    tail += 1
                else:
                    other += 1
    for text in failed:
        print("  " + text)
    claim(replayed and not failed, f"{replayed} recordings replay")
    claim(same and not other, f"what they say is what their run said: {same} of {same + other} of the newest lines of each; "
          f"{tail} lines of those that were killed are newer than what is recorded")


def judge_frames(top):
    files, frames, bad = 0, 0, []
    for path in sorted(top.glob("[0-9]*/frames.pcapng*")):
        done = run("tshark", "-r", path, "-T", "fields", "-e", "frame.len")
        said = [line for line in done.stderr.splitlines() if "Running as user" not in line]
        files += 1
        frames += len(done.stdout.split())
        if done.returncode or said:
            bad.append(f"{path}: {said}")
    for text in bad:
        print("  " + text)
    claim(files and not bad, f"tshark reads {files} files of frames to their end, {frames} frames")


def judge_flight(top, binaries):
    """Each stall that was kept replays, and its slowest are on their frames."""
    kept, replayed, marked, unmarked, shown = 0, 0, 0, [], 0
    for folder in sorted(top.glob("[0-9]*")):
        kept += 1
        recordings = sorted(folder.glob("recording.bin*"), key=number)
        frames = sorted(folder.glob("frames.pcapng*"), key=number)
        if not recordings or not frames:
            unmarked.append(f"{folder}: {[path.name for path in folder.iterdir()]}")
            continue
        with tempfile.TemporaryDirectory() as work:
            out = f"{work}/slow.pcapng"
            keys = folder / "keys.log"
            done = run(binaries / "event_correlator", "--replay", recordings[0], "--quiet", "--annotate", out, "--frames", frames[0],
                       "--slow-above", 10000, *(["--keylog", keys] if keys.exists() else []))
            replayed += done.returncode == 0
            comments = run("tshark", "-r", out, "-Y", "frame.comment", "-T", "fields", "-e", "websocket.payload", "-e", "frame.comment").stdout
        count = len(re.findall(r"ws_latency: seq=", comments))
        shown += sum(1 for line in comments.splitlines() if line.split("\t")[0])
        marked += count > 0
        if not count:
            unmarked.append(f"{folder}: {done.stderr.strip()[-300:]}")
    for text in unmarked:
        print("  " + text)
    claim(kept and replayed == kept, f"{replayed} of {kept} stalls that were kept replay; {marked} have marks on their frames, {shown} frames "
          "with a payload")


def main():
    work, binaries = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    samples = Samples(work / "samples.tsv")
    kills, upgrades = read_log(work / "soak.log")
    ledger = json.loads((work / "ledger.json").read_text())
    state = work / "root/var/lib"
    seconds = samples.ended - samples.began
    print(f"{seconds:.0f} s, {len(kills)} kills, {ledger['lines']} lines, {ledger['lines'] / seconds:.0f} a second; scrapes: "
          f"{sum(line[3] > 0 for line in samples.lines)} of {len(samples.lines)}, {max(line[3] for line in samples.lines):.0f} bytes and "
          f"{max(line[4] for line in samples.lines):.2f} s at most")
    judge_memory(samples, kills, upgrades)
    judge_disk(samples)
    claim(not ledger["faults"], f"each of {ledger['lines']} lines is JSON with a place in its stream {ledger['faults'][:3]}")
    judge_account(ledger, read_exchange(work / "exchange.log"), kills, int(samples.ended * 1e9))
    judge_classes(ledger, kills)
    if "--figures" not in sys.argv:
        judge_lines(state / "private/ws_latency/correlator", sum("correlator" in units for _, units in kills))
        judge_recordings(state / "private/ws_latency/correlator", binaries)
        judge_frames(state / "ws_latency/capture")
        judge_flight(state / "ws_latency/flight", binaries)
    sys.exit(failures > 0)


main()
