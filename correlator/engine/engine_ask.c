/* SPDX-License-Identifier: BSD-2-Clause */
/* How the engine is made and unmade, and questions to it. */
#include <errno.h>

#include "correlator/text/text.h"
#include "engine_private.h"
#include "prof/clock.h"

static void set_default(uint32_t *value, uint32_t normal)
{
	if (!*value)
		*value = normal;
}

int corr_engine_create(const struct corr_engine_options *options, corr_emit *emit, void *context,
		       struct corr_engine **ret_engine)
{
	struct corr_engine *engine = calloc(1, sizeof(*engine));
	struct corr_engine_options *own;

	if (!engine)
		return -ENOMEM;
	own = &engine->options;
	*own = *options;
	/* All sockets that a bus has room for, each with its flow as read from the wire, and as
	 * many tracks of others' flows, which come and go. */
	set_default(&own->conn_count, 2 * PROF_SOCKET_COUNT_MAX);
	set_default(&own->flow_count, 4 * PROF_SOCKET_COUNT_MAX);
	set_default(&own->segment_count, 1u << 19);
	set_default(&own->read_count, 1u << 18);
	set_default(&own->message_count, 1u << 18);
	set_default(&own->wire_count, 1u << 18);
	set_default(&own->thread_count, 256);
	set_default(&own->wake_count, 4096);
	if (!own->grace_ns)
		own->grace_ns = 100 * (uint64_t)PROF_NS_PER_MS;
	if (!own->copy_ns)
		own->copy_ns = 200 * (uint64_t)PROF_NS_PER_MS;
	if (!own->silence_ns)
		own->silence_ns = 5 * (uint64_t)PROF_NS_PER_S;
	engine->stream_epoch = 1;
	engine->emit = emit;
	engine->context = context;
	engine->matcher = (struct matcher){ .lanes = &engine->lanes,
					    .tracks = &engine->tracks,
					    .conns = &engine->conns,
					    .wakes = &engine->wakes };
	engine->wires = (struct wires){ .matcher = &engine->matcher,
					.counts = &engine->counts,
					.settle = engine_settle_wire,
					.context = engine,
					.grace_ns = own->grace_ns };
	engine->watch = (struct watch){ .lanes = &engine->lanes,
					.tracks = &engine->tracks,
					.conns = &engine->conns,
					.counts = &engine->counts };
	engine->stream_names = calloc(CORR_STREAM_COUNT_MAX, sizeof(*engine->stream_names));
	if (engine->stream_names &&
	    pool_open(&engine->waiting, sizeof(struct waiting), own->message_count) &&
	    wires_open(&engine->wires, own->wire_count, own->conn_count) == 0 &&
	    outward_open(&engine->outward, (own->conn_count + 1) / 2) == 0 &&
	    wakes_open(&engine->wakes, own->thread_count, own->wake_count) &&
	    tracks_open(&engine->tracks, own, &engine->counts) == 0 &&
	    conns_open(&engine->conns, own->conn_count, own->read_count, &engine->counts) == 0) {
		*ret_engine = engine;
		return 0;
	}
	(void)corr_engine_destroy(engine);
	return -ENOMEM;
}

struct corr_engine *corr_engine_destroy(struct corr_engine *engine)
{
	if (!engine)
		return NULL;
	conns_close(&engine->conns);
	wakes_close(&engine->wakes);
	tracks_close(&engine->tracks);
	wires_close(&engine->wires);
	outward_close(&engine->outward);
	pool_close(&engine->waiting);
	free(engine->stream_names);
	free(engine);
	return NULL;
}

void corr_engine_tell_trips(struct corr_engine *engine, corr_emit_trip *emit_trip)
{
	engine->emit_trip = emit_trip;
}

/* So many connections' state is about what a core's own cache holds. */
#define CROWD_COUNT 256

bool corr_engine_is_crowded(const struct corr_engine *engine)
{
	return engine->conns.used_count > CROWD_COUNT;
}

void corr_engine_expect(const struct corr_engine *engine, const struct prof_event *event)
{
	if (event->kind == PROF_EVENT_SEGMENT)
		tracks_expect(&engine->tracks, event->conn_key);
	else
		conns_expect(&engine->conns, event->conn_key);
}

void corr_engine_expect_soon(const struct corr_engine *engine, const struct prof_event *event)
{
	if (event->kind == PROF_EVENT_SEGMENT)
		tracks_expect_soon(&engine->tracks, event->conn_key);
	else if (event->kind == PROF_EVENT_READ)
		conns_expect_soon(&engine->conns, event->conn_key);
}

void corr_engine_expect_all(const struct corr_engine *engine, const struct prof_event *events,
			    size_t count)
{
	if (!corr_engine_is_crowded(engine))
		return;
	for (size_t i = 0; i < count; i++) {
		if (!i || events[i].conn_key != events[i - 1].conn_key)
			corr_engine_expect(engine, &events[i]);
	}
	for (size_t i = 0; i < count; i++) {
		if (!i || events[i].conn_key != events[i - 1].conn_key)
			corr_engine_expect_soon(engine, &events[i]);
	}
}

static const struct waiting *next_of(const struct corr_engine *engine,
				     const struct waiting *waiting)
{
	return waiting->next ? waiting_at(engine, waiting->next) : NULL;
}

static uint32_t read_after(const struct conns *conns, uint32_t index)
{
	return index ? ((const struct read_span *)pool_at(&conns->reads, index))->next : 0;
}

/*
 * With many sockets: the next ones' state is on its way while this one is decided, first the
 * socket's own, then what that leads to, then what that does, down the lists.
 */
void engine_expect_next(const struct corr_engine *engine, const struct waiting *waiting)
{
	const struct conns *conns = &engine->conns;
	const struct tracks *tracks = &engine->tracks;
	const struct conn *conn;
	const struct track *track;

	waiting = next_of(engine, waiting);
	if (!waiting)
		return;
	conn = &conns->table[waiting->conn_index];
	track = &tracks->table[conn->track_index];
	pool_expect(&tracks->stretches, track->head);
	pool_expect(&tracks->stretches, track->tail_stretch);
	waiting = next_of(engine, waiting);
	if (!waiting)
		return;
	conn = &conns->table[waiting->conn_index];
	pool_prefetch(&tracks->table[conn->track_index], TRACK_HOT_BYTES);
	pool_expect(&conns->reads, read_after(conns, conn->head));
	waiting = next_of(engine, waiting);
	if (!waiting)
		return;
	conn = &conns->table[waiting->conn_index];
	pool_expect(&conns->reads, conn->head);
	pool_expect(&conns->reads, conn->tail);
	waiting = next_of(engine, waiting);
	if (waiting)
		pool_prefetch(&conns->table[waiting->conn_index], CONN_HOT_BYTES);
}

uint32_t corr_engine_pending_count(const struct corr_engine *engine)
{
	return engine->waiting.used_count + engine->wires.pool.used_count;
}

const struct corr_counts *corr_engine_counts(const struct corr_engine *engine)
{
	return &engine->counts;
}

bool corr_engine_producer(const struct corr_engine *engine, uint32_t index,
			  struct corr_producer *ret_producer)
{
	if (index >= engine->lanes.producer_count)
		return false;
	*ret_producer = engine->lanes.producers[index];
	return true;
}

bool corr_engine_blind(const struct corr_engine *engine, uint32_t index,
		       struct corr_blind *ret_blind)
{
	if (index >= engine->watch.blind_count)
		return false;
	*ret_blind = engine->watch.blinds[index];
	return true;
}

uint64_t corr_engine_unclaimed_count(const struct corr_engine *engine)
{
	return engine->watch.unclaimed_count;
}

uint64_t corr_engine_forgotten_order_count(const struct corr_engine *engine)
{
	return engine->asks.early_count;
}

const char *corr_engine_stream_name(const struct corr_engine *engine, uint16_t index)
{
	return index < CORR_STREAM_COUNT_MAX ? engine->stream_names[index] : "";
}

const struct outward_counts *corr_engine_outward(const struct corr_engine *engine)
{
	return &engine->outward.counts;
}

void corr_engine_stream(struct corr_engine *engine, uint16_t index, const char *name)
{
	size_t size_bytes = strnlen(name, PROF_STREAM_NAME_BYTES - 1);

	if (index >= CORR_STREAM_COUNT_MAX)
		return;
	memcpy(engine->stream_names[index], name, size_bytes);
	engine->stream_names[index][size_bytes] = '\0';
	text_make_printable(engine->stream_names[index]);
	engine->stream_epoch++;
}
