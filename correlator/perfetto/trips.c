/* SPDX-License-Identifier: BSD-2-Clause */
#include "trips.h"

#include "prof/clock.h"

/* A stretch of it. */
struct stretch {
	enum corr_part part;
	const char *name;
	uint64_t begin_ns;
	uint64_t end_ns;
};

/*
 * Stretches that follow each other, within one that ends at end_ns.  One that is not known,
 * or lies before the one before it, or after all, is left out.
 */
struct sequel {
	const struct packet_out *out;
	uint64_t track;
	const struct corr_trip *trip;
	uint64_t reached_ns;
	uint64_t end_ns;
};

static bool open_stretch(const struct sequel *sequel, const struct stretch *stretch)
{
	if (!corr_part_is_known(sequel->trip, stretch->part) ||
	    prof_delta_ns(stretch->begin_ns, stretch->end_ns) <= 0 ||
	    prof_delta_ns(sequel->reached_ns, stretch->begin_ns) < 0 ||
	    prof_delta_ns(stretch->end_ns, sequel->end_ns) < 0)
		return false;
	packet_begin(sequel->out, &(struct packet_slice){ .track = sequel->track,
							  .name = stretch->name,
							  .begin_ns = stretch->begin_ns });
	return true;
}

static void close_stretch(struct sequel *sequel, const struct stretch *stretch)
{
	packet_end(sequel->out, sequel->track, stretch->end_ns);
	sequel->reached_ns = stretch->end_ns;
}

static void add_two(struct sequel *sequel, const struct stretch stretches[2])
{
	for (int i = 0; i < 2; i++)
		if (open_stretch(sequel, &stretches[i]))
			close_stretch(sequel, &stretches[i]);
}

/* What a stretch consists of. */
static void add_inner(const struct sequel *around, const struct stretch *outer,
		      const struct stretch inner[2])
{
	struct sequel sequel = *around;

	sequel.reached_ns = outer->begin_ns;
	sequel.end_ns = outer->end_ns;
	add_two(&sequel, inner);
}

/* Where the application does not tell its end of it, the kernel's part stands alone. */
static void add_way(struct sequel *sequel, const struct stretch *outer,
		    const struct stretch inner[2])
{
	if (!open_stretch(sequel, outer)) {
		add_two(sequel, inner);
		return;
	}
	add_inner(sequel, outer, inner);
	close_stretch(sequel, outer);
}

static void add_parts(struct sequel *sequel)
{
	const struct corr_trip *trip = sequel->trip;
	const struct stretch out = { CORR_PART_OUT, "out", trip->write_ns, trip->left_ns };
	const struct stretch wire = { CORR_PART_WIRE, "wire", trip->left_ns, trip->arrived_ns };
	const struct stretch in = { CORR_PART_IN, "in", trip->arrived_ns, trip->answer_ns };
	const struct stretch of_out[] = {
		{ CORR_PART_CALL, "write -> call", trip->write_ns, trip->call_ns },
		{ CORR_PART_STACK, "call -> left", trip->call_ns, trip->left_ns },
	};
	const struct stretch of_in[] = {
		{ CORR_PART_READ, "arrived -> read", trip->arrived_ns, trip->read_ns },
		{ CORR_PART_USER, "read -> answer", trip->read_ns, trip->answer_ns },
	};

	add_way(sequel, &out, of_out);
	if (open_stretch(sequel, &wire))
		close_stretch(sequel, &wire);
	add_way(sequel, &in, of_in);
}

/* The first, and the last, that is known of it; 0: nothing. */
static uint64_t first_ns(const struct corr_trip *trip)
{
	return trip->write_ns ? trip->write_ns : trip->call_ns ? trip->call_ns : trip->left_ns;
}

static uint64_t last_ns(const struct corr_trip *trip)
{
	return trip->answer_ns ? trip->answer_ns : trip->read_ns ? trip->read_ns : trip->arrived_ns;
}

bool trace_add_trip(struct trace *trace, uint32_t conn_index, const struct corr_trip *trip,
		    const struct packet_out *out)
{
	uint64_t begin_ns = first_ns(trip);
	uint64_t end_ns = last_ns(trip);
	struct sequel sequel = { .out = out, .trip = trip, .reached_ns = begin_ns };
	uint64_t track;

	if (!begin_ns)
		return false;
	if (prof_delta_ns(begin_ns, end_ns) < 0)
		end_ns = begin_ns;
	track = trace_take_lane(trace, conn_index, TRACE_LAYER_TRIP, begin_ns, end_ns, out);
	sequel.track = track;
	sequel.end_ns = end_ns;
	if (!track)
		return false;
	packet_begin(out, &(struct packet_slice){ .track = track,
						  .name = corr_purpose_name(trip->purpose),
						  .begin_ns = begin_ns,
						  .trip = trip });
	add_parts(&sequel);
	packet_end(out, track, end_ns);
	return true;
}

/* When it was first heard of, and when it had left; equal where but one is known. */
static void order_bounds(const struct corr_trip *trip, uint64_t *ret_begin_ns, uint64_t *ret_end_ns)
{
	*ret_begin_ns = first_ns(trip);
	*ret_end_ns = trip->left_ns;
	if (!trip->left_ns || prof_delta_ns(*ret_begin_ns, trip->left_ns) < 0)
		*ret_end_ns = *ret_begin_ns;
}

bool trace_add_order(struct trace *trace, uint32_t conn_index, const struct corr_order *order,
		     const struct packet_out *out)
{
	struct packet_slice slice = { .name = order->class_id == CORR_ORDER_ID ? "order (id)"
					      : order->class_id == CORR_ORDER_THREAD
						      ? "order (thread)"
						      : "order (ambiguous)" };

	order_bounds(&order->trip, &slice.begin_ns, &slice.end_ns);
	if (!slice.begin_ns)
		return false;
	slice.track = trace_take_lane(trace, conn_index, TRACE_LAYER_TRIP, slice.begin_ns,
				      slice.end_ns, out);
	if (order->cause.seq) {
		slice.flow_ids = &order->cause.seq;
		slice.flow_count = 1;
		slice.is_flow_end = true;
	}
	if (slice.track)
		packet_slice(out, &slice);
	return slice.track;
}
