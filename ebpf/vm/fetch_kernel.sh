#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# fetch_kernel.sh VERSION DIR: unpacks Debian's newest kernel of a series (6.1) into
# DIR, which must not exist.  Nothing is installed, and the host's own apt state is
# only read: a private one is used, so that a kernel of another Debian release can
# be had too.  DIR appears whole or not at all.
#
#   DIR/tree      the package's files
#   DIR/vmlinuz   the kernel; a link into the tree
#   DIR/release   what uname -r will say
#
# fetch_kernel.sh --newest DIR: prints the newest series there is; DIR stays as it is.
#
# fetch_kernel.sh --headers VERSION DIR: what modules for the kernel in DIR are built with, as
# DIR/headers; DIR/build is the folder for make -C.
set -euo pipefail
export LC_ALL=C

die() {
	echo "fetch_kernel: $*" >&2
	exit 1
}

is_headers=
[[ ${1:-} != --headers ]] || { is_headers=yes; shift; }
(($# == 2)) || { echo "fetch_kernel: usage: fetch_kernel.sh VERSION|--newest|--headers VERSION DIR" >&2; exit 2; }
version=$1
dir=$2

# A release keeps its kernel for ever, and has a security suite.  Every other series is
# looked for where new ones come, which have none.
case $version in
5.10) suites=(bullseye bullseye-security) ;;
6.1) suites=(bookworm bookworm-security) ;;
6.12) suites=(trixie trixie-security) ;;
*) suites=(trixie-backports sid) ;;
esac

work=$(mktemp -d "${dir%/*}/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

# The mirrors the host uses itself, for the plain and for the security archive.
release='(bullseye|bookworm|trixie|forky|sid|stable|oldstable|oldoldstable|testing|unstable)'
archives=$("${BASH_SOURCE[0]%/*}/host_archives.sh")
mirror=$(awk -v r="^$release\$" '$2 ~ r { print $1; exit }' <<<"$archives")
security=$(awk -v r="^$release-security\$" '$2 ~ r { print $1; exit }' <<<"$archives")
[[ $mirror ]] || die "this machine's apt has no Debian archive: add one to /etc/apt/sources.list"

mkdir -p "$work"/{parts,state/lists/partial,cache/archives/partial}
: >"$work/status"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -r $keyring ]] || die "$keyring: not there: apt-get install debian-archive-keyring"
for suite in "${suites[@]}"; do
	case $suite in
	*-security) [[ -z $security ]] || echo "deb [signed-by=$keyring] $security $suite main" ;;
	*) echo "deb [signed-by=$keyring] $mirror $suite main" ;;
	esac
done >"$work/sources.list"

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
	die "apt-get update for ${suites[*]} failed: is the Debian mirror reachable?"
}

# Prints the releases of a series (or of all: "") as uname -r says them, oldest first.
# Since 6.19 linux-image-RELEASE is empty, and the kernel itself is in linux-binary-RELEASE.
releases_of() {
	local series=${1//./\\.}

	{ apt-cache pkgnames linux-image- && apt-cache pkgnames linux-binary-; } |
		sed -nE "s/^linux-(image|binary)-(${series:-[0-9]+\\.[0-9]+}[^0-9a-z][0-9.]+([+-][^-]+)?-amd64)\$/\2/p" |
		sed -E '/cloud|rt|unsigned/d' | sort -uV
}

download() {
	(cd "$work" && apt-get -qq download "$@") >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		die "$*: cannot be downloaded"
	}
	for package in "$work"/*.deb; do
		dpkg -x "$package" "$work/out/$unpacked"
	done
	rm "$work"/*.deb
}

# Tools built for a newer glibc than this machine's come with that release's.
run_with_own_libraries() {
	local tool=$1

	[[ -x $tool ]] && ldd "$tool" 2>&1 | grep -q "GLIBC_[0-9.]*' not found" || return 0
	unpacked=headers/libraries
	[[ -d $work/out/$unpacked ]] || download libc6 libelf1t64 zlib1g libzstd1
	mv "$tool" "$tool.own"
	cat >"$tool" <<-TOOL
		#!/bin/sh
		libraries=$dir/headers/libraries/usr/lib/x86_64-linux-gnu
		exec "\$libraries/ld-linux-x86-64.so.2" --library-path "\$libraries" "\$0.own" "\$@"
	TOOL
	chmod +x "$tool"
}

if [[ $is_headers ]]; then
	release=$(<"$dir/release")
	kbuild=$(apt-cache depends "linux-headers-$release" | sed -n 's/.*Depends: \(linux-kbuild[^ ]*\).*/\1/p')
	[[ $kbuild ]] || die "linux-headers-$release: not in ${suites[*]}: fetch the kernel anew"
	mkdir "$work/out"
	unpacked=headers
	download "linux-headers-$release" "linux-headers-${release%-amd64}-common" "$kbuild"
	# They name each other by where they would have been installed.
	sed -i -E "s,/usr/src/(linux-headers-[^ )]*-common),$dir/headers/usr/src/\1," \
		"$work/out/headers/usr/src/linux-headers-$release/Makefile"
	for tool in tools/objtool/objtool.real-x86 scripts/mod/modpost.real-lsb-64; do
		run_with_own_libraries "$work/out/headers/usr/lib/$kbuild/$tool"
	done
	rm -rf "$dir/headers"
	mv -T "$work/out/headers" "$dir/headers"
	ln -sfn "headers/usr/src/linux-headers-$release" "$dir/build"
	exit 0
fi

if [[ $version == --newest ]]; then
	release=$(releases_of '' | tail -n 1)
	[[ $release ]] || die "${suites[*]}: no kernel there"
	sed -E 's/^([0-9]+\.[0-9]+).*/\1/' <<<"$release"
	exit 0
fi
release=$(releases_of "$version" | tail -n 1)
[[ $release ]] || die "$version: no such kernel in ${suites[*]}:" \
	"there are 5.10, 6.1, 6.12$(releases_of '' | sed -E 's/^([0-9]+\.[0-9]+).*/, \1/' | uniq | tr -d '\n')"
mapfile -t packages < <(apt-cache pkgnames linux- | grep -E "^linux-(image|base|binary|modules)-${release//[.+]/\\&}\$")
mkdir "$work/out"
unpacked=tree
download "${packages[@]}"
kernel=$(cd "$work/out" && ls -d tree/boot/vmlinuz-"$release" tree/usr/lib/modules/"$release"/vmlinuz 2>/dev/null) ||:
[[ $kernel ]] || die "${packages[*]}: no vmlinuz in them"
ln -s "${kernel%%$'\n'*}" "$work/out/vmlinuz"
echo "$release" >"$work/out/release"
# Packages of merged-/usr releases keep their modules below usr/.
[[ -d $work/out/tree/lib ]] || ln -s usr/lib "$work/out/tree/lib"
depmod -b "$work/out/tree" "$release"
mv -T "$work/out" "$dir"
