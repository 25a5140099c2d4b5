/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The request target of a connection: which route, which form, which streams.
 */
#ifndef EXCHANGE_TARGET_H
#define EXCHANGE_TARGET_H

#include "exchange/names/stream.h"
#include "exchange/names/venue.h"

#define TARGET_STREAM_COUNT_MAX 1024

struct target {
	enum route route;
	bool is_combined;     /* payloads are wrapped in {"stream":...,"data":...} */
	bool is_microseconds; /* timeUnit=MICROSECOND, spot only */
	bool hides_limits;    /* returnRateLimits=false, API only */
	size_t stream_count;
	char streams[TARGET_STREAM_COUNT_MAX][STREAM_NAME_BYTES];
};

enum target_verdict {
	TARGET_OK,
	TARGET_NO_ROUTE, /* answered with 404 */
	TARGET_BAD,	 /* an escape or a name that cannot be: 400 */
	TARGET_TOO_MANY, /* more than TARGET_STREAM_COUNT_MAX streams: 400 */
};

/* May this byte stand in a stream's name?  No space, quote, backslash or control byte. */
bool target_is_name_char(int c);

/* Are those bytes a stream's name?  In any script, but UTF-8, and short enough. */
bool target_is_name(const char *name, size_t size_bytes);

/*
 * Parses "/market/stream?streams=a/b", as a host of that venue understands it;
 * *ret_target is written in any case.
 */
enum target_verdict target_parse(enum venue venue, const char *text, size_t size_bytes,
				 struct target *ret_target);

#endif
