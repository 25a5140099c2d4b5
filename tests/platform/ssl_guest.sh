#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# ssl_guest.sh BIN WAYS OUT WHAT...: inside the VM.  Each WHAT is a run of clients through --ssl:
#
#   asyncio, node            those of $SSL_TREE
#   node=FILE                another node, on this system
#   ways=FILE                ssl_ways in $SSL_TREE, which has OpenSSL in it or takes that Debian's
#
# What the checks need goes to OUT/N, by their order.
set -u
bin=$1 out=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../vm/probe_ssl" && pwd)
status=0
number=0
export SSL_TREE=${SSL_TREE:-}
[ -z "$SSL_TREE" ] || for folder in proc sys dev tmp; do
	mount --rbind "/$folder" "$SSL_TREE/$folder" || exit 1
done
for what in "$@"; do
	number=$((number + 1))
	mkdir "$out/$number"
	case $what in
	node=*) SSL_TREE='' SSL_NODE=${what#node=} bash "$here/run.sh" "$bin" "$out/$number" node ;;
	ways=*)
		# Where it is seen in the tree as well.
		cp "${what#ways=}" "/tmp/ssl_ways.$number"
		ldd "/tmp/ssl_ways.$number" | grep -q libssl || export SSL_LIBRARY=/tmp/ssl_ways.$number
		bash "$here/ways_run.sh" "$bin" "/tmp/ssl_ways.$number" "$out/$number" 60 \
			starttls peek fed fed-starttls reused crossed
		;;
	*) bash "$here/run.sh" "$bin" "$out/$number" "$what" ;;
	esac || status=1
	unset SSL_LIBRARY
done
exit $status
