/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the formatting of all payloads shares.  A key is given with all that
 * stands before its value: `,"E":`.
 */
#ifndef EXCHANGE_FORM_H
#define EXCHANGE_FORM_H

#include "payload.h"

#define FORM_US_PER_MS 1000u
#define FORM_US_PER_S  UINT64_C(1000000)

#define FORM_QUANTITY_DECIMALS 3
#define FORM_SESSION_COUNT     6 /* markets that tradingSession tells of, each apart */

struct form {
	struct text *text;
	const struct message *message;
	struct rng rng;
	bool is_microseconds;
};

static inline void form_add(struct form *form, const char *string)
{
	text_add(form->text, string);
}

void form_number(struct form *form, const char *key, uint64_t value);
void form_time(struct form *form, const char *key, uint64_t wall_us);
void form_flag(struct form *form, const char *key, bool value);

/* Texts in quotes. */
void form_text(struct form *form, const char *key, const char *value);
void form_upper(struct form *form, const char *key, const char *value, size_t size_bytes);
void form_fixed(struct form *form, const char *key, uint64_t value, unsigned int decimals);
void form_signed(struct form *form, const char *key, int64_t value, unsigned int decimals);

/* With the message's decimals, or three. */
void form_price(struct form *form, const char *key, uint64_t price);
void form_quantity(struct form *form, const char *key, uint64_t quantity_milli);

/* The message's own symbol, and its pair. */
void form_symbol(struct form *form, const char *key);
void form_pair(struct form *form, const char *key);

/* ,"st":1 and ,"ps":"BTCUSDT": what futures payloads gained with the merger. */
void form_world(struct form *form);
void form_pair_and_world(struct form *form);

/* The origin in the market of what was pushed at E. */
uint64_t form_origin_us(const struct message *message);

/* Each writes one whole object, by the kind of the message's stream. */
void form_trade(struct form *form);
void form_book(struct form *form);
void form_price_update(struct form *form);
void form_bar(struct form *form);
void form_ticker(struct form *form);
void form_info(struct form *form);
void form_option(struct form *form);

#endif
