/* SPDX-License-Identifier: BSD-2-Clause */
#include "samples.h"

#include <errno.h>
#include <stdlib.h>

#include "correlator/stats/hist.h"

int samples_open(struct samples *ret_samples)
{
	struct samples_row *rows = calloc(SAMPLES_ROW_COUNT_MAX, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	*ret_samples = (struct samples){ .rows = rows, .stride = 1 };
	return 0;
}

void samples_close(struct samples *samples)
{
	free(samples->rows);
	samples->rows = NULL;
}

/* Keeps rows 0, 2, 4, ... */
static void thin(struct samples *samples)
{
	for (uint32_t i = 0; i < samples->row_count / 2; i++)
		samples->rows[i] = samples->rows[2 * i];
	samples->row_count /= 2;
	samples->stride *= 2;
}

/* What a histogram would count: a negative difference or an endless one is told apart. */
static bool is_counted(const struct corr_message *message, enum corr_stage stage)
{
	return corr_stage_is_known(message, stage) && message->stage_ns[stage] >= 0 &&
	       message->stage_ns[stage] <= HIST_VALUE_NS_MAX;
}

static void set_row(struct samples_row *row, const struct corr_message *message)
{
	row->stage_mask = 0;
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		row->stage_ns[stage] = 0;
		if (!is_counted(message, stage))
			continue;
		row->stage_ns[stage] = message->stage_ns[stage];
		row->stage_mask |= 1u << stage;
	}
}

void samples_add(struct samples *samples, const struct corr_message *message)
{
	if (!samples->message_count)
		samples->first_ns = corr_message_time_ns(message);
	samples->last_ns = corr_message_time_ns(message);
	samples->correlated_count += corr_class_is_correlated(message->class_id);
	if (samples->message_count++ % samples->stride)
		return;
	if (samples->row_count == SAMPLES_ROW_COUNT_MAX)
		thin(samples); /* the room is even, so this message is on the wider grid too */
	set_row(&samples->rows[samples->row_count++], message);
}
