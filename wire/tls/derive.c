/* SPDX-License-Identifier: BSD-2-Clause */
#include "derive.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define LABEL_BYTES_MAX	    32
#define HASH_BYTES_MAX	    48
#define KEY_BLOCK_BYTES_MAX (2 * (TLS_KEY_BYTES_MAX + TLS_IV_BYTES))
#define SALT_BYTES	    4

static size_t hash_bytes(bool is_sha384)
{
	return is_sha384 ? 48 : 32;
}

size_t tls_key_bytes(uint8_t aead)
{
	return aead == TLS_AEAD_NONE ? 0 : aead == TLS_AEAD_AES_128_GCM ? 16 : 32;
}

static bool hmac(bool is_sha384, const uint8_t *key, size_t key_bytes, const uint8_t *data,
		 size_t data_bytes, uint8_t *ret_hash)
{
	return HMAC(is_sha384 ? EVP_sha384() : EVP_sha256(), key, (int)key_bytes, data, data_bytes,
		    ret_hash, NULL) != NULL;
}

/* What TLS 1.3 wants is never longer than the hash: one block of HKDF-Expand (RFC 5869, 2.3). */
static bool expand_label(bool is_sha384, const uint8_t *secret, const char *label, uint8_t *ret_out,
			 size_t out_bytes)
{
	uint8_t info[2 + 1 + 6 + LABEL_BYTES_MAX + 1 + 1] = { 0, (uint8_t)out_bytes };
	uint8_t hash[HASH_BYTES_MAX];
	size_t label_bytes = strlen(label);
	size_t at = 3;
	bool is_ok;

	info[2] = (uint8_t)(6 + label_bytes);
	memcpy(info + at, "tls13 ", 6);
	memcpy(info + at + 6, label, label_bytes);
	at += 6 + label_bytes;
	info[at++] = 0; /* no context */
	info[at++] = 1; /* the first block */
	is_ok = hmac(is_sha384, secret, hash_bytes(is_sha384), info, at, hash);
	if (is_ok)
		memcpy(ret_out, hash, out_bytes);
	OPENSSL_cleanse(hash, sizeof(hash));
	return is_ok;
}

bool tls_update_secret(bool is_sha384, uint8_t secret[TLS_SECRET_BYTES_MAX])
{
	return expand_label(is_sha384, secret, "traffic upd", secret, hash_bytes(is_sha384));
}

bool tls_key_of_secret(uint8_t aead, bool is_sha384, const uint8_t *secret, struct tls_key *ret_key)
{
	ret_key->aead = aead;
	ret_key->is_explicit = false;
	return expand_label(is_sha384, secret, "key", ret_key->bytes, tls_key_bytes(aead)) &&
	       expand_label(is_sha384, secret, "iv", ret_key->iv, TLS_IV_BYTES);
}

/* P_hash: block i is HMAC(A(i) + seed), where A(i) = HMAC(A(i - 1)) and A(0) is the seed. */
static bool prf(bool is_sha384, const uint8_t master[TLS_MASTER_BYTES], const uint8_t *seed,
		size_t seed_bytes, uint8_t *ret_out, size_t out_bytes)
{
	uint8_t chain[HASH_BYTES_MAX + 128];
	uint8_t block[HASH_BYTES_MAX];
	size_t size = hash_bytes(is_sha384);
	bool is_ok = hmac(is_sha384, master, TLS_MASTER_BYTES, seed, seed_bytes, chain);

	memcpy(chain + size, seed, seed_bytes);
	for (size_t at = 0; is_ok && at < out_bytes; at += size) {
		size_t taken = out_bytes - at < size ? out_bytes - at : size;

		is_ok = hmac(is_sha384, master, TLS_MASTER_BYTES, chain, size + seed_bytes, block);
		memcpy(ret_out + at, block, taken);
		is_ok = is_ok && hmac(is_sha384, master, TLS_MASTER_BYTES, chain, size, block);
		memcpy(chain, block, size);
	}
	OPENSSL_cleanse(chain, sizeof(chain));
	OPENSSL_cleanse(block, sizeof(block));
	return is_ok;
}

/* Keys of both, then IVs of both: an AEAD has no MAC keys. */
static void divide_key_block(const struct tls_suite *suite, const uint8_t *block,
			     struct tls_key ret_keys[2])
{
	size_t key_bytes = tls_key_bytes(suite->aead);
	bool is_explicit = suite->aead != TLS_AEAD_CHACHA20_POLY1305;
	size_t iv_bytes = is_explicit ? SALT_BYTES : TLS_IV_BYTES;

	for (size_t i = 0; i < 2; i++) {
		ret_keys[i] = (struct tls_key){ .aead = suite->aead, .is_explicit = is_explicit };
		memcpy(ret_keys[i].bytes, block + i * key_bytes, key_bytes);
		memcpy(ret_keys[i].iv, block + 2 * key_bytes + i * iv_bytes, iv_bytes);
	}
}

bool tls_keys_of_master(const struct tls_suite *suite, const uint8_t master[TLS_MASTER_BYTES],
			const uint8_t client_random[TLS_RANDOM_BYTES],
			const uint8_t server_random[TLS_RANDOM_BYTES], struct tls_key ret_keys[2])
{
	static const char label[] = "key expansion";
	uint8_t seed[sizeof(label) - 1 + 2 * TLS_RANDOM_BYTES];
	uint8_t block[KEY_BLOCK_BYTES_MAX];
	bool is_ok;

	memcpy(seed, label, sizeof(label) - 1);
	memcpy(seed + sizeof(label) - 1, server_random, TLS_RANDOM_BYTES);
	memcpy(seed + sizeof(label) - 1 + TLS_RANDOM_BYTES, client_random, TLS_RANDOM_BYTES);
	is_ok = prf(suite->is_sha384, master, seed, sizeof(seed), block, sizeof(block));
	if (is_ok)
		divide_key_block(suite, block, ret_keys);
	OPENSSL_cleanse(block, sizeof(block));
	return is_ok;
}
