/* SPDX-License-Identifier: BSD-2-Clause */
#include "trip_line.h"

#include "field.h"

static void add_value(struct text *text, const struct corr_trip *trip, enum corr_part part,
		      int64_t us)
{
	if (corr_part_is_known(trip, part))
		text_add_i64(text, us);
	else
		text_add(text, "n/a");
}

static void add_part(struct text *text, const struct corr_trip *trip, enum corr_part part,
		     int64_t us)
{
	text_add(text, " ");
	text_add(text, corr_part_name(part));
	text_add(text, "_us=");
	add_value(text, trip, part, us);
}

void trip_add_line(struct text *text, const struct corr_trip *trip)
{
	int64_t us[CORR_PART_IN + 1];

	corr_trip_us(trip, us);
	if (trip->purpose == PROF_PURPOSE_PING) {
		text_add(text, "[ping] rtt_us=");
	} else {
		text_add(text, "[request] what=");
		text_add(text, corr_purpose_name(trip->purpose));
		text_add(text, " id=");
		text_add_u64(text, trip->request_id);
		text_add(text, " rtt_us=");
	}
	add_value(text, trip, CORR_PART_RTT, us[CORR_PART_RTT]);
	text_add(text, " us");
	for (enum corr_part part = CORR_PART_OUT; part <= CORR_PART_IN; part++)
		add_part(text, trip, part, us[part]);
	field_add_u64(text, " tcp_seq=", trip->left_ns, trip->tcp_seq, "n/a");
	field_add_u64(text, " answer_tcp_seq=", trip->arrived_ns && trip->answer_tcp_seq,
		      trip->answer_tcp_seq, "n/a");
	/* Somebody else's client: what the kernel alone knows of its way out and in. */
	if (!corr_part_is_known(trip, CORR_PART_RTT)) {
		add_part(text, trip, CORR_PART_STACK, corr_part_us(trip, CORR_PART_STACK));
		add_part(text, trip, CORR_PART_READ, corr_part_us(trip, CORR_PART_READ));
	}
	text_add(text, "\n");
}
