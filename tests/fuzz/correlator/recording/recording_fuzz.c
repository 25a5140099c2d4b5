/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recording reader against hostile bytes: as they are, and with every
 * check made right, which lets hostile values through to the engine.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "correlator/summary/summary.h"
#include "recording_feed.h"

struct told {
	uint64_t message_count;
	struct corr_stats *stats;
	char report[SUMMARY_BYTES_MAX];
};

static void count(void *context, const struct corr_message *message)
{
	struct told *told = context;

	assert(message->class_id < CORR_CLASS_COUNT);
	assert(message->nic_reason < CORR_REASON_COUNT);
	assert(message->kernel_reason < CORR_REASON_COUNT);
	assert(message->stream);
	stats_add(told->stats, message);
	told->message_count++;
}

/* What was decoded is encoded to the same bytes, where that can be said. */
static void check_back(const struct recording_record *record, const uint8_t *bytes,
		       size_t size_bytes)
{
	uint8_t back[RECORDING_RECORD_BYTES_MAX];

	if (record->kind == RECORDING_LANE || record->kind == RECORDING_STREAM ||
	    record->kind == 0 || record->kind > RECORDING_END)
		return; /* padding and unused bits are not kept */
	assert(recording_encode(record, back) == size_bytes);
	assert(memcmp(back, bytes, size_bytes) == 0);
}

static void read_all(const uint8_t *bytes, size_t size_bytes)
{
	const struct corr_engine_options options = { .conn_count = 8,
						     .flow_count = 8,
						     .segment_count = 64,
						     .read_count = 64,
						     .message_count = 16 };
	static struct told told;
	struct text text = { .bytes = told.report, .room_bytes = sizeof(told.report) };
	struct corr_engine *engine;
	struct recording_record record;
	size_t used_bytes;

	told.message_count = 0;
	told.stats = calloc(1, sizeof(*told.stats));
	if (!told.stats || corr_engine_create(&options, count, &told, &engine) < 0)
		abort();
	while (recording_decode(bytes, size_bytes, &record, &used_bytes) == RECORDING_OK) {
		check_back(&record, bytes, used_bytes);
		feed(engine, &record);
		bytes += used_bytes;
		size_bytes -= used_bytes;
	}
	corr_engine_end(engine, 0);
	assert(told.message_count == corr_engine_counts(engine)->message_count);
	assert(corr_engine_pending_count(engine) == 0);
	summary_write(&text, &(struct corr_summary){ .engine = engine, .stats = told.stats });
	assert(!text.is_cut);
	stats_close(told.stats);
	free(told.stats);
	(void)corr_engine_destroy(engine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	struct recording_header header;
	uint8_t *copy;

	(void)recording_decode_header(data, size_bytes, &header);
	read_all(data, size_bytes);
	copy = malloc(size_bytes ? size_bytes : 1);
	if (!copy)
		abort();
	if (size_bytes)
		memcpy(copy, data, size_bytes);
	seal_all(copy, size_bytes);
	read_all(copy, size_bytes);
	free(copy);
	return 0;
}
