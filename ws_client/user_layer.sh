# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh: the client, and the user it runs as.

run_as=()

# The client and the correlator need no rights: they get the invoking user's, or
# nobody's if that is root.  user_bin is where that user can reach them.
choose_user() {
	local uid=${SUDO_UID:-} gid=${SUDO_GID:-}
	if [ -z "$uid" ] || [ "$uid" = 0 ]; then
		uid=$(id -u nobody) gid=$(id -g nobody)
	fi
	run_as=(setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs
		--pdeathsig TERM) # again: a change of user clears it
	user_bin=$bin
	if ! "${run_as[@]}" test -x "$bin/websocket_client"; then
		# Below somebody's closed home directory: copies where everybody may look.
		user_bin=$run_dir/bin
		mkdir -m 0755 "$user_bin"
		install -m 0755 "$bin/websocket_client" "$bin/event_correlator" "$user_bin"
		if ! "${run_as[@]}" "$user_bin/websocket_client" --version >/dev/null 2>&1; then
			say "user: uid $uid can run neither $bin nor a copy in $run_dir:" \
				"the client and the correlator run as root"
			user_bin=$bin
			run_as=()
			return
		fi
	fi
	chown "$uid:$gid" "$run_dir"
}

# Header fields, which may be keys, go to the client in a file that is its user's alone and
# goes away with the run: that user may not be able to read the one that was named.
write_headers() {
	local file=$run_dir/headers
	(umask 077 && : >"$file") || die "$file: cannot be written"
	if [ -n "$header_file" ]; then
		cat -- "$header_file" >>"$file" || die "--header-file $header_file: cannot be read"
		[ ! -f "$header_file" ] || [ -z "$(find -L "$header_file" -perm /044)" ] ||
			say "--header-file $header_file: others on this machine can read it: chmod 600 it"
		echo >>"$file"
	fi
	[ ${#headers[@]} = 0 ] || printf '%s\n' "${headers[@]}" >>"$file"
	[ ${#run_as[@]} = 0 ] || chown --reference="$run_dir" "$file"
}

start_client() {
	local args=(--bus "$bus" --no-ping-lines ${verbose:+"$verbose"} ${proxy:+--proxy "$proxy"}) stream
	if [ -n "$header_file${headers[*]}" ]; then
		write_headers
		args+=(--header-file "$run_dir/headers")
	fi
	[ -z "$order_on" ] || args+=(--order-on "$order_on")
	[ -z "$is_embedded" ] || args+=(--ca-file "$run_dir/certs/ca.pem")
	[ -z "$out" ] || args+=(--keylog "$user_out/keys.log")
	for stream in "${subscriptions[@]}"; do
		args+=(--subscribe "$stream")
	done
	start websocket_client $netns_client_exec "${run_as[@]}" "$user_bin/websocket_client" "$url" "${args[@]}"
	say "user layer: websocket_client to $url"
	wait_for_message 60
}

# The run's duration counts from the first message: a handshake can take long
# under emulation.  A feed that stays silent is no failure.
wait_for_message() {
	local deadline=$((SECONDS + $1))
	while [ -z "$is_stopping" ] && is_alive websocket_client && [ "$SECONDS" -lt "$deadline" ]; do
		"$bin/bus_stat" --bus "$bus" 2>/dev/null |
			awk '$2 == "websocket_client" && $7 > 0 { found = 1 } END { exit !found }' && return
		sleep 0.1
	done
}
