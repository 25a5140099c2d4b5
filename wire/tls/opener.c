/* SPDX-License-Identifier: BSD-2-Clause */
#include "opener.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <string.h>

#define HEADER_BYTES 5
#define FIXED_BYTES  4 /* of a nonce of GCM, which are the key's; the others are the record's */
#define BLOCK_BYTES  16
#define NUMBER_MAX   (UINT64_C(1) << 48) /* nobody sends more with one key */

static uint64_t read_u64(const uint8_t *at)
{
	uint64_t value = 0;

	for (size_t i = 0; i < 8; i++)
		value = value << 8 | at[i];
	return value;
}

static void write_u64(uint8_t *at, uint64_t value)
{
	for (size_t i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (56 - 8 * i));
}

static const EVP_CIPHER *cipher_of(uint8_t aead)
{
	switch (aead) {
	case TLS_AEAD_AES_128_GCM:
		return EVP_aes_128_gcm();
	case TLS_AEAD_AES_256_GCM:
		return EVP_aes_256_gcm();
	case TLS_AEAD_CHACHA20_POLY1305:
		return EVP_chacha20_poly1305();
	default:
		return NULL;
	}
}

/* Nonce and tag of a record at once, where the nonce's first bytes are fixed. */
static bool set_nonce_and_tag(EVP_CIPHER_CTX *context, uint8_t *nonce, const uint8_t *tag)
{
	void *tag_read = (void *)(uintptr_t)tag; /* which it only reads */
	const OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag_read, TLS_TAG_BYTES),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_SET_IV_INV, nonce + FIXED_BYTES,
					TLS_IV_BYTES - FIXED_BYTES),
		OSSL_PARAM_END,
	};

	return EVP_CIPHER_CTX_set_params(context, params) == 1;
}

/* With the key, the bytes of the nonces that stay.  False where the cipher has no such thing. */
static bool fix_nonce(struct tls_opener *opener)
{
	static const uint8_t no_tag[TLS_TAG_BYTES];
	uint8_t nonce[TLS_IV_BYTES] = { 0 };

	return opener->key.aead != TLS_AEAD_CHACHA20_POLY1305 &&
	       EVP_CIPHER_CTX_ctrl(opener->context, EVP_CTRL_GCM_SET_IV_FIXED, FIXED_BYTES,
				   opener->key.iv) == 1 &&
	       set_nonce_and_tag(opener->context, nonce, no_tag);
}

bool tls_opener_set(struct tls_opener *opener, const struct tls_key *key, bool is_tls13)
{
	const EVP_CIPHER *cipher = cipher_of(key->aead);

	if (!opener->context)
		opener->context = EVP_CIPHER_CTX_new();
	if (!opener->context || !cipher ||
	    EVP_DecryptInit_ex(opener->context, cipher, NULL, key->bytes, NULL) != 1)
		return false;
	opener->key = *key;
	opener->is_tls13 = is_tls13;
	opener->has_fixed = fix_nonce(opener);
	return true;
}

void tls_opener_clear(struct tls_opener *opener)
{
	EVP_CIPHER_CTX_free(opener->context); /* wipes it */
	OPENSSL_cleanse(opener, sizeof(*opener));
}

uint64_t tls_explicit_nonce(const struct tls_record *record)
{
	return read_u64(record->bytes + HEADER_BYTES);
}

static void make_nonce(const struct tls_opener *opener, uint64_t number, const uint8_t *record,
		       uint8_t nonce[TLS_IV_BYTES])
{
	memcpy(nonce, opener->key.iv, TLS_IV_BYTES);
	if (opener->key.is_explicit)
		memcpy(nonce + FIXED_BYTES, record + HEADER_BYTES, TLS_EXPLICIT_BYTES);
	else
		write_u64(nonce + FIXED_BYTES, read_u64(nonce + FIXED_BYTES) ^ number);
}

/* What is authenticated besides: the header; in TLS 1.2 with number and plaintext's length. */
static size_t make_aad(const struct tls_opener *opener, uint64_t number, const uint8_t *record,
		       size_t plain_bytes, uint8_t aad[13])
{
	if (opener->is_tls13) {
		memcpy(aad, record, HEADER_BYTES);
		return HEADER_BYTES;
	}
	write_u64(aad, number);
	memcpy(aad + 8, record, 3);
	aad[11] = (uint8_t)(plain_bytes >> 8);
	aad[12] = (uint8_t)plain_bytes;
	return 13;
}

/*
 * In one call where that can be: given a whole nonce, libcrypto asks its own cipher by name how
 * long it is, and is told the tag by another name, which takes a third of opening a short record.
 */
static bool begin_record(struct tls_opener *opener, uint8_t *nonce, const uint8_t *tag)
{
	void *tag_read = (void *)(uintptr_t)tag; /* likewise */

	if (opener->has_fixed)
		return set_nonce_and_tag(opener->context, nonce, tag);
	return EVP_DecryptInit_ex(opener->context, NULL, NULL, NULL, nonce) == 1 &&
	       EVP_CIPHER_CTX_ctrl(opener->context, EVP_CTRL_AEAD_SET_TAG, TLS_TAG_BYTES,
				   tag_read) == 1;
}

/* How much of a record is not plaintext; more than the record: it is too short. */
static size_t overhead_bytes(const struct tls_opener *opener)
{
	return HEADER_BYTES + TLS_TAG_BYTES + (opener->key.is_explicit ? TLS_EXPLICIT_BYTES : 0);
}

bool tls_opener_open(struct tls_opener *opener, uint64_t number, struct tls_record *record)
{
	EVP_CIPHER_CTX *context = opener->context;
	size_t overhead = overhead_bytes(opener);
	uint8_t nonce[TLS_IV_BYTES];
	uint8_t aad[13];
	const uint8_t *sealed;
	size_t plain_bytes;
	size_t aad_bytes;
	int written = 0;

	if (record->size_bytes < overhead)
		return false;
	plain_bytes = record->size_bytes - overhead;
	sealed = record->bytes + record->size_bytes - TLS_TAG_BYTES - plain_bytes;
	make_nonce(opener, number, record->bytes, nonce);
	aad_bytes = make_aad(opener, number, record->bytes, plain_bytes, aad);
	if (!begin_record(opener, nonce, sealed + plain_bytes) ||
	    EVP_DecryptUpdate(context, NULL, &written, aad, (int)aad_bytes) != 1 ||
	    EVP_DecryptUpdate(context, record->plain, &written, sealed, (int)plain_bytes) != 1 ||
	    EVP_DecryptFinal_ex(context, record->plain + plain_bytes, &written) != 1)
		return false;
	record->plain_bytes = plain_bytes;
	return true;
}

/* One block, either way. */
static bool crypt_block(const struct tls_opener *opener, bool is_encrypting,
			const uint8_t in[BLOCK_BYTES], uint8_t ret_out[BLOCK_BYTES])
{
	const EVP_CIPHER *cipher = opener->key.aead == TLS_AEAD_AES_128_GCM ? EVP_aes_128_ecb()
									    : EVP_aes_256_ecb();
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int written = 0;
	bool is_ok = context &&
		     EVP_CipherInit_ex(context, cipher, NULL, opener->key.bytes, NULL,
				       is_encrypting) == 1 &&
		     EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
		     EVP_CipherUpdate(context, ret_out, &written, in, BLOCK_BYTES) == 1;

	EVP_CIPHER_CTX_free(context);
	return is_ok;
}

/* Seals with a nonce of zeroes. */
static bool seal(EVP_CIPHER_CTX *context, const uint8_t *aad, const uint8_t *in, size_t size_bytes,
		 uint8_t *out, uint8_t ret_tag[TLS_TAG_BYTES])
{
	static const uint8_t nonce[TLS_IV_BYTES];
	int written = 0;

	return EVP_EncryptInit_ex(context, NULL, NULL, NULL, nonce) == 1 &&
	       EVP_EncryptUpdate(context, NULL, &written, aad, HEADER_BYTES) == 1 &&
	       EVP_EncryptUpdate(context, out, &written, in, (int)size_bytes) == 1 &&
	       EVP_EncryptFinal_ex(context, out + size_bytes, &written) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TLS_TAG_BYTES, ret_tag) == 1;
}

/*
 * GHASH(header, ciphertext) XOR E(0...01).  libcrypto does not give GHASH
 * alone; but sealed under a nonce of our own, what decrypts to the same
 * ciphertext has a tag that differs from the record's in E() only.  Counter
 * mode is its own inverse: sealing the ciphertext gives what to seal.
 */
static bool foreign_tag(const struct tls_opener *opener, const struct tls_record *record,
			uint8_t ret_tag[TLS_TAG_BYTES])
{
	const uint8_t *header = record->bytes;
	size_t size_bytes = record->size_bytes - HEADER_BYTES - TLS_TAG_BYTES;
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	bool is_ok = context &&
		     EVP_EncryptInit_ex(context, cipher_of(opener->key.aead), NULL,
					opener->key.bytes, NULL) == 1 &&
		     seal(context, header, header + HEADER_BYTES, size_bytes, record->plain,
			  ret_tag) &&
		     seal(context, header, record->plain, size_bytes, record->plain, ret_tag);

	EVP_CIPHER_CTX_free(context);
	return is_ok;
}

bool tls_opener_recover(const struct tls_opener *opener, const struct tls_record *record,
			uint64_t *ret_number)
{
	static const uint8_t first_block[BLOCK_BYTES] = { [BLOCK_BYTES - 1] = 1 };
	uint8_t foreign[BLOCK_BYTES];
	uint8_t mask[BLOCK_BYTES];
	uint8_t block[BLOCK_BYTES];
	uint64_t number;

	if (!opener->is_tls13 || opener->key.aead == TLS_AEAD_CHACHA20_POLY1305 ||
	    record->size_bytes < overhead_bytes(opener))
		return false;
	if (!foreign_tag(opener, record, foreign) || !crypt_block(opener, true, first_block, mask))
		return false;
	for (size_t i = 0; i < BLOCK_BYTES; i++)
		block[i] = foreign[i] ^ mask[i] ^
			   record->bytes[record->size_bytes - TLS_TAG_BYTES + i];
	if (!crypt_block(opener, false, block, block))
		return false;
	if (memcmp(block, opener->key.iv, 4) != 0 || memcmp(block + 12, first_block + 12, 4) != 0)
		return false;
	number = read_u64(block + 4) ^ read_u64(opener->key.iv + 4);
	if (number > NUMBER_MAX)
		return false;
	*ret_number = number;
	return true;
}
