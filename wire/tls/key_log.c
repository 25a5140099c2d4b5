/* SPDX-License-Identifier: BSD-2-Clause */
#include "key_log.h"

#include <openssl/crypto.h>
#include <string.h>

static const struct {
	const char *name;
	enum key_label label;
} labels[] = {
	{ "CLIENT_RANDOM", KEY_MASTER },
	{ "CLIENT_TRAFFIC_SECRET_0", KEY_CLIENT_TRAFFIC },
	{ "SERVER_TRAFFIC_SECRET_0", KEY_SERVER_TRAFFIC },
	{ "CLIENT_HANDSHAKE_TRAFFIC_SECRET", KEY_UNNEEDED },
	{ "SERVER_HANDSHAKE_TRAFFIC_SECRET", KEY_UNNEEDED },
	{ "CLIENT_EARLY_TRAFFIC_SECRET", KEY_UNNEEDED },
	{ "EARLY_EXPORTER_SECRET", KEY_UNNEEDED },
	{ "EARLY_EXPORTER_MASTER_SECRET", KEY_UNNEEDED },
	{ "EXPORTER_SECRET", KEY_UNNEEDED },
	{ "ECH_SECRET", KEY_UNNEEDED },
	{ "ECH_CONFIG", KEY_UNNEEDED },
	{ "RSA", KEY_UNNEEDED },
};

/* A word of a line. */
struct word {
	const char *text;
	size_t size_bytes;
};

static enum key_label label_of(const struct word *word)
{
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strlen(labels[i].name) == word->size_bytes &&
		    memcmp(labels[i].name, word->text, word->size_bytes) == 0)
			return labels[i].label;
	return KEY_UNKNOWN;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* False unless the word is hexadecimal and gives exactly size_bytes. */
static bool read_hex(const struct word *word, uint8_t *ret_bytes, size_t size_bytes)
{
	if (word->size_bytes != 2 * size_bytes)
		return false;
	for (size_t i = 0; i < size_bytes; i++) {
		int high = digit_of(word->text[2 * i]);
		int low = digit_of(word->text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret_bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Cuts the next word off the line; an empty one at its end. */
static struct word next_word(const char **at, const char *end)
{
	struct word word = { .text = *at };

	while (*at < end && **at != ' ')
		(*at)++;
	word.size_bytes = (size_t)(*at - word.text);
	if (*at < end)
		(*at)++;
	return word;
}

/*
 * Mixed, because whoever connects to us chooses it; and from the product's upper end, on which
 * every bit has an influence: the lower bits of one with zeroes behind are zeroes.
 */
static uint32_t bucket_of(const uint8_t client_random[TLS_RANDOM_BYTES])
{
	static const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = 0;

	for (size_t i = 0; i < TLS_RANDOM_BYTES; i += 8) {
		uint64_t word;

		memcpy(&word, client_random + i, 8);
		hash = (hash ^ word) * golden;
		hash ^= hash >> 32;
	}
	return (uint32_t)(hash * golden >> 32) >> (32 - KEY_LOG_BUCKET_BITS);
}

static bool is_same(const struct key_secret *a, const struct key_secret *b)
{
	return a->label == b->label && a->size_bytes == b->size_bytes &&
	       memcmp(a->client_random, b->client_random, sizeof(a->client_random)) == 0 &&
	       memcmp(a->bytes, b->bytes, a->size_bytes) == 0;
}

static bool is_known(const struct key_log *log, const struct key_secret *secret, uint32_t bucket)
{
	uint32_t at = log->bucket_plus_one[bucket];

	while (at) {
		if (is_same(&log->secrets[at - 1], secret))
			return true;
		at = log->secrets[at - 1].next_plus_one;
	}
	return false;
}

static void keep(struct key_log *log, struct key_secret *secret)
{
	static const uint8_t nobody[TLS_RANDOM_BYTES];
	uint32_t bucket;

	secret->is_unbound = memcmp(secret->client_random, nobody, sizeof(nobody)) == 0;
	/* The unbound ones have no other name than themselves. */
	bucket = bucket_of(secret->is_unbound ? secret->bytes : secret->client_random);
	if (is_known(log, secret, bucket)) {
		log->counters.repeated_count++;
		return;
	}
	if (log->secret_count == KEY_LOG_SECRET_COUNT_MAX) {
		log->counters.full_count++;
		return;
	}
	secret->next_plus_one = log->bucket_plus_one[bucket];
	log->secrets[log->secret_count++] = *secret;
	log->bucket_plus_one[bucket] = log->secret_count;
	log->unbound_count += secret->is_unbound;
	log->counters.kept_count++;
}

/* A master secret has 48 bytes, a traffic secret as many as the hash. */
static bool read_secret(const struct word *word, struct key_secret *secret)
{
	secret->size_bytes = 48;
	if (read_hex(word, secret->bytes, 48))
		return true;
	secret->size_bytes = 32;
	return secret->label != KEY_MASTER && read_hex(word, secret->bytes, 32);
}

static void take_line(struct key_log *log, const char *text, size_t size_bytes)
{
	const char *end = text + size_bytes;
	struct key_secret secret = { 0 };
	struct word label;
	struct word random;
	struct word bytes;

	while (end > text && (end[-1] == '\r' || end[-1] == ' '))
		end--;
	if (end == text || *text == '#')
		return;
	label = next_word(&text, end);
	random = next_word(&text, end);
	bytes = next_word(&text, end);
	secret.label = (uint8_t)label_of(&label);
	if (secret.label == KEY_UNKNOWN && random.size_bytes)
		log->counters.unknown_count++;
	else if (secret.label == KEY_UNNEEDED)
		log->counters.unneeded_count++;
	else if (secret.label == KEY_UNKNOWN || text != end ||
		 !read_hex(&random, secret.client_random, TLS_RANDOM_BYTES) ||
		 !read_secret(&bytes, &secret))
		log->counters.malformed_count++;
	else
		keep(log, &secret);
	OPENSSL_cleanse(&secret, sizeof(secret));
}

static void end_line(struct key_log *log, struct key_log_line *line)
{
	if (line->is_too_long)
		log->counters.malformed_count++;
	else
		take_line(log, line->text, line->size_bytes);
	line->size_bytes = 0;
	line->is_too_long = false;
}

void key_log_feed(struct key_log *log, struct key_log_line *line, const char *text,
		  size_t size_bytes)
{
	const char *end = text + size_bytes;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t taken = (size_t)((newline ? newline : end) - text);

		if (taken > KEY_LOG_LINE_BYTES_MAX - line->size_bytes)
			line->is_too_long = true;
		if (!line->is_too_long) {
			memcpy(line->text + line->size_bytes, text, taken);
			line->size_bytes += (uint32_t)taken;
		}
		if (!newline)
			return;
		end_line(log, line);
		text = newline + 1;
	}
}

void key_log_end(struct key_log *log, struct key_log_line *line)
{
	end_line(log, line);
	OPENSSL_cleanse(line, sizeof(*line));
}

const struct key_secret *key_log_find(const struct key_log *log, enum key_label label,
				      const uint8_t client_random[TLS_RANDOM_BYTES])
{
	uint32_t at = log->bucket_plus_one[bucket_of(client_random)];

	while (at) {
		const struct key_secret *secret = &log->secrets[at - 1];

		if (secret->label == label && !secret->is_unbound &&
		    memcmp(secret->client_random, client_random, TLS_RANDOM_BYTES) == 0)
			return secret;
		at = secret->next_plus_one;
	}
	return NULL;
}
