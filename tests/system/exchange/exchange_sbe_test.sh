#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The exchange's SBE streams, read by a decoder in Python that knows only the schema.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=/usr/bin/python3
"$python" -c 'import websockets' 2>/dev/null || skip "python3-websockets is not installed"
export PROF_BIN

"$python" -B "$here/exchange_sbe.py"
expect "all templates, times and ids" [ $? = 0 ]
finish
