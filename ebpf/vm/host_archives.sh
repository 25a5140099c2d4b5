#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# host_archives.sh: prints "URI SUITE" for each archive this machine's apt knows, from
# both formats of its lists.  Whoever needs another suite of Debian takes it from there.
set -u
export LC_ALL=C

cat -- /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
	sed -nE 's/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+)[[:space:]]+([^[:space:]]+).*/\2 \3/p'
cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '
	/^#/ { next }
	tolower($1) == "uris:" { uri = $2 }
	tolower($1) == "suites:" { for (i = 2; i <= NF; i++) suites[++n] = $i }
	/^[[:space:]]*$/ { flush() }
	END { flush() }
	function flush(i) {
		for (i = 1; i <= n; i++) print uri, suites[i]
		n = 0; uri = ""
	}'
exit 0
