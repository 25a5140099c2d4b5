/* SPDX-License-Identifier: BSD-2-Clause */
/* corr_sim [STORIES [MESSAGES [FIRST_SEED]]]: tells so many stories and fails if one comes out
 * wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prof/clock.h"
#include "sim.h"

uint64_t sim_random(struct sim *sim)
{
	uint64_t value = sim->random += UINT64_C(0x9e3779b97f4a7c15); /* SplitMix64 */

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

uint64_t sim_between(struct sim *sim, uint64_t low, uint64_t high)
{
	return low + sim_random(sim) % (high - low + 1);
}

bool sim_chance(struct sim *sim, uint32_t of_65536)
{
	return (sim_random(sim) & 0xffff) < of_65536;
}

uint32_t sim_add_event(struct sim *sim, enum sim_lane lane, uint32_t conn_index, uint64_t order_ns,
		       const struct prof_event *event)
{
	struct sim_list *list = &sim->lists[lane];

	if (list->count == list->room) {
		list->room = list->room * 2 + 4096;
		list->events = realloc(list->events, list->room * sizeof(*list->events));
		if (!list->events)
			abort();
	}
	list->events[list->count] = (struct sim_event){ .order_ns = order_ns,
							.event = *event,
							.conn_index = conn_index };
	if (order_ns > sim->end_ns)
		sim->end_ns = order_ns;
	return list->count++;
}

static uint32_t sometimes(struct sim *sim, uint32_t of_65536, uint32_t up_to)
{
	return sim_chance(sim, of_65536) ? (uint32_t)sim_between(sim, 1, up_to) : 0;
}

/* Every fourth story is without any loss of events: there everything must be paired. */
static void choose_options(struct sim *sim)
{
	struct sim_options *options = &sim->options;
	bool is_lossy = options->seed % 4 != 0;

	options->conn_count = (uint32_t)sim_between(sim, 1, 6);
	options->lost = sometimes(sim, 40000, 3000);
	options->copied = sometimes(sim, 40000, 3000);
	options->reordered = sometimes(sim, 30000, 8000);
	options->merged = sometimes(sim, 30000, 30000);
	for (int lane = 0; lane < SIM_LANE_COUNT; lane++) {
		options->life_count[lane] = 1;
		if (!is_lossy)
			continue;
		options->dropped[lane] = sometimes(sim, 30000, 60);
		if (lane != SIM_USER && sim_chance(sim, 20000))
			options->life_count[lane] = (uint32_t)sim_between(sim, 0, 3);
	}
	options->elsewhere = is_lossy ? sometimes(sim, 16000, 6000) : 0;
	options->loose = sometimes(sim, 16000, 20000);
	options->unranged = sometimes(sim, 16000, 6000);
	options->hiccups = is_lossy ? sometimes(sim, 16000, 600) : 0;
	options->is_capture_drop = sim_chance(sim, 32768);
}

static void make_socket(struct sim *sim, uint32_t index, uint32_t port)
{
	struct sim_conn *conn = &sim->conns[index];

	conn->cookie = 1000 + index;
	conn->socket = (struct prof_socket){ .cookie = conn->cookie,
					     .registered_ns = conn->now_ns,
					     .base_seq = conn->base_seq,
					     .tid = sim_chance(sim, 49152) ? 500 + index : 0,
					     .conn_number = index,
					     .flags = sim_chance(sim, 32768)
							      ? PROF_SOCKET_BASE_KNOWN
							      : 0 };
	prof_endpoint_set_ipv4(&conn->socket.flow.local, "\x0a\x00\x00\x01", (uint16_t)port);
	prof_endpoint_set_ipv4(&conn->socket.flow.remote, "\x0a\x00\x00\x02", 443);
	conn->flow_id = prof_flow_id(&conn->socket.flow);
}

/* A connection, joined at its SYN or somewhere in the middle, perhaps on a port used before. */
static void make_conn(struct sim *sim, uint32_t index, bool is_reuse)
{
	struct sim_conn *conn = &sim->conns[index];
	struct prof_event syn = { .kind = PROF_EVENT_SEGMENT,
				  .segment = { .tcp_flags = PROF_TCP_SYN | PROF_TCP_ACK } };

	conn->now_ns = is_reuse ? sim->end_ns + sim_between(sim, 4000000, 40000000)
				: SIM_T0 + sim_between(sim, 1000, 20000000);
	conn->base_seq = sim_chance(sim, 32768) ? 0u - (uint32_t)sim_between(sim, 0, 200000)
						: (uint32_t)sim_random(sim);
	conn->is_plain = sim_chance(sim, 12000);
	conn->is_blocking = sim_chance(sim, 30000);
	conn->syn = UINT32_MAX;
	conn->is_reuse = is_reuse;
	make_socket(sim, index, is_reuse ? 20000 + index - 1 : 20000 + index);
	if (!is_reuse && sim_chance(sim, 16000)) {
		conn->offset = sim_random(sim) >> (20 + sim_random(sim) % 24);
	} else {
		syn.time_ns = conn->now_ns;
		syn.conn_key = conn->flow_id;
		syn.seq = conn->base_seq - 1;
		conn->syn = sim_add_event(sim, SIM_NIC, index, syn.time_ns, &syn);
		conn->now_ns += sim_between(sim, 1000, 100000);
	}
	conn->start_offset = conn->offset;
	conn->app_ns = conn->now_ns;
	sim_make_conn(sim, index, sim->options.message_count / sim->options.conn_count);
}

/* Lives of the producers: one of them is the whole time, more are with deaths between. */
static void make_lives(struct sim *sim)
{
	uint64_t span_ns = sim->end_ns - SIM_T0;

	for (int lane = 0; lane < SIM_LANE_COUNT; lane++) {
		uint32_t count = sim->options.life_count[lane];
		uint64_t at_ns = SIM_T0;

		if (count > 1 && sim_chance(sim, 32768)) /* started late */
			at_ns += sim_between(sim, 0, span_ns / 4);
		for (uint32_t i = 0; i < count; i++) {
			struct sim_life *life = &sim->lives[lane][i];

			life->since_ns = at_ns;
			at_ns += sim_between(sim, span_ns / 8, span_ns / 4);
			life->dead_ns = at_ns;
			at_ns += sim_between(sim, 10000000, 20000000 + span_ns / 8);
		}
		if (count && (count == 1 || sim_chance(sim, 32768)))
			sim->lives[lane][count - 1].dead_ns = UINT64_MAX;
	}
}

static void tell(struct sim *sim)
{
	sim->random = sim->options.seed;
	choose_options(sim);
	sim->messages = calloc(sim->options.message_count, sizeof(*sim->messages));
	while (sim->conn_count < sim->options.conn_count) {
		bool is_reuse = sim->conn_count > 0 && sim_chance(sim, 16000);

		make_conn(sim, sim->conn_count, is_reuse);
		sim->conn_count++;
	}
	make_lives(sim);
	if (corr_engine_create(&(struct corr_engine_options){ .copy_ns = SIM_COPY_NS }, sim_check,
			       sim, &sim->engine) < 0)
		abort();
	sim_feed(sim);
	sim_check_end(sim);
}

static void release(struct sim *sim)
{
	(void)corr_engine_destroy(sim->engine);
	for (int lane = 0; lane < SIM_LANE_COUNT; lane++)
		free(sim->lists[lane].events);
	free(sim->messages);
	free(sim->covers);
	free(sim);
}

int main(int argc, char **argv)
{
	uint64_t story_count = argc > 1 ? strtoull(argv[1], NULL, 10) : 12;
	uint32_t message_count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 20000;
	uint64_t first_seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	uint64_t class_counts[CORR_CLASS_COUNT] = { 0 };
	uint64_t doubted_count = 0;
	uint64_t unknown_count = 0;
	uint64_t failure_count = 0;
	uint64_t total = 0;

	for (uint64_t i = 0; i < story_count; i++) {
		struct sim *sim = calloc(1, sizeof(*sim));

		sim->options.seed = first_seed + i;
		sim->options.message_count = message_count;
		tell(sim);
		for (int k = 0; k < CORR_CLASS_COUNT; k++)
			class_counts[k] += sim->class_counts[k];
		doubted_count += sim->doubted_count;
		unknown_count += sim->unknown_count;
		if (sim->failure_count)
			(void)printf("seed %llu: %llu wrong\n",
				     (unsigned long long)sim->options.seed,
				     (unsigned long long)sim->failure_count);
		failure_count += sim->failure_count;
		release(sim);
	}
	for (int k = 0; k < CORR_CLASS_COUNT; k++) {
		(void)printf("%-10s %10llu\n", corr_class_name(k),
			     (unsigned long long)class_counts[k]);
		total += class_counts[k];
	}
	(void)printf(
		"messages %llu, of them doubted %llu, without a proved reason %llu; wrong %llu\n",
		(unsigned long long)total, (unsigned long long)doubted_count,
		(unsigned long long)unknown_count, (unsigned long long)failure_count);
	return failure_count || unknown_count > total / 500 ? EXIT_FAILURE : EXIT_SUCCESS;
}
