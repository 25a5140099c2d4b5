#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The tree is what the map in docs/CONTRIBUTING.md says.  Needs no root and nothing built.
exec python3 -B "$(dirname "$0")/rooms_check.py" "${PROF_ROOT:-$(dirname "$0")/../../..}"
