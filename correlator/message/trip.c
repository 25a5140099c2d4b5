/* SPDX-License-Identifier: BSD-2-Clause */
#include "trip.h"

#include "prof/clock.h"

void corr_part_set(int64_t *part_ns, uint32_t *part_mask, int part, uint64_t earlier_ns,
		   uint64_t later_ns)
{
	if (!earlier_ns || !later_ns)
		return;
	part_ns[part] = prof_delta_ns(earlier_ns, later_ns);
	*part_mask |= 1u << part;
}

static void set_part(struct corr_trip *trip, enum corr_part part, uint64_t earlier_ns,
		     uint64_t later_ns)
{
	corr_part_set(trip->part_ns, &trip->part_mask, part, earlier_ns, later_ns);
}

void corr_trip_split(struct corr_trip *trip)
{
	trip->part_mask = 0;
	set_part(trip, CORR_PART_RTT, trip->write_ns, trip->answer_ns);
	set_part(trip, CORR_PART_OUT, trip->write_ns, trip->left_ns);
	set_part(trip, CORR_PART_WIRE, trip->left_ns, trip->arrived_ns);
	set_part(trip, CORR_PART_IN, trip->arrived_ns, trip->answer_ns);
	set_part(trip, CORR_PART_CALL, trip->write_ns, trip->call_ns);
	set_part(trip, CORR_PART_STACK, trip->call_ns, trip->left_ns);
	set_part(trip, CORR_PART_READ, trip->arrived_ns, trip->read_ns);
	set_part(trip, CORR_PART_USER, trip->read_ns, trip->answer_ns);
	set_part(trip, CORR_PART_ACK, trip->left_ns, trip->acked_ns);
}

/* Downwards, also below 0. */
static int64_t floor_us(int64_t duration_ns)
{
	int64_t us = duration_ns / PROF_NS_PER_US;

	return us - (duration_ns % PROF_NS_PER_US < 0);
}

/* us from the write to a point. */
static int64_t since_write_us(const struct corr_trip *trip, uint64_t time_ns)
{
	return floor_us(prof_delta_ns(trip->write_ns, time_ns));
}

void corr_trip_us(const struct corr_trip *trip, int64_t ret_us[CORR_PART_IN + 1])
{
	int64_t left_us = since_write_us(trip, trip->left_ns);
	int64_t arrived_us = since_write_us(trip, trip->arrived_ns);

	ret_us[CORR_PART_RTT] = since_write_us(trip, trip->answer_ns);
	ret_us[CORR_PART_OUT] = left_us;
	ret_us[CORR_PART_WIRE] = arrived_us - left_us;
	ret_us[CORR_PART_IN] = ret_us[CORR_PART_RTT] - arrived_us;
}

int64_t corr_part_us(const struct corr_trip *trip, enum corr_part part)
{
	return floor_us(trip->part_ns[part]);
}

const char *corr_part_name(enum corr_part part)
{
	static const char *const names[CORR_PART_COUNT] = {
		[CORR_PART_RTT] = "rtt",   [CORR_PART_OUT] = "out",   [CORR_PART_WIRE] = "wire",
		[CORR_PART_IN] = "in",	   [CORR_PART_CALL] = "call", [CORR_PART_STACK] = "stack",
		[CORR_PART_READ] = "read", [CORR_PART_USER] = "user", [CORR_PART_ACK] = "ack",
	};

	return names[part];
}

const char *corr_purpose_name(enum prof_purpose purpose)
{
	static const char *const names[PROF_PURPOSE_COUNT] = {
		[PROF_PURPOSE_OTHER] = "other",
		[PROF_PURPOSE_PING] = "ping",
		[PROF_PURPOSE_SUBSCRIBE] = "SUBSCRIBE",
		[PROF_PURPOSE_ORDER] = "order",
	};

	return names[purpose];
}
