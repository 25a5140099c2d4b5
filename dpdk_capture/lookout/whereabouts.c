/* SPDX-License-Identifier: BSD-2-Clause */
#include "whereabouts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "namespace.h"
#include "prof/cli.h"
#include "prof/clock.h"

#define PROGRAM "dpdk_capture"

/* How long to look at most, and how long once something was seen: others may follow. */
#define LOOK_NS	  ((int64_t)PROF_NS_PER_S)
#define SETTLE_NS ((int64_t)300 * PROF_NS_PER_MS)

#define PAUSE_NS_MIN ((uint64_t)PROF_NS_PER_S)
#define PAUSE_NS_MAX ((uint64_t)64 * PROF_NS_PER_S)

#define FLOW_TEXT_BYTES (2 * PROF_ENDPOINT_TEXT_BYTES + 8)

void whereabouts_begin(struct whereabouts *whereabouts, const char *interface, bool is_fixed,
		       uint64_t now_ns)
{
	*whereabouts = (struct whereabouts){ .is_fixed = is_fixed,
					     .next_ns = now_ns,
					     .pause_ns = PAUSE_NS_MIN };
	(void)snprintf(whereabouts->interface, sizeof(whereabouts->interface), "%s", interface);
	whereabouts->here.interface_index = if_nametoindex(interface);
	/* Unknown is no harm: it is then not the place where something was seen. */
	(void)namespace_inode(0, &whereabouts->here.namespace_inode);
}

static char *format_flow(const struct prof_flow *ends, char text[FLOW_TEXT_BYTES])
{
	char local[PROF_ENDPOINT_TEXT_BYTES];
	char remote[PROF_ENDPOINT_TEXT_BYTES];

	(void)snprintf(text, FLOW_TEXT_BYTES, "%s <-> %s",
		       prof_endpoint_format(&ends->local, local, sizeof(local)),
		       prof_endpoint_format(&ends->remote, remote, sizeof(remote)));
	return text;
}

static bool was_told(const struct whereabouts *whereabouts, uint64_t flow_id)
{
	size_t count = whereabouts->told_count < TOLD_COUNT_MAX ? whereabouts->told_count
								: TOLD_COUNT_MAX;

	for (size_t i = 0; i < count; i++) {
		if (whereabouts->told[i] == flow_id)
			return true;
	}
	return false;
}

static void note_told(struct whereabouts *whereabouts, uint64_t flow_id)
{
	whereabouts->told[whereabouts->told_count++ % TOLD_COUNT_MAX] = flow_id;
}

/* Moves to `place`.  False if it is gone by now. */
static bool move(struct whereabouts *whereabouts, const struct trail_flow *flow,
		 struct trail_place place)
{
	uint32_t pid = lookout_pid(&whereabouts->lookout, place);
	char name[IF_NAMESIZE];
	char text[FLOW_TEXT_BYTES];
	char inside[64] = "";
	char why[256];

	lookout_name(&whereabouts->lookout, place, name, sizeof(name));
	if (!name[0])
		return false;
	if (pid)
		(void)snprintf(inside, sizeof(inside), " in the network namespace of process %u",
			       pid);
	(void)snprintf(why, sizeof(why), "sees nothing of %s, which passes on %s%s",
		       format_flow(&flow->ends, text), name, inside);
	prof_complain(PROGRAM, whereabouts->interface, why, "listening there from now on");
	(void)snprintf(whereabouts->interface, sizeof(whereabouts->interface), "%s", name);
	whereabouts->namespace_pid = pid;
	whereabouts->here = place;
	return true;
}

static void tell_elsewhere(struct whereabouts *whereabouts, const struct trail_flow *flow,
			   struct trail_place place)
{
	const struct lookout *lookout = &whereabouts->lookout;
	uint32_t pid = lookout_pid(lookout, place);
	char name[IF_NAMESIZE];
	char own[FLOW_TEXT_BYTES];
	char other[FLOW_TEXT_BYTES];
	char known_as[FLOW_TEXT_BYTES + 64] = "";
	char why[512];
	char remedy[96];

	lookout_name(lookout, place, name, sizeof(name));
	if (flow->is_translated)
		(void)snprintf(known_as, sizeof(known_as),
			       "; its address is translated (NAT): elsewhere it is %s",
			       format_flow(&flow->match.ends, other));
	(void)snprintf(why, sizeof(why), "sees nothing of %s, which passes on %s%s",
		       format_flow(&flow->ends, own), name, known_as);
	if (pid)
		(void)snprintf(remedy, sizeof(remedy),
			       "listen in its network namespace: nsenter -n -t %u, --iface %s", pid,
			       name);
	else
		(void)snprintf(remedy, sizeof(remedy), "another capture with --iface %s", name);
	prof_complain(PROGRAM, whereabouts->interface, why, remedy);
	whereabouts->translated_count += flow->is_translated;
	whereabouts->elsewhere_count += !flow->is_translated;
}

static void tell_translated(struct whereabouts *whereabouts, const struct prof_flow *ends,
			    const struct prof_flow *other_ends)
{
	char own[FLOW_TEXT_BYTES];
	char other[FLOW_TEXT_BYTES];
	char why[FLOW_TEXT_BYTES + 96];

	(void)snprintf(why, sizeof(why), "its address is translated on this host (NAT), into %s",
		       format_flow(other_ends, other));
	prof_complain(PROGRAM, format_flow(ends, own), why,
		      "its segments cannot be told by the address that the socket has");
	whereabouts->translated_count++;
}

static void tell_refused(const struct prof_flow *ends, uint32_t pid, int err)
{
	char own[FLOW_TEXT_BYTES];
	char why[160];
	char remedy[96];

	(void)snprintf(why, sizeof(why),
		       "not seen here; its process %u is in another network namespace: %s", pid,
		       strerror(-err));
	(void)snprintf(remedy, sizeof(remedy),
		       "run as root, or in that namespace: nsenter -n -t %u", pid);
	prof_complain(PROGRAM, format_flow(ends, own), why, remedy);
}

/* One that is still not seen here.  Returns true if the capture moves for it. */
static bool decide(struct whereabouts *whereabouts, const struct trail_flow *flow, bool may_move)
{
	struct lookout *lookout = &whereabouts->lookout;
	const struct trail_place *best = trail_best(flow, lookout->home_inode);
	uint64_t flow_id = prof_flow_id(&flow->ends);
	struct prof_flow other;
	uint32_t pid;
	int err;

	if (trail_is_seen_at(flow, whereabouts->here))
		return false; /* it has just begun */
	if (best && may_move && move(whereabouts, flow, *best))
		return true;
	if (was_told(whereabouts, flow_id))
		return false;
	if (best) {
		tell_elsewhere(whereabouts, flow, *best);
	} else if (flow->is_translated) {
		tell_translated(whereabouts, &flow->ends, &flow->match.ends);
	} else if (lookout_is_translated(lookout, &flow->ends, &other)) {
		tell_translated(whereabouts, &flow->ends, &other);
	} else {
		err = lookout_refusal(lookout, (size_t)(flow - lookout->trail.flows), &pid);
		if (err == 0)
			return false;
		tell_refused(&flow->ends, pid, err);
	}
	note_told(whereabouts, flow_id);
	return false;
}

static bool is_seen(const struct selector *selector, const struct trail_flow *flow)
{
	const struct flow *entry = flow_table_find(selector->flows, prof_flow_id(&flow->ends));

	return entry && entry->is_fresh;
}

static void stop_looking(struct whereabouts *whereabouts, uint64_t now_ns)
{
	lookout_end(&whereabouts->lookout);
	whereabouts->is_looking = false;
	whereabouts->next_ns = now_ns + whereabouts->pause_ns;
	whereabouts->pause_ns = whereabouts->pause_ns < PAUSE_NS_MAX ? 2 * whereabouts->pause_ns
								     : PAUSE_NS_MAX;
}

bool whereabouts_poll(struct whereabouts *whereabouts, const struct selector *selector,
		      uint64_t now_ns)
{
	const struct trail *trail = &whereabouts->lookout.trail;
	int64_t looked_ns = prof_delta_ns(whereabouts->begun_ns, now_ns);
	bool is_any_seen = false;
	bool is_any_found = false;
	bool is_moving = false;

	if (!whereabouts->is_looking)
		return false;
	lookout_poll(&whereabouts->lookout);
	for (size_t i = 0; i < trail->flow_count; i++)
		is_any_found |= trail->flows[i].sighting_count > 0;
	if (looked_ns < (is_any_found ? SETTLE_NS : LOOK_NS))
		return false;
	for (size_t i = 0; i < FLOW_SLOT_COUNT; i++)
		is_any_seen |= selector->flows->slots[i].is_open &&
			       selector->flows->slots[i].is_fresh;
	for (size_t i = 0; i < trail->flow_count && !is_moving; i++) {
		if (!is_seen(selector, &trail->flows[i]))
			is_moving = decide(whereabouts, &trail->flows[i],
					   !whereabouts->is_fixed && !is_any_seen);
	}
	if (is_moving)
		whereabouts->pause_ns = PAUSE_NS_MIN;
	stop_looking(whereabouts, now_ns);
	return is_moving;
}

void whereabouts_check(struct whereabouts *whereabouts, const struct prof_bus *bus,
		       const struct selector_round *round, uint64_t now_ns)
{
	uint64_t epoch = prof_socket_epoch(bus);
	struct lookout *lookout = &whereabouts->lookout;
	struct prof_socket socket;

	if (epoch != whereabouts->epoch) {
		whereabouts->epoch = epoch;
		whereabouts->pause_ns = PAUSE_NS_MIN;
		whereabouts->next_ns = now_ns;
	}
	if (round->unseen_count == 0 || whereabouts->is_looking ||
	    prof_delta_ns(whereabouts->next_ns, now_ns) < 0 || lookout_begin(lookout) < 0)
		return;
	for (size_t i = 0; i < round->unseen_count; i++) {
		if (prof_socket_read(bus, round->unseen[i], &socket))
			(void)lookout_add(lookout, &socket.flow,
					  socket.pid); /* the others next time */
	}
	whereabouts->is_looking = true;
	whereabouts->begun_ns = now_ns;
	if (lookout_listen(lookout) < 0)
		stop_looking(whereabouts, now_ns); /* no right to: nothing can be said */
}

void whereabouts_end(struct whereabouts *whereabouts)
{
	if (whereabouts->is_looking)
		lookout_end(&whereabouts->lookout);
	whereabouts->is_looking = false;
}
