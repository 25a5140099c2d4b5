#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# guest.sh ROOT BIN READERS OUT ATTACH...: inside the VM.  By each way to attach: the embedded
# run with --stages, the readers of which is known what they do, and the flood.
root=$1 bin=$2 readers=$3 out=$4
shift 4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
steps="epoll:none nap:none epoll:none epoll:hog epoll:none epoll:stop epoll:none epoll:flood epoll:none epoll:hole"
steps+=" recv:none poll:none select:none spin:none io_uring:none two:none herd:none shifts:none"
steps=${STAGES_STEPS:-$steps}
status=0
export STAGES_NAP_US=${STAGES_NAP_US:-200000} # emulated processors take milliseconds to wake up

for attach in "$@"; do
	mkdir -p "$out/$attach.embedded" "$out/$attach.readers" "$out/$attach.flood"
	case ${STAGES_PARTS:-embedded readers flood} in *embedded*)
		PROF_IN_VM=yes "$root/run_profiler.sh" --attach "$attach" --stages --unit ns --duration 6 \
			--out "$out/$attach.embedded" >"$out/$attach.embedded/out" 2>"$out/$attach.embedded/err"
		echo "$attach: embedded run: exit $?" ;;
	esac
	case ${STAGES_PARTS:-embedded readers flood} in *readers*)
		# shellcheck disable=SC2086
		bash "$here/readers_run.sh" "$bin" "$readers" "$out/$attach.readers" "$attach" $steps || status=1 ;;
	esac
	case ${STAGES_PARTS:-embedded readers flood} in *flood*)
		bash "$here/flood_run.sh" "$bin" "$readers" "$out/$attach.flood" "$attach" ||
			{ echo "FAIL: flood by $attach"; status=1; } ;;
	esac
done
exit $status
