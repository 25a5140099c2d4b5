/* SPDX-License-Identifier: BSD-2-Clause */
#include "server.h"

#include <errno.h>
#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "correlator/threads/thread.h"
#include "squeeze.h"

/* Pages that may be on their way at a time; more are told to come again. */
#define ANSWER_COUNT 4

/*
 * Clients at a time; more are turned away, as descriptors are needed for files
 * too.  One that says nothing, or does not read, has its place for so long only.
 */
#define CLIENT_COUNT_MAX 64
#define SILENCE_S	 5

#define CHUNK_BYTES  4096
#define ACCEPT_BYTES 2048

struct answer {
	bool is_taken;
	size_t sent_bytes;
	struct text text;
};

struct metrics_server {
	metrics_page *page;
	void *context;
	struct lws_context *lws;
	struct lws_vhost *vhost;
	pthread_t thread;
	atomic_bool is_stopping;
	uint32_t client_count; /* and the listening socket */
	struct answer answers[ANSWER_COUNT];
	struct text spare; /* for what is squeezed */
};

/* What libwebsockets keeps for each request. */
struct session {
	struct answer *answer; /* NULL: none under way */
};

static struct answer *take_answer(struct metrics_server *server)
{
	for (int i = 0; i < ANSWER_COUNT; i++) {
		struct answer *answer = &server->answers[i];

		if (answer->is_taken)
			continue;
		answer->is_taken = true;
		answer->sent_bytes = 0;
		answer->text.size_bytes = 0;
		answer->text.is_cut = false;
		return answer;
	}
	return NULL;
}

static void give_back(struct session *session)
{
	if (session && session->answer) {
		session->answer->is_taken = false;
		session->answer = NULL;
	}
}

int metrics_parse_address(const char *path, struct prof_address *ret_address)
{
	char text[PROF_ADDRESS_HOST_BYTES + 16];

	(void)snprintf(text, sizeof(text), "127.0.0.1:%s", *path == ':' ? path + 1 : path);
	if (prof_address_parse(text, ret_address) == 0)
		return 0;
	return prof_address_parse(path, ret_address);
}

/* A status without a page.  What it returns is what the callback returns. */
static int refuse(struct lws *wsi, unsigned int status)
{
	if (lws_return_http_status(wsi, status, NULL))
		return -1;
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static enum metrics_format asked_format(struct lws *wsi)
{
	char accept[ACCEPT_BYTES];
	int size_bytes = lws_hdr_copy(wsi, accept, sizeof(accept), WSI_TOKEN_HTTP_ACCEPT);

	return metrics_format_of(size_bytes > 0 ? accept : NULL);
}

/* True if it is squeezed from now on: where the client takes that, and it can be done. */
static bool squeeze_answer(struct lws *wsi, struct metrics_server *server, struct answer *answer)
{
	char accept[ACCEPT_BYTES];
	struct text page = answer->text;
	int size_bytes = lws_hdr_copy(wsi, accept, sizeof(accept), WSI_TOKEN_HTTP_ACCEPT_ENCODING);

	if (size_bytes <= 0 || !metrics_takes_gzip(accept) || !squeeze(&page, &server->spare))
		return false;
	answer->text = server->spare;
	server->spare = page;
	return true;
}

static int add_word(struct lws *wsi, const char *name, const char *word, unsigned char **at,
		    unsigned char *end)
{
	return lws_add_http_header_by_name(wsi, (const unsigned char *)name,
					   (const unsigned char *)word, (int)strlen(word), at, end);
}

static int begin_answer(struct lws *wsi, struct session *session, struct metrics_server *server)
{
	unsigned char head[LWS_PRE + 1024];
	unsigned char *start = head + LWS_PRE;
	unsigned char *at = start;
	unsigned char *end = head + sizeof(head) - 1;
	enum metrics_format format = asked_format(wsi);
	struct text *text;
	bool is_squeezed;

	session->answer = take_answer(server);
	if (!session->answer)
		return refuse(wsi, HTTP_STATUS_SERVICE_UNAVAILABLE);
	text = &session->answer->text;
	server->page(server->context, text, format);
	if (text->is_cut) {
		give_back(session);
		return refuse(wsi, HTTP_STATUS_INTERNAL_SERVER_ERROR);
	}
	is_squeezed = squeeze_answer(wsi, server, session->answer);
	if (lws_add_http_common_headers(wsi, HTTP_STATUS_OK, metrics_media_type(format),
					text->size_bytes, &at, end) ||
	    add_word(wsi, "vary:", "Accept, Accept-Encoding", &at, end) ||
	    (is_squeezed && add_word(wsi, "content-encoding:", "gzip", &at, end)) ||
	    lws_finalize_write_http_header(wsi, start, &at, end))
		return -1;
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0) {
		give_back(session);
		return lws_http_transaction_completed(wsi) ? -1 : 0;
	}
	(void)lws_callback_on_writable(wsi);
	return 0;
}

static int begin_request(struct lws *wsi, struct session *session, struct metrics_server *server,
			 const char *path)
{
	if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0 &&
	    lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) <= 0)
		return refuse(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED);
	if (strcmp(path, "/metrics") != 0)
		return refuse(wsi, HTTP_STATUS_NOT_FOUND);
	return begin_answer(wsi, session, server);
}

static int send_chunk(struct lws *wsi, struct session *session)
{
	unsigned char chunk[LWS_PRE + CHUNK_BYTES];
	struct answer *answer = session->answer;
	size_t size_bytes;
	bool is_last;

	if (!answer)
		return 0;
	size_bytes = answer->text.size_bytes - answer->sent_bytes;
	is_last = size_bytes <= CHUNK_BYTES;
	if (!is_last)
		size_bytes = CHUNK_BYTES;
	memcpy(chunk + LWS_PRE, answer->text.bytes + answer->sent_bytes, size_bytes);
	answer->sent_bytes += size_bytes;
	if (lws_write(wsi, chunk + LWS_PRE, size_bytes,
		      is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
		return -1;
	if (!is_last) {
		(void)lws_callback_on_writable(wsi);
		return 0;
	}
	give_back(session);
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int on_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		   size_t size_bytes)
{
	struct metrics_server *server = lws_context_user(lws_get_context(wsi));

	switch (reason) {
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
		return server->client_count > CLIENT_COUNT_MAX;
	case LWS_CALLBACK_WSI_CREATE:
		server->client_count++;
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		server->client_count--;
		return 0;
	case LWS_CALLBACK_HTTP:
		return begin_request(wsi, user, server, in);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return send_chunk(wsi, user);
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		give_back(user);
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, size_bytes);
	}
}

static const struct lws_protocols protocols[] = {
	{ .name = "http", .callback = on_http, .per_session_data_size = sizeof(struct session) },
	{ 0 },
};

static void *serve(void *context)
{
	struct metrics_server *server = context;

	while (!atomic_load_explicit(&server->is_stopping, memory_order_relaxed)) {
		if (lws_service(server->lws, 0) < 0)
			break;
	}
	return NULL;
}

static int open_vhost(struct metrics_server *server, const struct prof_address *address)
{
	struct lws_context_creation_info info = {
		.vhost_name = "metrics",
		.port = address->port,
		.iface = address->host,
		.protocols = protocols,
		.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
		.timeout_secs = SILENCE_S,
	};

	if (!address->is_ipv6)
		info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
	server->vhost = lws_create_vhost(server->lws, &info);
	return server->vhost ? 0 : -EPROTO;
}

static int open_text(struct text *text)
{
	text->bytes = malloc(METRICS_TEXT_BYTES_MAX);
	text->room_bytes = METRICS_TEXT_BYTES_MAX;
	return text->bytes ? 0 : -ENOMEM;
}

static int open_answers(struct metrics_server *server)
{
	int err = open_text(&server->spare);

	for (int i = 0; i < ANSWER_COUNT && err == 0; i++)
		err = open_text(&server->answers[i].text);
	return err;
}

static void release(struct metrics_server *server)
{
	if (server->lws)
		lws_context_destroy(server->lws);
	for (int i = 0; i < ANSWER_COUNT; i++)
		free(server->answers[i].text.bytes);
	free(server->spare.bytes);
	free(server);
}

int metrics_server_open(const struct prof_address *address, metrics_page *page, void *context,
			struct metrics_server **ret_server)
{
	struct lws_context_creation_info info = { .port = CONTEXT_PORT_NO_LISTEN,
						  .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
						  .timeout_secs = SILENCE_S,
						  .server_string = "event_correlator" };
	struct metrics_server *server;
	int err = prof_address_try(address);

	if (err < 0)
		return err;
	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	server->page = page;
	server->context = context;
	lws_set_log_level(0, NULL); /* what goes wrong with a scraper is the scraper's to say */
	info.user = server;
	server->lws = lws_create_context(&info);
	err = server->lws ? open_vhost(server, address) : -EPROTO;
	if (err == 0)
		err = open_answers(server);
	if (err == 0)
		err = thread_start(&server->thread, serve, server);
	if (err < 0)
		release(server);
	else
		*ret_server = server;
	return err;
}

uint16_t metrics_server_port(const struct metrics_server *server)
{
	return (uint16_t)lws_get_vhost_listen_port(server->vhost);
}

struct metrics_server *metrics_server_close(struct metrics_server *server)
{
	if (!server)
		return NULL;
	atomic_store_explicit(&server->is_stopping, true, memory_order_relaxed);
	lws_cancel_service(server->lws);
	(void)pthread_join(server->thread, NULL);
	release(server);
	return NULL;
}
