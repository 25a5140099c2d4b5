#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The package's services for two hours under a systemd of their own, with every output, rotation and
# the flight recorder, at 2,000 messages a second; in the second half killed every
# ten minutes, one, several, all.  Then: nobody grew, the disk was bounded, what was on disk is
# whole, and every message that the exchange sent has its line or was told as lost.
#
#   sudo PROF_FULL=1 SOAK_S=7200 tests/system/services/soak_test.sh     (SOAK_S: 7200 is what it is for)
#
# A clean Debian of this release is made by debootstrap (CLEAN_ROOT: copied from there) and started in
# namespaces as a container's manager would; the package is made from $PROF_BIN/.. by cpack (SOAK_DEB:
# is this one).  SOAK_WORK keeps everything, and SOAK_JUDGE=1 with it only judges once more.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
[ -n "${PROF_FULL:-}" ] && [ -n "${SOAK_S:-}" ] || skip "hours: PROF_FULL=1 SOAK_S=7200 runs it"
require_root
require_tool ip ethtool debootstrap tshark python3 unshare nsenter
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
soak_s=$SOAK_S
work=${SOAK_WORK:-$(mktemp -d /var/tmp/ws_latency_soak.XXXXXX)}
mkdir -p "$work"
tree=$work/root log=$work/soak.log
name=soak.$$
units=(correlator capture client@a client@b flight)

judge() { python3 "$here/soak_judge.py" "$work" "$PROF_BIN"; }
if [ -n "${SOAK_JUDGE:-}" ]; then
	judge
	exit
fi

note() { printf '%s %s\n' "$(date -u +%FT%T.%NZ) $(awk '{ print $1 }' /proc/uptime)" "$*" >>"$log"; }
inside() { nsenter -t "$(cat "$work/init.pid")" -m -p -u -i -n -C env -i PATH=/usr/bin:/usr/sbin:/bin:/sbin "$@"; }

# hang UNIT: stops its process by SIGSTOP, which the unit's watchdog has to notice, and systemd to end.
hang() {
	local unit=ws-latency-$1.service before after began_s=$SECONDS
	before=$(inside systemctl show -P MainPID "$unit")
	[ "${before:-0}" -gt 1 ] || return 1
	inside kill -STOP "$before"
	while ((SECONDS - began_s < 180)); do
		after=$(inside systemctl show -P MainPID "$unit")
		[ "${after:-0}" -gt 1 ] && [ "$after" != "$before" ] && break
		sleep 0.5
	done
	note "hung $1: $before, then ${after:-none} after $((SECONDS - began_s)) s"
	[ "${after:-0}" -gt 1 ] && [ "$after" != "$before" ]
}

cleanup() {
	[ -z "${sampler:-}" ] || kill "$sampler" 2>/dev/null
	[ -z "${exchange:-}" ] || kill "$exchange" 2>/dev/null
	# With its first process a PID namespace ends.
	[ ! -s "$work/init.pid" ] || kill -KILL "$(cat "$work/init.pid")" 2>/dev/null
	[ -z "${container:-}" ] || wait "$container" 2>/dev/null
	for ns in x c; do ip netns del "$name.$ns" 2>/dev/null; done
	find "/sys/fs/cgroup/$cgroup" -depth -type d -exec rmdir {} \; 2>/dev/null
	rm -f "$work/init.pid"
	[ -n "${SOAK_WORK:-}" ] || rm -rf --one-file-system "$work"
}
cgroup2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$cgroup2" ] || skip "no cgroup2 is mounted here"
cgroup=${cgroup2#/sys/fs/cgroup}/$name
cgroup=${cgroup#/}
trap cleanup EXIT

# The package in a clean Debian.
if [ ! -x "$tree/usr/bin/event_correlator" ]; then
	deb=${SOAK_DEB:-}
	if [ -z "$deb" ]; then
		(cd "$(dirname "$PROF_BIN")" && cpack -G DEB -B "$work/packages") >"$work/cpack.log" 2>&1
		deb=$(ls "$work"/packages/ws-latency_*.deb)
	fi
	if [ -n "${CLEAN_ROOT:-}" ]; then
		cp -a "$CLEAN_ROOT" "$tree"
	else
		debootstrap --variant=minbase --include=systemd,systemd-sysv,iproute2,procps,curl \
			"$(. /etc/os-release && echo "$VERSION_CODENAME")" "$tree" ${MIRROR:+"$MIRROR"} >"$work/debootstrap.log" 2>&1 ||
			skip "no clean Debian: debootstrap failed: $(tail -n 1 "$work/debootstrap.log")"
	fi
	cp "$deb" "$tree/ws-latency.deb"
	cp /etc/resolv.conf "$tree/etc/"
	DEBIAN_FRONTEND=noninteractive chroot "$tree" env ${http_proxy:+http_proxy="$http_proxy"} \
		sh -c 'apt-get update && apt-get install -y --no-install-recommends /ws-latency.deb' </dev/null >"$work/install.log" 2>&1 ||
		{ tail -n 3 "$work/install.log"; skip "the package cannot be installed"; }
fi
rm -rf "$tree"/var/lib/ws_latency "$tree"/var/lib/private "$work"/samples.tsv "$work"/ledger.* "$log"

# The exchange outside, on a wire to the container.
ip netns add "$name.x" && ip netns add "$name.c" || exit 1
ip link add srv0 netns "$name.x" type veth peer name nic0 netns "$name.c"
for end in x:srv0:10.88.0.1 c:nic0:10.88.0.2; do
	IFS=: read -r ns interface address <<<"$end"
	ip -n "$name.$ns" addr add "$address/24" dev "$interface"
	ip -n "$name.$ns" link set lo up
	ip -n "$name.$ns" link set "$interface" up
	ip netns exec "$name.$ns" ethtool -K "$interface" tx off tso off gso off gro off
done
ip netns exec "$name.x" nice -n 5 "$PROF_BIN/exchange" --listen 10.88.0.1:9443 --host 10.88.0.1 --cert-dir "$work/certs" \
	--rate 250 --no-client-rate --log "$work/exchange.log" >"$work/exchange.out" 2>&1 &
exchange=$!
for _ in $(seq 100); do grep -q 'listening on' "$work/exchange.out" && break; sleep 0.1; done

# What a user sets up: units as they are, and drop-ins where the README says systemctl edit.
mkdir -p "$tree/etc/ws_latency"
cp "$work/certs/ca.pem" "$tree/etc/ws_latency/"
url() { echo "URL=--ca-file /etc/ws_latency/ca.pem --keylog /var/lib/ws_latency/correlator/keys.log wss://10.88.0.1:9443/market/stream?streams=$1"; }
url "btcusdt@aggTrade/ethusdt@aggTrade/solusdt@aggTrade/bnbusdt@aggTrade" >"$tree/etc/ws_latency/a.conf"
url "xrpusdt@aggTrade/adausdt@aggTrade/dogeusdt@aggTrade/linkusdt@aggTrade" >"$tree/etc/ws_latency/b.conf"
drop_in() {
	mkdir -p "$tree/etc/systemd/system/ws-latency-$1.service.d"
	cat >"$tree/etc/systemd/system/ws-latency-$1.service.d/override.conf"
}
drop_in client@ <<'EOF'
[Service]
StateDirectory=ws_latency/correlator
EOF
drop_in correlator <<'EOF'
[Service]
Environment=WS_LATENCY_KEEP_MIB=1024
Environment=WS_LATENCY_PART_MIB=16
ExecStart=
ExecStart=/bin/sh -c 'more=$$(date -u +%%Y%%m%%dT%%H%%M%%S).0; mkdir $$more; \
	exec /usr/share/ws_latency/correlator/service.sh correlator . --metrics 9464 --interval 60 \
	--csv $$more/messages.csv --trips $$more/trips.jsonl --hgrm $$more/latency --report $$more/report.html --perfetto $$more/trace.perfetto'
WorkingDirectory=/var/lib/ws_latency/correlator
EOF
drop_in capture <<'EOF'
[Service]
Environment=WS_LATENCY_KEEP_MIB=1024
Environment=WS_LATENCY_PART_MIB=16
ExecStart=
ExecStart=/usr/share/ws_latency/correlator/service.sh capture ${STATE_DIRECTORY} --iface nic0
EOF

# Its systemd, with a cgroup of its own at the top of all that it sees.
mkdir "/sys/fs/cgroup/$cgroup" || exit 1
(
	echo "$BASHPID" >"/sys/fs/cgroup/$cgroup/cgroup.procs"
	exec nsenter --net="/run/netns/$name.c" nice -n 5 unshare --mount --pid --uts --ipc --cgroup --fork --kill-child "$here/boot.sh" "$tree"
) >"$work/boot.out" 2>&1 &
container=$!
for _ in $(seq 100); do
	init=$(pgrep -P "$container" | head -n 1)
	[ -n "$init" ] && [ "$(cat "/proc/$init/comm")" = systemd ] && break
	sleep 0.1
done
echo "$init" >"$work/init.pid"
for _ in $(seq 300); do inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded' && break; sleep 0.2; done
note "booted: $(inside systemctl is-system-running)"
for unit in "${units[@]}"; do
	inside systemctl start "ws-latency-$unit" || note "start $unit: $?"
done
note "started"
# It must not fall behind: what is rotated away before it was read cannot be judged.
nice -n -5 python3 "$here/soak_ledger.py" "$work" "/sys/fs/cgroup/$cgroup" "$exchange" 2>"$work/ledger.err" &
sampler=$!

# In the second half, every tenth minute (or twelfth of a shorter run).
began=$SECONDS
plan=("correlator capture client@a client@b flight" "correlator" "capture" "client@a" "correlator capture client@a client@b flight" "correlator capture")
every_s=$((soak_s / 12))
for index in "${!plan[@]}"; do
	while ((SECONDS - began < soak_s / 2 + index * every_s)); do sleep 1; done
	names=()
	for unit in ${plan[index]}; do names+=("ws-latency-$unit.service"); done
	note "kill ${plan[index]}"
	inside systemctl kill --signal=KILL "${names[@]}"
done
while ((SECONDS - began < soak_s)); do sleep 1; done
note "stop"
inside systemctl stop ws-latency-client@a ws-latency-client@b
sleep 5
hung=0
for unit in capture correlator; do
	hang "$unit" || hung=1
done
inside systemctl stop ws-latency-capture ws-latency-correlator ws-latency-flight
note "stopped"
sleep 12 # the sampler's last look
kill "$sampler"
wait "$sampler" 2>/dev/null
inside journalctl --no-pager -o short-monotonic -u 'ws-latency-*' >"$work/journal"
kill "$exchange"
wait "$exchange"
exchange=''
sed -n 's/^.* hung /hung by SIGSTOP: /p' "$log"
expect "each that hangs is ended by its unit's watchdog and replaced" [ $hung = 0 ]
judge
expect "the judge agrees" [ $? = 0 ]
finish
