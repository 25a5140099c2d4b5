#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The tree is what the map in docs/CONTRIBUTING.md says.  Needs no root and nothing built.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool python3
exec python3 -B "$(dirname "${BASH_SOURCE[0]}")/rooms_check.py" "$PROF_ROOT"
