/* SPDX-License-Identifier: BSD-2-Clause */
/* Tick to order as a line for people, and as one JSON object a line for scripts.  Pure. */
#ifndef CORR_ORDER_LINE_H
#define CORR_ORDER_LINE_H

#include "correlator/message/order.h"
#include "trip_line.h"

/* "[ORDER] order=7 seq=123 class=id Tick->Read=12us ... Total=77us ... tcp_seq=...
 * order_tcp_seq=..." */
void order_add_line(struct text *text, const struct corr_order *order, enum corr_unit unit);

/* The names and the order of its fields are a contract; "what" is tick-to-order. */
void order_add_json(struct text *text, const struct corr_order *order,
		    const struct trip_origin *origin);

#endif
