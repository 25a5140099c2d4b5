#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# ways_run.sh BIN SSL_WAYS OUT COUNT WAY...: inside the VM.  All layers around one process that
# comes by its bytes in each of the ways; what check_ways.py needs goes to OUT.  SSL_LIBRARY: the libssl
# that it is made to use, if not the one it is linked with.  SSL_TREE: the system in which it runs.
set -u
bin=$1 client=$2 out=$3 count=$4
shift 4
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/../../system/parts.sh"
enter=()
[ -z "${SSL_TREE:-}" ] || enter=(chroot "$SSL_TREE")
certs=$(mktemp -d)
port=9443 bus=/probe_ssl_ways
status=0
parts_dir=$out title=ways
trap end_parts EXIT
# Its signatures are all of one size, so that two connections can be alike to the byte.
openssl req -x509 -newkey ed25519 -nodes -subj /CN=localhost -days 2 \
	-keyout "$certs/key.pem" -out "$certs/ca.pem" 2>/dev/null
start server /usr/bin/python3 "$here/ways_server.py" $port "$certs/ca.pem" "$certs/key.pem" "$count"
start tcpdump tcpdump -i lo -n -s 0 -B 32768 -w "$out/capture.pcap" "tcp port $port"
start event_correlator "$bin/event_correlator" --bus $bus --jsonl "$out/messages.jsonl"
wait_for_bus $bus
start dpdk_capture "$bin/dpdk_capture" --no-huge -m 128 -- --iface lo --port $port --bus $bus
start client bash -c 'until [ -e "$0" ]; do sleep 0.1; done; exec "$@"' "$out/go" \
	"${enter[@]}" "$client" $port "$out/keys.log" "$@"
library=${SSL_LIBRARY:-${SSL_TREE:-}$("${enter[@]}" ldd "$client" | awk '/libssl/ { print $3 }')}
start ebpf_loader "$bin/ebpf_loader" --ssl "${pid_of[client]}" --ssl-symbol-file "$library" --bus $bus
wait_for server.out listening
wait_for tcpdump.err 'listening on'
wait_for dpdk_capture.err 'dpdk_capture: passive:'
wait_for ebpf_loader.err 'SSL_read probed'
touch "$out/go"
wait "${pid_of[client]}" || { echo "FAIL: the client exited $?"; status=1; }
unset "pid_of[client]"
stop_tcpdump tcpdump || { echo "FAIL: tcpdump exited $?"; status=1; }
for part in ebpf_loader dpdk_capture event_correlator; do
	stop $part || { echo "FAIL: $part exited $?"; status=1; }
done
grep -h '^ebpf_loader: ' "$out/ebpf_loader.err"
sed -n '/=== Losses/,/^$/p; /=== Cross-check/,/^$/p' "$out/event_correlator.out"
exit $status
