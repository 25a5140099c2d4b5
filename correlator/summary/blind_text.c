/* SPDX-License-Identifier: BSD-2-Clause */
#include "blind_text.h"

#include "correlator/message/message.h"

static const char *const events[PROF_LAYER_COUNT] = { "", "segments", "reads", "messages" };

void blind_write_what(struct text *text, const struct corr_blind *blind)
{
	text_add(text, "the ");
	text_add(text, corr_layer_name(blind->layer));
	text_add(text, " layer saw nothing of connection ");
	text_add_u64(text, blind->conn_number);
	text_add(text, " (cookie ");
	text_add_u64(text, blind->cookie);
	text_add(text, "), of which the ");
	text_add(text, corr_layer_name(blind->neighbour));
	text_add(text, " layer saw ");
	text_add_u64(text, blind->neighbour_count);
	text_add(text, " ");
	text_add(text, events[blind->neighbour]);
	if (blind->window_ms) {
		text_add(text, " in the last ");
		text_add_u64(text, blind->window_ms);
		text_add(text, " ms");
	}
}
