/* SPDX-License-Identifier: BSD-2-Clause */
#include "client.h"

#include <errno.h>
#include <stdio_ext.h>
#include <stdlib.h>

#include "naming.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "receive.h"
#include "ws_client/socket/tls.h"
#include "ws_client/tell/report.h"

#define TICK_US		     10000 /* marks; the bus wants one every 50 ms */
#define CLOSE_WAIT_MS	     500   /* for the servers' close frames */
#define HANDSHAKE_TIMEOUT_S  10
#define RX_BUFFER_BYTES	     65536 /* a whole depth frame in one callback */
#define SERVICE_BUFFER_BYTES 32768 /* more than a TLS record holds; see WS_SPAN_COUNT */
#define FD_COUNT_MAX	     256
#define KEEP_ALIVE_PROBES    3
#define OVERLAP_ECHO_NS	     ((int64_t)10 * PROF_NS_PER_S)

static const struct lws_protocols protocols[] = {
	{
		.name = RECEIVE_PROTOCOL_NAME,
		.callback = conn_callback,
		.rx_buffer_size = RX_BUFFER_BYTES,
	},
	{ 0 },
};

static void publish_losses(struct client *client)
{
	struct prof_producer *producer = client->publisher.producer;

	if (!producer)
		return;
	prof_publish_loss(producer, PROF_LOSS_MALFORMED, client->counts.kinds[FEED_MALFORMED]);
	prof_publish_loss(producer, PROF_LOSS_KTLS, client->counts.ktls);
}

/* A bus whose file was cut short swallows what is published: better to end than to go on so. */
static void check_bus(struct client *client)
{
	uint64_t now_ns = prof_now_ns();

	if (prof_delta_ns(client->bus_checked_ns, now_ns) < PROF_NS_PER_S)
		return;
	client->bus_checked_ns = now_ns;
	client->bus_err = publisher_check(&client->publisher);
	if (client->bus_err < 0)
		client_stop(client);
}

static void on_tick(lws_sorted_usec_list_t *timer)
{
	struct client *client = lws_container_of(timer, struct client, tick_timer);

	check_bus(client);
	publish_losses(client);
	publisher_mark(&client->publisher);
	lws_sul_schedule(client->context, 0, &client->tick_timer, on_tick, TICK_US);
}

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
	const struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.extensions = client->options.is_compressing ? compression : NULL,
		.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.provided_client_ssl_ctx = client->ssl_ctx,
		.pt_serv_buf_size = SERVICE_BUFFER_BYTES,
		.fd_limit_per_thread = FD_COUNT_MAX,
		.timeout_secs = HANDSHAKE_TIMEOUT_S,
		/* Where no pings are sent the kernel notices that nobody is there. */
		.ka_time = (int)((client->options.dead_timeout_ms + 999) / 1000),
		.ka_probes = KEEP_ALIVE_PROBES,
		.ka_interval = 1,
		.user = client,
	};

	lws_set_log_level(client->options.is_verbose ? LLL_ERR | LLL_WARN | LLL_NOTICE : 0,
			  on_library_log);
	client->context = lws_create_context(&info);
	if (client->context)
		return 0;
	prof_complain(CLIENT_PROGRAM, "cannot set up libwebsockets", "out of memory or descriptors",
		      "run with --verbose for its own words");
	return -ENOMEM;
}

static int open_link(struct client *client, const struct venue_connection *venue)
{
	struct link *link = &client->links[client->link_count];

	link->client = client;
	link->venue = venue;
	link->index = (uint32_t)client->link_count++;
	for (uint32_t side = 0; side < LINK_SIDES; side++) {
		struct conn *conn = &link->conns[side];

		conn->client = client;
		conn->link = link;
		conn->side = side;
		conn->message = malloc(CONN_MESSAGE_BYTES_MAX);
		if (!conn->message)
			return -ENOMEM;
	}
	return 0;
}

int client_open(struct client *client, const struct client_options *options,
		const struct venue_plan *plan)
{
	int err;

	client->options = *options;
	client->plan = plan;
	client->dice = (uint32_t)prof_now_ns() | 1;
	for (size_t i = 0; i < plan->connection_count; i++) {
		err = open_link(client, &plan->connections[i]);
		if (err < 0) {
			prof_complain(CLIENT_PROGRAM, "out of memory", NULL, NULL);
			return err;
		}
	}
	err = tls_open(client);
	return err < 0 ? err : open_context(client);
}

bool client_close(struct client *client)
{
	bool is_free = true;

	if (client->context)
		lws_context_destroy(client->context);
	client->context = NULL;
	tls_close(client);
	for (size_t i = 0; i < client->link_count; i++) {
		struct link *link = &client->links[i];

		for (size_t side = 0; side < LINK_SIDES; side++)
			free(link->conns[side].message);
		is_free = resolve_cancel(&link->resolve) && is_free;
	}
	client->link_count = 0;
	return is_free;
}

void client_stop(struct client *client)
{
	if (client->is_stopping)
		return;
	client->is_stopping = true;
	client->stop_deadline_ns = prof_now_ns() + (uint64_t)CLOSE_WAIT_MS * PROF_NS_PER_MS;
	for (size_t i = 0; i < client->link_count; i++)
		link_stop(&client->links[i]);
}

void client_check_output(struct client *client)
{
	if (client->output_err || !ferror(stdout))
		return;
	client->output_err = errno ? -errno : -EIO;
	__fpurge(stdout); /* or exit() would write it again, and wait for a reader that sleeps */
	client_stop(client);
}

static bool is_any_closing(const struct client *client)
{
	for (size_t i = 0; i < client->link_count; i++)
		if (link_is_closing(&client->links[i]))
			return true;
	return false;
}

void client_begin_overlap(struct client *client)
{
	/* With several links in one, the set lives until the last overlap ends. */
	if (client->overlap_count++)
		return;
	dedupe_clear(&client->dedupe);
	for (size_t i = 0; i < STREAMS_SLOT_COUNT; i++) {
		struct stream *stream = &client->streams.slots[i];

		stream->has_overlap_id = stream->has_id;
		stream->overlap_id = stream->last_id;
	}
}

void client_end_overlap(struct client *client)
{
	if (client->overlap_count)
		client->overlap_count--;
	client->overlap_over_ns = prof_now_ns();
}

bool client_is_overlapping(const struct client *client, uint64_t now_ns)
{
	/* What the old connection brought last may still be under way on the new one. */
	return client->overlap_count ||
	       (client->overlap_over_ns &&
		prof_delta_ns(client->overlap_over_ns, now_ns) < OVERLAP_ECHO_NS);
}

/* xorshift32 (Marsaglia, "Xorshift RNGs", 2003). */
uint32_t client_dice(struct client *client)
{
	client->dice ^= client->dice << 13;
	client->dice ^= client->dice >> 17;
	client->dice ^= client->dice << 5;
	return client->dice;
}

static bool is_over(struct client *client, uint64_t end_ns, bool is_told)
{
	uint64_t now_ns = prof_now_ns();

	if (is_told || (client->options.duration_s && prof_delta_ns(end_ns, now_ns) >= 0))
		client_stop(client);
	if (!client->is_stopping) {
		report_second(client, now_ns);
		return false;
	}
	return !is_any_closing(client) || prof_delta_ns(client->stop_deadline_ns, now_ns) >= 0;
}

void client_run(struct client *client, const volatile sig_atomic_t *stop_flag)
{
	uint64_t end_ns = prof_now_ns() + (uint64_t)client->options.duration_s * PROF_NS_PER_S;

	client->progress_ns = prof_now_ns();
	client->second_ns = client->progress_ns;
	on_tick(&client->tick_timer);
	for (size_t i = 0; i < client->link_count; i++) {
		naming_enter(client, &client->links[i]);
		link_start(&client->links[i]);
	}
	while (!is_over(client, end_ns, *stop_flag))
		(void)lws_service(client->context, 0); /* returns at the next tick at the latest */
	publish_losses(client);
	publisher_mark(&client->publisher);
}
