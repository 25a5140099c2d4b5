#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check.sh MODEL pass|fail [MUTANT]: lets spin search the whole state space of a
# model and compares the verdict with the one expected.
set -eu

model=$1
expected=$2
mutant=${3:-}    # or another word for the preprocessor, as EVENTS=4
command -v spin >/dev/null || { echo "spin is not installed: apt-get install spin"; exit 77; }
source=$(cd "$(dirname "$0")" && pwd)/$model.pml
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

spin ${mutant:+-D"$mutant"} -a "$source" >spin.log 2>&1 || { cat spin.log; exit 1; }
cc -O1 -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c
./pan -m1000000 >pan.log
errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.log)
states=$(sed -n 's/ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
if grep -q 'max search depth too small\|out of memory' pan.log; then
	cat pan.log
	echo "$model $mutant: the search was not complete"
	exit 1
fi
if [ "$errors" = 0 ]; then verdict=pass; else verdict=fail; fi
echo "$model ${mutant:-as built}: $verdict (errors $errors, states $states), expected $expected"
if [ "$verdict" = fail ]; then
	sed -n 's/^pan:1: /  counterexample: /p' pan.log
fi
[ "$verdict" = "$expected" ]
