/* SPDX-License-Identifier: BSD-2-Clause */
#include "requests.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "prof/clock.h"

/* A clock_gettime() takes 25 ns, and the stamp lies somewhere in it. */
enum { STAMP_UNCERTAINTY_LOG2_NS = 5 };

void requests_note(struct requests *requests, enum prof_purpose purpose, uint64_t id,
		   uint64_t write_ns)
{
	if (requests->push_position - requests->pop_position == REQUESTS_PENDING_COUNT) {
		requests->lost_count++;
		return;
	}
	requests->pending[requests->push_position++ % REQUESTS_PENDING_COUNT] = (struct request){
		.frame_number = requests->outflow->frames.begun_count,
		.write_ns = write_ns,
		.id = id,
		.purpose = purpose,
	};
}

static struct prof_event event_of(const struct requests *requests, enum prof_event_kind kind,
				  uint64_t time_ns)
{
	return (struct prof_event){
		.time_ns = time_ns,
		.conn_key = requests->socket->cookie,
		.kind = (uint8_t)kind,
		.stamp_source = PROF_STAMP_CLOCK,
		.uncertainty_log2_ns = STAMP_UNCERTAINTY_LOG2_NS,
		.flags = requests->inflow->is_tls ? 0 : PROF_FLAG_PLAIN,
		.conn_number = (uint16_t)requests->socket->conn_number,
	};
}

static uint32_t saturate_u32(int64_t value)
{
	if (value < 0)
		return 0;
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* Is the frame what was handed over?  Else the counting of frames has gone wrong. */
static bool is_same(const struct request *request, const struct ws_sent_frame *frame)
{
	return frame->opcode == (request->purpose == PROF_PURPOSE_PING ? WS_PING : WS_TEXT);
}

static void tell(struct requests *requests, const struct request *request,
		 const struct ws_sent_frame *frame)
{
	struct prof_event event = event_of(requests, PROF_EVENT_WRITE, request->write_ns);

	event.write = (struct prof_write){
		.request_id = request->id,
		.tid = (uint32_t)syscall(SYS_gettid),
		.purpose = (uint8_t)request->purpose,
		.opcode = request->purpose == PROF_PURPOSE_PING ? WS_PING : WS_TEXT,
	};
	if (frame && is_same(request, frame)) {
		event.write.took_ns = saturate_u32(
			prof_delta_ns(request->write_ns, frame->sent_ns));
		if (outflow_is_placed(requests->outflow)) {
			event.write.end_offset = frame->end_offset;
			event.write.size_bytes = (uint32_t)(frame->end_offset -
							    frame->start_offset);
		}
	}
	publisher_event(requests->publisher, &event);
}

void requests_tell(struct requests *requests)
{
	while (requests->pop_position != requests->push_position) {
		const struct request *request =
			&requests->pending[requests->pop_position % REQUESTS_PENDING_COUNT];

		if (request->frame_number >= requests->outflow->frames.whole_count)
			return;
		requests->pop_position++;
		tell(requests, request,
		     ws_sent_at(&requests->outflow->frames, request->frame_number));
	}
}

/* What `answer` does not know of itself is filled in. */
static void tell_answer(struct requests *requests, const struct prof_answer *answer,
			const struct ws_span *span, uint64_t now_ns)
{
	struct prof_event event = event_of(requests, PROF_EVENT_ANSWER, now_ns);

	requests_tell(requests);
	event.answer = *answer;
	event.answer.end_offset = span->end_offset;
	event.answer.size_bytes = (uint32_t)(span->end_offset - span->start_offset);
	if (span->recv_ns)
		event.answer.recv_before_ns = saturate_u32(prof_delta_ns(span->recv_ns, now_ns));
	publisher_event(requests->publisher, &event);
}

void requests_answer(struct requests *requests, enum prof_purpose purpose, uint64_t id,
		     const struct ws_span *span, uint64_t now_ns)
{
	tell_answer(requests,
		    &(struct prof_answer){ .request_id = id, .purpose = (uint8_t)purpose }, span,
		    now_ns);
}

void requests_answer_order(struct requests *requests, uint64_t id, const struct ws_span *span,
			   uint64_t now_ns, const struct prof_answer *cause)
{
	struct prof_answer answer = { .request_id = id, .purpose = PROF_PURPOSE_ORDER };

	if (cause) {
		answer.proof = PROF_PROOF_ID;
		answer.cause_conn_number = cause->cause_conn_number;
		answer.cause_message_index = cause->cause_message_index;
	}
	tell_answer(requests, &answer, span, now_ns);
}

void requests_answer_ping(struct requests *requests, const void *payload, size_t payload_bytes,
			  uint64_t id, uint64_t now_ns)
{
	struct ws_span span = { 0 };
	struct ws_pong pong;

	if (ws_frames_find_pong(&requests->inflow->frames, payload, payload_bytes, &pong) &&
	    !inflow_doubt(requests->inflow))
		span = (struct ws_span){ .start_offset = pong.start_offset,
					 .end_offset = pong.end_offset,
					 .recv_ns = pong.recv_ns };
	requests_answer(requests, PROF_PURPOSE_PING, id, &span, now_ns);
}
