#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every stream of the venue, raw and combined, escaped and in UTF-8, in JSON and in SBE: named,
# known, with its time; nothing is missed that was sent, and nothing silent that speaks.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../client/client.sh"
venue=$(dirname "${BASH_SOURCE[0]}")
require_tool "$PROF_BIN/exchange" "$CLIENT" "$EVENTS" "$PYTHON"
trap client_cleanup EXIT
"$PYTHON" "$venue/client_sheet.py" "$PROF_BIN" "$EVENTS" "$work" 8
expect "all streams of the sheet" [ $? = 0 ]
finish
