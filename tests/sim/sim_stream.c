/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection: what is sent, how it travels, how it is read. */
#include <stdlib.h>
#include <string.h>

#include "prof/clock.h"
#include "sim.h"

#define BURST_BYTES_MAX	   262144
#define RECORD_COUNT_MAX   10
#define PLAN_COUNT_MAX	   128
#define DELIVERY_COUNT_MAX 4096

/* A message to be, by offsets from the beginning of the burst. */
struct plan {
	uint32_t start;
	uint32_t end;
};

struct delivery {
	uint64_t time_ns;
	uint32_t start;
	uint32_t end;
	uint32_t event;
	bool is_merged;
};

/* What is written by the sender in one go. */
struct burst {
	uint32_t size_bytes;
	uint32_t record_count;
	uint32_t record_end[RECORD_COUNT_MAX];
	uint32_t plan_count;
	struct plan plans[PLAN_COUNT_MAX];
	uint32_t delivery_count;
	struct delivery deliveries[DELIVERY_COUNT_MAX];
	uint16_t first[BURST_BYTES_MAX]; /* delivery that first brought each byte */
	uint64_t ready[BURST_BYTES_MAX]; /* when each byte could be read */
};

static void plan_message(struct burst *burst, uint32_t start, uint32_t end)
{
	burst->plans[burst->plan_count++] = (struct plan){ start, end };
}

static uint32_t record_bytes(struct sim *sim)
{
	if (sim_chance(sim, 4000))
		return (uint32_t)sim_between(sim, 4000, 16000);
	return (uint32_t)sim_between(sim, 30, 700);
}

/* TLS: messages have the bounds of their records, and may share them or span several. */
static void plan_records(struct sim *sim, struct burst *burst)
{
	uint32_t count = (uint32_t)sim_between(sim, 1, RECORD_COUNT_MAX);
	uint32_t open_start = UINT32_MAX; /* of a message that began and has not ended */

	burst->record_count = count;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t start = burst->size_bytes;
		uint32_t end = start + record_bytes(sim);
		uint32_t ends = (uint32_t)sim_between(sim, 0, 5);

		if (i + 1 == count && open_start != UINT32_MAX && ends == 0)
			ends = 1;
		for (uint32_t k = 0; k < ends; k++) {
			plan_message(burst, open_start != UINT32_MAX ? open_start : start, end);
			open_start = UINT32_MAX;
		}
		if (open_start == UINT32_MAX && i + 1 < count && sim_chance(sim, 12000))
			open_start = start;
		burst->record_end[i] = end;
		burst->size_bytes = end;
	}
}

/* Plain: each message has a frame of its own; they are read as they come. */
static void plan_frames(struct sim *sim, struct burst *burst)
{
	uint32_t count = (uint32_t)sim_between(sim, 1, 12);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t start = burst->size_bytes;

		burst->size_bytes += record_bytes(sim);
		plan_message(burst, start, burst->size_bytes);
		if (sim_chance(sim, 6000))
			burst->size_bytes += 6; /* a ping */
	}
	burst->record_count = 1;
	burst->record_end[0] = burst->size_bytes;
}

static void deliver(struct burst *burst, uint64_t time_ns, uint32_t start, uint32_t end,
		    bool is_merged)
{
	burst->deliveries[burst->delivery_count++] = (struct delivery){
		.time_ns = time_ns, .start = start, .end = end, .is_merged = is_merged
	};
}

/* A copy has its own bounds, within what has been sent in this burst. */
static void deliver_copy(struct sim *sim, struct burst *burst, uint64_t time_ns, uint32_t start,
			 uint32_t end)
{
	uint32_t before = (uint32_t)sim_between(sim, 0, start < 900 ? start : 900);
	uint32_t after = (uint32_t)sim_between(sim, 0, 900);

	if (sim_chance(sim, 32768)) {
		start -= before;
		end = end + after > burst->size_bytes ? burst->size_bytes : end + after;
	}
	deliver(burst, time_ns, start, end, false);
}

static void send(struct sim *sim, struct sim_conn *conn, struct burst *burst)
{
	const struct sim_options *options = &sim->options;
	uint64_t arrival_ns = conn->now_ns;

	for (uint32_t start = 0; start < burst->size_bytes;) {
		bool is_merged = sim_chance(sim, options->merged);
		uint32_t size = (uint32_t)(is_merged		    ? sim_between(sim, 1449, 20000)
					   : sim_chance(sim, 49152) ? 1448
								    : sim_between(sim, 1, 1448));
		uint32_t end = start + size > burst->size_bytes ? burst->size_bytes : start + size;

		arrival_ns += sim_between(sim, 200, 3000);
		if (sim_chance(sim, options->lost))
			deliver_copy(sim, burst, arrival_ns + sim_between(sim, 300000, 4000000),
				     start, end);
		else if (sim_chance(sim, options->reordered))
			deliver(burst, arrival_ns + sim_between(sim, 1, 90000), start, end,
				is_merged);
		else
			deliver(burst, arrival_ns, start, end, is_merged);
		if (sim_chance(sim, options->copied))
			deliver_copy(sim, burst, arrival_ns + sim_between(sim, 100, 4000000), start,
				     end);
		start = end;
	}
	conn->now_ns = arrival_ns;
}

static int compare_deliveries(const void *a, const void *b)
{
	const struct delivery *x = a;
	const struct delivery *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

static void arrive(struct sim *sim, uint32_t conn_index, struct burst *burst)
{
	struct sim_conn *conn = &sim->conns[conn_index];
	uint64_t ready_ns = conn->ready_ns;

	qsort(burst->deliveries, burst->delivery_count, sizeof(burst->deliveries[0]),
	      compare_deliveries);
	memset(burst->first, 0xff, burst->size_bytes * sizeof(burst->first[0]));
	for (uint32_t i = 0; i < burst->delivery_count; i++) {
		struct delivery *delivery = &burst->deliveries[i];
		struct prof_event event = {
			.time_ns = delivery->time_ns,
			.conn_key = conn->flow_id,
			.kind = PROF_EVENT_SEGMENT,
			.stamp_source = PROF_STAMP_PACKET,
			.flags = delivery->is_merged ? PROF_FLAG_MERGED : 0,
			.seq = conn->base_seq + (uint32_t)conn->offset + delivery->start,
			.segment = { .size_bytes = delivery->end - delivery->start,
				     .tcp_flags = PROF_TCP_ACK },
		};

		delivery->event = sim_add_event(sim, SIM_NIC, conn_index, delivery->time_ns,
						&event);
		for (uint32_t at = delivery->start; at < delivery->end; at++)
			if (burst->first[at] == UINT16_MAX)
				burst->first[at] = (uint16_t)i;
	}
	for (uint32_t at = 0; at < burst->size_bytes; at++) {
		uint64_t time_ns = burst->deliveries[burst->first[at]].time_ns;

		ready_ns = time_ns > ready_ns ? time_ns : ready_ns;
		burst->ready[at] = ready_ns;
	}
	conn->ready_ns = ready_ns;
}

/* One tcp_recvmsg() for up to [at, want).  Returns how far it came. */
static uint32_t read_once(struct sim *sim, uint32_t conn_index, const struct burst *burst,
			  uint32_t at, uint32_t want)
{
	struct sim_conn *conn = &sim->conns[conn_index];
	struct prof_event event = { .conn_key = conn->cookie,
				    .kind = PROF_EVENT_READ,
				    .base_seq = conn->base_seq };
	uint64_t copied_ns;
	uint32_t end = at;

	if (!conn->is_blocking && conn->app_ns < burst->ready[at])
		conn->app_ns = burst->ready[at] + sim_between(sim, 500, 20000);
	event.time_ns = conn->app_ns;
	if (event.time_ns < burst->ready[at])
		event.flags = PROF_FLAG_BLOCKED;
	copied_ns = (event.flags ? burst->ready[at] : event.time_ns) + sim_between(sim, 0, 2000);
	while (end < want && burst->ready[end] <= copied_ns)
		end++;
	event.read = (struct prof_read){ .return_ns = copied_ns + sim_between(sim, 1, 3000),
					 .flow_id = conn->flow_id,
					 .start_offset = conn->offset + at,
					 .size_bytes = end - at,
					 .tid = conn->socket.tid };
	conn->app_ns = event.read.return_ns + sim_between(sim, 1, 500);
	if (sim_chance(sim, sim->options.elsewhere)) { /* noticed later */
		event.kind = PROF_EVENT_UNSEEN;
		event.flags = 0;
		event.read.tid = 0;
		event.read.return_ns += sim_between(sim, 0, 2000000);
	}
	(void)sim_add_event(sim, SIM_KERNEL, conn_index, event.read.return_ns, &event);
	return end;
}

static void add_covers(struct sim *sim, struct sim_message *message, const struct burst *burst,
		       const struct plan *plan)
{
	message->cover_begin = sim->cover_count;
	for (uint32_t at = plan->start; at < plan->end; at++) {
		uint32_t event = burst->deliveries[burst->first[at]].event;
		uint32_t i = message->cover_begin;

		if (at > plan->start && burst->first[at] == burst->first[at - 1])
			continue;
		while (i < sim->cover_count && sim->covers[i] != event)
			i++;
		if (i < sim->cover_count)
			continue;
		if (sim->cover_count == sim->cover_room) {
			sim->cover_room = sim->cover_room * 2 + 4096;
			sim->covers = realloc(sim->covers, sim->cover_room * sizeof(*sim->covers));
		}
		sim->covers[sim->cover_count++] = event;
	}
	message->cover_count = sim->cover_count - message->cover_begin;
	message->last_segment = burst->deliveries[burst->first[plan->end - 1]].event;
}

static void call_back(struct sim *sim, uint32_t conn_index, const struct burst *burst,
		      const struct plan *plan, uint32_t first_read)
{
	struct sim_conn *conn = &sim->conns[conn_index];
	const struct sim_list *reads = &sim->lists[SIM_KERNEL];
	struct sim_message *message = &sim->messages[sim->message_count++];
	struct prof_event event = { .conn_key = conn->cookie,
				    .kind = PROF_EVENT_MESSAGE,
				    .conn_number = (uint16_t)conn_index };

	conn->app_ns += sim_between(sim, 100, 4000);
	event.time_ns = conn->app_ns;
	event.message = (struct prof_message){ .end_offset = conn->offset + plan->end,
					       .message_index = conn->message_count++,
					       .size_bytes = plan->end - plan->start };
	conn->app_ns += sim_between(sim, 100, 3000);
	*message = (struct sim_message){ .start = conn->offset + plan->start,
					 .end = conn->offset + plan->end,
					 .user_ns = event.time_ns,
					 .conn_index = conn_index };
	message->is_loose = sim_chance(sim, sim->options.loose);
	message->is_unranged = sim_chance(sim, sim->options.unranged);
	if (message->is_loose)
		event.flags = PROF_FLAG_LOOSE;
	if (message->is_unranged) {
		event.message.size_bytes = 0;
		event.message.end_offset = 0;
	}
	add_covers(sim, message, burst, plan);
	message->hol_ns = burst->ready[plan->end - 1] -
			  burst->deliveries[burst->first[plan->end - 1]].time_ns;
	message->read_last = reads->count - 1;
	message->read_first = first_read;
	while (reads->events[message->read_first].event.read.start_offset +
		       reads->events[message->read_first].event.read.size_bytes <=
	       message->start)
		message->read_first++;
	message->event = sim_add_event(sim, SIM_USER, conn_index, event.time_ns, &event);
}

static void read_burst(struct sim *sim, uint32_t conn_index, const struct burst *burst)
{
	struct sim_conn *conn = &sim->conns[conn_index];
	uint32_t first_read = sim->lists[SIM_KERNEL].count;
	uint32_t plan = 0;
	uint32_t at = 0;

	for (uint32_t record = 0; record < burst->record_count; record++) {
		uint32_t end = burst->record_end[record];
		uint32_t head_end = at + 5;

		while (at < end) {
			uint32_t want = conn->is_plain ? at + 4096 : at < head_end ? head_end : end;

			at = read_once(sim, conn_index, burst, at, want < end ? want : end);
			while (plan < burst->plan_count && burst->plans[plan].end <= at)
				call_back(sim, conn_index, burst, &burst->plans[plan++],
					  first_read);
		}
	}
}

void sim_make_conn(struct sim *sim, uint32_t conn_index, uint32_t message_count)
{
	struct sim_conn *conn = &sim->conns[conn_index];
	struct burst *burst = malloc(sizeof(*burst));
	uint32_t goal = sim->message_count + message_count;

	conn->message_begin = sim->message_count;
	while (sim->message_count + PLAN_COUNT_MAX < goal) {
		burst->size_bytes = 0;
		burst->plan_count = 0;
		burst->delivery_count = 0;
		conn->now_ns += sim_chance(sim, 1500) ? sim_between(sim, 1000000, 30000000)
						      : sim_between(sim, 1000, 400000);
		if (conn->is_plain)
			plan_frames(sim, burst);
		else
			plan_records(sim, burst);
		send(sim, conn, burst);
		arrive(sim, conn_index, burst);
		read_burst(sim, conn_index, burst);
		conn->offset += burst->size_bytes;
	}
	free(burst);
}
