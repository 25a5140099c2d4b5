#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# ebpf/vm/run_in_vm.sh: the command's output, exit status, files and signals,
# and that nothing stays behind.  PROF_FULL=1 for every way to end: each is a
# machine of its own.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
require_tool qemu-system-x86_64 busybox python3
run_in_vm=$PROF_ROOT/ebpf/vm/run_in_vm.sh
scratch=$(mktemp -d)
trap 'umount "$scratch/full" 2>/dev/null; rm -rf "$scratch"' EXIT
out=$scratch/out err=$scratch/err
shared="$scratch/a shared, folder"
mkdir "$shared"

vm() {
	TMPDIR=$scratch "$run_in_vm" --kernel "${PROF_KERNEL:-6.1}" --timeout 150 "$@" >"$out" 2>"$err" </dev/null
}

# Sends a signal to a process whose SIGINT is not ignored, as a shell's background job's is,
# when the command has said WORD.
interrupted_vm() {
	python3 - "$scratch" "$1" "$2" "$run_in_vm" --timeout 150 "${@:3}" >"$out" 2>"$err" <<'END'
import os, signal, subprocess, sys
scratch, name, word, *command = sys.argv[1:]
vm = subprocess.Popen(command, text=True,
                      stdout=subprocess.PIPE, start_new_session=True,
                      env=dict(os.environ, TMPDIR=scratch))
for line in vm.stdout:
    if line == word + "\n" and name:
        vm.send_signal(getattr(signal, name))
        name = ""
    sys.stdout.write(line)
sys.exit(vm.wait())
END
}

"$run_in_vm" --prepare --kernel "${PROF_KERNEL:-6.1}" 2>"$err" || {
	cat "$err"
	skip "no Debian kernel to be had here"
}

cat >"$shared/job" <<'END'
uname -r
pwd
echo "$FROM_OUTSIDE"
echo "to stderr" >&2
head -c 3000000 /dev/zero | tr '\0' '\r' >"$1/bytes"
cat "$1/bytes" | md5sum | cut -d' ' -f1 >"$1/sum"
cat "$1/bytes" >/dev/stderr
echo "p:wslat/probe tcp_recvmsg" >/sys/kernel/tracing/kprobe_events && echo "kprobe taken"
[ -s /sys/kernel/btf/vmlinux ] && echo "BTF"
ip link add va type veth peer name vb && tc qdisc add dev va root netem delay 1ms && echo "veth, netem"
ip tuntap add dev tap0 mode tap && echo "tun"
touch /usr/thrown_away && echo "root can be written"
exit 7
END
cd "$scratch" || exit 1
FROM_OUTSIDE='a "quoted" $value' vm --rw "$shared" -- bash "$shared/job" "$shared"
expect "the command's exit status comes back" [ $? = 7 ]
expect "Debian's kernel" grep -qE "^${PROF_KERNEL:-6.1}[.0-9]*[-+].*amd64\$" "$out"
expect "the current directory" grep -qxF "$scratch" "$out"
expect "the environment" grep -qxF 'a "quoted" $value' "$out"
for line in "kprobe taken" "BTF" "veth, netem" "tun" "root can be written"; do
	expect "$line" grep -qxF "$line" "$out"
done
expect "standard error apart" grep -q "^to stderr$" "$err"
expect "standard error is not in standard output" [ "$(grep -c stderr "$out")" = 0 ]
# Whole and raw: 3 MB of carriage returns, written at the speed of a pipe.
tail -c +11 "$err" | head -c 3000000 | cmp -s - "$shared/bytes"
expect "output is not changed" [ $? = 0 ]
expect "the shared folder's files are whole" \
	[ "$(md5sum <"$shared/bytes" | cut -d' ' -f1)" = "$(cat "$shared/sum")" ]
expect "the root is not written" [ ! -e /usr/thrown_away ]

# Files that somebody reads while they grow: Linux 6.12 with a cache has put NUL
# bytes into every one of them.
cat >"$shared/grow.py" <<'END'
import hashlib, random, sys, time
name, end = sys.argv[1], time.monotonic() + 8
dice, sum = random.Random(name), hashlib.md5()
is_buffered = dice.random() < 0.5
with open(name, "wb", buffering=4096 if is_buffered else 0) as file:
    while time.monotonic() < end:
        line = b"%s " % name.encode() + b"x" * dice.randrange(10, 400) + b"\n"
        sum.update(line)
        file.write(line)
        if not is_buffered or dice.random() < 0.02:
            time.sleep(dice.random() * 0.004)
print(sum.hexdigest(), "", name)
END
cat >"$shared/grow" <<'END'
cd "$1" || exit 1
for name in grown1 grown2 grown3 grown4 grown5 grown6; do
	python3 grow.py $name >/tmp/$name &
done
while [ -n "$(jobs -r)" ]; do wc -l grown* >/dev/null; sleep 0.05; done
cat /tmp/grown*
END
for kernel in ${PROF_KERNEL:-} ${PROF_FULL:+6.12}; do
	vm --kernel "$kernel" --rw "$shared" -- bash "$shared/grow" "$shared"
	expect "$kernel: files are whole that were read while they grew" \
		sh -c "[ \$(wc -l <'$out') = 6 ] && cd '$shared' && md5sum -c --quiet --strict '$out'"
done

# What is collected: files of every size, grown by many small writes of two
# processes, links and folders, by the owner it had; what was there before stays.
kept="$scratch/kept, all"
mkdir "$kept"
echo before >"$kept/before"
cat >"$shared/results" <<'END'
cd "$1" || exit 1
[ -z "$(ls)" ] && echo "empty in there"
mkdir "a folder" && ln -s "a folder" link
for i in $(seq 40); do head -c $((i * 4099 - 1)) /dev/urandom >"a folder/$i"; done
for i in $(seq 400); do echo "line $i" >>appended; done &
for i in $(seq 400); do echo "line $i" >>appended; done
wait
chown -R 1234:1235 .
find . -type f -exec md5sum {} + >/tmp/sums && mv /tmp/sums .
[ -z "$2" ] || { trap '' INT; echo begun; sleep 1000 & wait; }
END
vm --collect "$kept" -- bash "$shared/results" "$kept" ''
expect "--collect: exits as the command" [ $? = 0 ]
expect "--collect: begins with an empty folder" grep -qx 'empty in there' "$out"
expect "--collect: every file, as it was" sh -c "cd '$kept' && md5sum -c --quiet sums && [ \$(wc -l <sums) = 41 ]"
expect "--collect: links and owners" [ "$(readlink "$kept/link") $(stat -c %u:%g "$kept/appended")" = "a folder 1234:1235" ]
expect "--collect: what was there stays" [ "$(cat "$kept/before")" = before ]
rm -rf "${kept:?}"/*
interrupted_vm SIGINT begun --grace 2 --collect "$kept" -- bash "$shared/results" "$kept" deaf
expect "--collect: 130 if the command does not hear a SIGINT" [ $? = 130 ]
expect "--collect: what it had written all the same" sh -c "cd '$kept' && md5sum -c --quiet sums"
mkdir "$scratch/full"
if [ -n "${PROF_FULL:-}" ] && mount -t tmpfs -o size=200k tmpfs "$scratch/full" 2>/dev/null; then
	vm --collect "$scratch/full" -- bash "$shared/results" "$scratch/full" ''
	expect "--collect: a full disk: 125" [ $? = 125 ]
	expect "--collect: a full disk is said: $(cat "$err")" grep -q "^run_in_vm: --collect $scratch/full: .*No space left" "$err"
	umount "$scratch/full"
fi

vm -- no_such_command
expect "no such command: 127" [ $? = 127 ]
if [ -n "${PROF_FULL:-}" ]; then
	vm -- bash -c 'kill -9 $$'
	expect "a killed command: 137" [ $? = 137 ]
	cat >"$shared/panic" <<'END'
[ -e "$1/panicked" ] && echo "run again" && exit "${PROF_VM_AGAIN:-3}"
touch "$1/panicked"
echo "<0>$2" >/dev/kmsg
echo c >/proc/sysrq-trigger
sleep 50
END
	vm --rw "$shared" -- bash "$shared/panic" "$shared" 'Oops: int3: 0000 [#1]'
	expect "what the emulator broke is run again" sh -c "[ $? = 3 ] && grep -qx 'run again' '$out'"
	expect "and told in one line: $(cat "$err")" grep -q '^run_in_vm: .*running the command again' "$err"
	rm "$shared/panicked"
	vm --rw "$shared" -- bash "$shared/panic" "$shared" 'Oops: 0000 [#1]'
	expect "a kernel that broke by itself is not: 125" [ $? = 125 ]
	cat >"$shared/still" <<'END'
[ -e "$1/stood" ] && echo "run again" && exit 3
touch "$1/stood"
kill -STOP "$(cat /run/prof_vm/beater)"
sleep 300
END
	PROF_VM_SILENT_S=25 vm --rw "$shared" -- bash "$shared/still" "$shared"
	expect "a VM that stands still is run again" sh -c "[ $? = 3 ] && grep -qx 'run again' '$out'"
	expect "and that is told: $(cat "$err")" grep -q '^run_in_vm: the VM has stood still for 25 s: .*running the command again' "$err"
fi
vm --timeout 1 -- sleep 50
expect "too long: 124" [ $? = 124 ]
expect "too long is said" grep -q 'run_in_vm: 1 s are over' "$err"
vm --kernel 4.19 -- true
expect "wrong usage: 2" [ $? = 2 ]
expect "wrong usage is one line" [ "$(wc -l <"$err")" = 1 ]

for signal in ${PROF_FULL:+SIGINT} SIGTERM; do
	interrupted_vm $signal tick -- bash -c "trap 'echo got int; exit 5' INT
		for i in \$(seq 100); do echo tick; sleep 0.2; done"
	expect "$signal interrupts the command, whose status comes back" [ $? = 5 ]
	expect "$signal reaches the command once" [ "$(grep -c 'got int' "$out")" = 1 ]
done

TMPDIR=$scratch "$run_in_vm" --timeout 150 -- bash -c 'while echo line; do sleep 0.1; done' 2>"$err" | head -n 1 >"$out"
expect "it ends when nobody reads" grep -qx line "$out"

expect "no process is left" [ -z "$(pgrep -f "qemu-system.*$scratch")" ]
expect "no file is left" [ -z "$(find "$scratch" -name 'ws_latency_vm.*')" ]
finish
