/* SPDX-License-Identifier: BSD-2-Clause */
#include "split.h"

#include "correlator/stages/stages.h"
#include "prof/clock.h"

static bool is_watching(const struct matcher *matcher)
{
	return matcher->wakes->is_watching || matcher->conns->counts->ready_count;
}

/* The first reason is the one that is told. */
static void note(struct corr_message *message, enum corr_untold reason)
{
	if (!message->untold)
		message->untold = (uint8_t)reason;
}

static void ask_nic(struct corr_message *message, struct stages_points *points)
{
	if (!message->has_nic) {
		note(message, CORR_UNTOLD_NO_NIC);
		return;
	}
	points->nic_ns = message->nic_ns;
	if (!corr_stage_is_known(message, CORR_STAGE_HOL_WAIT))
		note(message, CORR_UNTOLD_HOLE);
	else
		points->whole_ns = message->nic_ns +
				   (uint64_t)message->stage_ns[CORR_STAGE_HOL_WAIT];
}

/* Why no telling of its last byte is known. */
static enum corr_untold why_untold(const struct matcher *matcher, const struct conn *conn,
				   const struct corr_message *message)
{
	uint64_t offset = message->end_offset - 1;
	uint64_t from_ns = message->has_nic ? message->nic_ns : message->kernel_ns;
	uint64_t to_ns = message->user_ns ? message->user_ns : message->kernel_return_ns;

	if (!conn || offset < conn->arrivals.evicted)
		return CORR_UNTOLD_FORGOTTEN;
	if (!conn->arrivals.has_any || offset < conn->arrivals.low)
		return CORR_UNTOLD_UNFOLLOWED;
	if (wakes_is_gap(matcher->wakes, from_ns, to_ns) ||
	    lanes_explain(matcher->lanes, PROF_LAYER_KERNEL, from_ns, to_ns) == CORR_REASON_LOST)
		return CORR_UNTOLD_LOST;
	return CORR_UNTOLD_UNSEEN;
}

static void ask_reader(const struct matcher *matcher, struct corr_message *message,
		       const struct arrival *arrival, struct stages_points *points)
{
	const struct wakes_question question = { .tid = message->reader_tid,
						 .cookie = message->cookie,
						 .ready_ns = arrival->ready_ns,
						 .read_ns = message->kernel_ns };
	struct wakes_answer answer;

	if (prof_delta_ns(arrival->ready_ns, message->kernel_ns) <= 0) {
		points->wait = CORR_WAIT_BUSY; /* it was in tcp_recvmsg() by then */
		return;
	}
	wakes_ask(matcher->wakes, &question, &answer);
	if (arrival->is_nested && answer.wait == CORR_WAIT_LATE)
		answer = (struct wakes_answer){ .untold = CORR_UNTOLD_NESTED };
	if (answer.wait == CORR_WAIT_BUSY &&
	    lanes_explain(matcher->lanes, PROF_LAYER_KERNEL, arrival->ready_ns,
			  message->kernel_ns) == CORR_REASON_LOST)
		answer = (struct wakes_answer){ .untold = CORR_UNTOLD_LOST };
	note(message, answer.untold);
	points->wait = answer.wait;
	points->waited_ns = answer.waited_ns;
}

/*
 * Who reads holds the socket: what arrives then is put by (the kernel's backlog of the socket), and
 * TCP takes it up when the reader lets go.  If that one was put aside, it waited for a processor.
 * Seen where the kernel is preemptible: 7.3, 17 of 300 messages, each for up to 290 ms.
 */
static uint64_t held_ns(const struct matcher *matcher, struct conn *conn,
			const struct stages_points *points)
{
	const struct conn_holder *holder;
	uint64_t from_ns = points->whole_ns;
	uint64_t to_ns =
		points->queue_ns; /* or the read: who is in it waits for nothing after that */

	if (!from_ns || !to_ns || prof_delta_ns(from_ns, to_ns) <= 0)
		return 0;
	holder = conn_holder_at(matcher->conns, conn, points->queue_ns);
	if (!holder)
		return 0;
	if (prof_delta_ns(from_ns, holder->enter_ns) > 0)
		from_ns = holder->enter_ns;
	if (prof_delta_ns(points->kernel_ns, to_ns) > 0)
		to_ns = points->kernel_ns;
	return wakes_aside_ns(matcher->wakes, holder->tid, from_ns, to_ns);
}

static void ask_kernel(const struct matcher *matcher, struct conn *conn,
		       struct corr_message *message, struct stages_points *points)
{
	const struct arrival *arrival = NULL;

	if (!message->has_kernel) {
		note(message, CORR_UNTOLD_NO_KERNEL);
		return;
	}
	points->kernel_ns = message->kernel_ns;
	if (conn)
		arrival = arrivals_find(&matcher->conns->arrivals, &conn->arrivals,
					message->end_offset - 1);
	if (!arrival) {
		note(message, why_untold(matcher, conn, message));
		return;
	}
	points->queue_ns = arrival->queue_ns;
	points->ready_ns = arrival->ready_ns;
	points->held_ns = held_ns(matcher, conn, points);
	if (!arrival->queue_ns)
		note(message, CORR_UNTOLD_UNTAKEN);
	ask_reader(matcher, message, arrival, points);
}

void match_split(const struct matcher *matcher, struct conn *conn, struct corr_message *message)
{
	struct stages_points points = { 0 };
	struct stages_split split;

	message->untold_ns = message->stage_ns[CORR_STAGE_NIC_KERNEL];
	if (!is_watching(matcher)) {
		message->untold = CORR_UNTOLD_OFF;
		return;
	}
	if (!message->is_ranged) {
		note(message, CORR_UNTOLD_NO_KERNEL);
		return;
	}
	ask_nic(message, &points);
	ask_kernel(matcher, conn, message, &points);
	stages_split(&points, &split);
	message->wait = (uint8_t)points.wait;
	message->queue_ns = points.queue_ns;
	message->ready_ns = points.ready_ns;
	message->stage_mask |= split.stage_mask;
	for (int stage = CORR_STAGE_HOLE; stage < CORR_STAGE_COUNT; stage++)
		if (split.stage_mask >> stage & 1)
			message->stage_ns[stage] = split.stage_ns[stage];
	message->untold_ns = split.untold_ns;
}
