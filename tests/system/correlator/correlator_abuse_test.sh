#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# event_correlator in the hands of somebody careless or hostile: whatever it is
# given, one line says what is wrong with what, and nothing collected is lost.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool python3 gzip
here=$PROF_ROOT/tests/system/correlator
scratch=$(mktemp -d)
bus=/ws_latency.abuse.$$
pids=()
cleanup() {
	for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; done
	wait
	rm -rf "$scratch" "/dev/shm$bus"
}
trap cleanup EXIT
cd "$scratch" || exit 1
correlator=$PROF_BIN/event_correlator
gzip -dc "$PROF_ROOT/tests/system/recordings/three_layers.bin.gz" >recording
edit() { python3 "$here/recording_edit.py" recording "$@"; }

# refused STATUS WORDS ARGUMENT...: that status, and one line with those words.
refused() {
	local status=$1 words=$2 got
	shift 2
	timeout 20 "$correlator" "$@" >out 2>err </dev/null
	got=$?
	expect "'$*' exits $status ($got)" [ $got = "$status" ]
	expect "and says '$words': $(head -n 1 err)" sh -c "[ \"\$(wc -l <err)\" = 1 ] && grep -qF -e '$words' err"
}

echo "== wrong usage is known before anything is opened"
cp recording mine
refused 2 'the same file as that of --replay' --replay mine --jsonl mine
ln -s mine other_name
refused 2 'the same file as that of --replay' --replay mine --report ./other_name
expect "and the recording is as it was" cmp -s recording mine
refused 2 'the same file as that of --jsonl' --replay mine --jsonl new --csv new
refused 2 'the same file as that of --jsonl' --replay mine --jsonl - --report -
refused 2 'the same file as that of --csv' --replay mine --csv new --trips new
refused 2 'its value is empty' --replay mine --report ''
refused 2 'its value is empty' --replay ''
refused 2 'needs the name of a file' --record -
refused 2 "standard output is another option" --replay mine --jsonl - --top
refused 2 'cannot be combined with another output' --compare mine mine --report page
refused 2 'not a port' --replay mine --metrics nonsense
refused 2 'not a port' --replay mine --metrics 65536
refused 2 'not a port' --replay mine --metrics ::1:9464
expect "none of it made a file" [ "$(echo *)" = 'err mine other_name out recording' ]
"$correlator" --replay mine --quiet --jsonl /dev/null --csv /dev/null >out
expect "a device may be named twice" [ $? = 0 ]

echo "== what cannot be opened is said before the run, and costs no earlier output"
echo precious >old
for option in --report --perfetto --csv --hgrm; do
	refused 1 '/nowhere/x: No such file' --replay mine --jsonl old $option /nowhere/x
done
refused 1 '/nowhere/x: No such file' --bus "$bus" --jsonl old --record /nowhere/x
refused 1 '192.0.2.1:9464: Cannot assign' --replay mine --jsonl old --metrics 192.0.2.1:9464
echo none >/dev/shm$bus
refused 1 'cannot use the bus' --bus $bus --jsonl old
rm /dev/shm$bus
expect "nothing was printed" [ ! -s out ]
expect "the old file is as it was" [ "$(cat old)" = precious ]
echo longer than one line >old
"$correlator" --replay mine --quiet --jsonl old >/dev/null
expect "a run that begins does overwrite it" [ "$(grep -vc '^{' old)" = 0 ]

echo "== recordings that are none, or not whole"
: >empty
head -c 10 mine >short
head -c 3000 /dev/urandom | tr W X >foreign
refused 1 'empty: truncated: it ends within its header' --replay empty
refused 1 'short: truncated: it ends within its header' --replay short
refused 1 'foreign: not a recording' --replay foreign
refused 1 "$scratch: Is a directory" --replay "$scratch"
refused 1 'nothing: No such file' --replay nothing
for bytes in 64 65 5000 200001; do
	head -c $bytes mine >cut
	refused 0 'cut: the recording was cut short' --replay cut --quiet
done
cp mine kept.7
refused 1 'kept: No such file or directory: the oldest part that is left is kept.7' --replay kept
refused 1 'the oldest part that is left is kept.7' --compare mine kept
cp mine damaged
printf '\377\377' | dd of=damaged bs=1 seek=300000 conv=notrunc 2>/dev/null
refused 1 'damaged: damaged; what follows was not replayed' --replay damaged --quiet
expect "what is before the damage is reported" [ "$(number_after out 'Userspace events:')" -gt 100 ]

echo "== no message, one message, stamps that run backwards"
for count in 0 1; do
	edit messages=$count >few
	"$correlator" --replay few --jsonl few.jsonl --csv few.csv --hgrm few --perfetto few.trace --report few.html >out 2>err
	expect "$count messages: exits 0" [ $? = 0 ]
	expect "$count messages: says that the user layer sees nothing of what others see, once for each cause" \
		[ "$(grep -cE '^event_correlator: the user layer saw nothing of connection [0-9]+ ' err) $(wc -l <err)" = "$((count + 1)) $((count + 1))" ]
	! grep -q 'every layer knows every message' out
	expect "$count messages: and not that every layer knows every message" [ $? = 0 ]
	expect "$count messages: lines" [ "$(grep -c '^\[CORR\]' out) $(wc -l <few.jsonl) $(wc -l <few.csv)" = "$count $count $((count + 1))" ]
	expect "$count messages: a whole page" grep -q '</html>' few.html
	expect "$count messages: a trace that holds" python3 "$here/perfetto_check.py" few.trace few.jsonl
done
edit later:1=500000000 >late
"$correlator" --replay late --unit ns --jsonl late.jsonl --perfetto late.trace --report late.html >out 2>err
all=$(number_after out 'Userspace events:')
expect "every line shows its negative difference" [ "$(grep -c '^\[CORR\].* NIC->Kernel=-[0-9]*ns .* Total=-[0-9]*ns class=inverted$' out)" = "$all" ]
expect "and so does every object" [ "$(grep -cE '"nic_kernel_ns":-[0-9]+,.*"total_ns":-[0-9]+,"class":"inverted"' late.jsonl)" = "$all" ]
expect "none is averaged" grep -q '^NIC->User: *n/a$' out
expect "all are counted, the lowest is told" sh -c "grep -q 'NIC->User=$all Kernel->User=0' out && grep -q '^the most negative ones: NIC->User=-[0-9]*ns' out"
expect "the page tells them" grep -q "\"negative\":$all,\"lowest_ns\":-" late.html
expect "the trace holds" python3 "$here/perfetto_check.py" late.trace late.jsonl
edit exchange=10000000 | "$correlator" --replay /dev/stdin --quiet >out
expect "an exchange whose clock is ahead has no percentiles, and the lowest" \
	grep -q '^E -> User (ms): count=0 p50=n/a .* negative=1472 lowest=-[0-9]* beyond=0$' out
edit exchange=-86400000000 | "$correlator" --replay /dev/stdin --quiet >out
expect "one that is a day behind is told to be beyond" grep -q '^E -> User (ms): count=0 .* beyond=1472$' out

echo "== hostile names in every output"
edit 'stream:1=</script><b onload=x>"}\n\x1b[2J\\\xff\xc2\x9b\xe5\xb8\x81' 'stream:2=</script><b onload=x>"}\n\x1b[2J\\\xfe\xc2\x9b\xe5\xb8\x81' \
	'lanes=a"}\n\\\x1b[31m' 'host=h<b>"\xfe\n' >hostile
"$correlator" --replay hostile --jsonl h.jsonl --csv h.csv --perfetto h.trace --report h.html >out 2>err
expect "exits 0" [ $? = 0 ]
expect "no control character but the end of a line" sh -c "! LC_ALL=C grep -qP '[\\x00-\\x09\\x0b-\\x1f\\x7f]' out h.csv h.jsonl"
for file in out h.jsonl h.csv h.html; do
	expect "$file is UTF-8" iconv -f UTF-8 -t UTF-8 $file -o /dev/null
done
expect "JSON, CSV and the page say the same name" python3 - <<'PY'
import csv, json, re
name = '</script><b onload=x>"}??[2J\\???\u5e01'
rows = [json.loads(line) for line in open("h.jsonl")]
assert {row["stream"] for row in rows} <= {name, None}, {row["stream"] for row in rows}
assert {row["host"] for row in rows} == {'h<b>"??'}, {row["host"] for row in rows}
assert {row["stream"] for row in csv.DictReader(open("h.csv", newline=""))} <= {name, ""}
assert len(open("h.csv").read().splitlines()) == len(rows) + 1
page = open("h.html").read()
assert page.count("<b onload") == 0 and page.count("</script>") == 2
data = json.loads(re.search(r'id="data">\n(.*?)\n</script>', page, re.S).group(1))
assert data["host"]["name"] == 'h<b>"??'
assert {producer["name"] for producer in data["producers"]} == {'a"}?\\?[31m'}
PY
expect "the trace says it too" python3 "$here/perfetto_check.py" h.trace h.jsonl
expect "a name in Chinese stays one" grep -q '币' out

echo "== standard output closed, or full"
"$correlator" --bus "$bus" --duration 1 --record rec --jsonl j --interval 1 2>err >&-
expect "closed: exits 1" [ $? = 1 ]
expect "closed: one line ($(cat err))" sh -c "[ \"\$(wc -l <err)\" = 1 ] && grep -q 'standard output: Bad file descriptor' err"
expect "closed: nothing of it in another file" sh -c "! grep -aq -e interval -e Statistics rec j"
"$correlator" --replay mine --jsonl full.jsonl >/dev/full 2>err
expect "full: exits 1" [ $? = 1 ]
expect "full: says so" grep -q 'standard output: No space left' err
expect "full: the other output is whole" [ "$(wc -l <full.jsonl)" = "$all" ]
for option in --jsonl --csv --perfetto --report; do
	refused 1 '/dev/full: No space left' --replay mine --quiet $option /dev/full
	expect "$option: the statistics stand all the same" [ "$(number_after out 'Userspace events:')" -gt 0 ]
done

"$correlator" --compare mine mine >/dev/full 2>err
expect "--compare: exits 1" [ $? = 1 ]
expect "--compare: says so" grep -q 'standard output: No space left' err

echo "== a reader that does not read; a signal ends the wait for it"
mkfifo pipe
sleep 60 <pipe &
reader=$!
pids+=($reader)
"$correlator" --replay mine --jsonl pipe --quiet >out 2>err &
replayer=$!
pids+=($replayer)
sleep 1
kill -TERM $replayer
for _ in $(seq 150); do kill -0 $replayer 2>/dev/null || break; sleep 0.1; done
expect "it ends within 15 s" sh -c "! kill -0 $replayer 2>/dev/null"
wait $replayer
expect "with status 1" [ $? = 1 ]
expect "and says whose end is missing ($(cat err))" grep -q 'pipe: its reader does not read' err
expect "the statistics are printed" grep -q 'Cross-check' out
kill $reader
wait $reader 2>/dev/null
{ sleep 3; cat; } <pipe >slow.jsonl &
"$correlator" --replay mine --jsonl pipe --quiet >out 2>err
wait $!
expect "without a signal it waits: every line arrives" [ "$(wc -l <slow.jsonl)" = "$all" ]

echo "== a recording that comes from somebody who stops sending"
for bytes in 0 10 300000; do
	{ head -c $bytes mine; sleep 60; } >pipe &
	writer=$!
	"$correlator" --replay pipe --quiet --jsonl part.jsonl >out 2>err &
	replayer=$!
	pids+=($writer $replayer)
	sleep 1
	kill -INT $replayer
	for _ in $(seq 50); do kill -0 $replayer 2>/dev/null || break; sleep 0.1; done
	expect "$bytes bytes: a signal ends it" sh -c "! kill -0 $replayer 2>/dev/null"
	kill -KILL $replayer 2>/dev/null
	wait $replayer
	expect "$bytes bytes: it says so: $(cat err)" grep -qE 'pipe: (stopped before its end|Interrupted)' err
	[ $bytes != 300000 ] || expect "what came before is there" [ "$(wc -l <part.jsonl)" = "$(number_after out 'Userspace events:')" ]
	pkill -P $writer
	kill $writer 2>/dev/null
	wait $writer 2>/dev/null
done

echo "== clients of --metrics"
for address in '[::1]:0' 0.0.0.0:0 :0; do
	[ "$address" != '[::1]:0' ] || grep -qs lo /proc/net/if_inet6 || continue
	"$correlator" --replay mine --quiet --metrics "$address" --duration 1 >out 2>err
	expect "--metrics $address: $(cat err)" grep -qE "metrics: http://(\[::1\]|0\.0\.0\.0|127\.0\.0\.1):[1-9][0-9]*/metrics$" err
done
(ulimit -n 110; exec "$correlator" --replay mine --quiet --metrics 0 --duration 120 >out3 2>err3) &
server=$!
pids+=($server)
for _ in $(seq 100); do grep -q metrics: err3 2>/dev/null && break; sleep 0.1; done
url=$(sed -n "s/.*metrics: \(http[^ ]*\)/\1/p" err3)
refused 1 'Address already in use' --replay mine --metrics "$(echo "$url" | sed 's#http://\(.*\)/metrics#\1#')"
python3 "$here/metrics_abuse.py" "$url" $server
expect "it outlives them" [ $? = 0 ]
kill -TERM $server
wait $server
expect "and ends with status 0" [ $? = 0 ]
finish
