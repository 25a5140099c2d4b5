/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The matcher against a model that remembers the first arrival of each byte.
 * The input is a list of six-byte steps in a small world, so that everything
 * overlaps everything; whatever is paired must be paired as the model says.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "correlator/engine/engine.h"

#define STREAM_BYTES 1024
#define CONN_COUNT   3
#define STEP_BYTES   6

struct model_read {
	uint64_t enter_ns;
	uint64_t return_ns;
	bool is_loose;
};

/* What is so about a message stands in its number. */
enum { INDEX_LOOSE = 1, INDEX_UNRANGED = 2 };

struct model_conn {
	uint64_t flow_id;
	uint32_t base_seq;
	uint64_t first_ns[STREAM_BYTES]; /* 0: has not arrived */
	uint32_t first_seq[STREAM_BYTES];
	struct model_read reads[STREAM_BYTES];
	uint32_t read_end;
	uint32_t message_start;
};

struct model {
	struct corr_engine *engine;
	uint64_t now_ns;
	uint64_t marks_ns[3];
	uint64_t dropped_count;
	uint64_t loss_count[PROF_LOSS_KIND_COUNT];
	uint64_t emitted_count;
	struct model_conn conns[CONN_COUNT];
};

/* Whatever was told of queues and readers: the stages add up, and what is missing has a reason. */
static void check_stages(const struct corr_message *message)
{
	uint64_t sum_ns = (uint64_t)message->untold_ns;

	for (int stage = CORR_STAGE_HOLE; stage < CORR_STAGE_COUNT; stage++)
		sum_ns += message->stage_mask >> stage & 1 ? (uint64_t)message->stage_ns[stage] : 0;
	if (corr_stage_is_known(message, CORR_STAGE_NIC_KERNEL))
		assert((int64_t)sum_ns == message->stage_ns[CORR_STAGE_NIC_KERNEL]);
	assert(message->stage_mask >> CORR_STAGE_HOLE == 31 || message->untold != CORR_UNTOLD_NONE);
	assert(message->wait < CORR_WAIT_COUNT && message->untold < CORR_UNTOLD_COUNT);
}

/* By its socket, or by its flow where the engine knows no socket. */
static const struct model_conn *conn_of(const struct model *model, uint64_t cookie)
{
	for (uint32_t i = 0; i < CONN_COUNT; i++) {
		if (cookie == i + 1 || cookie == model->conns[i].flow_id)
			return &model->conns[i];
	}
	abort();
}

/* Read on the wire: no user, and what the layers say of it is so. */
static void check_wire(const struct model_conn *conn, const struct corr_message *message)
{
	uint64_t last = message->end_offset - 1;

	assert(message->has_wire && !message->user_ns && message->wire_ns);
	assert(!corr_stage_is_known(message, CORR_STAGE_TOTAL));
	if (!message->is_ranged) {
		assert(message->start_offset == 0 && message->end_offset == 0);
		return;
	}
	assert(message->end_offset <= STREAM_BYTES);
	if (message->has_nic)
		assert(message->nic_ns == conn->first_ns[last]);
	if (message->has_kernel)
		assert(message->kernel_enter_ns == conn->reads[last].enter_ns);
}

static void check(void *context, const struct corr_message *message)
{
	struct model *model = context;
	const struct model_conn *conn = conn_of(model, message->cookie);
	uint64_t last = message->end_offset - 1;

	if (message->class_id == CORR_CLASS_NO_USER) {
		check_wire(conn, message);
		return;
	}
	/* Of the wire too: it has the NIC's stamp behind the kernel's. */
	if (!message->user_ns)
		return;
	model->emitted_count++;
	check_stages(message);
	assert((message->class_id == CORR_CLASS_LAST_BYTE) == (message->doubt_layer != 0));
	assert(message->is_ranged == !(message->message_index & INDEX_UNRANGED));
	if (!message->is_ranged) {
		assert(message->class_id == CORR_CLASS_USER_ONLY);
		return;
	}
	assert(message->has_nic == (message->nic_reason == CORR_REASON_NONE));
	assert(message->has_kernel == (message->kernel_reason == CORR_REASON_NONE));
	if (message->has_nic) {
		assert(message->nic_ns == conn->first_ns[last]);
		assert(message->tcp_seq == conn->first_seq[last]);
	}
	if (message->has_kernel) {
		assert(message->kernel_enter_ns == conn->reads[last].enter_ns);
		assert(message->kernel_return_ns == conn->reads[last].return_ns);
	}
	if (message->class_id != CORR_CLASS_EXACT && message->class_id != CORR_CLASS_GRO)
		return;
	assert(!(message->message_index & INDEX_LOOSE));
	for (uint64_t at = message->start_offset; at < message->end_offset; at++)
		assert(conn->first_ns[at] && conn->reads[at].enter_ns && !conn->reads[at].is_loose);
}

static void segment(struct model *model, struct model_conn *conn, uint32_t start, uint32_t size)
{
	struct prof_event event = { .time_ns = model->now_ns,
				    .conn_key = conn->flow_id,
				    .kind = PROF_EVENT_SEGMENT,
				    .seq = conn->base_seq + start,
				    .segment = { .size_bytes = size } };

	if (start + size > STREAM_BYTES)
		event.segment.size_bytes = STREAM_BYTES - start;
	if (!event.segment.size_bytes)
		return;
	for (uint32_t at = start; at < start + event.segment.size_bytes; at++) {
		if (conn->first_ns[at])
			continue;
		conn->first_ns[at] = model->now_ns;
		conn->first_seq[at] = event.seq;
	}
	corr_engine_event(model->engine, 0, &event);
}

/* How a read is told: not at all, as a gap, as a gap first and then after all, as a bound. */
enum telling { TOLD, TOLD_NOT, TOLD_UNSEEN, TOLD_LATE, TOLD_LOOSE };

static void read_on(struct model *model, struct model_conn *conn, uint32_t size,
		    enum telling telling)
{
	struct prof_event event = { .time_ns = model->now_ns,
				    .conn_key = (uint64_t)(conn - model->conns) + 1,
				    .kind = PROF_EVENT_READ,
				    .base_seq = conn->base_seq,
				    .read = { .return_ns = model->now_ns + 1,
					      .flow_id = conn->flow_id,
					      .start_offset = conn->read_end,
					      .tid = conn->read_end % 4 } };

	if (conn->read_end + size > STREAM_BYTES)
		size = STREAM_BYTES - conn->read_end;
	event.read.size_bytes = size;
	model->now_ns++;
	if (!size)
		return;
	for (uint32_t at = 0; at < size && telling != TOLD_NOT && telling != TOLD_UNSEEN; at++)
		conn->reads[conn->read_end + at] = (struct model_read){ event.time_ns,
									event.read.return_ns,
									telling == TOLD_LOOSE };
	conn->read_end += size;
	if (telling == TOLD_UNSEEN || telling == TOLD_LATE) {
		event.kind = PROF_EVENT_UNSEEN;
		corr_engine_event(model->engine, 1, &event);
		event.kind = PROF_EVENT_READ;
	}
	event.flags = telling == TOLD_LOOSE ? PROF_FLAG_LOOSE : 0;
	if (telling != TOLD_NOT && telling != TOLD_UNSEEN)
		corr_engine_event(model->engine, 1, &event);
}

static void message(struct model *model, struct model_conn *conn, uint32_t back, uint32_t index)
{
	struct prof_event event = { .time_ns = model->now_ns,
				    .conn_key = (uint64_t)(conn - model->conns) + 1,
				    .kind = PROF_EVENT_MESSAGE,
				    .flags = index & INDEX_LOOSE ? PROF_FLAG_LOOSE : 0,
				    .message = { .end_offset = conn->read_end,
						 .message_index = index } };
	uint32_t start = conn->read_end > back ? conn->read_end - back : 0;

	if (start < conn->message_start)
		start = conn->message_start;
	if (start >= conn->read_end)
		return;
	conn->message_start = start;
	event.message.size_bytes = conn->read_end - start;
	if (index & INDEX_UNRANGED) /* nothing, or what cannot be */
		event.message.size_bytes = back % 2 ? 0 : conn->read_end + 1;
	corr_engine_event(model->engine, 2, &event);
}

/* Met at its beginning, or in its middle: then it is counted from another byte. */
static void wire(struct model *model, const struct model_conn *conn, const uint8_t *data)
{
	uint32_t end = (uint32_t)(data[2] | data[3] << 8) % STREAM_BYTES + 1;
	uint32_t size = data[4] + 1u;
	bool is_anchored = data[1] < 200;
	uint32_t skip = is_anchored ? 0 : end > size ? (end - size) / 2 : 0;
	struct prof_event event = { .time_ns = model->now_ns,
				    .conn_key = conn->flow_id,
				    .kind = PROF_EVENT_WIRE,
				    .wire = { .end_offset = end - skip,
					      .size_bytes = size,
					      .base_seq = conn->base_seq + skip,
					      .fragment_count = 1,
					      .bits = is_anchored ? PROF_WIRE_ANCHORED : 0 } };

	corr_engine_event(model->engine, 0, &event);
}

/* Orders, pings, and what answers them, as the capture reads them. */
static void token(struct model *model, const struct model_conn *conn, const uint8_t *data)
{
	struct prof_event event = {
		.time_ns = model->now_ns,
		.conn_key = conn->flow_id,
		.kind = PROF_EVENT_TOKEN,
		.flags = data[0] & 1 ? PROF_FLAG_OUTBOUND : 0,
		.base_seq = data[0] & 1 ? 7u : conn->base_seq,
		.token = { .end_offset = (uint32_t)(data[2] | data[3] << 8) % STREAM_BYTES,
			   .value_hash = data[4] % 3,
			   .request_hash = data[4] >> 2 & 3,
			   .size_bytes = data[4] >> 3,
			   .bits = (data[0] & 2 ? PROF_WIRE_CONTROL : 0) |
				   (data[0] & 4 ? PROF_WIRE_ANCHORED : 0) },
	};

	corr_engine_event(model->engine, 0, &event);
}

/* Bytes told, in the order of the stream or not, and what readers do: sense or nonsense. */
static void tell(struct model *model, const struct model_conn *conn, const uint8_t *data)
{
	uint64_t cookie = (uint64_t)(conn - model->conns) + 1;
	struct prof_event event = { .time_ns = model->now_ns, .conn_key = cookie };

	if (data[2] % 2) {
		event.kind = PROF_EVENT_READY;
		event.flags = data[3] > 240 ? PROF_FLAG_NESTED : 0;
		event.ready = (struct prof_ready){ .start_offset = data[3] * 4u,
						   .end_offset = data[3] * 4u + data[4],
						   .queue_ns = model->now_ns - data[4] % 8 };
	} else {
		event.kind = PROF_EVENT_WOKEN;
		event.conn_key = data[3] % 2 ? cookie : 0;
		event.woken = (struct prof_woken){ .waking_ns = model->now_ns - data[4] % 16,
						   .tid = data[2] >> 1 & 15,
						   .change = data[3] % 4 ? data[3] % 3 : 0 };
	}
	corr_engine_event(model->engine, 1, &event);
}

/* What goes out, and what answers it: sense or nonsense. */
static void ask(struct model *model, const struct model_conn *conn, const uint8_t *data)
{
	uint64_t cookie = (uint64_t)(conn - model->conns) + 1;
	uint64_t start = data[3] * 4u;
	struct prof_event event = { .time_ns = model->now_ns, .conn_key = cookie };

	switch (data[2] % 4) {
	case 0:
		event.kind = PROF_EVENT_WRITE;
		event.write = (struct prof_write){ .end_offset = start + data[4],
						   .request_id = data[4] % 4,
						   .size_bytes = data[2] & 64 ? 0 : data[4],
						   .purpose = data[2] >> 2 & 3 };
		break;
	case 1:
		event.kind = PROF_EVENT_ANSWER;
		event.answer = (struct prof_answer){ .end_offset = conn->read_end,
						     .request_id = data[3] % 4,
						     .size_bytes = data[4],
						     .purpose = data[2] >> 2 & 3 };
		break;
	case 2:
		event.kind = PROF_EVENT_SEND;
		event.flags = data[2] & 64 ? PROF_FLAG_ELSEWHERE : 0;
		event.base_seq = 7u - data[2] / 128;
		event.read = (struct prof_read){ .return_ns = model->now_ns + 1,
						 .flow_id = data[2] & 4 ? conn->flow_id : 0,
						 .start_offset = start,
						 .size_bytes = data[4] };
		break;
	default:
		event.kind = PROF_EVENT_SEGMENT;
		event.conn_key = conn->flow_id;
		event.flags = PROF_FLAG_OUTBOUND;
		event.seq = 7u + (uint32_t)start - data[2] / 128;
		event.segment = (struct prof_segment){
			.size_bytes = data[4],
			.tcp_flags = data[2] & 64 ? PROF_TCP_SYN : PROF_TCP_ACK,
			.ack_seq = event.seq,
		};
		if (data[2] & 32) { /* an acknowledgement: nothing of the stream that comes in */
			event.flags = 0;
			event.segment.size_bytes = 0;
			event.segment.tcp_flags = PROF_TCP_ACK;
		}
	}
	corr_engine_event(model->engine, data[2] % 4 < 2 ? 2 : data[2] % 4 == 2 ? 1 : 0, &event);
}

/* Whatever was told: the parts that are known add up. */
static void check_trip(void *context, const struct corr_trip *trip)
{
	const uint32_t whole = 1u << CORR_PART_OUT | 1u << CORR_PART_WIRE | 1u << CORR_PART_IN;
	int64_t us[CORR_PART_IN + 1];

	(void)context;
	assert(corr_part_is_known(trip, CORR_PART_RTT) || !trip->write_ns);
	if (!trip->write_ns || (trip->part_mask & whole) != whole)
		return;
	assert(trip->part_ns[CORR_PART_OUT] + trip->part_ns[CORR_PART_WIRE] +
		       trip->part_ns[CORR_PART_IN] ==
	       trip->part_ns[CORR_PART_RTT]);
	corr_trip_us(trip, us);
	assert(us[CORR_PART_OUT] + us[CORR_PART_WIRE] + us[CORR_PART_IN] == us[CORR_PART_RTT]);
}

static void lanes(struct model *model, uint32_t which)
{
	static const enum prof_layer layers[] = { PROF_LAYER_NIC, PROF_LAYER_KERNEL,
						  PROF_LAYER_USER };

	for (uint32_t lane = 0; lane < 3; lane++) {
		struct prof_lane facts = { .generation = 1,
					   .is_owned = true,
					   .since_ns = 1,
					   .layer = layers[lane],
					   .dropped_count = lane == 0 ? model->dropped_count : 0 };

		memcpy(facts.loss_count, model->loss_count, sizeof(facts.loss_count));
		if (which >> lane & 1)
			model->marks_ns[lane] = model->now_ns;
		facts.mark_ns = model->marks_ns[lane];
		corr_engine_lane(model->engine, lane, &facts, model->now_ns);
	}
	corr_engine_round(model->engine, model->now_ns, 0);
}

static void begin(struct model *model, const uint8_t *data)
{
	lanes(model, 7);
	for (uint32_t i = 0; i < CONN_COUNT; i++) {
		struct model_conn *conn = &model->conns[i];
		struct prof_socket socket = { .cookie = i + 1, .registered_ns = 2 };
		struct prof_event syn = { .time_ns = 3,
					  .kind = PROF_EVENT_SEGMENT,
					  .segment = { .tcp_flags = PROF_TCP_SYN } };

		socket.flow.local.port = (uint16_t)(i + 1);
		conn->flow_id = prof_flow_id(&socket.flow);
		conn->base_seq = 0u - data[i] * 5u; /* wraps within the stream */
		syn.conn_key = conn->flow_id;
		syn.seq = conn->base_seq - 1;
		corr_engine_socket(model->engine, &socket);
		corr_engine_event(model->engine, 0, &syn);
	}
}

static void step(struct model *model, const uint8_t *data)
{
	struct model_conn *conn = &model->conns[data[1] % CONN_COUNT];
	uint32_t start = (uint32_t)(data[2] | data[3] << 8) % STREAM_BYTES;

	model->now_ns += 10 + data[5];
	if (data[0] >= 0xe8) {
		ask(model, conn, data);
		return;
	}
	if (data[0] >= 0xc0) {
		tell(model, conn, data);
		return;
	}
	if (data[0] >= 0xb0) {
		wire(model, conn, data);
		return;
	}
	if (data[0] >= 0xa8) {
		token(model, conn, data);
		return;
	}
	switch (data[0] % 8) {
	case 0:
	case 1:
	case 2:
		segment(model, conn, start, data[4]);
		break;
	case 3:
		read_on(model, conn, data[4], TOLD);
		break;
	case 4:
		read_on(model, conn, data[4], data[2] % 8 <= TOLD_LOOSE ? data[2] % 8 : TOLD);
		break;
	case 5:
		message(model, conn, data[4] + 1u, 0);
		break;
	case 6:
		message(model, conn, data[4] + 1u, data[3] % 4);
		break;
	default:
		if (data[3] > 250) /* long enough for the watch */
			model->now_ns += UINT64_C(300000000);
		model->loss_count[data[4] % PROF_LOSS_KIND_COUNT] += data[3] > 200;
		lanes(model, data[2] % 8);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	const struct corr_engine_options options = { .conn_count = 4,
						     .flow_count = 4,
						     .segment_count = 64,
						     .read_count = 32,
						     .message_count = 8,
						     .wire_count = 8,
						     .thread_count = 8,
						     .wake_count = 8,
						     .grace_ns = 300,
						     .copy_ns = 20 };
	struct model *model;

	if (size_bytes < CONN_COUNT)
		return 0;
	model = calloc(1, sizeof(*model));
	if (!model || corr_engine_create(&options, check, model, &model->engine) < 0)
		abort();
	corr_engine_tell_trips(model->engine, check_trip);
	model->now_ns = 10;
	begin(model, data);
	for (size_t at = CONN_COUNT; size_bytes - at >= STEP_BYTES; at += STEP_BYTES)
		step(model, data + at);
	corr_engine_end(model->engine, model->now_ns);
	assert(model->emitted_count == corr_engine_counts(model->engine)->message_count);
	(void)corr_engine_destroy(model->engine);
	free(model);
	return 0;
}
