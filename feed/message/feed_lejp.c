/* SPDX-License-Identifier: BSD-2-Clause */
#include "feed_lejp.h"

#include <limits.h>
#include <string.h>

#include <libwebsockets.h>

/* A whole number without a sign; false if it is none or does not fit. */
static bool read_id(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9' || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return true;
}

/*
 * Finds the level of the value at lejp's path, and its key there; false if it
 * lies deeper.  An array's elements are on the level of the array, and its
 * first one speaks for it.  The path alone is not to be trusted: a key that
 * is empty, or has a dot in it, can make one look like another.  A text
 * stands one higher on lejp's stack than its key.
 */
static bool find_level(const struct lejp_ctx *ctx, bool is_text, enum feed_level *ret_level,
		       const char **ret_key)
{
	static const struct {
		const char *path;
		enum feed_level level;
		uint8_t stack_height;
	} places[] = {
		{ "data.", FEED_LEVEL_DATA, 1 },
		{ "data[].", FEED_LEVEL_DATA, 2 },
		{ "[].", FEED_LEVEL_TOP, 2 },
		{ "", FEED_LEVEL_TOP, 0 }, /* matches always, so it comes last */
	};
	const struct feed_parser *parser = ctx->user;
	size_t i = 0;

	while (strncmp(ctx->path, places[i].path, strlen(places[i].path)) != 0)
		i++;
	*ret_level = places[i].level;
	*ret_key = ctx->path + strlen(places[i].path);
	return ctx->sp == places[i].stack_height + is_text && **ret_key &&
	       !strpbrk(*ret_key, ".[") && parser->levels[*ret_level].element_count <= 1;
}

/* The array of a combined all-market stream; the bare one is known by its first character. */
static void note_array(struct feed_parser *parser, const struct lejp_ctx *ctx)
{
	if (ctx->sp == 0 && strcmp(ctx->path, "data[]") == 0)
		parser->levels[FEED_LEVEL_DATA].is_array = true;
}

static void note_object(struct feed_parser *parser, const struct lejp_ctx *ctx)
{
	if (ctx->sp != 1)
		return;
	if (parser->levels[FEED_LEVEL_TOP].is_array && strcmp(ctx->path, "[]") == 0)
		parser->levels[FEED_LEVEL_TOP].element_count++;
	if (parser->levels[FEED_LEVEL_DATA].is_array && strcmp(ctx->path, "data[]") == 0)
		parser->levels[FEED_LEVEL_DATA].element_count++;
}

static void note_name(struct feed_parser *parser, const struct lejp_ctx *ctx)
{
	enum feed_level level;
	const char *key;

	if (find_level(ctx, false, &level, &key))
		feed_note_key(parser, level, key, strlen(key));
}

static void take_number(struct feed_parser *parser, const struct lejp_ctx *ctx)
{
	bool is_negative = ctx->buf[0] == '-';
	enum feed_level level;
	const char *key;
	uint64_t value;

	if (!find_level(ctx, false, &level, &key) || !read_id(ctx->buf + is_negative, &value))
		return;
	if (strcmp(key, "code") == 0)
		feed_take_code(&parser->levels[level], is_negative, value);
	else if (!is_negative)
		feed_take_number(&parser->levels[level], key, strlen(key), value);
}

/* Of a text that comes in pieces the first one is kept; it is longer than anything we want. */
static void take_text(struct feed_parser *parser, const struct lejp_ctx *ctx, bool is_last)
{
	enum feed_level level;
	const char *key;

	if (!parser->is_in_long_text && find_level(ctx, true, &level, &key))
		feed_take_text(parser, level, key, strlen(key), ctx->buf, ctx->npos);
	parser->is_in_long_text = !is_last;
}

static signed char on_json(struct lejp_ctx *ctx, char reason)
{
	struct feed_parser *parser = ctx->user;

	switch (reason) {
	case LEJPCB_PAIR_NAME:
		note_name(parser, ctx);
		break;
	case LEJPCB_ARRAY_START:
		note_array(parser, ctx);
		break;
	case LEJPCB_OBJECT_START:
		note_object(parser, ctx);
		break;
	case LEJPCB_VAL_NUM_INT:
		take_number(parser, ctx);
		break;
	case LEJPCB_VAL_STR_CHUNK:
	case LEJPCB_VAL_STR_END:
		take_text(parser, ctx, reason == LEJPCB_VAL_STR_END);
		break;
	default:
		break;
	}
	return 0;
}

static bool is_space_only(const char *text, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++)
		if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
			return false;
	return true;
}

/* lejp reports what it left of the text behind the value. */
static bool is_whole(const char *text, size_t size_bytes, int unused)
{
	return unused >= 0 && is_space_only(text + size_bytes - unused, (size_t)unused);
}

/* The one valid text that lejp refuses. */
static bool is_empty_object(const char *text, size_t size_bytes)
{
	const char *open = memchr(text, '{', size_bytes);
	const char *shut = memchr(text, '}', size_bytes);

	return open && shut > open && is_space_only(text, (size_t)(open - text)) &&
	       is_space_only(open + 1, (size_t)(shut - open - 1)) &&
	       is_space_only(shut + 1, (size_t)(text + size_bytes - shut - 1));
}

static char first_char(const char *text, size_t size_bytes)
{
	while (size_bytes > 1 && is_space_only(text, 1)) {
		text++;
		size_bytes--;
	}
	return *text;
}

bool feed_lejp(const char *text, size_t size_bytes, struct feed_parser *parser)
{
	struct lejp_ctx ctx;
	int unused;

	if (!size_bytes || size_bytes > INT_MAX)
		return false;
	parser->levels[FEED_LEVEL_TOP].is_array = first_char(text, size_bytes) == '[';
	lejp_construct(&ctx, on_json, parser, NULL, 0);
	unused = lejp_parse(&ctx, (const unsigned char *)text, (int)size_bytes);
	lejp_destruct(&ctx);
	return is_whole(text, size_bytes, unused) || is_empty_object(text, size_bytes);
}
