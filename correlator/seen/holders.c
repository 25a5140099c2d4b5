/* SPDX-License-Identifier: BSD-2-Clause */
#include "conns.h"

#include "prof/clock.h"

static bool is_within(uint64_t enter_ns, uint64_t return_ns, uint64_t time_ns)
{
	return prof_delta_ns(enter_ns, time_ns) >= 0 && prof_delta_ns(time_ns, return_ns) >= 0;
}

const struct conn_holder *conn_holder_at(const struct conns *conns, struct conn *conn,
					 uint64_t time_ns)
{
	for (uint32_t at = conn->head; at;) {
		const struct read_span *span = pool_at(&conns->reads, at);

		at = span->next;
		if (prof_delta_ns(span->enter_ns, time_ns) < 0)
			break;
		if (!span->is_unseen && is_within(span->enter_ns, span->return_ns, time_ns))
			conn->holder = (struct conn_holder){ .enter_ns = span->enter_ns,
							     .return_ns = span->return_ns,
							     .tid = span->tid };
	}
	if (!conn->holder.return_ns ||
	    !is_within(conn->holder.enter_ns, conn->holder.return_ns, time_ns))
		return NULL;
	return &conn->holder;
}
