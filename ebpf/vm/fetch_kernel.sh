#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# fetch_kernel.sh VERSION DIR: unpacks Debian's kernel package into DIR, which
# must not exist.  Nothing is installed, and the host's own apt state is only
# read: a private one is used, so that a kernel of another Debian release can
# be had too.  DIR appears whole or not at all.
#
#   DIR/tree      the package's files
#   DIR/vmlinuz   the kernel; a link into the tree
#   DIR/release   what uname -r will say
set -euo pipefail
export LC_ALL=C

die() {
	echo "fetch_kernel: $*" >&2
	exit 1
}

(($# == 2)) || { echo "fetch_kernel: usage: fetch_kernel.sh VERSION DIR" >&2; exit 2; }
version=$1
dir=$2

# Which Debian release ships which kernel.
case $version in
5.10) suite=bullseye ;;
6.1) suite=bookworm ;;
6.12) suite=trixie ;;
*) die "$version: no such kernel: 5.10, 6.1 or 6.12" ;;
esac

work=$(mktemp -d "${dir%/*}/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Prints "URI SUITE" for each archive the host's apt knows, from both formats.
host_archives() {
	local files=(/etc/apt/sources.list /etc/apt/sources.list.d/*.list)

	cat -- "${files[@]}" 2>/dev/null |
		sed -nE 's/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+)[[:space:]]+([^[:space:]]+).*/\2 \3/p' || :
	cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '
		/^#/ { next }
		tolower($1) == "uris:" { uri = $2 }
		tolower($1) == "suites:" { for (i = 2; i <= NF; i++) suites[++n] = $i }
		/^[[:space:]]*$/ { flush() }
		END { flush() }
		function flush(i) {
			for (i = 1; i <= n; i++) print uri, suites[i]
			n = 0; uri = ""
		}' || :
}

# The mirrors the host uses itself, for the plain and for the security archive.
release='(bullseye|bookworm|trixie|forky|sid|stable|oldstable|oldoldstable|testing|unstable)'
archives=$(host_archives)
mirror=$(awk -v r="^$release\$" '$2 ~ r { print $1; exit }' <<<"$archives")
security=$(awk -v r="^$release-security\$" '$2 ~ r { print $1; exit }' <<<"$archives")
[[ $mirror ]] || die "this machine's apt has no Debian archive: add one to /etc/apt/sources.list"

mkdir -p "$work"/{parts,state/lists/partial,cache/archives/partial}
: >"$work/status"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -r $keyring ]] || die "$keyring: not there: apt-get install debian-archive-keyring"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
[[ -z $security ]] ||
	echo "deb [signed-by=$keyring] $security $suite-security main" >>"$work/sources.list"

# The host's way to the network (proxies and the like), nothing else of its configuration.
{
	apt-config dump | grep -E '^Acquire::(http|https|ftp|mirror|Check-|Retries|ForceIP)' || :
	cat <<-CONF
		Dir::Etc::sourcelist "$work/sources.list";
		Dir::Etc::sourceparts "$work/parts";
		Dir::Etc::parts "$work/parts";
		Dir::State "$work/state";
		Dir::State::status "$work/status";
		Dir::Cache "$work/cache";
		Acquire::Languages "none";
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Sandbox::User "$(id -un)";
	CONF
} >"$work/apt.conf"
export APT_CONFIG=$work/apt.conf

apt-get -qq update >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	die "apt-get update for $suite failed: is the Debian mirror reachable?"
}
package=$(apt-cache depends linux-image-amd64 |
	sed -nE 's/^ *Depends: (linux-image-'"${version//./\\.}"'[^ ]*-amd64)$/\1/p' | head -n 1)
[[ $package ]] || die "$suite has no linux-image-amd64 that is a $version kernel"
(cd "$work" && apt-get -qq download "$package") >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	die "$package: cannot be downloaded"
}

mkdir "$work/out"
dpkg -x "$work"/linux-image-*.deb "$work/out/tree"
kernel=$(cd "$work/out" && ls -d tree/boot/vmlinuz-*)
release=${kernel##*/vmlinuz-}
ln -s "$kernel" "$work/out/vmlinuz"
echo "$release" >"$work/out/release"
# Packages of merged-/usr releases keep their modules below usr/.
[[ -d $work/out/tree/lib ]] || ln -s usr/lib "$work/out/tree/lib"
depmod -b "$work/out/tree" "$release"
mv -T "$work/out" "$dir"
