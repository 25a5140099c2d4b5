# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the platform tests: a Debian of another suite, made by debootstrap and kept in
# a folder; and a command in it, in namespaces that take all mounts with them when it ends.
platform_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
platform_cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ws_latency/platform
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Everything is skipped, for want of something.
platform_skip_all() { echo "SKIP: $*"; exit 77; }

platform_require() {
	local tool
	[ "$(id -u)" = 0 ] || platform_skip_all "needs root for chroots and namespaces: run with sudo"
	for tool in "$@"; do
		command -v "$tool" >/dev/null || platform_skip_all "$tool is not installed"
	done
	[ -r "$keyring" ] || platform_skip_all "$keyring is not there: apt-get install debian-archive-keyring"
}

platform_open_cache() {
	mkdir -p "$platform_cache" || exit 1
	platform_cache=$(cd "$platform_cache" && pwd -P)
}

# platform_codename SUITE: as the archive calls it; fails for what is none of ours.
platform_codename() {
	case $1 in
	debian12) echo bookworm ;;
	debian13) echo trixie ;;
	sid | experimental) echo sid ;;
	*) return 1 ;;
	esac
}

# The lines of apt for a suite, from the mirrors that this machine uses itself.
platform_sources() {
	local codename=$1 suite=$2 archives mirror security
	local release='(bullseye|bookworm|trixie|forky|sid|stable|oldstable|testing|unstable)'
	archives=$("$platform_root/ebpf/vm/host_archives.sh")
	mirror=$(awk -v r="^$release\$" '$2 ~ r { print $1; exit }' <<<"$archives")
	security=$(awk -v r="^$release-security\$" '$2 ~ r { print $1; exit }' <<<"$archives")
	[ -n "$mirror" ] || return 1
	echo "deb [signed-by=$keyring] $mirror $codename main"
	[ "$suite" != experimental ] || echo "deb [signed-by=$keyring] $mirror experimental main"
	[ "$codename" != sid ] || return 0
	echo "deb [signed-by=$keyring] $mirror $codename-updates main"
	[ -z "$security" ] || echo "deb [signed-by=$keyring] $security $codename-security main"
}

# platform_enter TREE WORK ALONE|SHARED COMMAND...: COMMAND as root in TREE, which is / and a
# mount of its own; WORK is /mnt there.  ALONE: without a network but its own loopback.
platform_enter() {
	local tree=$1 work=$2 net=$3 status
	shift 3
	local namespaces=(--mount --ipc --uts --propagation private)
	[ "$net" = SHARED ] || namespaces+=(--net)
	rm -f "$work/work_mount"
	unshare "${namespaces[@]}" bash "$platform_root/tests/platform/enter.sh" "$tree" "$work" "$@"
	status=$?
	platform_end_processes "$work"
	return $status
}

# Whatever was started in there and still runs: the mounts last as long as it does.
platform_end_processes() {
	local process mount
	mount=$(cat "$1/work_mount" 2>/dev/null) || return 0
	for process in /proc/[0-9]*; do
		! grep -qF " $mount /mnt " "$process/mountinfo" 2>/dev/null || kill -KILL "${process##*/}" 2>/dev/null
	done
}

# platform_make SUITE LOG: the Debian of that suite with what .ci/packages.txt lists for building,
# running and testing, in $platform_cache/SUITE/tree, unless it is there already.  It is whole or
# not there.  Returns 1 with the reason in platform_why.
platform_make() {
	local suite=$1 folder=$platform_cache/$1 lock status
	mkdir -p "$folder"
	exec {lock}>"$folder/lock"
	flock "$lock" # two at once would fill the same folder
	platform_why=
	[ "$(cat "$folder/made" 2>/dev/null)" = "$(platform_key)" ] || platform_make_anew "$suite" "$folder" "$2"
	status=$?
	exec {lock}>&-
	return $status
}

platform_make_anew() {
	local suite=$1 folder=$2 log=$3 tree=$2/tree.new codename
	codename=$(platform_codename "$suite")
	rm -rf --one-file-system "$folder/tree" "$tree" "$folder/made"
	platform_sources "$codename" "$suite" >"$folder/sources" ||
		{ platform_why="this machine's apt knows no Debian archive"; return 1; }
	echo "$suite: making it in $folder" >&2
	debootstrap --variant=minbase --keyring="$keyring" --include=ca-certificates "$codename" "$tree" \
		"$(awk '{ print $3; exit }' "$folder/sources")" >"$log" 2>&1 ||
		{ platform_why="debootstrap of $codename failed: $(tail -n 1 "$log")"; return 1; }
	platform_furnish "$tree" "$folder" "$log" "$suite" || return 1
	mv -T "$tree" "$folder/tree" && platform_key >"$folder/made"
}

# What a tree is made from: another list, another tree.
platform_key() {
	cat "$platform_root/.ci/packages.txt" "$platform_root/tests/platform/furnish.sh" | cksum | tr ' ' -
}

platform_furnish() {
	local tree=$1 folder=$2 log=$3 suite=$4
	rm -f "$tree/etc/apt/sources.list" "$tree"/etc/apt/sources.list.d/*
	cp "$folder/sources" "$tree/etc/apt/sources.list"
	cp "$keyring" "$tree$keyring"
	cp /etc/resolv.conf "$tree/etc/resolv.conf"
	# The host's way to the network, nothing else of its configuration.
	apt-config dump | grep -E '^Acquire::(http|https|ftp|mirror|Check-|Retries|ForceIP)' \
		>"$tree/etc/apt/apt.conf.d/90host" || :
	printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d" # no daemons
	chmod +x "$tree/usr/sbin/policy-rc.d"
	echo force-unsafe-io >"$tree/etc/dpkg/dpkg.cfg.d/90quick" # one that is torn is made anew
	mkdir -p "$folder/share" && cp -r "$platform_root/.ci" "$platform_root/tests/platform/furnish.sh" "$folder/share/"
	platform_enter "$tree" "$folder/share" SHARED bash /mnt/furnish.sh "$suite" >>"$log" 2>&1 </dev/null ||
		{
			platform_why="packages: $(grep -E '^(E:| .* : Depends)|furnish' "$log" | tail -n 2 | paste -sd ' ')"
			return 1
		}
	rm -rf --one-file-system "$folder/share"
}
