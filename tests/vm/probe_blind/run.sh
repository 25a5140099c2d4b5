#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh BIN CASE...: inside the VM.  A TLS client that reads all the time, and the loader, which must see
# its SSL_read wherever its libssl lies (replaced, deleted, namespace), or say at once what it cannot
# see (nocalls, during, before).
set -u
bin=$1
shift
. "$(dirname "${BASH_SOURCE[0]}")/../../system/parts.sh"
parts_dir=$(mktemp -d) title=blind
port=9443 bus=/probe_blind
status=0
trap 'end_parts; rm -rf "$parts_dir"' EXIT
library=$(ls /usr/lib/*/libssl.so.3 | head -n 1)
reader=$parts_dir/reader.py
cat >"$reader" <<'END'
import socket, ssl, sys
context = ssl._create_unverified_context()
tls = context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))))
tls.sendall(b"GET /market/stream?streams=btcusdt@aggTrade HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Version: 13\r\n\r\n")
tls.recv(65536)
print("reading", flush=True)
while tls.recv(65536):
    pass
END

check() { # WORDS: what the loader has to have said
	if grep -qE "$2" "$parts_dir/ebpf_loader.err"; then
		echo "ok: $1"
	else
		echo "FAIL: $1: the loader never said '$2':"
		sed 's/^/  /' "$parts_dir/ebpf_loader.err"
		status=1
	fi
}

# Starts the client with a libssl of its own; $folder is where it finds it.
start_client() {
	folder=$parts_dir/lib
	mkdir -p "$folder"
	cp "$library" "$folder/"
	start client "$@" env LD_LIBRARY_PATH="$folder" /usr/bin/python3 "$reader" $port
	wait_for client.out reading
}

start_loader() {
	start ebpf_loader "$bin/ebpf_loader" --bus $bus "$@"
	wait_for ebpf_loader.err 'attached by'
}

# Lines for a while, then all is stopped.
end_case() {
	sleep "$1"
	stop ebpf_loader || { echo "FAIL: the loader exited $?"; status=1; }
	stop client
	rm -rf "$folder" /dev/shm$bus
}

calls_are_seen() {
	start_loader --ssl "${pid_of[client]}"
	end_case 1.5
	check "$1" '^ebpf_loader: [1-9][0-9]* SSL_read calls'
}

run_case() {
	case $1 in
	replaced)
		start_client
		cp "$library" "$folder/new"
		mv "$folder/new" "$folder/libssl.so.3"
		calls_are_seen "a libssl that was replaced on disk"
		;;
	deleted)
		start_client
		rm "$folder/libssl.so.3"
		calls_are_seen "a libssl that was deleted"
		;;
	namespace)
		start_client unshare -m bash -c 'mount -t tmpfs none "$0" && cp "$1" "$0/" && shift && exec "$@"' \
			"$parts_dir/lib" "$library"
		calls_are_seen "a libssl in another mount namespace"
		;;
	nocalls)
		start_client
		cp "$library" "$parts_dir/unused.so"
		start_loader --ssl "${pid_of[client]}" --ssl-symbol-file "$parts_dir/unused.so"
		end_case 3
		check "probes that are never called" 'the probed SSL_read was not called once'
		;;
	during)
		start_client
		start_loader --port $port
		sleep 1
		sysctl -qw kernel.ftrace_enabled=0
		sleep 2
		sysctl -qw kernel.ftrace_enabled=1
		end_case 1.5
		check "probes that are switched off" 'probes on tcp_recvmsg are not run: kernel.ftrace_enabled is 0'
		check "probes that are switched on again" 'ftrace_enabled is 1 again'
		;;
	before)
		start_client
		sysctl -qw kernel.ftrace_enabled=0
		# Some kernels refuse to attach then.
		start ebpf_loader "$bin/ebpf_loader" --bus $bus --port $port --attach "${2:-auto}"
		wait_for ebpf_loader.err 'ftrace_enabled is 0'
		sleep 2
		stop ebpf_loader
		sysctl -qw kernel.ftrace_enabled=1
		echo "ok: probes that were off from the start"
		check "they saw nothing" '^ebpf_loader: (0 reads|cannot attach)'
		end_case 0
		;;
	esac
}

start exchange "$bin/exchange" --listen "127.0.0.1:$port" --cert-dir "$parts_dir/certs" --bus /probe_blind_none \
	--no-client-rate --rate 100
wait_for exchange.out listening
for one in "$@"; do
	run_case ${one/:/ }
done
stop exchange || status=1
exit $status
