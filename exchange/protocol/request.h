/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client asks in a text message: SUBSCRIBE and its like.
 */
#ifndef EXCHANGE_REQUEST_H
#define EXCHANGE_REQUEST_H

#include "json.h"
#include "target.h"
#include "text.h"

enum request_method {
	REQUEST_SUBSCRIBE,
	REQUEST_UNSUBSCRIBE,
	REQUEST_LIST_SUBSCRIPTIONS,
	REQUEST_SET_PROPERTY,
	REQUEST_GET_PROPERTY,
};

/* The code the exchange answers with. */
enum request_error {
	REQUEST_UNKNOWN_PROPERTY = 0,
	REQUEST_WRONG_TYPE = 1,
	REQUEST_INVALID = 2,
	REQUEST_INVALID_JSON = 3,
	REQUEST_OK = 4, /* not sent */
};

#define REQUEST_ID_CHARS_MAX 36
#define REQUEST_ID_BYTES     256 /* each of them may be written \uXXXX */

struct request {
	enum request_method method;
	char id[REQUEST_ID_BYTES]; /* as it was written, quotes and all; "" for none */
	const char *reason;	   /* what is wrong, where something is */
	bool is_combined;	   /* SET_PROPERTY */
	size_t stream_count;
	char streams[TARGET_STREAM_COUNT_MAX][STREAM_NAME_BYTES];
};

/*
 * Takes a request's id, as it is written: a signed 64-bit integer, a string of at most 36
 * characters, or null, which leaves ret_id as it was.  False if it is something else.
 */
bool request_take_id(const struct json *json, char ret_id[REQUEST_ID_BYTES]);

/*
 * Parses one message.  Unless REQUEST_OK comes back, request->reason says
 * what is wrong, and only id is good besides.
 */
enum request_error request_parse(const char *text, size_t size_bytes, struct request *ret_request);

/* {"result":null,"id":N} */
void request_answer_null(struct text *text, const struct request *request);

/* {"result":true,"id":N} */
void request_answer_bool(struct text *text, const struct request *request, bool value);

/* {"code":N,"msg":"...","id":N}, without id where the request had none. */
void request_answer_error(struct text *text, const struct request *request,
			  enum request_error error);

/* ,"id":N} or, without an id, ,"id":null} */
void request_end_answer(struct text *text, const struct request *request);

#endif
