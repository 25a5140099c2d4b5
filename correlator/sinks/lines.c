/* SPDX-License-Identifier: BSD-2-Clause */
/* [CORR] lines for people and scripts; their spelling is a contract. */
#include "sink.h"

#include "correlator/trips/order_line.h"
#include "names.h"

#define LINE_BYTES_MAX 1024

/* Lines are dropped before the closing report has no room left. */
#define LINE_ROOM_BYTES (LINE_BYTES_MAX + SUMMARY_BYTES_MAX)

LINE_INLINE void add_time(struct line *line, int64_t duration_ns, enum corr_unit unit)
{
	line_put_i64(line, corr_in_unit(duration_ns, unit));
	line_put(line, unit == CORR_UNIT_NS ? "ns" : "us");
}

LINE_INLINE void add_duration(struct line *line, const struct corr_message *message,
			      enum corr_stage stage, enum corr_unit unit)
{
	if (corr_stage_is_known(message, stage))
		add_time(line, message->stage_ns[stage], unit);
	else
		line_put(line, "n/a");
}

/* NIC->Kernel taken apart, if somebody looks: what is not told is named, with the rest. */
static void add_stages(struct line *line, const struct names *names,
		       const struct corr_message *message, enum corr_unit unit)
{
	for (int stage = CORR_STAGE_HOLE; stage <= CORR_STAGE_RUNNING_READ; stage++) {
		line_put(line, " ");
		line_put_word(line, &names->stages[stage]);
		line_put(line, "=");
		add_duration(line, message, stage, unit);
	}
	line_put(line, " wait=");
	line_put_word(line, &names->waits[message->wait]);
	if (message->untold == CORR_UNTOLD_NONE)
		return;
	line_put(line, " untold=");
	add_time(line, message->untold_ns, unit);
	line_put(line, ":");
	line_put_word(line, &names->untolds[message->untold]);
}

LINE_INLINE void add_exchange(struct line *line, const struct corr_message *message)
{
	if (!message->has_exchange_us)
		return;
	line_put(line, " E->User=");
	line_put_i64(line, message->exchange_us);
	line_put(line, "us");
}

LINE_INLINE void add_message(struct line *line, const struct names *names,
			     const struct corr_message *message, enum corr_unit unit)
{
	line_put(line, "[CORR] seq=");
	line_put_u64(line, message->seq);
	line_put(line, " tcp_seq=");
	if (message->has_nic)
		line_put_u64(line, message->tcp_seq);
	else
		line_put(line, "n/a");
	line_put(line, " NIC->Kernel=");
	add_duration(line, message, CORR_STAGE_NIC_KERNEL, unit);
	line_put(line, " Kernel->User=");
	add_duration(line, message, CORR_STAGE_KERNEL_USER, unit);
	line_put(line, " Total=");
	add_duration(line, message, CORR_STAGE_TOTAL, unit);
	line_put(line, " class=");
	line_put_word(line, &names->classes[message->class_id]);
	if (message->untold != CORR_UNTOLD_OFF)
		add_stages(line, names, message, unit);
	add_exchange(line, message);
	if (corr_stage_is_known(message, CORR_STAGE_WIRE_NIC)) {
		line_put(line, " Wire->NIC=");
		add_duration(line, message, CORR_STAGE_WIRE_NIC, unit);
	}
	line_put(line, "\n");
}

/* A reason stands before the first line that has it, once for each `what`. */
static void note_reason(struct sink *sink, enum sink_noted noted, uint8_t reason, const char *what)
{
	struct text *text;

	if (reason == CORR_REASON_NONE || sink->noted_mask[noted] >> reason & 1)
		return;
	text = sink_room(sink, LINE_ROOM_BYTES);
	if (!text)
		return;
	sink->noted_mask[noted] |= 1u << reason;
	text_add(text, "[note] ");
	text_add(text, what);
	text_add(text, corr_reason_words(reason));
	text_add(text, " (");
	text_add(text, corr_reason_name(reason));
	text_add(text, "; said once, counted below)\n");
}

static void note_doubt(struct sink *sink, const struct corr_message *message)
{
	static const struct {
		enum sink_noted noted;
		const char *what;
	} layers[PROF_LAYER_COUNT] = {
		[PROF_LAYER_NIC] = { SINK_NOTED_DOUBT_NIC, "NIC layer: class=last-byte: " },
		[PROF_LAYER_KERNEL] = { SINK_NOTED_DOUBT_KERNEL,
					"kernel layer: class=last-byte: " },
		[PROF_LAYER_USER] = { SINK_NOTED_DOUBT_USER, "user layer: class=last-byte: " },
	};

	if (message->doubt_layer)
		note_reason(sink, layers[message->doubt_layer].noted, message->doubt_reason,
			    layers[message->doubt_layer].what);
}

/*
 * In us whatever the unit is: never as if the exchange told it more finely.  That two
 * clocks are in it is said before the first.
 */
static void note_clocks(struct sink *sink)
{
	struct text *text;

	if (sink->noted_mask[SINK_NOTED_CLOCKS])
		return;
	text = sink_room(sink, LINE_ROOM_BYTES);
	if (!text)
		return;
	sink->noted_mask[SINK_NOTED_CLOCKS] = 1;
	text_add(text,
		 "[note] E->User is from the exchange's own stamp to the callback: it contains "
		 "the unknown error between its clock and CLOCK_REALTIME here (said once)\n");
}

static void lines_message(struct sink *sink, const struct corr_message *message)
{
	struct text *text;
	struct line line;

	if (sink->is_quiet)
		return;
	note_reason(sink, SINK_NOTED_NIC, message->nic_reason, "NIC layer: NIC->Kernel=n/a: ");
	note_reason(sink, SINK_NOTED_KERNEL, message->kernel_reason,
		    "kernel layer: Kernel->User=n/a: ");
	note_doubt(sink, message);
	if (message->has_exchange_us)
		note_clocks(sink);
	text = sink_room(sink, LINE_ROOM_BYTES);
	if (!text)
		return;
	line = line_begin(text);
	add_message(&line, sink->own, message, sink->unit);
	line_end(&line, text);
}

static void lines_trip(struct sink *sink, const struct corr_trip *trip)
{
	struct text *text = sink->is_quiet ? NULL : sink_room(sink, LINE_ROOM_BYTES);

	if (text)
		trip_add_line(text, trip);
}

static void lines_order(struct sink *sink, const struct corr_order *order)
{
	struct text *text = sink->is_quiet ? NULL : sink_room(sink, LINE_ROOM_BYTES);

	if (text)
		order_add_line(text, order, sink->unit);
}

static void lines_interval(struct sink *sink, const struct corr_interval *interval)
{
	struct text *text = sink_room(sink, LINE_ROOM_BYTES);

	if (text)
		summary_write_interval(text, interval);
}

static int lines_close(struct sink *sink, const struct corr_summary *summary)
{
	struct text *text = sink_room(sink, SUMMARY_BYTES_MAX);

	if (text)
		summary_write(text, summary);
	return names_close_file(sink);
}

_Static_assert(SUMMARY_BYTES_MAX <= SINK_BUFFER_BYTES / 2, "the report is written in one go");

const struct sink_ops sink_lines = {
	.name = "lines",
	.open = names_open_file,
	.message = lines_message,
	.trip = lines_trip,
	.order = lines_order,
	.interval = lines_interval,
	.close = lines_close,
};
