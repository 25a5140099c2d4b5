#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tshark 4.6.9 (Debian sid): "-z follow,tls,raw,N" takes for N the number of a TLS stream (the field
# tls.stream, which is new), where up to 4.4 it took that of a TCP stream, and names it so in its
# header: "Filter: tls.stream eq N".  Of a capture whose first connection is not TLS, N = 0 is
# another connection than before, without a warning; N = 1 gives nothing, and exits 0.
#
# Expected instead: the number that -z follow,tcp,raw,N takes, as in all versions before.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unpack sid tshark=4.6.9-1+b1

for tool in openssl curl tcpdump python3 unshare; do
	command -v $tool >/dev/null || skip "$tool is not installed"
done

# One connection of HTTP, then one of HTTPS, in a network of their own.
cat >"$work/talk" <<'END'
ip link set lo up
cd "$1"
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out cert.pem 2>/dev/null
openssl s_server -accept 8443 -key key.pem -cert cert.pem -www -keylogfile keys >/dev/null 2>&1 &
server=$!
python3 -m http.server 8000 --bind 127.0.0.1 >/dev/null 2>&1 &
plain=$!
tcpdump -i lo -w capture.pcap -U tcp 2>/dev/null &
capture=$!
sleep 3
curl -s http://127.0.0.1:8000/ >/dev/null
curl -sk https://127.0.0.1:8443/ >/dev/null
sleep 2
kill $server $plain $capture
END
mkdir "$work/root/talk"
unshare --net bash "$work/talk" "$work/root/talk"
[ -s "$work/root/talk/keys" ] || skip "there was no TLS connection"

# follow N: what tshark calls it, whether it has data, and tshark's exit.
follow() {
	local status data=nothing
	in_root tshark -r /talk/capture.pcap -o tls.keylog_file:/talk/keys -q -z "follow,tls,raw,$1" 2>/dev/null >"$work/out"
	status=$?
	! grep -qE '^.?[0-9a-f]+$' "$work/out" || data=data
	echo "$(sed -n 's/^Filter: //p' "$work/out"): $data, exit $status"
}

is "TCP's number of the TLS connection" 1 \
	"$(in_root tshark -r /talk/capture.pcap -Y tls -T fields -e tcp.stream 2>/dev/null | sort -u)"
is "followed as 0" "tls.stream eq 0: data, exit 0" "$(follow 0)"
is "followed as 1" "tls.stream eq 1: nothing, exit 0" "$(follow 1)"
verdict
