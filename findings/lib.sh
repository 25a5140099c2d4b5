# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the findings: a temporary folder, public packages unpacked into it, what is
# expected to be seen.  Nothing is installed on the host.  See README.md.
set -u
export LC_ALL=C

work=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXX")
cleanups=()
finish() {
	local i
	for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do eval "${cleanups[i]}"; done
	rm -rf --one-file-system "$work"
}
trap finish EXIT

skip() { echo "SKIP: $*"; exit 77; }

# is TEXT WANTED SEEN: one line; the finding fails if what is seen has changed.
changed=0
is() {
	if [ "$2" = "$3" ]; then
		echo "as found: $1: $3"
	else
		echo "CHANGED: $1: was '$2', is '$3'"
		changed=1
	fi
}
verdict() { [ "$changed" = 0 ] && echo "unchanged"; exit "$changed"; }

# The mirror this machine's own apt uses for Debian.
debian_mirror() {
	apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null |
		grep -v security | head -n 1
}

# unpack SUITE PACKAGE=VERSION...: the packages and all they depend on, unpacked
# into $work/root, to be run by in_root.
unpack() {
	local suite=$1 mirror state=$work/apt deb
	shift
	[ "$(id -u)" = 0 ] || skip "chroot and namespaces need root"
	mirror=$(debian_mirror)
	[ -n "$mirror" ] || skip "this machine's apt knows no Debian archive"
	mkdir -p "$state"/{parts,lists/partial,cache/archives/partial} "$work/root"
	: >"$state/status"
	echo "deb $mirror $suite main" >"$state/sources.list"
	cat >"$state/conf" <<-CONF
		Dir::Etc::sourcelist "$state/sources.list";
		Dir::Etc::sourceparts "$state/parts";
		Dir::State::lists "$state/lists";
		Dir::State::status "$state/status";
		Dir::Cache "$state/cache";
		APT::Install-Recommends "false";
	CONF
	APT_CONFIG=$state/conf apt-get -qq update >"$work/apt.log" 2>&1 &&
		APT_CONFIG=$state/conf apt-get -qq -y --download-only install libc-bin coreutils "$@" \
			>>"$work/apt.log" 2>&1 ||
		{ tail -n 3 "$work/apt.log"; skip "the archive does not give $*"; }
	for deb in bin sbin lib lib64; do mkdir -p "$work/root/usr/$deb" && ln -sfn "usr/$deb" "$work/root/$deb"; done
	for deb in "$state"/cache/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$work/root"
	done
	mkdir -p "$work/root"/{proc,dev,sys,tmp}
	mount --bind /dev "$work/root/dev" && cleanups+=("umount '$work/root/dev'")
	mount -t proc proc "$work/root/proc" && cleanups+=("umount '$work/root/proc'")
	rm -rf "$state/cache"
	echo "packages: $*"
}

# in_root COMMAND...: runs a command of the unpacked packages.
in_root() { PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$work/root" "$@"; }

# testpmd_start [in NETNS --] ARGUMENT...: DPDK's testpmd of the unpacked packages, forwarding
# once it says so; testpmd_stop ends it, and its closing statistics are in $work/testpmd.log.
testpmd_start() {
	local prefix=() tries=900
	[ "$1" != in ] || { prefix=(ip netns exec "$2"); shift 3; }
	mountpoint -q "$work/root/sys" || {
		mount --bind -o ro /sys "$work/root/sys" && cleanups+=("umount '$work/root/sys'")
		mkdir -p "$work/root/run" "$work/root/var/run"
		in_root ldconfig
	}
	: >"$work/testpmd.log"
	[ -p "$work/enter" ] || mkfifo "$work/enter"
	PATH=/usr/sbin:/usr/bin:/sbin:/bin "${prefix[@]}" chroot "$work/root" stdbuf -oL dpdk-testpmd --no-huge -m 256 \
		--no-pci --no-telemetry -l 0,1 "$@" <"$work/enter" >"$work/testpmd.log" 2>&1 &
	testpmd=$!
	exec 9>"$work/enter"
	until grep -q 'Press enter' "$work/testpmd.log"; do
		[ $((tries -= 1)) -gt 0 ] && kill -0 $testpmd 2>/dev/null ||
			{ tail -n 3 "$work/testpmd.log"; skip "testpmd does not start here"; }
		sleep 0.1
	done
}
testpmd_stop() { echo >&9; exec 9>&-; wait "$testpmd"; }

# testpmd_total LABEL: a figure of the closing statistics over all ports.
testpmd_total() { sed -n '/Accumulated/,$p' "$work/testpmd.log" | grep -oE "$1: +[0-9]+" | head -n 1 | grep -oE '[0-9]+$'; }

# sender_and_receiver NETNS: a namespace with the two ends of a pair of interfaces, on which nobody speaks by himself.
sender_and_receiver() {
	local link
	ip netns add "$1" || skip "no network namespaces here"
	cleanups+=("ip netns del $1")
	ip -n "$1" link add sender type veth peer name receiver || skip "no veth here"
	for link in sender receiver; do
		ip netns exec "$1" sysctl -qw "net.ipv6.conf.$link.disable_ipv6=1"
		ip -n "$1" link set dev $link up
	done
}

# pcap_lengths FILE: the captured lengths of a little-endian pcap file's frames.
pcap_lengths() {
	python3 - "$1" <<-'PY'
		import struct, sys
		data, at, lengths = open(sys.argv[1], "rb").read(), 24, []
		while at < len(data):
		    captured = struct.unpack("<I", data[at + 8:at + 12])[0]
		    lengths.append(str(captured))
		    at += 16 + captured
		print(" ".join(lengths))
	PY
}
