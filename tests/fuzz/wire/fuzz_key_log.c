/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever is in a key-log file, cut however read() likes: the same secrets
 * and counts as when all comes at once, and each secret is found by its name.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/tls/key_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static struct key_log whole;
static struct key_log cut;

/* The tables are large and mostly unused: only the rest is cleared. */
static void clear(struct key_log *log)
{
	memset(log, 0, offsetof(struct key_log, secrets));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct key_log_line whole_line = { 0 };
	struct key_log_line cut_line = { 0 };
	size_t step;

	if (size_bytes < 1)
		return 0;
	step = bytes[0] + 1u;
	bytes++;
	size_bytes--;
	clear(&whole);
	clear(&cut);
	key_log_feed(&whole, &whole_line, (const char *)bytes, size_bytes);
	key_log_end(&whole, &whole_line);
	for (size_t from = 0; from < size_bytes; from += step)
		key_log_feed(&cut, &cut_line, (const char *)bytes + from,
			     from + step < size_bytes ? step : size_bytes - from);
	key_log_end(&cut, &cut_line);
	if (memcmp(&whole.counters, &cut.counters, sizeof(cut.counters)) != 0 ||
	    whole.secret_count != cut.secret_count || whole.unbound_count != cut.unbound_count)
		abort();
	for (uint32_t i = 0; i < whole.secret_count; i++) {
		const struct key_secret *secret = &whole.secrets[i];

		if (memcmp(secret, &cut.secrets[i], sizeof(*secret)) != 0)
			abort();
		if (!secret->is_unbound &&
		    !key_log_find(&whole, (enum key_label)secret->label, secret->client_random))
			abort();
	}
	return 0;
}
