/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace for ui.perfetto.dev and trace_processor. */
#include "correlator/perfetto/trace.h"
#include "sink.h"

static int perfetto_open(struct sink *sink)
{
	struct trace *trace;
	int err = trace_open(&trace);

	if (err)
		return err;
	sink->own = trace;
	err = sink_open_file(sink);
	if (err)
		sink->own = trace_close(trace);
	return err;
}

static void perfetto_message(struct sink *sink, const struct corr_message *message)
{
	struct text *text = sink_room(sink, TRACE_MESSAGE_BYTES_MAX);

	if (text && !trace_message(sink->own, message, text))
		sink->omitted_count++;
}

static int perfetto_close(struct sink *sink, const struct corr_summary *summary)
{
	(void)summary;
	sink->own = trace_close(sink->own);
	return sink_close_file(sink);
}

const struct sink_ops sink_perfetto = {
	.name = "Perfetto trace",
	.open = perfetto_open,
	.message = perfetto_message,
	.close = perfetto_close,
};
