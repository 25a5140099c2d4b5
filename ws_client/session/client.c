/* SPDX-License-Identifier: BSD-2-Clause */
#include "client.h"

#include <errno.h>
#include <stdlib.h>

#include "link.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "prof/service.h"
#include "watch.h"
#include "ws_client/connection/means.h"
#include "ws_client/connection/orders.h"
#include "ws_client/connection/publisher.h"
#include "ws_client/message/receive.h"
#include "ws_client/socket/tls.h"
#include "ws_client/tell/report.h"

#define TICK_US		     10000 /* marks; the bus wants one every 50 ms */
#define CLOSE_WAIT_MS	     500   /* for the servers' close frames */
#define HANDSHAKE_TIMEOUT_S  10
#define RX_BUFFER_BYTES	     65536 /* a whole depth frame in one callback */
#define SERVICE_BUFFER_BYTES 32768 /* more than a TLS record holds; see WS_SPAN_COUNT */
#define FD_COUNT_MAX	     256
#define KEEP_ALIVE_PROBES    3

struct client {
	struct client_options options;
	struct means means;
	struct publisher publisher;
	struct report report;
	struct client_counts counts;
	struct orders orders;
	struct tls tls;
	uint32_t conn_number_last;
	bool is_stopping; /* the links have been told */
	uint64_t stop_deadline_ns;
	int bus_err;
	uint64_t bus_checked_ns;
	uint64_t second_ns; /* when the last whole second was looked at */
	lws_sorted_usec_list_t tick_timer;
	size_t link_count;
	struct link links[VENUE_CONNECTION_COUNT_MAX];
	struct receiver receiver;
};

static const struct lws_protocols protocols[] = {
	{
		.name = CONN_PROTOCOL_NAME,
		.callback = conn_callback,
		.rx_buffer_size = RX_BUFFER_BYTES,
	},
	{ 0 },
};

/* ---- What TLS has to tell ------------------------------------------------- */

static void on_tls_starting(void *owner, const SSL *ssl)
{
	struct client *client = owner;

	for (size_t i = 0; i < client->link_count; i++)
		if (link_takes_tls(&client->links[i], ssl))
			return;
}

static void on_tls_failed(void *owner, const char *what, const char *why, const char *remedy)
{
	struct client *client = owner;

	report_complain(&client->report, what, why, remedy);
}

static int open_tls(struct client *client)
{
	static const struct tls_operations operations = {
		.starting = on_tls_starting,
		.failed = on_tls_failed,
	};
	const struct tls_settings settings = {
		.ca_file = client->options.ca_file,
		.keylog_file = client->options.keylog_file,
	};

	return tls_open(&client->tls, &settings, &operations, client);
}

/* ---- The library ---------------------------------------------------------- */

static void on_library_log(int level, const char *line)
{
	(void)level;
	(void)fprintf(stderr, CLIENT_PROGRAM ": libwebsockets: %s", line);
}

static const struct lws_extension compression[] = {
	{ "permessage-deflate", lws_extension_callback_pm_deflate,
	  "permessage-deflate; client_no_context_takeover; client_max_window_bits" },
	{ 0 },
};

static int open_context(struct client *client)
{
	const struct client_options *options = &client->options;
	const struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.extensions = options->is_compressing ? compression : NULL,
		.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.provided_client_ssl_ctx = client->tls.ctx,
		.pt_serv_buf_size = SERVICE_BUFFER_BYTES,
		.fd_limit_per_thread = FD_COUNT_MAX,
		.timeout_secs = HANDSHAKE_TIMEOUT_S,
		/* Where no pings are sent the kernel notices that nobody is there. */
		.ka_time = (int)((options->dead_timeout_ms + 999) / 1000),
		.ka_probes = KEEP_ALIVE_PROBES,
		.ka_interval = 1,
		.user = client,
	};

	lws_set_log_level(options->is_verbose ? LLL_ERR | LLL_WARN | LLL_NOTICE : 0,
			  on_library_log);
	client->means.context = lws_create_context(&info);
	if (client->means.context)
		return 0;
	report_complain(&client->report, "cannot set up libwebsockets",
			"out of memory or descriptors", "run with --verbose for its own words");
	return -ENOMEM;
}

/* ---- Begin and end --------------------------------------------------------- */

static int open_link(struct client *client, const struct venue_connection *venue)
{
	struct link *link = &client->links[client->link_count];

	link->means = &client->means;
	link->receiver = &client->receiver;
	link->conn_number_last = &client->conn_number_last;
	link->scope.venue = venue;
	link->scope.link_index = (uint32_t)client->link_count++;
	return link_open(link);
}

static int open_links(struct client *client, const struct venue_plan *plan)
{
	for (size_t i = 0; i < plan->connection_count; i++) {
		int err = open_link(client, &plan->connections[i]);

		if (err < 0) {
			report_complain(&client->report, "out of memory", NULL, NULL);
			return err;
		}
	}
	return 0;
}

/* Ties the parts together, each to no more than it needs. */
static void tie(struct client *client, const struct client_options *options,
		const struct venue_plan *plan)
{
	struct receiver *receiver = &client->receiver;

	client->options = *options;
	client->means = (struct means){
		.options = &client->options,
		.publisher = &client->publisher,
		.report = &client->report,
		.counts = &client->counts,
	};
	client->orders = (struct orders){ .stream = options->order_stream,
					  .every_count = options->order_every_count,
					  .counts = &client->counts };
	client->means.orders = options->order_stream ? &client->orders : NULL;
	receiver->means = &client->means;
	receiver->time_unit = plan->time_unit;
	receiver->naming.means = &client->means;
	receiver->follow.streams = &receiver->naming.streams;
	receiver->follow.counts = &client->counts;
}

struct client *client_open(const struct client_options *options, const struct venue_plan *plan)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client) {
		prof_complain(CLIENT_PROGRAM, "out of memory", NULL, NULL);
		return NULL;
	}
	tie(client, options, plan);
	if (open_links(client, plan) == 0 && open_tls(client) == 0 && open_context(client) == 0)
		return client;
	(void)client_close(client); /* nothing has been looked up yet */
	return NULL;
}

bool client_close(struct client *client)
{
	bool is_free = true;

	if (!client)
		return true;
	if (client->means.context)
		lws_context_destroy(client->means.context);
	tls_close(&client->tls);
	for (size_t i = 0; i < client->link_count; i++)
		is_free = link_free(&client->links[i]) && is_free;
	publisher_close(&client->publisher);
	if (is_free)
		free(client);
	return is_free;
}

int client_join_bus(struct client *client, const char *name,
		    const struct prof_bus_options *bus_options)
{
	return publisher_open(&client->publisher, name, bus_options);
}

/* ---- While it runs ---------------------------------------------------------- */

static void publish_losses(struct client *client)
{
	struct prof_producer *producer = client->publisher.producer;

	if (!producer)
		return;
	prof_publish_loss(producer, PROF_LOSS_MALFORMED, client->counts.kinds[FEED_MALFORMED]);
	prof_publish_loss(producer, PROF_LOSS_KTLS, client->counts.ktls);
	prof_publish_loss(producer, PROF_LOSS_CLIENT_UNRANGED, client->counts.unplaced);
}

/* A bus whose file was cut short swallows what is published: better to end than to go on so. */
static void check_bus(struct client *client)
{
	uint64_t now_ns = prof_now_ns();

	if (prof_delta_ns(client->bus_checked_ns, now_ns) < PROF_NS_PER_S)
		return;
	client->bus_checked_ns = now_ns;
	client->bus_err = publisher_check(&client->publisher);
}

static void on_tick(lws_sorted_usec_list_t *timer)
{
	struct client *client = lws_container_of(timer, struct client, tick_timer);

	check_bus(client);
	publish_losses(client);
	publisher_mark(&client->publisher);
	lws_sul_schedule(client->means.context, 0, &client->tick_timer, on_tick, TICK_US);
}

static void look_around(struct client *client, uint64_t now_ns)
{
	struct report_progress progress = {
		.messages = client->counts.messages,
		.gaps = client->counts.gaps,
		.rtt_us = client->means.last_rtt_us,
	};

	if (prof_delta_ns(client->second_ns, now_ns) < PROF_NS_PER_S)
		return;
	client->second_ns = now_ns;
	watch_second(client->links, client->link_count, &client->receiver.naming.streams, now_ns);
	for (size_t i = 0; i < client->link_count; i++)
		progress.open_count += link_open_count(&client->links[i]);
	report_progress(&client->report, &progress, now_ns);
}

static void begin_end(struct client *client, uint64_t now_ns)
{
	if (client->is_stopping)
		return;
	client->is_stopping = true;
	client->means.is_ending = true;
	client->stop_deadline_ns = now_ns + (uint64_t)CLOSE_WAIT_MS * PROF_NS_PER_MS;
	for (size_t i = 0; i < client->link_count; i++)
		link_stop(&client->links[i]);
}

static bool is_any_closing(const struct client *client)
{
	for (size_t i = 0; i < client->link_count; i++)
		if (link_is_closing(&client->links[i]))
			return true;
	return false;
}

static bool is_over(struct client *client, uint64_t end_ns, bool is_told)
{
	uint64_t now_ns = prof_now_ns();

	if (is_told || client->means.is_ending || client->bus_err || client->report.output_err ||
	    (client->options.duration_s && prof_delta_ns(end_ns, now_ns) >= 0))
		begin_end(client, now_ns);
	if (!client->is_stopping) {
		look_around(client, now_ns);
		return false;
	}
	return !is_any_closing(client) || prof_delta_ns(client->stop_deadline_ns, now_ns) >= 0;
}

static struct client_outcome conclude(struct client *client)
{
	struct client_outcome outcome = {
		.counts = &client->counts,
		.bus_err = client->bus_err,
		.output_err = client->report.output_err,
	};

	client->counts.dropped = client->publisher.dropped_count;
	client->counts.unchecked = client->receiver.follow.dedupe.overflow_count;
	for (size_t i = 0; i < client->link_count; i++)
		outcome.is_any_failed = outcome.is_any_failed || client->links[i].is_failed;
	report_summary(&client->report, &client->counts);
	return outcome;
}

struct client_outcome client_run(struct client *client, const volatile sig_atomic_t *stop_flag)
{
	struct prof_service service = { 0 };
	uint64_t end_ns = prof_now_ns() + (uint64_t)client->options.duration_s * PROF_NS_PER_S;

	client->second_ns = prof_now_ns();
	client->report.progress_ns = client->second_ns;
	on_tick(&client->tick_timer);
	for (size_t i = 0; i < client->link_count; i++) {
		naming_enter(&client->receiver.naming, &client->links[i].scope);
		link_start(&client->links[i]);
	}
	while (!is_over(client, end_ns, *stop_flag)) {
		prof_service_turn(&service, prof_now_ns());
		(void)lws_service(client->means.context, 0); /* until the next tick at the latest */
	}
	publish_losses(client);
	publisher_mark(&client->publisher);
	return conclude(client);
}
