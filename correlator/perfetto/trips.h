/* SPDX-License-Identifier: BSD-2-Clause */
/* A round trip on its track. */
#ifndef CORR_PERFETTO_TRIPS_H
#define CORR_PERFETTO_TRIPS_H

#include "lanes.h"

/* False if there was no lane for it. */
bool trace_add_trip(struct trace *trace, uint32_t conn_index, const struct corr_trip *trip,
		    const struct packet_out *out);

/* Likewise of an order: a slice from its hand-over to its leaving, with an arrow from its message.
 */
bool trace_add_order(struct trace *trace, uint32_t conn_index, const struct corr_order *order,
		     const struct packet_out *out);

#endif
