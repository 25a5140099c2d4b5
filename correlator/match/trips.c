/* SPDX-License-Identifier: BSD-2-Clause */
#include "trips.h"

#include "prof/clock.h"

/* How far stamps of two layers may lie apart the wrong way round; beyond, it is another byte's. */
#define STAMP_SLACK_NS PROF_NS_PER_MS

struct prof_event trips_as_message(const struct prof_event *answer)
{
	struct prof_event message = *answer;

	message.kind = PROF_EVENT_MESSAGE;
	message.flags &= PROF_FLAG_PLAIN;
	message.stream_index = 0;
	message.message = (struct prof_message){ .end_offset = answer->answer.end_offset,
						 .size_bytes = answer->answer.size_bytes,
						 .recv_before_ns = answer->answer.recv_before_ns };
	return message;
}

/* Between the write and the answer, as all that is told of the frame must be. */
static bool is_within(const struct corr_trip *trip, uint64_t time_ns)
{
	return time_ns && prof_delta_ns(trip->write_ns, time_ns) >= -STAMP_SLACK_NS &&
	       prof_delta_ns(time_ns, trip->answer_ns) >= -STAMP_SLACK_NS;
}

/* May the layer have missed an earlier segment with the same bytes? */
static bool may_have_missed(const struct matcher *matcher, uint64_t from_ns, uint64_t to_ns)
{
	return lanes_explain(matcher->lanes, PROF_LAYER_NIC, from_ns, to_ns) != CORR_REASON_NONE;
}

static void take_way_out(const struct outward_view *view, const struct matcher *matcher,
			 struct corr_trip *trip)
{
	const struct outward_segment *segment = view->segment;

	if (view->send && is_within(trip, view->send->enter_ns)) {
		trip->call_ns = view->send->enter_ns;
		trip->tid = view->send->tid;
	}
	if (!segment || !is_within(trip, segment->time_ns) ||
	    may_have_missed(matcher, trip->write_ns, segment->time_ns))
		return;
	trip->left_ns = segment->time_ns;
	trip->tcp_seq = segment->seq;
	trip->retransmit_count = segment->copy_count;
	trip->acked_ns = view->acked_ns;
}

static void take_way_in(const struct corr_message *answer, struct corr_trip *trip)
{
	if (answer->has_nic && answer->doubt_layer != PROF_LAYER_NIC) {
		trip->arrived_ns = answer->nic_ns;
		trip->answer_tcp_seq = answer->tcp_seq;
	}
	if (answer->has_kernel)
		trip->read_ns = answer->kernel_ns;
}

void trips_make(const struct outward *outward, const struct matcher *matcher,
		const struct conn *conn, const struct prof_event *write,
		const struct corr_message *answer, struct corr_trip *ret_trip)
{
	struct outward_view view;

	*ret_trip = (struct corr_trip){
		.cookie = write->conn_key,
		.request_id = write->write.request_id,
		.start_offset = write->write.end_offset - write->write.size_bytes,
		.end_offset = write->write.end_offset,
		.write_ns = write->time_ns,
		.answer_ns = answer->user_ns,
		.answer_wall_ns = answer->user_wall_ns,
		.conn_number = write->conn_number,
		.purpose = (enum prof_purpose)write->write.purpose,
	};
	outward_look(outward, write->conn_key, conn ? conn->flow_id : 0, write->write.end_offset,
		     &view);
	take_way_out(&view, matcher, ret_trip);
	take_way_in(answer, ret_trip);
	corr_trip_split(ret_trip);
}
