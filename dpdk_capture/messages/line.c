/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Written by hand: printf() takes longer for such a line than everything else
 * that is done for its message.
 */
#include "line.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "wire/utf8.h"

#define NS_PER_US 1000

/* Two digits at once: dividing is what takes the time. */
static char *add_u64(char *at, uint64_t value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char digits[20];
	char *end = digits + sizeof(digits);
	char *begin = end;
	size_t size_bytes;

	while (value >= 100) {
		begin -= 2;
		memcpy(begin, pairs + 2 * (value % 100), 2);
		value /= 100;
	}
	if (value >= 10) {
		begin -= 2;
		memcpy(begin, pairs + 2 * value, 2);
	} else {
		*--begin = (char)('0' + value);
	}
	size_bytes = (size_t)(end - begin);
	memcpy(at, begin, size_bytes);
	return at + size_bytes;
}

static char *add_i64(char *at, int64_t value)
{
	if (value >= 0)
		return add_u64(at, (uint64_t)value);
	*at++ = '-';
	return add_u64(at, -(uint64_t)value);
}

static char *add_tab(char *at)
{
	*at = '\t';
	return at + 1;
}

static char *add_unknown(char *at)
{
	*at = '-';
	return at + 1;
}

static char *add_ipv4(char *at, const uint8_t *addr)
{
	for (size_t i = 0; i < 4; i++) {
		if (i)
			*at++ = '.';
		at = add_u64(at, addr[i]);
	}
	return at;
}

static char *add_end(char *at, const struct prof_endpoint *end)
{
	static const uint8_t ipv4[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(end->addr, ipv4, sizeof(ipv4)) == 0) {
		at = add_ipv4(at, end->addr + 12);
	} else {
		(void)inet_ntop(AF_INET6, end->addr, at, INET6_ADDRSTRLEN); /* there is room */
		at += strlen(at);
	}
	at = add_tab(at);
	return add_tab(add_u64(at, end->port));
}

static bool is_end(const struct prof_endpoint *a, const struct prof_endpoint *b)
{
	return a->port == b->port && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

static char *add_ends(char *at, const struct message *message, struct line_ends *ends)
{
	char *end;

	if (!ends->text_bytes || !is_end(&ends->src, message->src) ||
	    !is_end(&ends->dst, message->dst)) {
		ends->src = *message->src;
		ends->dst = *message->dst;
		end = add_end(add_end(ends->text, message->src), message->dst);
		ends->text_bytes = (size_t)(end - ends->text);
	}
	memcpy(at, ends->text, ends->text_bytes);
	return at + ends->text_bytes;
}

/* Of valid UTF-8. */
static size_t letter_bytes(const char *letter)
{
	uint8_t first = (uint8_t)*letter;

	return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Not: what ends a line, turns it round or controls a terminal, U+009F, U+202E, U+2069 the last. */
static bool is_shown(const char *letter, bool is_utf8)
{
	const uint8_t *bytes = (const uint8_t *)letter;

	if (bytes[0] < 0x80)
		return bytes[0] > ' ' && bytes[0] < 0x7f;
	if (!is_utf8 || (bytes[0] == 0xc2 && bytes[1] < 0xa0))
		return false;
	if (bytes[0] != 0xe2)
		return true;
	return !(bytes[1] == 0x80 && bytes[2] >= 0xa8 && bytes[2] <= 0xae) &&
	       !(bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9);
}

/* As add_name(), of any letters. */
static char *add_letters(char *at, const char *name)
{
	bool is_utf8 = utf8_is_valid(name, strlen(name));

	while (*name) {
		size_t size_bytes = is_utf8 ? letter_bytes(name) : 1;

		if (is_shown(name, is_utf8)) {
			memcpy(at, name, size_bytes);
			at += size_bytes;
		} else {
			*at++ = '?';
		}
		name += size_bytes;
	}
	return at;
}

/* A name comes off the wire: what would break the line, or a terminal, is left out of it. */
static char *add_name(char *at, const char *name)
{
	if (!*name)
		return add_unknown(at);
	/* As a rule all of it. */
	while (*name > ' ' && *name < 0x7f)
		*at++ = *name++;
	return add_letters(at, name);
}

static char *add_exchange(char *at, const struct message *message)
{
	int64_t late_us;

	if (!message->exch_time_us)
		return add_unknown(at);
	late_us = (int64_t)(message->last.time_ns / NS_PER_US - message->exch_time_us);
	return add_i64(at, late_us / 1000);
}

size_t line_format(const struct message *message, struct line_ends *ends, char *line)
{
	char *at = line;

	at = add_tab(add_u64(at, message->last.time_ns));
	at = add_tab(add_u64(at, message->first.time_ns));
	at = add_ends(at, message, ends);
	at = message->has_range ? add_u64(at, message->start_offset) : add_unknown(at);
	at = add_tab(at);
	at = message->has_range ? add_u64(at, message->end_offset) : add_unknown(at);
	at = add_tab(at);
	at = add_tab(add_u64(at, message->last.seq));
	at = add_tab(add_u64(at, message->opcode));
	at = add_tab(add_u64(at, message->payload_bytes));
	at = add_tab(add_name(at, message->stream));
	at = add_exchange(at, message);
	*at++ = '\n';
	return (size_t)(at - line);
}

char *line_counters(const struct messages_counters *counters, const struct key_log_counters *keys,
		    char *text, size_t size_bytes)
{
	const struct stream_counters *stream = &counters->stream;
	const struct cutter_counters *cutter = &counters->cutter;
	const char *foreign = stream->foreign_count ? stream->foreign_name : NULL;

	(void)snprintf(text, size_bytes,
		       "messages=%" PRIu64 " records=%" PRIu64 " auth_failures=%" PRIu64
		       " without_key=%" PRIu64 " held_drops=%" PRIu64 " holes=%" PRIu64
		       " missing_bytes=%" PRIu64 " skipped_bytes=%" PRIu64 " resyncs=%" PRIu64
		       " refound=%" PRIu64 " torn=%" PRIu64 " breaches=%" PRIu64 " unread=%" PRIu64
		       " no_room=%" PRIu64 " segments=%" PRIu64 " copies=%" PRIu64 " cut=%" PRIu64
		       " connections=%" PRIu64 " evicted=%" PRIu64 " http2=%" PRIu64
		       " other=%" PRIu64 " unmade=%" PRIu64 " secrets=%" PRIu64
		       " bad_key_lines=%" PRIu64 " unknown_labels=%" PRIu64 " secrets_full=%" PRIu64
		       " foreign_cipher=%" PRIu64 "%s%s%s",
		       cutter->message_count, stream->record_count, stream->bad_count,
		       stream->keyless_count, stream->held_drop_bytes, stream->hole_count,
		       stream->missing_bytes, stream->skipped_bytes, stream->resync_count,
		       cutter->found_count, cutter->torn_count, cutter->breach_count,
		       counters->unread_count, cutter->no_room_count, stream->segment_count,
		       stream->copy_count, stream->cut_count, counters->connection_count,
		       counters->evicted_count, stream->http2_count, stream->other_count,
		       stream->unmade_count, keys->kept_count, keys->malformed_count,
		       keys->unknown_count, keys->full_count, stream->foreign_count,
		       foreign ? " (" : "", foreign ? foreign : "", foreign ? ")" : "");
	return text;
}
