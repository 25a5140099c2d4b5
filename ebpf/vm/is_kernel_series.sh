#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# is_kernel_series.sh TEXT: may TEXT stand after --kernel?  A series of kernels from
# the oldest that the probe runs on, or newest.  Whether Debian has it is for
# fetch_kernel.sh to find out.
[[ $1 == newest ]] && exit 0
[[ $1 =~ ^([1-9][0-9]?)\.(0|[1-9][0-9]?)$ ]] || exit 1
((BASH_REMATCH[1] * 100 + BASH_REMATCH[2] >= 510))
