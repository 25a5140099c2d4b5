/* SPDX-License-Identifier: BSD-2-Clause */
#include "explain.h"

#include <inttypes.h>
#include <stdio.h>

#include "prof/cli.h"

static void say(bool *is_said, uint64_t count, const char *what, const char *why,
		const char *remedy)
{
	char text[96];

	if (!count || *is_said)
		return;
	*is_said = true;
	(void)snprintf(text, sizeof(text), "%" PRIu64 " %s", count, what);
	prof_complain("dpdk_capture", text, why, remedy);
}

void explain(struct explained *said, const struct messages_counters *counters)
{
	const struct stream_counters *stream = &counters->stream;

	say(&said->http2, stream->http2_count, "connections", "HTTP/2: not followed",
	    "let the client or the server offer HTTP/1.1 only");
	say(&said->foreign, stream->foreign_count, "connections", stream->foreign_name,
	    "only AES-GCM and ChaCha20-Poly1305 are followed");
	say(&said->keyless, stream->keyless_count, "records", "no secret fits",
	    "give the client's key log (--keylog FILE); TLS 1.2 also needs its ServerHello");
	say(&said->bad, stream->bad_count, "records", "no secret that was tried opens them",
	    "check that the key log is of this connection, and that no byte is missing");
	say(&said->breach, counters->cutter.breach_count, "places",
	    "what follows is no frame of a WebSocket server's",
	    "left out up to the next message that can be made out");
	say(&said->unmade, stream->unmade_count, "connections",
	    "begun before the capture, and neither TLS nor JSON in WebSocket can be made out",
	    "capture from their beginning, if they are WebSocket");
	say(&said->cut, stream->cut_count, "segments", "captured in part",
	    "capture whole frames: tcpdump -s 0");
}
