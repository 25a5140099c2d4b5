/* SPDX-License-Identifier: BSD-2-Clause */
/* Each result against the truth. */
#include <stdio.h>

#include "prof/clock.h"
#include "sim.h"

/* A stretch may be doubted for a loss since the arrival before it: at most an idle time ago. */
#define DOUBT_NS       (80 * (uint64_t)PROF_NS_PER_MS + SIM_COPY_NS)
#define FAILURES_SHOWN 20

static void fail(struct sim *sim, const struct sim_message *truth,
		 const struct corr_message *message, const char *what)
{
	if (sim->failure_count++ >= FAILURES_SHOWN)
		return;
	(void)printf("seed %llu conn %u message %u [%llu, %llu): %s; class %s nic %s kernel %s\n",
		     (unsigned long long)sim->options.seed, truth->conn_index,
		     message->message_index, (unsigned long long)truth->start,
		     (unsigned long long)truth->end, what, corr_class_name(message->class_id),
		     corr_reason_name(message->nic_reason),
		     corr_reason_name(message->kernel_reason));
}

/* May an arrival at time_ns be doubted?  Only if the NIC layer really lost something nearby. */
static bool is_doubt_fair(const struct sim *sim, const struct sim_conn *conn, uint64_t time_ns)
{
	bool has_syn = conn->syn != UINT32_MAX &&
		       sim->lists[SIM_NIC].events[conn->syn].is_published;

	if (!has_syn && conn->first_segment_ns + DOUBT_NS >= time_ns)
		return true;
	/* Until it is noticed that the port has a new owner, its data is taken for the old one's.
	 */
	if (!has_syn && conn->is_reuse &&
	    (!conn->first_paired_ns || time_ns < conn->first_paired_ns))
		return true;
	for (uint32_t i = 0; i < sim->gap_count; i++) {
		if (sim->gaps[i].since_ns < time_ns && sim->gaps[i].dead_ns + DOUBT_NS > time_ns)
			return true;
	}
	return false;
}

static bool is_any_doubt_fair(const struct sim *sim, const struct sim_message *truth)
{
	const struct sim_conn *conn = &sim->conns[truth->conn_index];

	for (uint32_t i = 0; i < truth->cover_count; i++) {
		uint32_t event = sim->covers[truth->cover_begin + i];

		if (is_doubt_fair(sim, conn, sim->lists[SIM_NIC].events[event].event.time_ns))
			return true;
	}
	return false;
}

static bool is_read_seen(const struct sim_event *read)
{
	return read->is_published && read->event.kind == PROF_EVENT_READ;
}

static bool is_all_published(const struct sim *sim, const struct sim_message *truth)
{
	for (uint32_t i = 0; i < truth->cover_count; i++) {
		if (!sim->lists[SIM_NIC].events[sim->covers[truth->cover_begin + i]].is_published)
			return false;
	}
	for (uint32_t i = truth->read_first; i <= truth->read_last; i++) {
		if (!is_read_seen(&sim->lists[SIM_KERNEL].events[i]))
			return false;
	}
	return true;
}

/* What really kept the event from being published. */
static enum corr_reason true_reason(const struct sim *sim, enum sim_lane lane,
				    const struct sim_event *event)
{
	if (sim->options.life_count[lane] == 0)
		return CORR_REASON_NOT_RUNNING;
	if (event->event.time_ns <= sim->lives[lane][0].since_ns)
		return CORR_REASON_STARTED_LATE;
	return sim_is_alive(sim, lane, event) ? CORR_REASON_LOST : CORR_REASON_GONE;
}

/*
 * Is the reason that was said a true one?  Another than what really happened can
 * be: a message decided before the layer came, a loss in the same moment, a copy
 * of what had not been seen.  "Unknown" is true as well, but must be rare.
 */
static bool is_reason_true(struct sim *sim, enum sim_lane lane, const struct sim_event *event,
			   uint8_t said)
{
	enum corr_reason right = true_reason(sim, lane, event);

	switch (said) {
	case CORR_REASON_NOT_RUNNING:
		return right == said || right == CORR_REASON_STARTED_LATE;
	case CORR_REASON_LOST:
		return right == said || sim->options.dropped[lane];
	case CORR_REASON_GONE:
		return right == said ||
		       (right == CORR_REASON_STARTED_LATE && sim->options.life_count[lane] > 1);
	case CORR_REASON_JOINED:
		return lane == SIM_NIC;
	case CORR_REASON_HOLE:
	case CORR_REASON_UNSEEN:
		sim->unknown_count++;
		return true;
	default:
		return right == said;
	}
}

static void check_nic(struct sim *sim, const struct sim_message *truth,
		      const struct corr_message *message)
{
	const struct sim_event *segment = &sim->lists[SIM_NIC].events[truth->last_segment];
	struct sim_conn *conn = &sim->conns[truth->conn_index];

	if (message->has_nic) {
		if (!conn->first_paired_ns)
			conn->first_paired_ns = message->nic_ns;
		if (!segment->is_published)
			fail(sim, truth, message, "paired with a segment that never was seen");
		else if (message->nic_ns != segment->event.time_ns ||
			 message->tcp_seq != segment->event.seq)
			fail(sim, truth, message, "paired with the wrong segment");
		return;
	}
	if (!segment->is_published) {
		bool is_baseless = message->nic_reason == CORR_REASON_BASE_UNKNOWN &&
				   !conn->has_read &&
				   !(conn->socket.flags & PROF_SOCKET_BASE_KNOWN);

		if (!is_baseless && !is_reason_true(sim, SIM_NIC, segment, message->nic_reason))
			fail(sim, truth, message, "lost at the NIC for another reason");
		return;
	}
	sim->doubted_count++;
	if (message->nic_reason == CORR_REASON_BASE_UNKNOWN && !conn->has_read &&
	    !(conn->socket.flags & PROF_SOCKET_BASE_KNOWN) &&
	    (conn->syn == UINT32_MAX || !sim->lists[SIM_NIC].events[conn->syn].is_published))
		return;
	if ((message->nic_reason != CORR_REASON_JOINED && message->nic_reason != CORR_REASON_LOST &&
	     message->nic_reason != CORR_REASON_GONE) ||
	    !is_doubt_fair(sim, conn, segment->event.time_ns))
		fail(sim, truth, message, "seen at the NIC and not paired");
}

static void check_kernel(struct sim *sim, const struct sim_message *truth,
			 const struct corr_message *message)
{
	const struct sim_event *read = &sim->lists[SIM_KERNEL].events[truth->read_last];
	bool is_elsewhere = read->event.kind == PROF_EVENT_UNSEEN && read->is_published;

	if (message->has_kernel != is_read_seen(read))
		fail(sim, truth, message, "kernel layer known and unknown");
	else if (message->has_kernel && (message->kernel_enter_ns != read->event.time_ns ||
					 message->kernel_return_ns != read->event.read.return_ns))
		fail(sim, truth, message, "paired with the wrong read");
	else if (is_elsewhere && message->kernel_reason != CORR_REASON_ELSEWHERE)
		fail(sim, truth, message, "read another way, and not said so");
	else if (!message->has_kernel && !is_elsewhere &&
		 !is_reason_true(sim, SIM_KERNEL, read, message->kernel_reason))
		fail(sim, truth, message, "lost in the kernel for another reason");
}

/* The class that DESIGN's words demand, given which layers know the message. */
static enum corr_class demanded(const struct sim *sim, const struct sim_message *truth,
				const struct corr_message *message)
{
	const struct prof_event *segment = &sim->lists[SIM_NIC].events[truth->last_segment].event;
	const struct prof_event *read = &sim->lists[SIM_KERNEL].events[truth->read_last].event;
	uint64_t kernel_ns = segment->time_ns > read->time_ns ? read->read.return_ns
							      : read->time_ns;

	if (message->has_nic && message->has_kernel && segment->time_ns > kernel_ns)
		return CORR_CLASS_INVERTED;
	if (message->has_nic && segment->time_ns > truth->user_ns)
		return CORR_CLASS_INVERTED;
	if (!message->has_nic)
		return message->has_kernel ? CORR_CLASS_NO_NIC : CORR_CLASS_USER_ONLY;
	if (!message->has_kernel)
		return CORR_CLASS_NO_KERNEL;
	if (!is_all_published(sim, truth) || truth->is_loose)
		return CORR_CLASS_LAST_BYTE;
	return segment->flags & PROF_FLAG_MERGED ? CORR_CLASS_GRO : CORR_CLASS_EXACT;
}

/* Why a message is of class last-byte is told, by the layer that really makes it so. */
static void check_doubt(struct sim *sim, const struct sim_message *truth,
			const struct corr_message *message)
{
	bool is_last_byte = message->class_id == CORR_CLASS_LAST_BYTE;

	if (is_last_byte != (message->doubt_layer != PROF_LAYER_NONE) ||
	    is_last_byte != (message->doubt_reason != CORR_REASON_NONE))
		fail(sim, truth, message, "last-byte without a reason, or the reverse");
	if (is_last_byte && truth->is_loose && message->doubt_layer != PROF_LAYER_USER)
		fail(sim, truth, message, "a bound, and not said so");
}

static void check_class(struct sim *sim, const struct sim_message *truth,
			const struct corr_message *message)
{
	enum corr_class wanted = demanded(sim, truth, message);

	if (message->class_id == wanted)
		return;
	if (message->class_id == CORR_CLASS_LAST_BYTE && wanted <= CORR_CLASS_GRO &&
	    is_any_doubt_fair(sim, truth))
		return;
	fail(sim, truth, message, corr_class_name(wanted));
}

static void check_facts(struct sim *sim, const struct sim_message *truth,
			const struct corr_message *message)
{
	bool is_clean = !sim->options.hiccups && !sim->options.dropped[SIM_NIC] &&
			sim->options.life_count[SIM_NIC] == 1 &&
			sim->conns[truth->conn_index].syn != UINT32_MAX;

	if (message->start_offset != truth->start || message->end_offset != truth->end ||
	    message->user_ns != truth->user_ns)
		fail(sim, truth, message, "another range or time");
	if (message->class_id > CORR_CLASS_GRO || message->class_id == CORR_CLASS_LAST_BYTE)
		return;
	if (message->segment_count != truth->cover_count)
		fail(sim, truth, message, "another number of segments");
	if (message->read_count != truth->read_last - truth->read_first + 1)
		fail(sim, truth, message, "another number of reads");
	if (is_clean && message->stage_ns[CORR_STAGE_HOL_WAIT] != (int64_t)truth->hol_ns &&
	    sim->lives[SIM_NIC][0].since_ns == SIM_T0)
		fail(sim, truth, message, "another head-of-line wait");
}

static void check_unranged(struct sim *sim, const struct sim_message *truth,
			   const struct corr_message *message)
{
	if (message->is_ranged || message->class_id != CORR_CLASS_USER_ONLY ||
	    message->nic_reason != CORR_REASON_UNRANGED ||
	    message->kernel_reason != CORR_REASON_UNRANGED)
		fail(sim, truth, message, "without a range, and yet with a place");
}

void sim_check(void *context, const struct corr_message *message)
{
	struct sim *sim = context;
	uint32_t conn_index = message->conn_number;
	struct sim_conn *conn = &sim->conns[conn_index];
	struct sim_message *truth = &sim->messages[conn->message_begin + message->message_index];

	sim->class_counts[message->class_id]++;
	if (truth->is_emitted || message->message_index < conn->next_emitted)
		fail(sim, truth, message, "told twice or out of order");
	truth->is_emitted = true;
	conn->next_emitted = message->message_index + 1;
	if (message->is_early)
		fail(sim, truth, message, "decided early");
	check_doubt(sim, truth, message);
	if (truth->is_unranged) {
		check_unranged(sim, truth, message);
		return;
	}
	check_nic(sim, truth, message);
	check_kernel(sim, truth, message);
	check_class(sim, truth, message);
	check_facts(sim, truth, message);
}

void sim_check_end(struct sim *sim)
{
	const struct corr_counts *counts = corr_engine_counts(sim->engine);

	for (uint32_t i = 0; i < sim->message_count; i++) {
		const struct sim_message *truth = &sim->messages[i];

		if (truth->is_emitted != sim->lists[SIM_USER].events[truth->event].is_published)
			sim->failure_count++;
	}
	if (counts->check_disagree_count && !sim->options.dropped[SIM_KERNEL])
		sim->failure_count++;
	if (counts->segment_evicted_count || counts->read_evicted_count ||
	    counts->conn_evicted_count || counts->base_conflict_count)
		sim->failure_count++;
}
