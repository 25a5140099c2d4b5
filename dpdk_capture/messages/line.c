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

#define EIGHT_DIGITS 100000000u

/*
 * The values of 8 digits, the first one's in the lowest byte: fours, pairs and single digits are
 * divided side by side, each by a product and a shift that are exact in their range.
 */
static uint64_t digits_of(uint32_t value)
{
	uint64_t fours = value / 10000 | (uint64_t)(value % 10000) << 32;
	uint64_t hundreds = (fours * 10486 >> 20) & UINT64_C(0x0000007f0000007f);
	uint64_t pairs = hundreds | (fours - 100 * hundreds) << 16;
	uint64_t tens = (pairs * 103 >> 10) & UINT64_C(0x000f000f000f000f);

	return tens | (pairs - 10 * tens) << 8;
}

/* Writes 8 characters, the one in the lowest byte first: compilers make one store of it. */
static void put_word(char *at, uint64_t word)
{
	at[0] = (char)word;
	at[1] = (char)(word >> 8);
	at[2] = (char)(word >> 16);
	at[3] = (char)(word >> 24);
	at[4] = (char)(word >> 32);
	at[5] = (char)(word >> 40);
	at[6] = (char)(word >> 48);
	at[7] = (char)(word >> 56);
}

#define EIGHT_ZEROES UINT64_C(0x3030303030303030)

/* 1 to 10^8 - 1, without zeroes in front.  What lies behind, up to 8 bytes in all, is undefined.
 */
static char *add_first_digits(char *at, uint32_t value)
{
	uint64_t digits = digits_of(value);
	size_t zero_count = (size_t)__builtin_ctzll(digits) / 8;

	put_word(at, (digits | EIGHT_ZEROES) >> (8 * zero_count));
	return at + 8 - zero_count;
}

/* Likewise of any number: there must be room for 8 bytes behind it. */
static char *add_u64(char *at, uint64_t value)
{
	if (value < 10) {
		*at = (char)('0' + value);
		return at + 1;
	}
	if (value < EIGHT_DIGITS)
		return add_first_digits(at, (uint32_t)value);
	at = add_u64(at, value / EIGHT_DIGITS);
	put_word(at, digits_of((uint32_t)(value % EIGHT_DIGITS)) | EIGHT_ZEROES);
	return at + 8;
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
	while ((unsigned char)(*name - '!') <= '~' - '!')
		*at++ = *name++;
	return *name ? add_letters(at, name) : at;
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
	char *at = add_tab(add_u64(line, message->last.time_ns));
	size_t time_bytes = (size_t)(at - line);

	/* As a rule one segment brought all of it. */
	if (message->first.time_ns == message->last.time_ns)
		at = (char *)memcpy(at, line, time_bytes) + time_bytes;
	else
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
