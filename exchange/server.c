/* SPDX-License-Identifier: BSD-2-Clause */
#include "server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "prof/clock.h"
#include "wire.h"

#define GOODBYE_NS     (UINT64_C(300) * PROF_NS_PER_MS) /* for close frames to get out */
#define TX_BYTES_MAX   65536
#define LISTEN_BACKLOG 64

struct server {
	struct server_config config;
	struct lws_context *context;
	struct lws_vhost *sockets;
	struct lws *wsis[EXCHANGE_CONN_COUNT_MAX];
	int timer_fd;
	int signal_fd;
	uint64_t end_ns; /* 0: not known yet */
	bool is_leaving;
};

/* What libwebsockets keeps for each connection. */
struct session {
	int slot_plus_one; /* 0: none yet */
};

static uint64_t wall_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static void arm(struct server *server, uint64_t due_ns)
{
	const struct itimerspec when = {
		.it_value = { .tv_sec = (time_t)(due_ns / PROF_NS_PER_S),
			      .tv_nsec = (long)(due_ns % PROF_NS_PER_S) },
	};

	(void)timerfd_settime(server->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void leave(struct server *server, uint64_t now_ns)
{
	if (server->is_leaving)
		return;
	server->is_leaving = true;
	server->end_ns = now_ns + GOODBYE_NS;
	exchange_say_goodbye(server->config.exchange);
}

/* A socket whose client is lost: reset, and libwebsockets told to forget it. */
static void drop_lost(struct server *server, int slot)
{
	wire_reset(server->wsis[slot]);
	lws_set_timeout(server->wsis[slot], PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

/* The whole machine moves on: the market, the timers, and what they had to say. */
static void advance(struct server *server)
{
	struct exchange *exchange = server->config.exchange;
	uint64_t now_ns = prof_now_ns();
	uint64_t next_ns;

	if (server->end_ns > 0 && now_ns >= server->end_ns)
		leave(server, now_ns);
	next_ns = exchange_advance(exchange, now_ns, wall_us());
	for (int slot = 0; slot < EXCHANGE_CONN_COUNT_MAX; slot++) {
		uint64_t due_ns;

		if (!server->wsis[slot])
			continue;
		if (exchange_is_lost(exchange, slot))
			drop_lost(server, slot);
		else if (outbox_front(exchange_outbox(exchange, slot), now_ns, &due_ns))
			lws_callback_on_writable(server->wsis[slot]);
		else if (due_ns > 0 && due_ns < next_ns)
			next_ns = due_ns;
	}
	arm(server, next_ns);
}

static int accept_conn(struct server *server, struct lws *wsi, struct session *session)
{
	uint64_t now_ns = prof_now_ns();
	int slot;

	if (session->slot_plus_one > 0)
		return session->slot_plus_one - 1;
	slot = exchange_accept(server->config.exchange, now_ns);
	if (slot < 0)
		return slot;
	session->slot_plus_one = slot + 1;
	server->wsis[slot] = wsi;
	send_log_event(server->config.log, exchange_conn_number(server->config.exchange, slot),
		       "open", now_ns);
	return slot;
}

static void forget_conn(struct server *server, struct session *session)
{
	int slot = session->slot_plus_one - 1;
	char event[32];

	if (slot < 0)
		return;
	(void)snprintf(event, sizeof(event), "close %u",
		       exchange_peer_close_code(server->config.exchange, slot));
	send_log_event(server->config.log, exchange_conn_number(server->config.exchange, slot),
		       event, prof_now_ns());
	send_log_flush(server->config.log);
	exchange_closed(server->config.exchange, slot);
	server->wsis[slot] = NULL;
	session->slot_plus_one = 0;
}

static int write_conn(struct server *server, struct lws *wsi, int slot)
{
	uint64_t due_ns;

	switch (wire_write(server->config.exchange, slot, wsi, server->config.log, &due_ns)) {
	case WIRE_END:
		return -1;
	case WIRE_AGAIN:
		lws_callback_on_writable(wsi);
		return 0;
	case WIRE_DONE:
		return 0;
	}
	return -1;
}

static int on_socket(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		     size_t size_bytes)
{
	struct session *session = user;
	struct server *server;
	int slot;

	if (reason != LWS_CALLBACK_RAW_ADOPT && reason != LWS_CALLBACK_RAW_RX &&
	    reason != LWS_CALLBACK_RAW_WRITEABLE && reason != LWS_CALLBACK_RAW_CLOSE)
		return 0;
	server = lws_context_user(lws_get_context(wsi));
	if (reason == LWS_CALLBACK_RAW_CLOSE) {
		forget_conn(server, session);
		return 0;
	}
	slot = accept_conn(server, wsi, session);
	if (slot < 0)
		return -1;
	if (reason == LWS_CALLBACK_RAW_RX) {
		/* The library's own timeout is for TLS; from here on the exchange has its own. */
		lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
		exchange_receive(server->config.exchange, slot, in, size_bytes, prof_now_ns());
		lws_callback_on_writable(wsi);
	} else if (reason == LWS_CALLBACK_RAW_WRITEABLE) {
		return write_conn(server, wsi, slot);
	}
	return 0;
}

static int on_timer(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		    size_t size_bytes)
{
	struct server *server;
	uint64_t expirations;

	(void)user;
	(void)in;
	(void)size_bytes;
	if (reason != LWS_CALLBACK_RAW_RX_FILE)
		return 0;
	server = lws_context_user(lws_get_context(wsi));
	/* How often it expired does not matter: advance() looks at the clock. */
	if (read(server->timer_fd, &expirations, sizeof(expirations)) > 0)
		advance(server);
	return 0;
}

static int on_signal(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		     size_t size_bytes)
{
	struct signalfd_siginfo info;
	struct server *server;

	(void)user;
	(void)in;
	(void)size_bytes;
	if (reason != LWS_CALLBACK_RAW_RX_FILE)
		return 0;
	server = lws_context_user(lws_get_context(wsi));
	if (read(server->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		leave(server, prof_now_ns());
		advance(server);
	}
	return 0;
}

static const struct lws_protocols socket_protocols[] = {
	{ .name = "exchange",
	  .callback = on_socket,
	  .per_session_data_size = sizeof(struct session),
	  .rx_buffer_size = TX_BYTES_MAX,
	  .tx_packet_size = TX_BYTES_MAX },
	{ 0 },
};

static const struct lws_protocols file_protocols[] = {
	{ .name = "timer", .callback = on_timer },
	{ .name = "signal", .callback = on_signal },
	{ 0 },
};

static int open_sockets(struct server *server)
{
	const struct server_config *config = &server->config;
	struct lws_context_creation_info info = {
		.vhost_name = "sockets",
		.port = config->address.port,
		.iface = config->address.host,
		.protocols = socket_protocols,
		.listen_accept_role = "raw-skt",
		.listen_accept_protocol = "exchange",
		/* The library offers h2 as well, and whoever takes it is served nothing. */
		.alpn = "http/1.1",
		.options = LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG |
			   LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
	};

	if (!config->address.is_ipv6)
		info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
	if (config->certs) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = config->certs->server;
		info.ssl_private_key_filepath = config->certs->key;
		info.ssl_options_set = config->is_tls12 ? (long)SSL_OP_NO_TLSv1_3 : 0;
	}
	server->sockets = lws_create_vhost(server->context, &info);
	return server->sockets ? 0 : -EPROTO;
}

/* The loop owns the descriptor from here on, whether this works or not. */
static int adopt_file(struct lws_vhost *vhost, int fd, const char *protocol)
{
	lws_sock_file_fd_type file = { .filefd = fd };

	return lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, file, protocol, NULL)
		       ? 0
		       : -EPROTO;
}

static int open_files(struct server *server)
{
	struct lws_context_creation_info info = {
		.vhost_name = "files",
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = file_protocols,
	};
	struct lws_vhost *files = lws_create_vhost(server->context, &info);
	sigset_t signals;

	if (!files)
		return -EPROTO;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	server->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (server->timer_fd < 0)
		return -errno;
	if (adopt_file(files, server->timer_fd, "timer") < 0)
		return -EPROTO;
	server->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (server->signal_fd < 0)
		return -errno;
	return adopt_file(files, server->signal_fd, "signal");
}

int server_open(const struct server_config *config, struct server **ret_server)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
			   (config->certs ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
		.pt_serv_buf_size = TX_BYTES_MAX,
	};
	struct server *server;
	int err = prof_address_try(&config->address);

	if (err < 0)
		return err;
	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	server->config = *config;
	lws_set_log_level(config->is_verbose ? LLL_ERR | LLL_WARN | LLL_NOTICE : LLL_ERR, NULL);
	info.user = server;
	server->context = lws_create_context(&info);
	err = server->context ? open_sockets(server) : -EPROTO;
	if (err == 0)
		err = open_files(server);
	if (err < 0) {
		(void)server_close(server);
		return err;
	}
	*ret_server = server;
	return 0;
}

uint16_t server_port(const struct server *server)
{
	return (uint16_t)lws_get_vhost_listen_port(server->sockets);
}

static bool has_conns(const struct server *server)
{
	for (int slot = 0; slot < EXCHANGE_CONN_COUNT_MAX; slot++)
		if (server->wsis[slot])
			return true;
	return false;
}

int server_run(struct server *server)
{
	uint64_t now_ns = prof_now_ns();

	if (server->config.duration_s > 0)
		server->end_ns = now_ns + (uint64_t)server->config.duration_s * PROF_NS_PER_S;
	arm(server, now_ns + 1);
	while (!server->is_leaving || (has_conns(server) && prof_now_ns() < server->end_ns))
		if (lws_service(server->context, 0) < 0)
			return -EPROTO;
	return 0;
}

struct server *server_close(struct server *server)
{
	if (!server)
		return NULL;
	if (server->context)
		lws_context_destroy(server->context);
	free(server);
	return NULL;
}
