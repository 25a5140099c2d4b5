/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is shown and written of hostile recordings: nothing is cut, nothing in it
 * acts on whoever shows it.  The checks of the recording are made right first.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "correlator/metrics/metrics_text.h"
#include "correlator/page/facts.h"
#include "correlator/perfetto/trace.h"
#include "correlator/top/layout.h"
#include "tests/fuzz/correlator/recording/recording_feed.h"

struct shown {
	struct corr_stats stats;
	struct collect collect;
	struct metrics_gather metrics;
	struct top_gather top;
	struct trace *trace;
	char trace_bytes[TRACE_MESSAGE_BYTES_MAX];
	char bytes[METRICS_TEXT_BYTES_MAX];
};

static_assert(METRICS_TEXT_BYTES_MAX >= FACTS_BYTES_MAX, "one room for all texts");

static void show(void *context, const struct corr_message *message)
{
	struct shown *shown = context;
	struct text text = { .bytes = shown->trace_bytes,
			     .room_bytes = sizeof(shown->trace_bytes) };

	stats_add(&shown->stats, message);
	collect_add(&shown->collect, message);
	metrics_message(&shown->metrics, message);
	top_message(&shown->top, message);
	(void)trace_message(shown->trace, message, &text);
	assert(!text.is_cut);
}

/* Whole, and in characters that can be shown. */
static void check(const struct text *text)
{
	size_t at = 0;

	assert(!text->is_cut && text->size_bytes < text->room_bytes);
	text->bytes[text->size_bytes] = '\0';
	while (at < text->size_bytes) {
		size_t size_bytes =
			text->bytes[at] == '\n' ? 1 : text_character_bytes(text->bytes + at);

		assert(size_bytes > 0);
		at += size_bytes;
	}
}

/* What the trace holds back of each connection finds room as well. */
static void end_trace(struct shown *shown)
{
	bool is_one;
	uint32_t conn_index = 0;

	do {
		struct text text = { .bytes = shown->trace_bytes,
				     .room_bytes = sizeof(shown->trace_bytes) };

		is_one = trace_end(shown->trace, conn_index++, &text);
		assert(!text.is_cut);
	} while (is_one);
}

static void write_all(struct shown *shown, const struct corr_engine *engine)
{
	static struct layout layout = { .row_count = 40, .column_count = 100 };
	const struct corr_summary summary = { .engine = engine,
					      .stats = &shown->stats,
					      .is_over = true };
	const struct host_facts host = { 0 };
	const struct metrics_about about = { .version = "1" };
	const struct text empty = { .bytes = shown->bytes, .room_bytes = sizeof(shown->bytes) };
	struct text text = empty;

	summary_write(&text, &summary);
	check(&text);
	text = empty;
	metrics_round(&shown->metrics, &summary, UINT64_C(1000000000));
	metrics_write(&text, &shown->metrics.metrics, &about, METRICS_OPENMETRICS);
	check(&text);
	text = empty;
	collect_finish(&shown->collect);
	facts_write(&text, &(struct facts){ .summary = &summary,
					    .collect = &shown->collect,
					    .host = &host,
					    .host_name = "" });
	check(&text);
	(void)top_round(&shown->top, &summary, 1);
	layout_draw(&layout, &shown->top.view, &(struct layout_choice){ .source = "" });
	end_trace(shown);
}

static void show_all(const uint8_t *bytes, size_t size_bytes)
{
	const struct corr_engine_options options = { .conn_count = 8,
						     .flow_count = 8,
						     .segment_count = 64,
						     .read_count = 64,
						     .message_count = 16 };
	struct shown *shown = calloc(1, sizeof(*shown));
	struct corr_engine *engine;
	struct recording_record record;
	size_t used_bytes;

	if (!shown || trace_open(&shown->trace) < 0 ||
	    corr_engine_create(&options, show, shown, &engine) < 0)
		abort();
	while (recording_decode(bytes, size_bytes, &record, &used_bytes) == RECORDING_OK) {
		feed(engine, &record);
		bytes += used_bytes;
		size_bytes -= used_bytes;
	}
	corr_engine_end(engine, 0);
	write_all(shown, engine);
	stats_close(&shown->stats);
	(void)trace_close(shown->trace);
	(void)corr_engine_destroy(engine);
	free(shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	uint8_t *copy = malloc(size_bytes ? size_bytes : 1);

	if (!copy)
		abort();
	if (size_bytes)
		memcpy(copy, data, size_bytes);
	seal_all(copy, size_bytes);
	show_all(copy, size_bytes);
	free(copy);
	return 0;
}
