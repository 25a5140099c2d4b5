/* SPDX-License-Identifier: BSD-2-Clause */
#include "blindness.h"

#include "prof/clock.h"

/*
 * Fewer may be of the handshake, or of another socket: OpenSSL reads a record in two
 * parts, and a server says eight of them before the first call can return anything.
 */
#define READ_COUNT_MIN 24u

/* Until the first call has come: afterwards they may well pause, other sockets being read. */
static bool has_no_calls(const struct blindness *blindness, const struct blind_look *look)
{
	return look->has_ssl && look->call_count == 0 && look->read_count >= READ_COUNT_MIN &&
	       prof_delta_ns(blindness->read_since_ns, look->time_ns) >= (int64_t)PROF_NS_PER_S;
}

enum blind_sight blindness_look(struct blindness *blindness, const struct blind_look *look)
{
	if (look->read_count && !blindness->read_since_ns)
		blindness->read_since_ns = look->time_ns;
	if (look->is_ftrace_off != blindness->is_ftrace_off) {
		blindness->is_ftrace_off = look->is_ftrace_off;
		return look->is_ftrace_off ? BLIND_FTRACE_OFF : BLIND_FTRACE_ON;
	}
	if (blindness->is_told || !has_no_calls(blindness, look))
		return BLIND_NOTHING_NEW;
	blindness->is_told = true;
	return BLIND_NO_CALLS;
}
