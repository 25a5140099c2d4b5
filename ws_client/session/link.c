/* SPDX-License-Identifier: BSD-2-Clause */
#include "link.h"

#include <errno.h>
#include <stdio.h>

#include "prof/clock.h"
#include "ws_client/connection/orders.h"
#include "ws_client/tell/explain.h"

#define RESOLVE_LOOK_US	 5000
#define DIAL_LOOK_US	 2000
#define DIAL_TIMEOUT_MS	 10000 /* as libwebsockets has for each step of its own */
#define KEEP_ALIVE_TRIES 3
#define OVERLAP_US	 (2 * LWS_US_PER_SEC) /* both connections carry everything meanwhile */

static struct conn *active(struct link *link)
{
	return &link->conns[link->active];
}

static struct conn *successor(struct link *link)
{
	return &link->conns[!link->active];
}

static void schedule(struct link *link, lws_sorted_usec_list_t *timer, sul_cb_t callback,
		     lws_usec_t delay_us)
{
	lws_sul_schedule(link->means->context, 0, timer, callback, delay_us);
}

/* ---- Connecting --------------------------------------------------------- */

static void on_resolve_timer(lws_sorted_usec_list_t *timer);
static void on_failure(struct link *link);

/* Whose name is looked up. */
static const char *next_host(const struct link *link)
{
	const struct proxy *proxy = link->means->options->proxy;

	return proxy ? proxy->host : link->scope.venue->target.host;
}

static void complain_name(const struct link *link, const char *why)
{
	char what[TARGET_HOST_BYTES + 48];

	(void)snprintf(what, sizeof(what), "cannot connect to %s%s",
		       link->means->options->proxy ? "the proxy " : "", next_host(link));
	report_complain(link->means->report, what, why, "check the name and this machine's DNS");
}

static void start_conn(struct link *link, const struct conn_way *way)
{
	conn_start(&link->conns[link->resolving_side], way, ++*link->conn_number_last);
}

static void on_dial_failed(struct link *link)
{
	const struct target *target = &link->scope.venue->target;
	const struct explain_proxy failure = {
		.host = target->host,
		.port = target->port,
		.proxy = link->means->options->proxy,
		.why = link->dial.why,
		.remedy = link->dial.remedy,
	};

	link->means->counts->connect_failures++;
	explain_proxy(link->means->report, &failure);
	on_failure(link);
}

static void on_dial_timer(lws_sorted_usec_list_t *timer);

static void look_at_dial(struct link *link, enum dial_verdict verdict)
{
	struct conn_way way = { .address = link->dial_address };

	if (verdict == DIAL_WAIT)
		verdict = dial_check(&link->dial, &way.before_bytes);
	switch (verdict) {
	case DIAL_WAIT:
		schedule(link, &link->dial_timer, on_dial_timer, DIAL_LOOK_US);
		return;
	case DIAL_THROUGH:
		way.fd = link->dial.fd;
		start_conn(link, &way);
		return;
	case DIAL_FAILED:
		on_dial_failed(link);
		return;
	}
}

static void on_dial_timer(lws_sorted_usec_list_t *timer)
{
	look_at_dial(lws_container_of(timer, struct link, dial_timer), DIAL_WAIT);
}

/* Connects to the address that was found, the proxy's if there is one. */
static void connect_found(struct link *link)
{
	const struct client_options *options = link->means->options;
	const struct target *target = &link->scope.venue->target;
	const struct conn_way directly = { .address = link->dial_address, .fd = -1 };
	const struct dial_settings settings = {
		.timeout_ms = DIAL_TIMEOUT_MS,
		.keep_alive_ms = options->dead_timeout_ms,
		.keep_alive_tries = KEEP_ALIVE_TRIES,
	};

	if (options->proxy)
		look_at_dial(link, dial_start(&link->dial, options->proxy, link->dial_address,
					      target->host, target->port, &settings));
	else
		start_conn(link, &directly);
}

static void look_for_address(struct link *link)
{
	const char *why = "no resolver";

	switch (resolve_check(&link->resolve, link->dial_address, &why)) {
	case RESOLVE_WAIT:
		schedule(link, &link->resolve_timer, on_resolve_timer, RESOLVE_LOOK_US);
		return;
	case RESOLVE_DONE:
		connect_found(link);
		return;
	case RESOLVE_FAILED:
		link->means->counts->connect_failures++;
		complain_name(link, why);
		on_failure(link);
		return;
	}
}

static void on_resolve_timer(lws_sorted_usec_list_t *timer)
{
	look_for_address(lws_container_of(timer, struct link, resolve_timer));
}

/* True while a connection is under way that libwebsockets does not know of yet. */
static bool is_reaching(const struct link *link)
{
	return link->resolve.is_busy || link->dial.is_busy;
}

static void connect_side(struct link *link, uint32_t side)
{
	link->resolving_side = side;
	if (is_reaching(link))
		return; /* cannot be: a side is connected only when the other one is settled */
	(void)resolve_start(&link->resolve, next_host(link)); /* failure is looked at */
	look_for_address(link);
}

static void on_retry_timer(lws_sorted_usec_list_t *timer)
{
	struct link *link = lws_container_of(timer, struct link, retry_timer);

	connect_side(link, link->is_rolling ? !link->active : link->active);
}

/* xorshift32 (Marsaglia, "Xorshift RNGs", 2003); nothing secret. */
static uint32_t throw_dice(struct link *link)
{
	link->dice ^= link->dice << 13;
	link->dice ^= link->dice >> 17;
	link->dice ^= link->dice << 5;
	return link->dice;
}

static void retry_later(struct link *link)
{
	const struct client_options *options = link->means->options;
	uint32_t wait_ms;

	if (link->means->is_ending)
		return;
	wait_ms = backoff_next_ms(&link->backoff, options->backoff_max_ms, throw_dice(link));
	report_clear(link->means->report);
	if (options->is_verbose)
		report_note(link->means->report, "connecting again in %u ms", wait_ms);
	schedule(link, &link->retry_timer, on_retry_timer, (lws_usec_t)wait_ms * 1000);
}

void link_start(struct link *link)
{
	connect_side(link, link->active);
}

void link_stop(struct link *link)
{
	lws_sul_cancel(&link->resolve_timer);
	lws_sul_cancel(&link->dial_timer);
	dial_cancel(&link->dial);
	lws_sul_cancel(&link->retry_timer);
	lws_sul_cancel(&link->life_timer);
	lws_sul_cancel(&link->overlap_timer);
	for (size_t i = 0; i < LINK_SIDES; i++)
		conn_stop(&link->conns[i]);
}

bool link_is_closing(const struct link *link)
{
	return link->conns[0].state == CONN_CLOSING || link->conns[1].state == CONN_CLOSING;
}

/* ---- Changing over ------------------------------------------------------ */

/* Connects a successor and then lets the active connection go; `why` is told. */
static void roll_over(struct link *link, const char *why)
{
	if (link->is_rolling || link->means->is_ending || active(link)->state != CONN_OPEN ||
	    successor(link)->state != CONN_IDLE)
		return;
	report_note(link->means->report, "connection %u: %s: a successor is connected",
		    active(link)->number, why);
	link->is_rolling = true;
	connect_side(link, !link->active);
}

static void on_life_timer(lws_sorted_usec_list_t *timer)
{
	roll_over(lws_container_of(timer, struct link, life_timer), "the connection is old");
}

/* True if the other side carries everything, so that this one may go. */
static bool can_spare(const struct link *link, const struct conn *conn)
{
	return conn->side == link->active && link->conns[!conn->side].state == CONN_OPEN;
}

/* The successor is the active side from here on. */
static void promote(struct link *link)
{
	lws_sul_cancel(&link->overlap_timer);
	link->active = !link->active;
	link->is_rolling = false;
	link->means->counts->roll_overs++;
}

static void on_overlap_timer(lws_sorted_usec_list_t *timer)
{
	struct link *link = lws_container_of(timer, struct link, overlap_timer);

	if (!outgoing_has_subscribed(&successor(link)->outgoing)) {
		schedule(link, &link->overlap_timer, on_overlap_timer, OVERLAP_US);
		return;
	}
	promote(link);
	conn_stop(successor(link)); /* which is the old one now */
}

static void schedule_life(struct link *link)
{
	uint32_t roll_over_s = link->means->options->roll_over_s;

	if (roll_over_s)
		schedule(link, &link->life_timer, on_life_timer,
			 (lws_usec_t)roll_over_s * LWS_US_PER_SEC);
}

static void on_opened(void *owner, struct conn *conn)
{
	struct link *link = owner;

	link->was_open = true;
	if (link->means->orders)
		orders_opened(link->means->orders, &conn->outgoing);
	schedule_life(link);
	if (conn == active(link))
		return;
	follow_begin_overlap(&link->receiver->follow);
	schedule(link, &link->overlap_timer, on_overlap_timer, OVERLAP_US);
}

/* ---- Ends --------------------------------------------------------------- */

static void on_failure(struct link *link)
{
	if (!link->was_open && link->resolve.turn >= link->resolve.count) {
		/* Every address was tried; nobody wants to wait for a wrong URL. */
		link->is_failed = true;
		link->means->is_ending = true;
		return;
	}
	retry_later(link);
}

/* One of two connections has gone: the other one carries on. */
static void on_closed_beside(struct link *link, const struct conn *conn)
{
	bool was_planned = conn->state == CONN_CLOSING && !conn->is_refused;

	if (conn == active(link)) {
		promote(link); /* the old one went before its time: that is what the new one is for
				*/
	} else if (!was_planned) {
		lws_sul_cancel(&link->overlap_timer);
		retry_later(link);
	}
	follow_end_overlap(&link->receiver->follow, prof_now_ns());
}

static void tell_if_lost(struct link *link, const struct conn *conn)
{
	bool was_wanted = conn->state == CONN_OPEN || conn->is_refused;

	if (!was_wanted || link->means->is_ending || can_spare(link, conn))
		return;
	link->means->counts->breaks++;
	conn_tell_break(conn);
}

static void on_closed(void *owner, struct conn *conn)
{
	struct link *link = owner;
	const struct conn *other = &link->conns[!conn->side];
	int64_t lived_ns = prof_delta_ns(conn->opened_ns, prof_now_ns());

	tell_if_lost(link, conn);
	if (link->means->orders)
		orders_closed(link->means->orders, &conn->outgoing);
	backoff_note_life(&link->backoff, (uint64_t)lived_ns / PROF_NS_PER_MS);
	if (link->means->is_ending)
		return;
	if (other->state == CONN_OPEN) {
		on_closed_beside(link, conn);
		return;
	}
	lws_sul_cancel(&link->life_timer);
	/* A successor that is still connecting becomes the one to wait for. */
	if (link->is_rolling && conn == active(link)) {
		link->active = !link->active;
		link->is_rolling = false;
		if (other->state == CONN_CONNECTING || is_reaching(link))
			return;
		lws_sul_cancel(&link->retry_timer);
	}
	retry_later(link);
}

static void on_failed(void *owner, struct conn *conn)
{
	(void)conn; /* whichever it was, the link's address could not be connected */
	on_failure(owner);
}

static void on_message(void *owner, struct conn *conn, const struct conn_message *message)
{
	struct link *link = owner;

	if (receive_message(link->receiver, conn, &link->scope, message) == RECEIVE_SHUTDOWN)
		roll_over(link, "the server announces its shutdown");
}

/* ---- Its own begin and end ---------------------------------------------- */

int link_open(struct link *link)
{
	static const struct conn_operations operations = {
		.opened = on_opened,
		.message = on_message,
		.closed = on_closed,
		.failed = on_failed,
	};

	link->dice = ((uint32_t)prof_now_ns() + link->scope.link_index) | 1;
	for (uint32_t side = 0; side < LINK_SIDES; side++) {
		struct conn *conn = &link->conns[side];

		conn->operations = &operations;
		conn->owner = link;
		conn->means = link->means;
		conn->venue = link->scope.venue;
		conn->side = side;
		if (conn_open(conn) < 0)
			return -ENOMEM;
	}
	return 0;
}

bool link_free(struct link *link)
{
	for (size_t side = 0; side < LINK_SIDES; side++)
		conn_free(&link->conns[side]);
	dial_cancel(&link->dial);
	return resolve_cancel(&link->resolve);
}

uint32_t link_open_count(const struct link *link)
{
	uint32_t count = 0;

	for (size_t side = 0; side < LINK_SIDES; side++)
		count += link->conns[side].state == CONN_OPEN;
	return count;
}

bool link_takes_tls(struct link *link, const SSL *ssl)
{
	return conn_takes_tls(&link->conns[0], ssl) || conn_takes_tls(&link->conns[1], ssl);
}
