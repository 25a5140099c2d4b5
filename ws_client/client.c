/* SPDX-License-Identifier: BSD-2-Clause */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "prof/cli.h"
#include "prof/clock.h"
#include "receive.h"
#include "tls.h"

#define TICK_US		     10000 /* marks; the bus wants one every 50 ms */
#define CLOSE_WAIT_MS	     500   /* for the servers' close frames */
#define HANDSHAKE_TIMEOUT_S  10
#define RX_BUFFER_BYTES	     65536 /* a whole depth frame in one callback */
#define SERVICE_BUFFER_BYTES 32768 /* more than a TLS record holds; see WS_SPAN_COUNT */
#define FD_COUNT_MAX	     256

static const struct lws_protocols protocols[] = {
	{
		.name = RECEIVE_PROTOCOL_NAME,
		.callback = conn_callback,
		.rx_buffer_size = RX_BUFFER_BYTES,
	},
	{ 0 },
};

uint16_t client_stream_index(struct client *client, const struct feed_message *feed)
{
	const char *name = feed->stream;
	uint16_t index;

	if (!name[0] && feed->event != FEED_EVENT_NONE && client->only_stream)
		name = client->only_stream;
	if (!name[0] || feed->is_stream_cut)
		return 0;
	if (streams_find(&client->streams, name, &index))
		return index;
	index = publisher_stream(&client->publisher, name);
	(void)streams_add(&client->streams, name, index); /* full: asks the bus again */
	return index;
}

static void publish_losses(struct client *client)
{
	struct prof_producer *producer = client->publisher.producer;

	if (!producer)
		return;
	prof_publish_loss(producer, PROF_LOSS_MALFORMED, client->counts.kinds[FEED_MALFORMED]);
	prof_publish_loss(producer, PROF_LOSS_KTLS, client->counts.ktls);
}

static void on_tick(lws_sorted_usec_list_t *timer)
{
	struct client *client = lws_container_of(timer, struct client, tick_timer);

	publish_losses(client);
	publisher_mark(&client->publisher);
	lws_sul_schedule(client->context, 0, &client->tick_timer, on_tick, TICK_US);
}

static void on_library_log(int level, const char *line)
{
	(void)level;
	(void)fprintf(stderr, CLIENT_PROGRAM ": libwebsockets: %s", line);
}

static int open_context(struct client *client)
{
	const struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.provided_client_ssl_ctx = client->ssl_ctx,
		.gid = -1,
		.uid = -1,
		.pt_serv_buf_size = SERVICE_BUFFER_BYTES,
		.fd_limit_per_thread = FD_COUNT_MAX,
		.timeout_secs = HANDSHAKE_TIMEOUT_S,
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

int client_open(struct client *client, const struct client_options *options)
{
	int err;

	client->options = *options;
	client->conns = calloc(CLIENT_CONN_COUNT_MAX, sizeof(*client->conns));
	if (!client->conns)
		return -ENOMEM;
	err = tls_open(client);
	if (!err)
		err = open_context(client);
	if (err)
		client_close(client);
	return err;
}

void client_close(struct client *client)
{
	if (client->context)
		lws_context_destroy(client->context);
	client->context = NULL;
	tls_close(client);
	for (size_t i = 0; i < client->conn_count; i++)
		free(client->conns[i].message);
	free(client->conns);
	client->conns = NULL;
	client->conn_count = 0;
}

int client_add(struct client *client, const struct target *target, const char *const *streams,
	       size_t stream_count)
{
	struct conn *conn;

	if (client->conn_count == CLIENT_CONN_COUNT_MAX)
		return -ENOSPC;
	conn = &client->conns[client->conn_count];
	conn->message = malloc(CONN_MESSAGE_BYTES_MAX);
	if (!conn->message)
		return -ENOMEM;
	conn->client = client;
	conn->target = target;
	conn->slot = (uint32_t)client->conn_count++;
	conn->streams = streams;
	conn->stream_count = stream_count;
	return 0;
}

void client_stop(struct client *client)
{
	if (client->is_stopping)
		return;
	client->is_stopping = true;
	client->stop_deadline_ns = prof_now_ns() + (uint64_t)CLOSE_WAIT_MS * PROF_NS_PER_MS;
	for (size_t i = 0; i < client->conn_count; i++)
		conn_stop(&client->conns[i]);
}

static bool is_any_open(const struct client *client)
{
	for (size_t i = 0; i < client->conn_count; i++)
		if (client->conns[i].state == CONN_CLOSING)
			return true;
	return false;
}

void client_run(struct client *client, const volatile sig_atomic_t *stop_flag)
{
	uint64_t end_ns = prof_now_ns() + (uint64_t)client->options.duration_s * PROF_NS_PER_S;

	on_tick(&client->tick_timer);
	for (size_t i = 0; i < client->conn_count; i++)
		conn_start(&client->conns[i]);
	for (;;) {
		uint64_t now_ns;

		(void)lws_service(client->context, 0); /* returns at the latest at the next tick */
		now_ns = prof_now_ns();
		if (*stop_flag ||
		    (client->options.duration_s && prof_delta_ns(end_ns, now_ns) >= 0))
			client_stop(client);
		if (client->is_stopping &&
		    (!is_any_open(client) || prof_delta_ns(client->stop_deadline_ns, now_ns) >= 0))
			break;
	}
	publish_losses(client);
	publisher_mark(&client->publisher);
}
