/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps each message's stages for a comparison; writes nothing. */
#include "correlator/compare/samples.h"
#include "sink.h"

static int samples_sink_open(struct sink *sink)
{
	sink->error = 0;
	return 0;
}

static void samples_sink_message(struct sink *sink, const struct corr_message *message)
{
	samples_add(sink->own, message);
}

static int samples_sink_close(struct sink *sink, const struct corr_summary *summary)
{
	(void)sink;
	(void)summary;
	return 0;
}

const struct sink_ops sink_samples = {
	.name = "samples",
	.open = samples_sink_open,
	.message = samples_sink_message,
	.close = samples_sink_close,
};
