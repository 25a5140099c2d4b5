/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Metrics over HTTP.  The run's own thread counts and leaves a copy on a board
 * five times a second; the server's thread writes the page from that copy, so
 * a scraper that is slow or stuck is nobody else's trouble.
 */
#include "sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "correlator/metrics/server.h"
#include "correlator/threads/board.h"
#include "prof/cli.h"
#include "prof/clock.h"

#define OFFER_NS (200 * (int64_t)PROF_NS_PER_MS)

struct exposed {
	struct metrics_gather gather;
	uint64_t offered_ns; /* 0: never */
	struct board board;
	struct metrics_about about;
	struct metrics_server *server;
	struct metrics shown; /* the server's thread only */
};

static void write_page(void *context, struct text *text, enum metrics_format format)
{
	struct exposed *exposed = context;

	(void)board_look(&exposed->board, &exposed->shown);
	metrics_write(text, &exposed->shown, &exposed->about, format);
}

static void set_note(struct sink *sink, const struct exposed *exposed, struct prof_address *address)
{
	char where[PROF_ADDRESS_HOST_BYTES + 16];

	address->port = metrics_server_port(exposed->server);
	prof_address_format(address, where, sizeof(where));
	(void)snprintf(sink->note, sizeof(sink->note), "metrics: http://%s/metrics", where);
}

static int metrics_open(struct sink *sink)
{
	struct prof_address address;
	struct exposed *exposed;
	int err = metrics_parse_address(sink->path, &address);

	if (err < 0)
		return err;
	exposed = calloc(1, sizeof(*exposed));
	if (!exposed)
		return -ENOMEM;
	exposed->about.version = prof_version();
	err = board_open(&exposed->board, sizeof(exposed->gather.metrics));
	if (err == 0)
		err = metrics_server_open(&address, write_page, exposed, &exposed->server);
	if (err < 0) {
		board_close(&exposed->board);
		free(exposed);
		return err;
	}
	(void)snprintf(exposed->about.run, sizeof(exposed->about.run), "%016llx",
		       (unsigned long long)sink->origin->run);
	sink->own = exposed;
	set_note(sink, exposed, &address);
	return 0;
}

static void metrics_take(struct sink *sink, const struct corr_message *message)
{
	struct exposed *exposed = sink->own;

	metrics_message(&exposed->gather, message);
}

static void metrics_take_trip(struct sink *sink, const struct corr_trip *trip)
{
	struct exposed *exposed = sink->own;

	metrics_trip(&exposed->gather, trip);
}

static void metrics_take_order(struct sink *sink, const struct corr_order *order)
{
	struct exposed *exposed = sink->own;

	metrics_order(&exposed->gather, order);
}

static void metrics_show(struct sink *sink, const struct corr_summary *summary, uint64_t now_ns)
{
	struct exposed *exposed = sink->own;
	const struct metrics *metrics = &exposed->gather.metrics;

	if (!summary->is_over && exposed->offered_ns &&
	    prof_delta_ns(exposed->offered_ns, now_ns) < OFFER_NS)
		return;
	metrics_round(&exposed->gather, summary, now_ns);
	if (board_offer(&exposed->board, metrics, metrics_size_bytes(metrics)))
		exposed->offered_ns = now_ns;
}

static int metrics_close(struct sink *sink, const struct corr_summary *summary)
{
	struct exposed *exposed = sink->own;

	(void)summary;
	exposed->server = metrics_server_close(exposed->server);
	board_close(&exposed->board);
	free(exposed);
	return 0;
}

const struct sink_ops sink_metrics = {
	.name = "metrics",
	.open = metrics_open,
	.message = metrics_take,
	.trip = metrics_take_trip,
	.order = metrics_take_order,
	.round = metrics_show,
	.close = metrics_close,
};
