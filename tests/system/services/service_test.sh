#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# service.sh, which the units start: a folder for each start, the oldest go until the rest fits, and
# whatever it is killed in, a folder that has its name is whole.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/{bin,share/ws_latency/correlator,state,fake}
cp "$PROF_ROOT/correlator/service.sh" "$scratch/share/ws_latency/correlator/"
printf '#!/bin/sh\necho "$@"\n' >"$scratch/bin/event_correlator"
# A removal that is killed in its middle.
printf '#!/bin/sh\nfor last; do :; done\n[ -d "$last" ] || exit 0\nunlink "$last/one"\nkill -KILL $PPID\n' >"$scratch/fake/rm"
chmod +x "$scratch/bin/event_correlator" "$scratch/fake/rm"

old_folder() { # NAME
	mkdir "$scratch/state/$1"
	for file in one two; do head -c 1200000 /dev/urandom >"$scratch/state/$1/$file"; done
}
serve() { WS_LATENCY_KEEP_MIB=3 WS_LATENCY_PART_MIB=1 bash "$scratch/share/ws_latency/correlator/service.sh" correlator "$scratch/state" --x; }
named() { (cd "$scratch/state" && ls -d [0-9]* | tr '\n' ' '); }

old_folder 20200101T000000.0
old_folder 20210101T000000.0
said=$(serve)
expect "the oldest is gone, the other stays, a new one is there: $(named)" grep -qE '^20210101T000000\.0 2[0-9T.]+ $' <<<"$(named)"
expect "what is started is told of its folder: $said" grep -qE -- '^--quiet --record 2[0-9T.]+/recording.bin --record-size 1 .* --x$' <<<"$said"
old_folder 20200101T000000.0
PATH=$scratch/fake:$PATH serve >/dev/null 2>&1
expect "it was killed" [ $? = 137 ]
halves=0
for folder in "$scratch"/state/20200101* "$scratch"/state/20210101*; do
	[ ! -d "$folder" ] || [ -e "$folder/one" ] || halves=1
done
expect "no folder is half there" [ $halves = 0 ]
serve >/dev/null
expect "what was left is gone with the next start" [ -z "$(find "$scratch/state" -maxdepth 1 -name '.going*')" ]
finish
