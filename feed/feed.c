/* SPDX-License-Identifier: BSD-2-Clause */
#include "feed.h"

#include "feed/message/feed_lejp.h"
#include "feed/message/feed_origin.h"
#include "feed/message/feed_parts.h"
#include "feed/message/feed_sbe.h"
#include "feed/message/feed_scan.h"

void feed_parse(const char *text, size_t size_bytes, struct feed_message *ret_message)
{
	struct feed_parser parser;

	feed_begin(&parser);
	if (feed_scan(text, size_bytes, &parser)) {
		feed_finish(&parser, ret_message);
		return;
	}
	feed_begin(&parser); /* it may hold what was read before it was given up */
	if (feed_lejp(text, size_bytes, &parser))
		feed_finish(&parser, ret_message);
	else
		feed_clear(ret_message); /* FEED_MALFORMED is 0 */
}

void feed_parse_binary(const void *bytes, size_t size_bytes, struct feed_message *ret_message)
{
	struct feed_message json;

	feed_sbe(bytes, size_bytes, ret_message);
	if (ret_message->kind == FEED_EVENT)
		return;
	feed_parse(bytes, size_bytes, &json);
	if (json.kind != FEED_MALFORMED)
		*ret_message = json;
}

uint64_t feed_exch_time_us(const struct feed_message *message, enum feed_time_unit unit)
{
	if (!(message->has & FEED_HAS_EVENT_TIME) ||
	    !feed_has_event_origin((enum feed_event)message->event))
		return 0;
	if (message->is_time_us || unit == FEED_TIME_US)
		return message->event_time;
	return message->event_time <= UINT64_MAX / 1000 ? message->event_time * 1000 : 0;
}
