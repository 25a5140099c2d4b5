#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The Debian packages: lintian finds no errors, and they install and work in a
# clean Debian of this release.  Takes minutes and a mirror, so it is in no lane:
#
#   cmake --preset release && cmake --build --preset release && sudo tests/package/package_test.sh
#
# MIRROR names another mirror than debootstrap takes, CLEAN_ROOT a
# folder in which debootstrap has been, to be copied.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
require_root
require_tool cpack dpkg-shlibdeps debootstrap
build=$(dirname "$PROF_BIN")
scratch=$(mktemp -d)
root=$scratch/root
cleanup() {
	for folder in proc sys dev/shm dev; do ! mountpoint -q "$root/$folder" || umount "$root/$folder"; done
	! grep -q " $root" /proc/mounts && rm -rf "$scratch"
}
trap cleanup EXIT

(cd "$build" && cpack -G DEB -B "$scratch/packages") >"$scratch/cpack.log" 2>&1
expect "cpack makes two packages" [ "$(ls "$scratch"/packages/*.deb | wc -l)" = 2 ]
if command -v lintian >/dev/null; then
	lintian --no-tag-display-limit "$scratch"/packages/*.deb >"$scratch/lintian" 2>/dev/null
	cat "$scratch/lintian"
	expect "lintian has no errors" sh -c "! grep -q '^E:' '$scratch/lintian'"
else
	echo "note: no lintian here"
fi

if [ -n "${CLEAN_ROOT:-}" ]; then
	cp -a "$CLEAN_ROOT" "$root"
fi
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
[ -d "$root" ] || debootstrap --variant=minbase "$codename" "$root" ${MIRROR:+"$MIRROR"} >"$scratch/debootstrap.log" 2>&1 ||
	{ tail -n 3 "$scratch/debootstrap.log"; skip "no clean Debian: debootstrap failed"; }
cp "$scratch"/packages/ws-latency_*.deb "$root/ws-latency.deb"
cp /etc/resolv.conf "$root/etc/"
mount --bind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/dev/shm" && mount -t proc proc "$root/proc" &&
	mount -o ro --bind /sys "$root/sys" || skip "no mounts here"
DEBIAN_FRONTEND=noninteractive chroot "$root" sh -c 'apt-get update && apt-get install -y --no-install-recommends /ws-latency.deb' \
	</dev/null >"$scratch/install.log" 2>&1
expect "apt installs it" [ $? = 0 ]
tail -n 2 "$scratch/install.log"

cat >"$root/run.sh" <<'END'
for program in event_correlator websocket_client exchange dpdk_capture ebpf_loader bus_stat run_profiler.sh; do
	"$program" --help >/dev/null || { echo "$program --help: $?"; exit 1; }
done
for program in event_correlator websocket_client exchange dpdk_capture ebpf_loader bus_stat run_profiler.sh; do
	. "/usr/share/bash-completion/completions/$program" && complete -p "$program" >/dev/null || { echo "no completion of $program"; exit 1; }
done
for unit in correlator capture probes client@ fleet; do
	file=/usr/lib/systemd/system/ws-latency-$unit.service
	[ -f "$file" ] || { echo "no $file"; exit 1; }
	program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$file")
	[ -x "$program" ] || { echo "$file: $program cannot be run"; exit 1; }
done
ls /usr/share/man/man1/event_correlator.1.gz /usr/share/man/man8/run_profiler.sh.8.gz >/dev/null ||
	ls /etc/dpkg/dpkg.cfg.d/docker >/dev/null || exit 1
cd /tmp
exchange --listen 127.0.0.1:0 --cert-dir certs >exchange.out 2>&1 &
exchange=$!
event_correlator --bus /package --record recording.bin --duration 8 >live 2>err & correlator=$!
dpdk_capture -l 0 -- --bus /package --duration 7 2>capture.err & capture=$!
sleep 2
port=$(sed -n 's/.*listening on 127.0.0.1:\([0-9]*\).*/\1/p' exchange.out)
websocket_client --ca-file certs/ca.pem --bus /package --duration 3 \
	"wss://127.0.0.1:$port/market/stream?streams=btcusdt@aggTrade" >/dev/null 2>&1 || exit 1
wait $correlator || exit 1
wait $capture || { cat capture.err; exit 1; }
kill $exchange
event_correlator --replay recording.bin >again || exit 1
cmp live again || exit 1
grep -A 3 '=== Correlation' live
[ "$(grep -c '^\[CORR\] seq=[0-9]* tcp_seq=[0-9]' live)" -ge 100 ]
END
chroot "$root" bash /run.sh
expect "its programs run: exchange, client, capture, record, replay" [ $? = 0 ]
finish
