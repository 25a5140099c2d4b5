/* SPDX-License-Identifier: BSD-2-Clause */
#include "form.h"

#include <string.h>

void form_number(struct form *form, const char *key, uint64_t value)
{
	form_add(form, key);
	text_add_u64(form->text, value);
}

void form_time(struct form *form, const char *key, uint64_t wall_us)
{
	form_number(form, key, form->is_microseconds ? wall_us : wall_us / FORM_US_PER_MS);
}

void form_flag(struct form *form, const char *key, bool value)
{
	form_add(form, key);
	form_add(form, value ? "true" : "false");
}

void form_text(struct form *form, const char *key, const char *value)
{
	form_add(form, key);
	text_add_char(form->text, '"');
	form_add(form, value);
	text_add_char(form->text, '"');
}

void form_upper(struct form *form, const char *key, const char *value, size_t size_bytes)
{
	form_add(form, key);
	text_add_char(form->text, '"');
	text_add_upper(form->text, value, size_bytes);
	text_add_char(form->text, '"');
}

void form_fixed(struct form *form, const char *key, uint64_t value, unsigned int decimals)
{
	form_add(form, key);
	text_add_char(form->text, '"');
	text_add_fixed(form->text, value, decimals);
	text_add_char(form->text, '"');
}

void form_signed(struct form *form, const char *key, int64_t value, unsigned int decimals)
{
	form_add(form, key);
	text_add_char(form->text, '"');
	text_add_signed(form->text, value, decimals);
	text_add_char(form->text, '"');
}

void form_price(struct form *form, const char *key, uint64_t price)
{
	form_fixed(form, key, price, form->message->decimals);
}

void form_quantity(struct form *form, const char *key, uint64_t quantity_milli)
{
	form_fixed(form, key, quantity_milli, FORM_QUANTITY_DECIMALS);
}

void form_symbol(struct form *form, const char *key)
{
	form_upper(form, key, form->message->symbol, strlen(form->message->symbol));
}

void form_pair(struct form *form, const char *key)
{
	form_upper(form, key, form->message->symbol, form->message->pair_bytes);
}

void form_world(struct form *form)
{
	if (form->message->is_futures)
		form_add(form, form->message->is_coin ? ",\"st\":2" : ",\"st\":1");
}

void form_pair_and_world(struct form *form)
{
	if (!form->message->is_futures)
		return;
	form_pair(form, ",\"ps\":");
	form_world(form);
}

uint64_t form_origin_us(const struct message *message)
{
	return message->event_wall_us - message->lag_us;
}
