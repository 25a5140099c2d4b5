/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of connection.c: how a half finds its key and, where records are missing,
 * the number of the next one.
 */
#ifndef WIRE_TLS_HALF_H
#define WIRE_TLS_HALF_H

#include "connection.h"

/* What looking for keys and numbers may cost a connection; see half.c. */
#define HALF_TRIAL_COUNT_MAX  16384
#define HALF_SEARCH_COUNT_MAX (1u << 17)

/* TLS 1.3: takes the secret of generation 0.  False if libcrypto refuses. */
bool half_take_secret(struct tls_half *half, const struct tls_suite *suite, const uint8_t *secret);

/* TLS 1.2: takes a key of its own; the next record is number 0. */
bool half_take_key(struct tls_half *half, const struct tls_key *key);

/* TLS 1.3: a KeyUpdate was seen. */
bool half_update(struct tls_half *half, const struct tls_suite *suite);

/* Opens a record whose number is known, and counts it. */
bool half_open(struct tls_half *half, struct tls_record *record);

/* Opens a record whose number is not known.  On success it is from then on. */
bool half_find_number(struct tls_half *half, const struct tls_suite *suite,
		      struct tls_record *record);

/*
 * Opens a record of which not even the secret is known (TLS 1.3) by trying
 * those of the log with that label; suite NULL: not known either.
 * may_be_unbound: also those without a client random, of which nobody says whose
 * they are.
 * On success *ret_suite is what fitted.
 */
bool half_find_secret(struct tls_half *half, const struct tls_suite *suite,
		      const struct key_log *log, enum key_label label, bool may_be_unbound,
		      struct tls_record *record, const struct tls_suite **ret_suite);

/* More may be tried if there is more in the log.  False if nothing may. */
bool half_may_try(struct tls_half *half, const struct key_log *log);

#endif
