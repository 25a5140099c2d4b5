#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Linux 6.18 (ext4, tmpfs; python3 3.11.2 of Debian 12 makes the calls): a write() to a regular file, which no
# handled signal interrupts, is cut by SIGKILL.  What it had written stays, a whole number of the file's
# pages, not of the caller's records: a log whose every write() is whole lines can end in the middle
# of one.  (mm/filemap.c, generic_perform_write(): fatal_signal_pending() after each folio.)
#
# Expected instead: all of it or nothing, as signal(7) calls only "slow" devices interruptible.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unpack bookworm python3-minimal=3.11.2-1+b1
mkdir -p "$work/root/shm" "$work/root/disk"
mount -t tmpfs tmpfs "$work/root/shm" && cleanups+=("umount '$work/root/shm'")
echo "kernel: $(uname -r), $work: $(stat -f -c %T "$work")"

cat >"$work/root/tmp/cut.py" <<'PY'
import os, signal, sys

def size_of(path):
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0

path, how = sys.argv[1], getattr(signal, sys.argv[2])
data = (b"x" * 99 + b"\n") * (512 * 1024 * 1024 // 100)
child = os.fork()
if child == 0:
    signal.signal(signal.SIGTERM, lambda *_: None)
    os.write(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), data)  # one call
    os._exit(0)
while not size_of(path):
    pass
os.kill(child, how)
os.waitpid(child, 0)
size = size_of(path)
print("all of it" if size == len(data) else "a part" if size else "nothing",
      "whole pages" if size % 4096 == 0 else "part of a page", "whole lines" if size % 100 == 0 else "part of a line", sep=", ")
os.unlink(path)
PY
for folder in shm disk; do
	is "$folder, SIGTERM with a handler" "all of it, part of a page, whole lines" "$(in_root python3 /tmp/cut.py /$folder/file SIGTERM)"
	# Where it is met is chance; one page in 25 ends with a line.
	for _ in 1 2 3; do
		seen=$(in_root python3 /tmp/cut.py /$folder/file SIGKILL)
		[ "$seen" = "a part, whole pages, whole lines" ] || break
	done
	is "$folder, SIGKILL" "a part, whole pages, part of a line" "$seen"
done
verdict
