/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the exchange says about the market, in SBE: the same values as in JSON.
 */
#ifndef EXCHANGE_SBE_ENCODE_H
#define EXCHANGE_SBE_ENCODE_H

#include "exchange/payload/payload.h"

/*
 * Appends the message in binary.  Its stream must be one of an SBE route.
 * A trade message holds all the trades from first_id to id.
 */
void sbe_encode(struct text *bytes, const struct message *message);

#endif
