/* SPDX-License-Identifier: BSD-2-Clause */
#include "counters.h"

#include <inttypes.h>
#include <stdio.h>

struct line {
	char *text;
	size_t size_bytes;
	size_t used_bytes;
};

static void append(struct line *line, const char *name, uint64_t value)
{
	int size;

	if (line->used_bytes >= line->size_bytes)
		return;
	size = snprintf(line->text + line->used_bytes, line->size_bytes - line->used_bytes,
			"%s%s=%" PRIu64, line->used_bytes ? " " : "", name, value);
	if (size > 0)
		line->used_bytes += (size_t)size;
}

static void append_source(struct line *line, const struct source_counters *source)
{
	append(line, "missed", source->missed_count);
	append(line, "errors", source->error_count);
	append(line, "nombuf", source->nombuf_count);
	append(line, "ring_drops", source->ring_drop_count);
	append(line, "foreign", source->foreign_count);
	append(line, "unstamped", source->unstamped_count);
	append(line, "adapter_stamped", source->adapter_count);
	append(line, "adapter_bare", source->adapter_bare_count);
	append(line, "adapter_set_aside", source->adapter_aside_count);
	append(line, "adapter_unread", source->adapter_unread_count);
	append(line, "adapter_stepped", source->adapter_stepped_count);
	append(line, "adapter_unhanded", source->adapter_unhanded_count);
	append(line, "forwarded", source->forwarded_count);
	append(line, "handon_drops", source->handon_drop_count);
	append(line, "oversized", source->oversized_count);
}

void counters_add_source(struct source_counters *sum, const struct source_counters *more)
{
	sum->missed_count += more->missed_count;
	sum->error_count += more->error_count;
	sum->nombuf_count += more->nombuf_count;
	sum->ring_drop_count += more->ring_drop_count;
	sum->foreign_count += more->foreign_count;
	sum->forwarded_count += more->forwarded_count;
	sum->handon_drop_count += more->handon_drop_count;
	sum->oversized_count += more->oversized_count;
	sum->unstamped_count += more->unstamped_count;
	sum->adapter_count += more->adapter_count;
	sum->adapter_bare_count += more->adapter_bare_count;
	sum->adapter_aside_count += more->adapter_aside_count;
	sum->adapter_unread_count += more->adapter_unread_count;
	sum->adapter_stepped_count += more->adapter_stepped_count;
	sum->adapter_unhanded_count += more->adapter_unhanded_count;
	sum->unread_count += more->unread_count;
	sum->clock_step_count += more->clock_step_count;
}

char *counters_format(const struct counters *counters, char *text, size_t size_bytes)
{
	const uint64_t *verdicts = counters->verdict_count;
	struct line line = { .text = text, .size_bytes = size_bytes };

	if (size_bytes)
		text[0] = '\0';
	append(&line, "frames", counters->frame_count);
	append(&line, "published", counters->published_count);
	append(&line, "recalled", counters->recalled_count);
	append(&line, "bus_drops", counters->bus_drop_count);
	append(&line, "late", counters->late_count);
	append(&line, "acks", counters->ack_count);
	append(&line, "kept", counters->kept_count);
	append(&line, "filtered", counters->filtered_count);
	append(&line, "history_lost", counters->history_lost_count);
	append(&line, "not_ip", verdicts[PACKET_NOT_IP]);
	append(&line, "not_tcp", verdicts[PACKET_NOT_TCP]);
	append(&line, "fragments", verdicts[PACKET_FRAGMENT]);
	append(&line, "truncated", verdicts[PACKET_TRUNCATED]);
	append(&line, "malformed", verdicts[PACKET_MALFORMED]);
	append_source(&line, &counters->source);
	append(&line, "clock_steps", counters->source.clock_step_count);
	append(&line, "poll_gap_us_max", counters->poll_gap_ns_max / 1000);
	append(&line, "merged_guessed", counters->merged_guessed_count);
	append(&line, "translated", counters->translated_count);
	append(&line, "elsewhere", counters->elsewhere_count);
	append(&line, "unread", counters->source.unread_count);
	append(&line, "written", counters->keep.written_count);
	append(&line, "written_cut", counters->keep.cut_count);
	append(&line, "write_lost", counters->keep.lost_count);
	return text;
}
