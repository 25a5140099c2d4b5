/* SPDX-License-Identifier: BSD-2-Clause */
#include "squeeze.h"

#include <zlib.h>

/* zlib.h: 15 bits of window, and 16 for a header and trailer of gzip. */
#define WINDOW_BITS_GZIP (15 + 16)
#define MEMORY_LEVEL	 8 /* zlib's default */

bool squeeze(const struct text *page, struct text *into)
{
	z_stream stream = { .next_in = (unsigned char *)page->bytes,
			    .avail_in = (unsigned int)page->size_bytes,
			    .next_out = (unsigned char *)into->bytes,
			    .avail_out = (unsigned int)into->room_bytes };
	bool is_done;

	if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, WINDOW_BITS_GZIP, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	is_done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
	into->size_bytes = stream.total_out;
	into->is_cut = !is_done;
	(void)deflateEnd(&stream);
	return is_done;
}
