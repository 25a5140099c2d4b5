/* SPDX-License-Identifier: BSD-2-Clause */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOT_COUNT (4 * MARK_CONNECTION_COUNT_MAX)

/* Of a ClientHello in front of its record (RFC 8446, 4.1.2, 5.1). */
enum {
	RECORD_HANDSHAKE = 22,
	HANDSHAKE_CLIENT_HELLO = 1,
	HELLO_TYPE_AT = 5,
	HELLO_RANDOM_AT = 11,
};

#define COMMENT_PREFIX "ws_latency: "

static const char beyond_words[] = COMMENT_PREFIX
	"frames before this one are left out (see --annotate-size): what it brought "
	"can be found here, but not decrypted";
static const char displaced_words[] = COMMENT_PREFIX
	"came before the frame above, out of order; it stands behind the bytes that "
	"it continues, with its own time";

/* A connection with marks, and where its frames have got to. */
struct track {
	struct order_half server;
	struct order_half client;
	uint32_t next_mark; /* of those in `marks` */
	uint32_t end_mark;
	bool is_beyond; /* frames of it have been left out */
};

struct place {
	const struct marks *marks;
	struct place_options options;
	struct order *order;
	struct place_counters counters;
	uint64_t given_bytes;
	uint32_t random_count;
	uint16_t slots[SLOT_COUNT]; /* of a flow: index of its connection + 1; 0: none */
	struct track tracks[MARK_CONNECTION_COUNT_MAX];
	uint8_t randoms[PLACE_RANDOM_COUNT_MAX][PLACE_RANDOM_BYTES];
	uint32_t comment_count;
	struct pcapng_comment comments[PLACE_COMMENT_COUNT_MAX + 3];
	char rest_text[64];
};

static void give_ordered(void *context, struct order_half *half, const struct order_frame *frame,
			 uint64_t begin, uint64_t end);

/* ---- Which connection ---------------------------------------------------- */

static uint32_t slot_of(const struct prof_endpoint *local, const struct prof_endpoint *remote)
{
	uint32_t hash = (uint32_t)local->port << 16 | remote->port;

	for (size_t i = 8; i < sizeof(local->addr); i++)
		hash = (hash ^ local->addr[i] ^ (uint32_t)remote->addr[i] << 8) * 0x01000193u;
	return (hash ^ hash >> 15) % SLOT_COUNT;
}

static bool is_same(const struct prof_endpoint *a, const struct prof_endpoint *b)
{
	return a->port == b->port && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

static struct track *find_track(struct place *place, const struct prof_endpoint *local,
				const struct prof_endpoint *remote)
{
	for (uint32_t slot = slot_of(local, remote); place->slots[slot];
	     slot = (slot + 1) % SLOT_COUNT) {
		uint32_t index = place->slots[slot] - 1u;
		const struct prof_flow *flow = &place->marks->connections[index].flow;

		if (is_same(&flow->local, local) && is_same(&flow->remote, remote))
			return &place->tracks[index];
	}
	return NULL;
}

static void enter_connections(struct place *place)
{
	const struct marks *marks = place->marks;

	for (uint32_t i = 0; i < marks->connection_count; i++) {
		const struct prof_flow *flow = &marks->connections[i].flow;
		uint32_t slot = slot_of(&flow->local, &flow->remote);

		place->tracks[i].server.peer = &place->tracks[i].client;
		place->tracks[i].client.peer = &place->tracks[i].server;
		if (!marks->connections[i].mark_count)
			continue;
		while (place->slots[slot])
			slot = (slot + 1) % SLOT_COUNT;
		place->slots[slot] = (uint16_t)(i + 1);
	}
	for (uint32_t i = marks->count; i-- > 0;) {
		struct track *track = &place->tracks[marks->marks[i].connection_index];

		track->next_mark = i;
		if (!track->end_mark)
			track->end_mark = i + 1;
	}
}

struct place *place_create(const struct marks *marks, const struct place_options *options)
{
	struct place *place = calloc(1, sizeof(*place));

	if (!place)
		return NULL;
	place->marks = marks;
	place->options = *options;
	place->order = order_create(give_ordered, place);
	if (!place->order)
		return place_destroy(place);
	enter_connections(place);
	return place;
}

struct place *place_destroy(struct place *place)
{
	if (place)
		place->order = order_destroy(place->order);
	free(place);
	return NULL;
}

/* ---- The first pass ------------------------------------------------------- */

static bool read_segment(const struct place_frame *frame, struct packet_tcp *tcp)
{
	enum packet_verdict verdict = packet_parse(frame->link, frame->bytes, frame->captured_bytes,
						   frame->wire_bytes, tcp);

	return verdict == PACKET_TCP_DATA || verdict == PACKET_TCP_EMPTY;
}

bool place_knows_random(const struct place *place, const uint8_t random[PLACE_RANDOM_BYTES])
{
	for (uint32_t i = 0; i < place->random_count; i++) {
		if (memcmp(place->randoms[i], random, PLACE_RANDOM_BYTES) == 0)
			return true;
	}
	return false;
}

void place_look(struct place *place, const struct place_frame *frame)
{
	struct packet_tcp tcp;
	const uint8_t *random;

	if (!read_segment(frame, &tcp) ||
	    tcp.captured_bytes < HELLO_RANDOM_AT + PLACE_RANDOM_BYTES ||
	    tcp.payload[0] != RECORD_HANDSHAKE ||
	    tcp.payload[HELLO_TYPE_AT] != HANDSHAKE_CLIENT_HELLO ||
	    !find_track(place, &tcp.src, &tcp.dst))
		return;
	random = tcp.payload + HELLO_RANDOM_AT;
	if (place->random_count < PLACE_RANDOM_COUNT_MAX && !place_knows_random(place, random))
		memcpy(place->randoms[place->random_count++], random, PLACE_RANDOM_BYTES);
}

/* ---- The second pass ------------------------------------------------------ */

static void add_comment(struct place *place, const char *text, size_t size_bytes)
{
	place->comments[place->comment_count++] = (struct pcapng_comment){ text, size_bytes };
}

/* The marks that these bytes of the server complete. */
static void take_marks(struct place *place, struct track *track, const struct order_frame *frame,
		       uint64_t begin, uint64_t end)
{
	const struct mark *marks = place->marks->marks;
	struct place_counters *counters = &place->counters;
	uint64_t rest_count = 0;

	for (; track->next_mark < track->end_mark; track->next_mark++) {
		const struct mark *mark = &marks[track->next_mark];

		if (mark->end_offset > end)
			break;
		if (mark->end_offset <= begin) {
			counters->missing_count++;
			continue;
		}
		counters->mark_count++;
		counters->beyond_count += track->is_beyond;
		counters->torn_count += !track->is_beyond &&
					(!track->server.is_whole || track->client.hole_count);
		counters->odd_count += mark->tcp_seq != frame->seq;
		if (mark->ret_frame_number)
			*mark->ret_frame_number = counters->frame_count + 1; /* written next */
		if (place->comment_count < PLACE_COMMENT_COUNT_MAX)
			add_comment(place, mark->comment, mark->comment_bytes);
		else
			rest_count++;
	}
	if (!rest_count)
		return;
	(void)snprintf(place->rest_text, sizeof(place->rest_text),
		       COMMENT_PREFIX "%llu further messages", (unsigned long long)rest_count);
	add_comment(place, place->rest_text, strlen(place->rest_text));
}

/* Whether these bytes are part of the next message that is marked. */
static bool is_wanted(const struct place *place, const struct track *track, uint64_t begin,
		      uint64_t end)
{
	return begin < end && track->next_mark < track->end_mark &&
	       end > place->marks->marks[track->next_mark].start_offset;
}

static void write_frame(struct place *place, const struct order_frame *frame)
{
	struct pcapng_packet packet = {
		.wall_time_ns = frame->wall_time_ns,
		.captured_bytes = frame->captured_bytes,
		.wire_bytes = frame->wire_bytes,
		.bytes = frame->bytes,
		.comments = place->comments,
	};

	if (frame->is_displaced) {
		add_comment(place, displaced_words, sizeof(displaced_words) - 1);
		place->counters.displaced_count++;
	}
	packet.comment_count = place->comment_count;
	place->counters.frame_count++;
	place->counters.cut_count += frame->captured_bytes < frame->wire_bytes;
	place->given_bytes += frame->captured_bytes;
	place->options.give(place->options.context, frame->link, &packet);
}

static struct track *track_of(struct place *place, const struct order_half *half,
			      bool *ret_is_server)
{
	size_t index = (size_t)((const uint8_t *)half - (const uint8_t *)place->tracks) /
		       sizeof(struct track);
	struct track *track = &place->tracks[index];

	*ret_is_server = half == &track->server;
	return track;
}

static void give_ordered(void *context, struct order_half *half, const struct order_frame *frame,
			 uint64_t begin, uint64_t end)
{
	struct place *place = context;
	bool is_server;
	struct track *track = track_of(place, half, &is_server);
	bool is_needed;

	if (track->next_mark == track->end_mark)
		return;
	if (place->given_bytes >= place->options.bytes_max)
		track->is_beyond = true;
	is_needed = !track->is_beyond || (is_server && is_wanted(place, track, begin, end));
	place->comment_count = 0;
	if (frame->captured_bytes < frame->wire_bytes)
		track->server.is_whole = false;
	if (is_server)
		take_marks(place, track, frame, begin, end);
	if (!is_needed)
		return;
	if (track->is_beyond)
		add_comment(place, beyond_words, sizeof(beyond_words) - 1);
	write_frame(place, frame);
}

/*
 * Of a capture without the SYN: which of the server's bytes comes first.  False
 * if nobody knows.
 */
static bool begin_server(const struct place *place, struct track *track, uint32_t seq)
{
	uint32_t index = (uint32_t)(track - place->tracks);
	const struct mark_connection *connection = &place->marks->connections[index];
	const struct mark *mark = &place->marks->marks[track->next_mark];
	uint32_t mark_seq = connection->base_seq + (uint32_t)mark->end_offset;
	int64_t offset = (int64_t)mark->end_offset - (int32_t)(mark_seq - seq);

	if (track->server.is_begun)
		return true;
	if (!connection->is_base_known)
		return false;
	order_begin(&track->server, seq, offset > 0 ? (uint64_t)offset : 0);
	track->server.is_whole = offset == 0;
	return true;
}

void place_take(struct place *place, const struct place_frame *frame)
{
	struct packet_tcp tcp;
	struct track *track;
	struct order_frame ordered;
	bool is_server = true;

	if (!read_segment(frame, &tcp))
		return;
	track = find_track(place, &tcp.dst, &tcp.src);
	if (!track) {
		is_server = false;
		track = find_track(place, &tcp.src, &tcp.dst);
	}
	if (!track || track->next_mark == track->end_mark)
		return;
	ordered = (struct order_frame){
		.wall_time_ns = frame->wall_time_ns,
		.captured_bytes = frame->captured_bytes,
		.wire_bytes = frame->wire_bytes,
		.bytes = frame->bytes,
		.seq = tcp.seq + !!(tcp.flags & PROF_TCP_SYN),
		.payload_bytes = tcp.payload_bytes,
		.ack = tcp.ack,
		.has_ack = tcp.flags & PROF_TCP_ACK,
		.link = (uint8_t)frame->link,
		.is_syn = tcp.flags & PROF_TCP_SYN,
		.is_fin = tcp.flags & PROF_TCP_FIN,
	};
	if (is_server && !ordered.is_syn && !begin_server(place, track, ordered.seq))
		return;
	order_take(place->order, is_server ? &track->server : &track->client, &ordered);
}

void place_finish(struct place *place, struct place_counters *ret_counters)
{
	for (uint32_t i = 0; i < place->marks->connection_count; i++) {
		struct track *track = &place->tracks[i];

		order_finish(place->order, &track->client);
		order_finish(place->order, &track->server);
		place->counters.missing_count += track->end_mark - track->next_mark;
		place->counters.copy_count += track->server.copy_count + track->client.copy_count;
	}
	*ret_counters = place->counters;
}
