# SPDX-License-Identifier: BSD-2-Clause
# check_readers.py DIR: what was told of the readers of readers_run.sh, held against what
# they say themselves, against what disturbed them, and against tshark.
import collections
import glob
import json
import os
import subprocess
import sys

STAGES = ["hole_ns", "nic_queue_ns", "queue_ready_ns", "ready_running_ns", "running_read_ns"]
# Whose stage the added time of a cause, or of a way, belongs in.
GUILTY = {"epoll:hog": "ready_running_ns", "epoll:stop": "running_read_ns", "epoll:hole": "hole_ns",
          "epoll:flood": "nic_queue_ns", "nap:none": "running_read_ns"}
TOLD_FIRST = {"epoll", "poll", "select"}
WOKEN_BY_DATA = {"recv", "epoll", "poll", "select", "io_uring"}
CONTESTED = {"two", "herd"}  # several threads in one socket's recv()
MESSAGE_BYTES = 100
failures = 0


def expect(words, is_true):
    global failures
    print(("ok   " if is_true else "FAIL ") + words)
    failures += not is_true


class Read:
    def __init__(self, line):
        words = line.split()
        self.step, self.way = words[0], words[1]
        self.index, self.tid, self.slept, self.waited, self.together, self.before_ns, self.after_ns = map(int, words[2:])
        self.is_first = False  # of its thread
        self.last_ns = 0  # its thread's last read had ended
        self.thread_ns = 0  # its thread was followed from then on, at the latest
        self.followed_ns = 0  # its socket was followed from then on, at the latest


def read_truth(folder):
    truth = {}
    for path in glob.glob(os.path.join(folder, "*.read")):
        seen, last_ns, thread_ns, followed_ns = set(), {}, {}, None
        with open(path, encoding="utf-8") as lines:
            for read in map(Read, lines):
                followed_ns = followed_ns or read.after_ns
                read.is_first = (read.tid not in seen)
                read.followed_ns = followed_ns
                read.last_ns = last_ns.get(read.tid, 0)
                read.thread_ns = thread_ns.setdefault(read.tid, read.after_ns)
                last_ns[read.tid] = read.after_ns
                seen.add(read.tid)
                truth[read.step, read.index] = read
    return truth


def adds_up(line):
    return sum(line[stage] or 0 for stage in STAGES) + line["untold_ns"] == line["nic_kernel_ns"]


def is_whole(line):
    return line["untold"] == "none" and all(line[stage] is not None for stage in STAGES)


def wrong_wait(line, read):
    """What the reader says of itself, and what was told of it.  Of its being preempted it knows nothing."""
    if line["reader_tid"] != read.tid:
        return "another thread"
    cause = read.step.split(":")[2]
    if read.slept == 0 and line["ready_ns"] > read.last_ns and line["wait"] not in ("busy", "preempted") and cause != "stop":
        return f"did not sleep, but {line['wait']}"
    if read.waited and read.together == 1 and cause == "none" and read.way in WOKEN_BY_DATA \
            and line["wait"] != "asleep" and not was_counted_before(line):
        return f"slept, but {line['wait']}"
    # Naps take 2 ms or longer.
    if read.way == "nap" and -1900000 < line["ready_ns"] - read.before_ns < -1000000 \
            and line["wait"] not in ("late", "runnable"):
        return f"slept by the clock, but {line['wait']}"
    return None


def was_counted_before(line):
    """TCP counts bytes as received before it tells the socket: who enters in between finds them counted, and sleeps."""
    return line["wait"] == "busy" and not line["waited"] and line["nic_ns"] < line["kernel_enter_ns"] < line["ready_ns"]


def ran_too_early(line, read):
    """It is said to have had a processor only after it had been told.  Unless it lost that once more, before it read."""
    return read.way in TOLD_FIRST and line["wait"] == "asleep" and read.together == 1 \
        and line["ready_ns"] + line["ready_running_ns"] > read.before_ns


def wrong_gap(line, read):
    """Why a stage that is not told should have been."""
    if line["untold"] == "unfollowed" and line["nic_ns"] < read.followed_ns:
        return None
    if line["untold"] == "stage-lost" and read.way in CONTESTED:
        return None  # the loader counts reads of which it cannot tell whose they are
    if line["untold"] == "reader-unknown" and (read.is_first or line["ready_ns"] < read.thread_ns):
        return None
    return line["untold"]


def read_way(step):
    return step.split(":")[1]


def check_step(step, lines, truth):
    exact = [line for line in lines if line["class"] == "exact"]
    whole = [line for line in exact if is_whole(line)]
    read_of = {id(line): truth.get((step, line["end"] // MESSAGE_BYTES - 1)) for line in exact}
    count = sum(1 for key in truth if key[0] == step)
    wrong = collections.Counter(wrong_wait(line, read_of[id(line)]) for line in whole)
    gaps = collections.Counter(wrong_gap(line, read_of[id(line)]) for line in exact if not is_whole(line))
    told = " ".join(f"{stage[:-3]}={sum(line[stage] is not None for line in exact)}" for stage in STAGES)
    print(f"     {step}: {count} read, {len(lines)} lines, {len(exact)} exact, {len(whole)} whole; {told}; "
          f"untold {dict(collections.Counter(l['untold'] for l in exact))} "
          f"wait {dict(collections.Counter(l['wait'] for l in exact))}")
    del wrong[None], gaps[None]
    # Who is in recv() while another takes bytes is contested: of two that take turns each is, but the first.
    least = 0.05 if read_way(step) in CONTESTED else 0.9
    expect(f"{step}: each has a line, at least {least * 100:.0f} % are exact, and of the others is said why",
           len(lines) == count and len(exact) >= least * count > 0
           and all(l["kernel_reason"] != "none" or l["nic_reason"] != "none" or l["doubt_reason"] != "none"
                   or l["class"] == "inverted"  # which says it
                   for l in lines if l["class"] != "exact"))
    expect(f"{step}: the stages of all of them add up, none is below zero",
           all(map(adds_up, exact)) and all((l[s] or 0) >= 0 for l in exact for s in STAGES))
    # A voluntary switch may have been for something else: a lock, a page.
    other = sum(count for words, count in wrong.items() if words.startswith("slept, but"))
    expect(f"{step}: as its reader has it {dict(wrong) or ''}", sum(wrong.values()) == other <= len(whole) / 100)
    early = sum(ran_too_early(line, read_of[id(line)]) for line in whole)
    expect(f"{step}: who was told first ran after it had a processor, but for {early}", early <= len(whole) / 50)
    counted = sum(map(was_counted_before, whole)) if read_way(step) == "recv" else 0
    expect(f"{step}: {counted} were counted before its reader entered, and told after", counted <= len(whole) / 5)
    expect(f"{step}: what is not told could not be {dict(gaps) or ''}", not gaps)
    return whole


def trimmed(lines):
    """Without the slowest tenth, whose delays are the machine's."""
    return sorted(lines, key=lambda line: line["nic_kernel_ns"])[:max(1, len(lines) * 9 // 10)]


def mean(lines, key):
    return sum(line[key] for line in lines) / max(1, len(lines))


def check_cause(step, whole, calm):
    guilty = GUILTY[step.split(":", 1)[1]]
    if guilty == "hole_ns":  # how many it befalls is TCP's and netem's to say; tshark judges which
        whole = [line for line in whole if line["hole_ns"] > 0]
    whole, calm = trimmed(whole), trimmed(calm)
    added = {key: mean(whole, key) - mean(calm, key) for key in ["nic_kernel_ns", *STAGES]}
    total = added["nic_kernel_ns"]
    print(f"     {step}: added " + ", ".join(f"{key[:-3]} {value / 1000:.1f}" for key, value in added.items())
          + f" us; calm {mean(calm, 'nic_kernel_ns') / 1000:.1f} us")
    elsewhere = max(abs(added[stage]) for stage in STAGES if stage != guilty)
    share = added[guilty] / total if total > 0 else 0
    expect(f"{step}: of {total / 1000:.0f} us added a message {share * 100:.1f} % are in {guilty}, "
           f"at most {elsewhere / max(1, total) * 100:.1f} % in another stage",
           total > 0 and share >= 0.95 and elsewhere < 0.05 * total)


def arrivals(folder, port):
    """Of a connection, for each message: when its last byte came first, by tshark."""
    fields = ["frame.time_epoch", "tcp.seq", "tcp.len"]
    out = subprocess.run(["tshark", "-r", os.path.join(folder, "capture.pcap"), "-o", "tcp.relative_sequence_numbers:TRUE",
                          "-Y", f"tcp.dstport=={port} && tcp.len>0", "-T", "fields",
                          *sum((["-e", field] for field in fields), [])],
                         capture_output=True, text=True, check=True).stdout
    first = {}
    for line in out.splitlines():
        when, seq, size = line.split("\t")
        seconds, _, part = when.partition(".")
        when_ns = int(seconds) * 10**9 + int((part + "0" * 9)[:9])
        for index in range((int(seq) - 1) // MESSAGE_BYTES, (int(seq) - 1 + int(size)) // MESSAGE_BYTES):
            first.setdefault(index, when_ns)
    return first


def check_holes(folder, step, lines, port):
    """tshark is the judge of which messages waited for earlier bytes, and how long."""
    first = arrivals(folder, port)
    latest_ns, wrong, waited = 0, [], 0
    hole_of = {line["end"] // MESSAGE_BYTES - 1: line["hole_ns"] for line in lines}
    # Who had entered its read while there was a hole took what came then: it waited for nothing after that.
    limit_of = {line["end"] // MESSAGE_BYTES - 1: line["nic_kernel_ns"] for line in lines}
    for index in sorted(first):
        latest_ns = max(latest_ns, first[index])
        waited += latest_ns > first[index]
        told_ns = hole_of.get(index)
        if told_ns is not None and ((told_ns > 0) != (latest_ns > first[index])
                                    or abs(told_ns - min(latest_ns - first[index], limit_of[index])) > 20000):
            wrong.append((index, told_ns, latest_ns - first[index]))
    expect(f"{step}: tshark agrees which of {len(hole_of)} messages waited ({waited}), and how long {wrong[:3]}",
           waited > 10 and not wrong)


def main():
    folder = sys.argv[1]
    truth = read_truth(folder)
    by_step = collections.defaultdict(list)
    with open(os.path.join(folder, "messages.jsonl"), encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            by_step[line["stream"]].append(line)
    steps = sorted({key[0] for key in truth}, key=lambda step: int(step.split(":")[0]))
    whole = {step: check_step(step, by_step[step], truth) for step in steps}
    calm = sum((whole[step] for step in steps if step.endswith("epoll:none")), [])
    for step in steps:
        if step.split(":", 1)[1] in GUILTY:
            check_cause(step, whole[step], calm)
        if step.endswith(":hole"):
            with open(os.path.join(folder, step.split(":")[0] + ".err"), encoding="utf-8") as words:
                port = int(words.read().split()[1])
            check_holes(folder, step, [l for l in by_step[step] if is_whole(l)], port)
    sys.exit(failures != 0)


main()
