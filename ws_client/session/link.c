/* SPDX-License-Identifier: BSD-2-Clause */
#include "link.h"

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "prof/clock.h"
#include "ws_client/tell/report.h"

#define RESOLVE_LOOK_US 5000
#define OVERLAP_US	(2 * LWS_US_PER_SEC) /* both connections carry everything meanwhile */

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
	lws_sul_schedule(link->client->context, 0, timer, callback, delay_us);
}

/* ---- Connecting --------------------------------------------------------- */

static void on_resolve_timer(lws_sorted_usec_list_t *timer);

static void complain_name(const struct link *link, const char *why)
{
	char what[TARGET_HOST_BYTES + 32];

	(void)snprintf(what, sizeof(what), "cannot connect to %s", link->venue->target.host);
	report_complain(link->client, what, why, "check the name and this machine's DNS");
}

static void look_for_address(struct link *link)
{
	char address[RESOLVE_ADDRESS_BYTES];
	const char *why = "no resolver";

	switch (resolve_check(&link->resolve, address, &why)) {
	case RESOLVE_WAIT:
		schedule(link, &link->resolve_timer, on_resolve_timer, RESOLVE_LOOK_US);
		return;
	case RESOLVE_DONE:
		conn_start(&link->conns[link->resolving_side], address);
		return;
	case RESOLVE_FAILED:
		link->client->counts.connect_failures++;
		complain_name(link, why);
		link_on_failure(link, &link->conns[link->resolving_side]);
		return;
	}
}

static void on_resolve_timer(lws_sorted_usec_list_t *timer)
{
	look_for_address(lws_container_of(timer, struct link, resolve_timer));
}

static void connect_side(struct link *link, uint32_t side)
{
	link->resolving_side = side;
	if (link->resolve.is_busy)
		return; /* cannot be: a side is connected only when the other one is settled */
	(void)resolve_start(&link->resolve, link->venue->target.host); /* failure is looked at */
	look_for_address(link);
}

static void on_retry_timer(lws_sorted_usec_list_t *timer)
{
	struct link *link = lws_container_of(timer, struct link, retry_timer);

	connect_side(link, link->is_rolling ? !link->active : link->active);
}

static void retry_later(struct link *link)
{
	struct client *client = link->client;
	uint32_t wait_ms;

	if (client->is_stopping)
		return;
	wait_ms = backoff_next_ms(&link->backoff, client->options.backoff_max_ms,
				  client_dice(client));
	report_clear(client);
	if (client->options.is_verbose)
		(void)fprintf(stderr, CLIENT_PROGRAM ": connecting again in %u ms\n", wait_ms);
	schedule(link, &link->retry_timer, on_retry_timer, (lws_usec_t)wait_ms * 1000);
}

void link_start(struct link *link)
{
	connect_side(link, link->active);
}

void link_stop(struct link *link)
{
	lws_sul_cancel(&link->resolve_timer);
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

static void on_life_timer(lws_sorted_usec_list_t *timer)
{
	struct link *link = lws_container_of(timer, struct link, life_timer);

	link_roll_over(link, "the connection is old");
}

void link_roll_over(struct link *link, const char *why)
{
	if (link->is_rolling || link->client->is_stopping || active(link)->state != CONN_OPEN ||
	    successor(link)->state != CONN_IDLE)
		return;
	report_clear(link->client);
	(void)fprintf(stderr, CLIENT_PROGRAM ": connection %u: %s: a successor is connected\n",
		      active(link)->number, why);
	link->is_rolling = true;
	connect_side(link, !link->active);
}

bool link_can_spare(const struct link *link, const struct conn *conn)
{
	return conn->side == link->active && link->conns[!conn->side].state == CONN_OPEN;
}

/* The successor is the active side from here on. */
static void promote(struct link *link)
{
	lws_sul_cancel(&link->overlap_timer);
	link->active = !link->active;
	link->is_rolling = false;
	link->client->counts.roll_overs++;
}

static void on_overlap_timer(lws_sorted_usec_list_t *timer)
{
	struct link *link = lws_container_of(timer, struct link, overlap_timer);

	if (!conn_has_subscribed(successor(link))) {
		schedule(link, &link->overlap_timer, on_overlap_timer, OVERLAP_US);
		return;
	}
	promote(link);
	conn_stop(successor(link)); /* which is the old one now */
}

static void schedule_life(struct link *link)
{
	uint32_t roll_over_s = link->client->options.roll_over_s;

	if (roll_over_s)
		schedule(link, &link->life_timer, on_life_timer,
			 (lws_usec_t)roll_over_s * LWS_US_PER_SEC);
}

void link_on_open(struct link *link, struct conn *conn)
{
	link->was_open = true;
	schedule_life(link);
	if (conn == active(link))
		return;
	client_begin_overlap(link->client);
	schedule(link, &link->overlap_timer, on_overlap_timer, OVERLAP_US);
}

/* ---- Ends --------------------------------------------------------------- */

void link_on_failure(struct link *link, struct conn *conn)
{
	(void)conn;
	if (!link->was_open && link->resolve.turn >= link->resolve.count) {
		/* Every address was tried; nobody wants to wait for a wrong URL. */
		link->is_failed = true;
		client_stop(link->client);
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
	client_end_overlap(link->client);
}

void link_on_closed(struct link *link, struct conn *conn)
{
	const struct conn *other = &link->conns[!conn->side];
	int64_t lived_ns = prof_delta_ns(conn->opened_ns, prof_now_ns());

	backoff_note_life(&link->backoff, (uint64_t)lived_ns / PROF_NS_PER_MS);
	if (link->client->is_stopping)
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
		if (other->state == CONN_CONNECTING || link->resolve.is_busy)
			return;
		lws_sul_cancel(&link->retry_timer);
	}
	retry_later(link);
}
