/* SPDX-License-Identifier: BSD-2-Clause */
/* The producers: who published what, and what the bus tells of them. */
#include <stdlib.h>
#include <string.h>

#include "prof/clock.h"
#include "sim.h"

struct lane_state {
	uint32_t fed; /* place in the order */
	uint32_t dropped_seen;
	uint32_t dropped_at; /* drops are counted up to this place */
	uint32_t life;
	uint64_t up_to_ns;
	bool has_begun;
	struct prof_lane facts;
};

static const struct sim_list *sorting; /* qsort() has no context pointer */

static int compare_order(const void *a, const void *b)
{
	const struct sim_event *x = &sorting->events[*(const uint32_t *)a];
	const struct sim_event *y = &sorting->events[*(const uint32_t *)b];

	if (x->order_ns != y->order_ns)
		return x->order_ns < y->order_ns ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void sort(struct sim_list *list)
{
	list->order = malloc((list->count + 1) * sizeof(*list->order));
	for (uint32_t i = 0; i < list->count; i++)
		list->order[i] = i;
	sorting = list;
	qsort(list->order, list->count, sizeof(*list->order), compare_order);
}

/* NIC stamps taken by a poll loop that was held up: all of a span get its end. */
static void stamp_late(struct sim *sim)
{
	struct sim_list *list = &sim->lists[SIM_NIC];
	uint64_t late_ns = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		struct sim_event *event = &list->events[list->order[i]];

		if (event->order_ns > late_ns && sim_chance(sim, sim->options.hiccups))
			late_ns = event->order_ns + sim_between(sim, 1000, 60000);
		if (event->order_ns < late_ns) {
			event->order_ns = late_ns;
			event->event.time_ns = late_ns;
			event->event.stamp_source = PROF_STAMP_POLL;
		}
	}
}

bool sim_is_alive(const struct sim *sim, enum sim_lane lane, const struct sim_event *event)
{
	for (uint32_t i = 0; i < sim->options.life_count[lane]; i++) {
		const struct sim_life *life = &sim->lives[lane][i];

		if (event->event.time_ns > life->since_ns && event->order_ns <= life->dead_ns)
			return true;
	}
	return false;
}

static void decide_published(struct sim *sim, enum sim_lane lane)
{
	struct sim_list *list = &sim->lists[lane];
	uint64_t run = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		struct sim_event *event = &list->events[list->order[i]];

		event->is_published = false;
		if (!sim_is_alive(sim, lane, event))
			continue;
		if (!run && sim_chance(sim, sim->options.dropped[lane]))
			run = sim_between(sim, 1, 40);
		event->is_published = run == 0;
		run -= run > 0;
	}
}

static void add_gap(struct sim *sim, uint64_t from_ns, uint64_t to_ns)
{
	if (sim->gap_count < SIM_GAP_COUNT_MAX)
		sim->gaps[sim->gap_count++] = (struct sim_life){ from_ns, to_ns };
}

/* Drops among the events up to up_to_ns, as the lane's counter will say. */
static void count_drops(struct sim *sim, struct lane_state *state, enum sim_lane lane,
			uint64_t now_ns)
{
	const struct sim_list *list = &sim->lists[lane];
	uint64_t before_ns = state->facts.mark_ns;
	uint32_t dropped = 0;

	for (; state->dropped_at < list->count; state->dropped_at++) {
		const struct sim_event *event = &list->events[list->order[state->dropped_at]];

		if (event->order_ns > state->up_to_ns)
			break;
		dropped += !event->is_published && sim_is_alive(sim, lane, event);
	}
	if (!dropped)
		return;
	if (lane == SIM_NIC && sim->options.is_capture_drop)
		state->facts.loss_count[PROF_LOSS_CAPTURE_DROP] += dropped;
	else
		state->facts.dropped_count += dropped;
	if (lane == SIM_NIC)
		add_gap(sim, before_ns, now_ns);
}

static void tell_facts(struct sim *sim, struct lane_state *state, enum sim_lane lane,
		       uint64_t now_ns)
{
	static const enum prof_layer layers[] = { PROF_LAYER_NIC, PROF_LAYER_KERNEL,
						  PROF_LAYER_USER };
	const struct sim_life *life = &sim->lives[lane][state->life];

	if (state->life >= sim->options.life_count[lane] || now_ns < life->since_ns)
		return;
	if (!state->facts.is_owned || !state->has_begun) {
		uint64_t dropped_count = state->facts.dropped_count;

		if (lane == SIM_NIC)
			add_gap(sim, state->has_begun ? state->facts.mark_ns : 0, life->since_ns);
		state->facts = (struct prof_lane){ .generation = state->life + 1,
						   .is_owned = true,
						   .layer = layers[lane],
						   .since_ns = life->since_ns,
						   .dropped_count = dropped_count };
		state->has_begun = true;
	}
	count_drops(sim, state, lane, now_ns);
	/* The lane is there at once, its first promise comes with time. */
	if (state->up_to_ns < life->since_ns)
		state->facts.mark_ns = 0;
	else if (state->up_to_ns >= life->dead_ns) {
		state->facts.is_owned = false;
		state->facts.is_owner_dead = true;
		state->life++;
	} else {
		state->facts.mark_ns = state->up_to_ns;
	}
	corr_engine_lane(sim->engine, lane, &state->facts, now_ns);
}

static void feed_events(struct sim *sim, struct lane_state *state, enum sim_lane lane)
{
	const struct sim_list *list = &sim->lists[lane];
	/* Some of what lies beyond the mark is in the lane already. */
	uint64_t until_ns = state->up_to_ns + sim_between(sim, 0, 300000);

	/* Not across a death: the bus shows it before the next owner's events. */
	if (until_ns > sim->lives[lane][state->life].since_ns && !state->facts.is_owned)
		until_ns = state->up_to_ns;
	for (; state->fed < list->count; state->fed++) {
		const struct sim_event *event = &list->events[list->order[state->fed]];
		struct sim_conn *conn = &sim->conns[event->conn_index];

		if (event->order_ns > until_ns)
			return;
		if (!event->is_published)
			continue;
		corr_engine_event(sim->engine, lane, &event->event);
		conn->has_read |= lane == SIM_KERNEL;
		if (lane == SIM_NIC && event->event.segment.size_bytes && !conn->first_segment_ns)
			conn->first_segment_ns = event->event.time_ns;
	}
}

static void feed_sockets(struct sim *sim, uint64_t now_ns)
{
	for (uint32_t i = 0; i < sim->conn_count; i++) {
		struct sim_conn *conn = &sim->conns[i];

		if (conn->is_registered || now_ns < conn->socket.registered_ns)
			continue;
		corr_engine_socket(sim->engine, &conn->socket);
		conn->is_registered = true;
	}
}

void sim_feed(struct sim *sim)
{
	static struct lane_state states[SIM_LANE_COUNT];
	uint64_t now_ns = SIM_T0;

	memset(states, 0, sizeof(states));
	sort(&sim->lists[SIM_NIC]);
	sort(&sim->lists[SIM_KERNEL]);
	sort(&sim->lists[SIM_USER]);
	stamp_late(sim);
	for (int lane = 0; lane < SIM_LANE_COUNT; lane++)
		decide_published(sim, lane);
	while (now_ns < sim->end_ns + 500 * (uint64_t)PROF_NS_PER_MS) {
		now_ns += sim_between(sim, 200000, 8000000);
		for (int lane = 0; lane < SIM_LANE_COUNT; lane++) {
			struct lane_state *state = &states[lane];
			uint64_t up_to_ns = now_ns - sim_between(sim, 0, 3000000);

			if (up_to_ns > state->up_to_ns)
				state->up_to_ns = up_to_ns;
			tell_facts(sim, state, lane, now_ns);
			feed_events(sim, state, lane);
		}
		feed_sockets(sim, now_ns);
		corr_engine_round(sim->engine, now_ns, 0);
	}
	corr_engine_end(sim->engine, now_ns);
	for (int lane = 0; lane < SIM_LANE_COUNT; lane++)
		free(sim->lists[lane].order);
}
