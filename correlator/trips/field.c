/* SPDX-License-Identifier: BSD-2-Clause */
#include "field.h"

void field_add_u64(struct text *text, const char *key, bool is_known, uint64_t value,
		   const char *otherwise)
{
	text_add(text, key);
	if (is_known)
		text_add_u64(text, value);
	else
		text_add(text, otherwise);
}

void field_add_time(struct text *text, const char *key, uint64_t time_ns)
{
	field_add_u64(text, key, time_ns, time_ns, "null");
}

void field_add_part(struct text *text, const char *key, bool is_known, int64_t part_ns)
{
	text_add(text, key);
	if (is_known)
		text_add_i64(text, part_ns);
	else
		text_add(text, "null");
}
