# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh and tests/run.sh: which Debian packages a section
# of .ci/packages.txt still needs here, and their installation.

packages_log=
packages_file=$(dirname "${BASH_SOURCE[0]}")/packages.txt

package_is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The packages of the named sections that are not installed, one a line.  Where
# the list says a|b, one of them is enough and the first that exists is named.
packages_missing() {
	local section package alternative found
	while IFS=$'\t' read -r section package; do
		case " $* " in *" $section "*) ;; *) continue ;; esac
		found=
		for alternative in ${package//|/ }; do
			package_is_installed "$alternative" && found=yes && break
		done
		[ -n "$found" ] || echo "$package"
	done < <(grep -v '^#' "$packages_file")
}

# The first of a|b|c that the archive has.
package_choose() {
	local alternative
	for alternative in ${1//|/ }; do
		if apt-cache show "$alternative" >/dev/null 2>&1; then
			echo "$alternative"
			return
		fi
	done
	echo "${1%%|*}"
}

# Installs what the named sections lack, saying so first.  Returns 1 with one
# line on stderr if that cannot be done.  $1: the program's name for messages.
packages_install() {
	local program=$1 missing chosen=() package
	shift
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	if ! command -v apt-get >/dev/null; then
		echo "$program: packages: no apt-get here: install the equivalents of:" $missing >&2
		return 1
	fi
	if [ "$(id -u)" != 0 ]; then
		echo "$program: packages: not root: run with sudo, or install:" ${missing//|*/} >&2
		return 1
	fi
	packages_log=$(mktemp) # whoever is interrupted takes it away
	echo "$program: reading the package lists" >&2
	apt-get update >"$packages_log" 2>&1 || true # a half-reachable mirror may still have what we need
	for package in $missing; do
		chosen+=("$(package_choose "$package")")
	done
	echo "$program: installing ${#chosen[@]} Debian packages: ${chosen[*]}" >&2
	if ! DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
		"${chosen[@]}" >>"$packages_log" 2>&1 </dev/null; then
		[ -z "${is_stopping:-}" ] || return 1
		grep -E '^E:' "$packages_log" >&2 || tail -n 5 "$packages_log" >&2
		echo "$program: packages: apt-get install failed: see $packages_log" >&2
		packages_log=
		return 1
	fi
	rm -f "$packages_log"
}
