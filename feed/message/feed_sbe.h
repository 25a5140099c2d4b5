/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages in SBE (Simple Binary Encoding, FIX Trading Community, 1.0): a
 * header of 8 bytes says which template a message is of and how long its
 * fixed fields are; a table says where, in those of Binance's market data
 * streams (schema 1), times, ids and the symbol lie.  Numbers are
 * little-endian, times are us.
 */
#ifndef FEED_SBE_H
#define FEED_SBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feed_message.h"

#define FEED_SBE_HEADER_BYTES 8
#define FEED_SBE_SCHEMA_ID    1

struct feed_sbe_header {
	uint16_t block_bytes; /* of the fixed fields behind it */
	uint16_t template_id;
	uint16_t schema_id;
	uint16_t version;
};

/* False if there are fewer bytes than a header and the fixed fields that it promises. */
bool feed_sbe_header(const uint8_t *bytes, size_t size_bytes, struct feed_sbe_header *ret_header);

/*
 * Reads one whole message.  *ret_message is written in every case and keeps no
 * pointer.  Of another version than 0 those fields are read that its fixed
 * part still has; what is new in it is passed over.  An unknown template is
 * FEED_UNKNOWN with FEED_HAS_TEMPLATE; what ends too soon is FEED_MALFORMED.
 */
void feed_sbe(const uint8_t *bytes, size_t size_bytes, struct feed_message *ret_message);

#endif
