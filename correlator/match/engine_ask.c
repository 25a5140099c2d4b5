/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to the engine. */
#include "engine_private.h"

uint32_t corr_engine_pending_count(const struct corr_engine *engine)
{
	return engine->waiting.used_count + engine->wires.pool.used_count;
}

const struct corr_counts *corr_engine_counts(const struct corr_engine *engine)
{
	return &engine->counts;
}

bool corr_engine_producer(const struct corr_engine *engine, uint32_t index,
			  struct corr_producer *ret_producer)
{
	if (index >= engine->lanes.producer_count)
		return false;
	*ret_producer = engine->lanes.producers[index];
	return true;
}

bool corr_engine_blind(const struct corr_engine *engine, uint32_t index,
		       struct corr_blind *ret_blind)
{
	if (index >= engine->watch.blind_count)
		return false;
	*ret_blind = engine->watch.blinds[index];
	return true;
}

uint64_t corr_engine_unclaimed_count(const struct corr_engine *engine)
{
	return engine->watch.unclaimed_count;
}

const char *corr_engine_stream_name(const struct corr_engine *engine, uint16_t index)
{
	return index < CORR_STREAM_COUNT_MAX ? engine->stream_names[index] : "";
}
