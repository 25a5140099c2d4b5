# SPDX-License-Identifier: BSD-2-Clause
# tshark_check.py LINES FRAMES KEYS [PORT]: the segments that [ping] lines name are those in which
# tshark, which decrypts the frames that were kept, finds the pings and pongs.
import re
import subprocess
import sys

lines, frames, keys = sys.argv[1:4]
port = sys.argv[4] if len(sys.argv) > 4 else "9443"


def found(opcode):
    """Sequence numbers of the frames with a WebSocket frame of that kind."""
    out = subprocess.run(["tshark", "-r", frames, "-o", f"tls.keylog_file:{keys}", "-d", f"tcp.port=={port},tls",
                          "-o", "tcp.reassemble_out_of_order:TRUE",
                          "-Y", f"websocket.opcode=={opcode}", "-T", "fields", "-e", "tcp.seq_raw"],
                         capture_output=True, text=True, check=True).stdout
    return {int(word) for word in out.split()}


told = [[], []]
for line in open(lines):
    match = re.match(r"^\[ping\].* tcp_seq=(\d+|n/a) answer_tcp_seq=(\d+|n/a)( |$)", line)
    for i in (0, 1):
        if match and match.group(i + 1) != "n/a":
            told[i].append(int(match.group(i + 1)))
bad = 0
for name, opcode, seqs in (("ping", 9, told[0]), ("pong", 10, told[1])):
    seen = found(opcode)
    wrong = [seq for seq in seqs if seq not in seen]
    print(f"{name}s: {len(seqs)} told, {len(seen)} found by tshark, {len(wrong)} disagree")
    bad += len(wrong) + (len(seqs) == 0)
sys.exit(bad != 0)
