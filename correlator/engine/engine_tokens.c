/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's part in what a client asked, as the capture read it: orders, and pings with their
 * pongs. */
#include "correlator/match/trips.h"
#include "engine_private.h"

void engine_take_wire(struct corr_engine *engine, uint32_t lane_index,
		      const struct prof_event *event)
{
	if (event->wire.opcode >= WIRES_CONTROL) /* no producer says that */
		engine->counts.wire_bad_count++;
	else
		(void)wires_take(&engine->wires, event,
				 asks_id_hash(&engine->asks, lane_index, event));
}

void engine_take_token(struct corr_engine *engine, uint32_t lane_index,
		       const struct prof_event *event)
{
	uint64_t number = asks_token(&engine->asks, lane_index, event);
	struct prof_event pong;

	if (!number)
		return;
	pong = trips_as_wire(event, WIRES_PONG);
	if (trips_has_user(&engine->outward, &engine->conns, event->conn_key) ||
	    !wires_take(&engine->wires, &pong, number))
		asks_ping(&engine->asks, number)->is_matched = true;
}

static void emit_asked(void *context, const struct corr_trip *trip)
{
	struct corr_engine *engine = context;

	if (engine->emit_trip)
		engine->emit_trip(engine->context, trip);
}

void engine_tell_asked(struct corr_engine *engine, uint64_t known_ns, uint64_t before_ns)
{
	trips_tell_asked(&engine->asks, &engine->outward, &engine->matcher, known_ns, before_ns,
			 emit_asked, engine);
}

void engine_settle_pong(struct corr_engine *engine, const struct corr_message *pong)
{
	struct ask *ask = asks_ping(&engine->asks, pong->id_hash);

	if (!ask)
		return;
	ask->is_matched = true;
	ask->user_ns = pong->user_ns;
	ask->user_wall_ns = pong->user_wall_ns;
	if (pong->has_kernel)
		ask->read_ns = pong->kernel_ns;
	if (pong->has_nic && pong->doubt_layer != PROF_LAYER_NIC)
		ask->answer_tcp_seq = pong->tcp_seq;
}
