/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A trace for ui.perfetto.dev and trace_processor.  Packets are compressed many at
 * a time, as Perfetto's own service does it: a trace repeats itself a lot.
 */
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "correlator/perfetto/proto.h"
#include "correlator/perfetto/trace.h"
#include "sink.h"

/* Packets of so many bytes are compressed together: some 10 ms of work at most. */
#define CHUNK_BYTES ((size_t)256 * 1024)

/* protos/perfetto/trace/{trace,trace_packet}.proto */
enum { TRACE_PACKET = 1, PACKET_COMPRESSED = 50 };

struct perfetto {
	struct trace *trace;
	bool is_begun;
	struct text chunk;
	uLong packed_bytes_max;
	Bytef *packed;
};

static struct perfetto *release(struct perfetto *perfetto)
{
	if (!perfetto)
		return NULL;
	perfetto->trace = trace_close(perfetto->trace);
	free(perfetto->chunk.bytes);
	free(perfetto->packed);
	free(perfetto);
	return NULL;
}

static int64_t boot_offset_of(const struct sink *sink)
{
	const char *words = sink->origin->facts.words[HOST_BOOT_OFFSET];
	char *end;
	int64_t offset_ns = strtoll(words, &end, 10);

	return *words && !*end ? offset_ns : INT64_MAX;
}

static int perfetto_open(struct sink *sink)
{
	struct perfetto *perfetto = calloc(1, sizeof(*perfetto));
	int err = -ENOMEM;

	if (!perfetto)
		return err;
	perfetto->chunk = (struct text){ .bytes = malloc(CHUNK_BYTES), .room_bytes = CHUNK_BYTES };
	perfetto->packed_bytes_max = compressBound(CHUNK_BYTES);
	perfetto->packed = malloc(perfetto->packed_bytes_max);
	if (perfetto->chunk.bytes && perfetto->packed)
		err = trace_open(&perfetto->trace);
	if (!err)
		err = sink_open_file(sink);
	sink->parts_itself = true;
	if (err)
		release(perfetto);
	else
		sink->own = perfetto;
	return err;
}

/* The chunk as one packet.  What finds no room with a slow reader is counted by sink_room(). */
static void give_chunk(struct sink *sink)
{
	struct perfetto *perfetto = sink->own;
	uLongf packed_bytes = perfetto->packed_bytes_max;
	struct text *text;

	if (perfetto->chunk.size_bytes == 0)
		return;
	/* It has room for whatever comes out, and with that it cannot fail. */
	(void)compress2(perfetto->packed, &packed_bytes, (const Bytef *)perfetto->chunk.bytes,
			perfetto->chunk.size_bytes, Z_BEST_SPEED);
	perfetto->chunk.size_bytes = 0;
	text = sink_room(sink, packed_bytes + 64);
	if (text) {
		size_t packet = proto_begin(text, TRACE_PACKET);

		proto_bytes(text, PACKET_COMPRESSED, (const char *)perfetto->packed, packed_bytes);
		proto_end(text, packet);
	}
}

/* Ends what is shared by messages, so that the file is whole. */
static void end_trace(struct sink *sink)
{
	struct perfetto *perfetto = sink->own;
	uint32_t conn_index = 0;

	for (;;) {
		if (CHUNK_BYTES - perfetto->chunk.size_bytes < TRACE_MESSAGE_BYTES_MAX)
			give_chunk(sink);
		if (!trace_end(perfetto->trace, conn_index++, &perfetto->chunk))
			break;
	}
	give_chunk(sink);
}

/* Names and tracks are told once a trace: the next part is another one.  Without memory it goes on.
 */
static void next_part(struct sink *sink)
{
	struct perfetto *perfetto = sink->own;
	struct trace *trace;

	if (trace_open(&trace) < 0)
		return;
	end_trace(sink);
	perfetto->trace = trace_close(perfetto->trace);
	perfetto->trace = trace;
	perfetto->is_begun = false;
	sink_next_part(sink);
}

static struct text *chunk_room(struct sink *sink)
{
	struct perfetto *perfetto = sink->own;

	if (CHUNK_BYTES - perfetto->chunk.size_bytes < TRACE_MESSAGE_BYTES_MAX)
		give_chunk(sink);
	if (sink_is_part_full(sink))
		next_part(sink);
	return &perfetto->chunk;
}

/* Only now is the origin known: a recording tells it behind its header. */
static void begin(struct sink *sink)
{
	struct perfetto *perfetto = sink->own;

	if (!perfetto->is_begun)
		trace_set_boot_offset(perfetto->trace, boot_offset_of(sink));
	perfetto->is_begun = true;
}

static void perfetto_message(struct sink *sink, const struct corr_message *message)
{
	struct perfetto *perfetto = sink->own;
	struct text *text = chunk_room(sink);

	begin(sink);
	if (!trace_message(perfetto->trace, message, text))
		sink->omitted_count++;
}

static void perfetto_trip(struct sink *sink, const struct corr_trip *trip)
{
	struct perfetto *perfetto = sink->own;
	struct text *text = chunk_room(sink);

	begin(sink);
	if (!trace_trip(perfetto->trace, trip, text))
		sink->omitted_count++;
}

static void perfetto_order(struct sink *sink, const struct corr_order *order)
{
	struct perfetto *perfetto = sink->own;
	struct text *text = chunk_room(sink);

	begin(sink);
	if (!trace_order(perfetto->trace, order, text))
		sink->omitted_count++;
}

static int perfetto_close(struct sink *sink, const struct corr_summary *summary)
{
	(void)summary;
	end_trace(sink);
	sink->own = release(sink->own);
	return sink_close_file(sink);
}

const struct sink_ops sink_perfetto = {
	.name = "Perfetto trace",
	.open = perfetto_open,
	.message = perfetto_message,
	.trip = perfetto_trip,
	.order = perfetto_order,
	.close = perfetto_close,
};
