#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# All streams of spot and futures for SOAK_S seconds, 240 if not given, 5,000 messages a second.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../client/client.sh"
[ -n "${PROF_FULL:-}" ] || skip "PROF_FULL=1 is not set: it takes minutes"
require_tool "$PROF_BIN/exchange" "$CLIENT" "$EVENTS" "$PYTHON"
trap client_cleanup EXIT
"$PYTHON" "$(dirname "${BASH_SOURCE[0]}")/sheet_soak.py" "$PROF_BIN" "$EVENTS" "${SOAK_S:-240}"
expect "nothing lost, nothing grown" [ $? = 0 ]
finish
