#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Completion in bash: of every program the options of --help and no others, the
# values that an option takes, and files where it takes files; asked as bash asks,
# and once at a terminal.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool script
completion=$(dirname "$PROF_BIN")/bash-completion/run_profiler.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$completion"

# complete_line WORD...: the completions of the last word, one a line.
complete_line() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	[[ $(complete -p "$1") = "complete -F _ws_latency $1" ]] || return
	_ws_latency "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	[ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}"
}

completes() { # WANTED WORD...
	local wanted=$1 seen
	shift
	seen=$(complete_line "$@" | sort | tr '\n' ' ')
	expect "$*<TAB>: $wanted" [ "$seen" = "${wanted:+$wanted }" ]
}

for program in "$PROF_BIN"/{websocket_client,ebpf_loader,dpdk_capture,event_correlator,exchange,bus_stat} \
	"$PROF_ROOT/run_profiler.sh"; do
	"$program" --help </dev/null | grep -E '^ +-' | sed 's/  *[^ -].*//' | grep -oE -e '--[a-z0-9-]+' | sort >"$scratch/help"
	complete_line "${program##*/}" -- | sort >"$scratch/completed"
	expect "${program##*/}: the $(wc -l <"$scratch/help") options of --help" \
		sh -c "[ -s '$scratch/help' ] && cmp '$scratch/help' '$scratch/completed'"
done

completes '--attach' ebpf_loader --at
completes 'auto fentry kprobe none' ebpf_loader --attach ''
completes 'fentry' ebpf_loader --port 9443 --attach f
completes 'kprobe' ebpf_loader --attach = kp
completes 'busy poll' dpdk_capture --idle ''
completes 'ns us' event_correlator --unit ''
completes 'expired' exchange --cert ex
completes 'bad-control bad-fragment bad-json bad-opcode bad-utf8' exchange --scenario bad-
completes 'rekey' run_profiler.sh --scenario rek
completes '6.1 6.12' run_profiler.sh --kernel 6
completes 'newest' run_profiler.sh --kernel n
completes 'lo' dpdk_capture --iface lo
completes 'root' bus_stat --bus-group roo
completes '--watch' bus_stat --w
completes '' exchange --rate ''
completes '' exchange --nonsense
completes '--subscribe' websocket_client wss://127.0.0.1:9443/ --sub
cd "$scratch" && mkdir folder && : >'a recording.bin' && : >another.pem
completes 'a recording.bin another.pem' event_correlator --replay a
completes 'a recording.bin another.pem' event_correlator --compare first.bin a
completes '--interval' event_correlator --compare first.bin second.bin --int
completes 'another.pem' websocket_client --ca-file ano
completes 'folder' run_profiler.sh --out f

# At a terminal: options, a value and a file whose name has a space are typed by themselves.
cat >"$scratch/rc" <<END
. "$completion"
event_correlator() { printf '<%s>' "\$@" >"$scratch/typing"; mv "$scratch/typing" "$scratch/typed"; }
PROMPT_COMMAND=': >"$scratch/ready"'
END
await() { for _ in {1..100}; do [ -e "$1" ] && break; sleep 0.1; done; }
{
	await "$scratch/ready"
	printf 'event_correlator --repl\ta\\ r\t--unit n\t--at end\n'
	await "$scratch/typed"
	printf 'exit\n'
} | timeout 20 script -qec "bash --noprofile --rcfile '$scratch/rc' -i" /dev/null >"$scratch/terminal" 2>&1
expect "at a terminal" grep -qxF '<--replay><a recording.bin><--unit><ns><--at><end>' "$scratch/typed"
finish
