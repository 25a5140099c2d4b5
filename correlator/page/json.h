/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON that may stand in a page's <script>: nothing in a string ends the
 * element, whatever it says.  Members and elements get their commas here.
 */
#ifndef CORR_PAGE_JSON_H
#define CORR_PAGE_JSON_H

#include "correlator/text/text.h"

struct json {
	struct text *text;
	bool needs_comma;
};

/* name: of a member; NULL for an element of an array, or the outermost. */
void json_open(struct json *json, const char *name, char bracket); /* '{' or '[' */
void json_close(struct json *json, char bracket);		   /* '}' or ']' */
void json_u64(struct json *json, const char *name, uint64_t value);
void json_i64(struct json *json, const char *name, int64_t value);
/* A number as a text: after 104 days in ns it is more than a script's number can hold. */
void json_digits(struct json *json, const char *name, uint64_t value);
void json_bool(struct json *json, const char *name, bool value);
void json_null(struct json *json, const char *name);
void json_string(struct json *json, const char *name, const char *words);

#endif
