/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the probes on key derivation tell the loader: one record for each secret. */
#ifndef EBPF_KEYS_H
#define EBPF_KEYS_H

#define KEYS_RING_BYTES	      65536 /* some 300 secrets */
#define KEYS_LABEL_BYTES_MAX  40
#define KEYS_RANDOM_BYTES     32
#define KEYS_SECRET_BYTES_MAX 64 /* more than any hash in use gives */
#define KEYS_PARAM_COUNT_MAX  12 /* of a call of EVP_KDF_derive(); TLS gives up to 8 */

enum keys_kind {
	KEYS_LOGGED, /* by Go: with its label and client random */
	KEYS_TLS13,  /* a traffic secret of a connection that is not told */
	KEYS_TLS12,  /* a master secret, with its client random */
};

struct keys_record {
	__u16 kind; /* enum keys_kind */
	__u16 label_bytes;
	__u16 secret_bytes;
	__u16 reserved;
	__u8 client_random[KEYS_RANDOM_BYTES];
	__u8 secret[KEYS_SECRET_BYTES_MAX];
	char label[KEYS_LABEL_BYTES_MAX];
};

struct keys_counts {
	__u64 call_count;	/* of the probed functions */
	__u64 ring_full_count;	/* secrets lost for want of room */
	__u64 unreadable_count; /* calls whose memory could not be read: secrets lost, maybe */
	__u64 strange_count;	/* secrets of a size, or with a label, that TLS does not have */
};

#endif
