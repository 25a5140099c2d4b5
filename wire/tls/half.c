/* SPDX-License-Identifier: BSD-2-Clause */
#include "half.h"

#include <openssl/crypto.h>
#include <string.h>

/* KeyUpdates that may lie in a stretch that is missing. */
#define GENERATION_COUNT_MAX 16

/* So many of the log's newest secrets are tried on a connection whose beginning is missing. */
#define SECRET_COUNT_MAX 4096

/* Of those only the newest are followed through KeyUpdates. */
#define SECRET_WALK_COUNT_MAX 64

/* A server's handshake has so many records as a rule: more that do not open are none of its. */
#define HANDSHAKE_RECORD_COUNT_USUAL 8

/* Record numbers that ChaCha20-Poly1305 is searched for at once. */
#define NUMBER_COUNT_MAX 65536

static size_t secret_bytes(const struct tls_suite *suite)
{
	return suite->is_sha384 ? 48 : 32;
}

static bool key_of(const struct tls_suite *suite, const uint8_t *secret, struct tls_opener *opener)
{
	struct tls_key key;
	bool is_ok = tls_key_of_secret(suite->aead, suite->is_sha384, secret, &key) &&
		     tls_opener_set(opener, &key, true);

	OPENSSL_cleanse(&key, sizeof(key));
	return is_ok;
}

bool half_take_secret(struct tls_half *half, const struct tls_suite *suite, const uint8_t *secret)
{
	memcpy(half->secret, secret, secret_bytes(suite));
	half->has_secret = true;
	half->number = 0;
	return key_of(suite, half->secret, &half->opener);
}

bool half_take_key(struct tls_half *half, const struct tls_key *key)
{
	half->number = 0;
	half->has_explicit_base = false;
	return tls_opener_set(&half->opener, key, false);
}

bool half_update(struct tls_half *half, const struct tls_suite *suite)
{
	half->number = 0;
	return tls_update_secret(suite->is_sha384, half->secret) &&
	       key_of(suite, half->secret, &half->opener);
}

/* Learns by how much the sender's nonce is ahead of the record's number. */
static void learn_explicit(struct tls_half *half, const struct tls_record *record, uint64_t number)
{
	if (!half->opener.key.is_explicit)
		return;
	half->explicit_base = tls_explicit_nonce(record) - number;
	half->has_explicit_base = true;
}

bool half_open(struct tls_half *half, struct tls_record *record)
{
	if (!tls_opener_open(&half->opener, half->number, record))
		return false;
	learn_explicit(half, record, half->number);
	half->number++;
	return true;
}

/* Forwards only, and no further than what is missing can have held. */
static bool search_number(struct tls_half *half, struct tls_opener *opener, uint64_t first_number,
			  struct tls_record *record)
{
	uint64_t count = half->missing_max < NUMBER_COUNT_MAX ? half->missing_max + 1
							      : NUMBER_COUNT_MAX;

	for (uint64_t i = 0; i < count && half->search_left; i++) {
		half->search_left--;
		if (tls_opener_open(opener, first_number + i, record)) {
			half->number = first_number + i + 1;
			return true;
		}
	}
	return false;
}

/* One generation's key.  `first_number` is the least that the number can be. */
static bool try_key(struct tls_half *half, struct tls_opener *opener, uint64_t first_number,
		    struct tls_record *record)
{
	uint64_t number;

	if (opener->key.aead == TLS_AEAD_CHACHA20_POLY1305)
		return search_number(half, opener, first_number, record);
	if (!tls_opener_recover(opener, record, &number) ||
	    !tls_opener_open(opener, number, record))
		return false;
	half->number = number + 1;
	return true;
}

/* The half goes on with this generation. */
static void adopt(struct tls_half *half, const struct tls_opener *opener, const uint8_t *secret)
{
	tls_opener_clear(&half->opener);
	half->opener = *opener; /* and its context */
	memcpy(half->secret, secret, sizeof(half->secret));
	half->has_secret = true;
}

/* Walks the generations from a secret on; the half takes the one that fits. */
static bool walk(struct tls_half *half, const struct tls_suite *suite, const uint8_t *secret,
		 uint32_t generation_count, uint64_t first_number, struct tls_record *record)
{
	uint8_t current[TLS_SECRET_BYTES_MAX] = { 0 };
	struct tls_opener opener = { 0 };
	bool is_found = false;

	memcpy(current, secret, secret_bytes(suite));
	for (uint32_t i = 0; i < generation_count && half->trial_left && !is_found; i++) {
		half->trial_left--;
		if (i && !tls_update_secret(suite->is_sha384, current))
			break;
		is_found = key_of(suite, current, &opener) &&
			   try_key(half, &opener, i ? 0 : first_number, record);
	}
	if (is_found)
		adopt(half, &opener, current);
	else
		tls_opener_clear(&opener);
	OPENSSL_cleanse(&opener.key, sizeof(opener.key));
	OPENSSL_cleanse(current, sizeof(current));
	return is_found;
}

/* TLS 1.2: what is sent along tells the number, or it is searched. */
static bool find_number12(struct tls_half *half, struct tls_record *record)
{
	struct tls_opener *opener = &half->opener;
	bool is_told = opener->key.is_explicit && half->has_explicit_base &&
		       record->size_bytes >= 5 + TLS_EXPLICIT_BYTES;
	uint64_t number;

	if (is_told) {
		number = tls_explicit_nonce(record) - half->explicit_base;
		if (tls_opener_open(opener, number, record)) {
			half->number = number + 1;
			return true;
		}
	}
	if (!search_number(half, opener, half->number, record))
		return false;
	learn_explicit(half, record, half->number - 1);
	return true;
}

/* Its place is known again: the next loss may cost as much as this one. */
static void settle(struct tls_half *half)
{
	half->missing_max = 0;
	half->trial_left = HALF_TRIAL_COUNT_MAX;
	half->search_left = HALF_SEARCH_COUNT_MAX;
}

bool half_find_number(struct tls_half *half, const struct tls_suite *suite,
		      struct tls_record *record)
{
	bool is_found = half->opener.is_tls13 ? walk(half, suite, half->secret,
						     GENERATION_COUNT_MAX, half->number, record)
					      : find_number12(half, record);

	if (is_found)
		settle(half);
	return is_found;
}

bool half_may_try(struct tls_half *half, const struct key_log *log)
{
	uint32_t grown_count = log->secret_count - half->seen_count;

	if (grown_count > SECRET_COUNT_MAX)
		grown_count = SECRET_COUNT_MAX;
	half->seen_count = log->secret_count;
	half->trial_left += grown_count * GENERATION_COUNT_MAX;
	if (half->trial_left > HALF_TRIAL_COUNT_MAX)
		half->trial_left = HALF_TRIAL_COUNT_MAX;
	return half->trial_left > 0;
}

/* A secret without a client random has no sure direction either. */
static bool is_candidate(const struct key_secret *secret, const struct tls_suite *suite,
			 enum key_label label, bool may_be_unbound)
{
	if (secret->size_bytes != secret_bytes(suite))
		return false;
	if (secret->is_unbound)
		return may_be_unbound && secret->label != KEY_MASTER;
	return secret->label == label;
}

static bool try_secrets(struct tls_half *half, const struct tls_suite *suite,
			const struct key_log *log, enum key_label label, bool may_be_unbound,
			struct tls_record *record)
{
	uint32_t newest = log->secret_count;

	for (uint32_t age = 0; age < newest && age < SECRET_COUNT_MAX; age++) {
		const struct key_secret *secret = &log->secrets[newest - 1 - age];
		bool is_walked = age < SECRET_WALK_COUNT_MAX &&
				 suite->aead != TLS_AEAD_CHACHA20_POLY1305;

		if (is_candidate(secret, suite, label, may_be_unbound) &&
		    walk(half, suite, secret->bytes, is_walked ? GENERATION_COUNT_MAX : 1, 0,
			 record))
			return true;
	}
	return false;
}

bool half_find_secret(struct tls_half *half, const struct tls_suite *suite,
		      const struct key_log *log, enum key_label label, bool may_be_unbound,
		      struct tls_record *record, const struct tls_suite **ret_suite)
{
	/* The one whose numbers have to be searched comes last. */
	static const uint16_t codes[] = { 0x1301, 0x1302, 0x1303 };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		const struct tls_suite *one = tls_suite_find(codes[i]);

		if ((suite && suite != one) ||
		    !try_secrets(half, one, log, label, may_be_unbound, record))
			continue;
		settle(half);
		*ret_suite = one;
		return true;
	}
	return false;
}

uint32_t tls_connection_take_passed(struct tls_connection *connection, size_t half_index)
{
	struct tls_half *half = &connection->halves[half_index];
	uint32_t passed_count = half->passed_count;

	half->passed_count = 0;
	return passed_count > HANDSHAKE_RECORD_COUNT_USUAL ? passed_count : 0;
}
