#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes bash's completion for programs from what they say of themselves:
#
#   completion.sh PROGRAM... >FILE
#
# Options and the names of their values are those of --help, and so of the tables
# that --help is printed from.  A value's name says what completes it: words
# between bars (us|ns) are the words, FILE, PATH, PREFIX, A and B are files, DIR is a
# folder, IF an interface, GROUP a group.  "from the list above" is the section of
# --help that is called like the option, "(PROGRAM --help)" the same option there.
set -e
helps=$(for program in "$@"; do "$program" --help </dev/null || exit; done)

printf '%s\n' "$helps" | awk '
/^usage: / { program = $2; programs = programs " " program; section = ""; name = "" }
/^[a-z]+s:$/ { section = substr($0, 1, length($0) - 2); next }
/^$/ { section = "" }
/^  [a-z]/ && section { words[program, section] = words[program, section] "|" $1; next }
/^ +-/ && match($0, /^  (    )?-/) {
	left = $0
	sub(/^ +/, "", left)
	sub(/  .*/, "", left)
	value = left
	sub(/^(--?[A-Za-z0-9-]+(, )?)+ ?/, "", value)
	left = substr(left, 1, length(left) - length(value))
	gsub(/,? +/, " ", left)
	gsub(/ /, ",", value)
	count = split(left, names, " ")
	for (i = 1; i <= count; i++) {
		order[program] = order[program] " " names[i]
		values[program, names[i]] = value
	}
	name = names[count]
	line = $0
}
!/^ +-/ { line = $0 }
name { text[program, name] = text[program, name] " " line }
END {
	print "# Completion in bash for ws_latency; made from the --help of its programs.\n"
	print "# _ws_latency_options PROGRAM: each of its options, as NAME or NAME=VALUE[,VALUE]."
	print "_ws_latency_options() {\n\tcase $1 in"
	count = split(programs, all, " ")
	for (i = 1; i <= count; i++) {
		program = all[i]
		printf "\t%s) echo \"", program
		options = split(order[program], names, " ")
		for (j = 1; j <= options; j++) {
			name = names[j]
			value = values[program, name]
			from = program
			if (match(text[program, name], /\([a-z_]+ --help\)/))
				from = substr(text[program, name], RSTART + 1, RLENGTH - 9)
			if (from != program || text[program, name] ~ /from the list above/)
				value = substr(words[from, substr(name, 3)], 2)
			printf("%s%s%s", (j > 1 ? " " : ""), name, (value ? "=" value : ""))
		}
		print "\" ;;"
	}
	print "\tesac\n}\n"
}'
cat <<'END'
# _ws_latency_value VALUE WORD: what completes the word, as the value's name says.
_ws_latency_value() {
	case $1 in
	FILE | *PATH | PREFIX | A | B)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	DIR)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
	IF) mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net)" -- "$2") ;;
	GROUP) mapfile -t COMPREPLY < <(compgen -g -- "$2") ;;
	*[A-Z]*) ;; # a number, a name, an address: anything
	*'|'*) mapfile -t COMPREPLY < <(compgen -W "${1//|/ }" -- "$2") ;;
	esac
}

_ws_latency() {
	local options before=() values word i
	read -ra options < <(_ws_latency_options "${1##*/}")
	COMPREPLY=()
	# "--unit=us" is three words to bash.
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [ "$word" = = ] || before+=("$word"); done
	for ((i = 1; i <= 2 && i <= ${#before[@]}; i++)); do
		for word in "${options[@]}"; do
			[ "${word%%=*}" = "${before[-i]}" ] && [ "$word" != "${word%%=*}" ] || continue
			IFS=, read -ra values <<<"${word#*=}"
			((i > ${#values[@]})) || { _ws_latency_value "${values[i - 1]}" "${2#=}"; return; }
		done
	done
	for word in "${options[@]}"; do [ "${word#--}" = "$word" ] || COMPREPLY+=("${word%%=*}"); done
	mapfile -t COMPREPLY < <(compgen -W "${COMPREPLY[*]}" -- "$2")
}

END
for program in "$@"; do printf 'complete -F _ws_latency %s\n' "${program##*/}"; done
