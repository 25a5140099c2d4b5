/* SPDX-License-Identifier: BSD-2-Clause */
/* A client's text message: whatever it is, it is answered with whole JSON. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "exchange/protocol/json.h"
#include "exchange/protocol/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	static struct request request;
	char buffer[1024];
	struct text text = text_over(buffer, sizeof(buffer));
	enum request_error error = request_parse((const char *)data, size_bytes, &request);
	struct json json = { .at = buffer };

	if (error == REQUEST_OK)
		request_answer_null(&text, &request);
	else
		request_answer_error(&text, &request, error);
	assert(!text.is_cut);
	json.end = buffer + text.used_bytes;
	(void)json_next(&json);
	assert(json_skip(&json) && json_next(&json) == JSON_END);
	for (size_t i = 0; error == REQUEST_OK && i < request.stream_count; i++)
		assert(strlen(request.streams[i]) < STREAM_NAME_BYTES);
	return 0;
}
