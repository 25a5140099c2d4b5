/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every way in which a client comes by its bytes, one after the other in one
 * process: ssl_ways PORT KEYLOG WAY...  Each call of SSL_read() that returned
 * bytes is a line "call WAY COOKIE CLIENT_PORT BYTES"; who judges finds the
 * record from how many bytes of the connection's plain text came before.
 */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define READ_BYTES  65536
#define PARTS_BYTES 40

static FILE *keys;

struct way {
	const char *name;
	bool is_starttls; /* TLS begins after a byte of the server's */
	bool is_ahead;
	bool is_peeking;
	bool is_fed;	   /* the client reads the socket and feeds OpenSSL */
	bool is_cleared;   /* one object is SSL_clear()ed for the next connection */
	bool is_scattered; /* one of two reads so that no record's header can be seen */
	int read_bytes;
	int conn_count; /* one after the other; if fed, by crossed threads: at once */
};

static const struct way ways[] = {
	{ "plain", .read_bytes = READ_BYTES, .conn_count = 1 },
	{ "starttls", .is_starttls = true, .read_bytes = READ_BYTES, .conn_count = 1 },
	{ "ahead", .is_ahead = true, .read_bytes = READ_BYTES, .conn_count = 1 },
	{ "peek", .is_peeking = true, .read_bytes = READ_BYTES, .conn_count = 1 },
	{ "peek-ahead", .is_peeking = true, .is_ahead = true, .read_bytes = READ_BYTES,
	  .conn_count = 1 },
	{ "parts", .read_bytes = PARTS_BYTES, .conn_count = 1 },
	{ "parts-ahead", .is_ahead = true, .read_bytes = PARTS_BYTES, .conn_count = 1 },
	{ "fed", .is_fed = true, .read_bytes = READ_BYTES, .conn_count = 1 },
	{ "fed-ahead", .is_fed = true, .is_ahead = true, .read_bytes = READ_BYTES,
	  .conn_count = 1 },
	{ "fed-starttls", .is_fed = true, .is_starttls = true, .read_bytes = READ_BYTES,
	  .conn_count = 1 },
	{ "reused", .is_fed = true, .read_bytes = READ_BYTES, .conn_count = 3 },
	{ "cleared", .is_fed = true, .is_cleared = true, .read_bytes = READ_BYTES,
	  .conn_count = 2 },
	{ "crossed", .is_fed = true, .read_bytes = READ_BYTES, .conn_count = 2 },
	{ "scattered", .is_fed = true, .is_scattered = true, .read_bytes = READ_BYTES,
	  .conn_count = 2 },
};

struct conn {
	const struct way *way;
	int fd;
	unsigned int port;
	unsigned long long cookie;
	SSL *ssl;
	bool is_up;
	bool is_scattered;
	/* What one thread has read and the other has yet to feed: a mailbox of one. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char bytes[READ_BYTES];
	ssize_t got; /* -1: empty */
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void note_key(const SSL *ssl, const char *line)
{
	(void)ssl;
	fprintf(keys, "%s\n", line);
	fflush(keys);
}

static void dial(struct conn *conn, const struct way *way, int port)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in here;
	socklen_t here_bytes = sizeof(here);
	socklen_t cookie_bytes = sizeof(conn->cookie);
	char go = 0;

	conn->way = way;
	conn->got = -1;
	there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (conn->fd < 0 || connect(conn->fd, (struct sockaddr *)&there, sizeof(there)) < 0 ||
	    getsockname(conn->fd, (struct sockaddr *)&here, &here_bytes) < 0 ||
	    getsockopt(conn->fd, SOL_SOCKET, SO_COOKIE, &conn->cookie, &cookie_bytes) < 0)
		die("dial");
	conn->port = ntohs(here.sin_port);
	if (way->is_starttls &&
	    (write(conn->fd, "STARTTLS\n", 9) != 9 || read(conn->fd, &go, 1) != 1 || go != 'S'))
		die("STARTTLS");
}

static void close_conn(struct conn *conn)
{
	SSL_free(conn->ssl);
	(void)close(conn->fd);
	conn->ssl = NULL;
}

/* Keeps the object for the next connection. */
static void clear_conn(struct conn *conn)
{
	(void)SSL_clear(conn->ssl);
	(void)close(conn->fd);
}

static void say_call(const struct conn *conn, int got)
{
	printf("call %s %llu %u %d\n", conn->way->name, conn->cookie, conn->port, got);
}

/* Takes what there is to take.  False once the server has said that it is done. */
static bool take(struct conn *conn)
{
	static _Thread_local char bytes[READ_BYTES];

	for (;;) {
		int got;

		if (conn->way->is_peeking && SSL_peek(conn->ssl, bytes, conn->way->read_bytes) <= 0)
			return false;
		got = SSL_read(conn->ssl, bytes, conn->way->read_bytes);
		if (got <= 0)
			return SSL_get_error(conn->ssl, got) == SSL_ERROR_WANT_READ;
		say_call(conn, got);
	}
}

static void run_socket(SSL_CTX *context, const struct way *way, int port)
{
	static struct conn conn;

	dial(&conn, way, port);
	conn.ssl = SSL_new(context);
	(void)SSL_set_fd(conn.ssl, conn.fd);
	if (SSL_connect(conn.ssl) != 1 || SSL_write(conn.ssl, "go\n", 3) != 3)
		die("SSL_connect");
	(void)take(&conn);
	close_conn(&conn);
}

/* What OpenSSL has to say goes to the socket. */
static void flush(const struct conn *conn)
{
	char bytes[READ_BYTES];
	int got = BIO_read(SSL_get_wbio(conn->ssl), bytes, sizeof(bytes));

	if (got > 0 && write(conn->fd, bytes, (size_t)got) != got)
		die("write");
}

static void begin_fed(struct conn *conn, SSL_CTX *context)
{
	conn->is_up = false;
	if (!conn->ssl)
		conn->ssl = SSL_new(context);
	SSL_set_bio(conn->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(conn->ssl);
	(void)SSL_do_handshake(conn->ssl);
	flush(conn);
}

/* Feeds OpenSSL and takes what it makes of it.  False at the end. */
static bool feed(struct conn *conn, const char *bytes, ssize_t got)
{
	if (got <= 0)
		return false;
	(void)BIO_write(SSL_get_rbio(conn->ssl), bytes, (int)got);
	if (!conn->is_up && SSL_do_handshake(conn->ssl) == 1) {
		conn->is_up = true;
		(void)SSL_write(conn->ssl, conn->way->is_scattered ? "eq\n" : "go\n", 3);
	}
	flush(conn);
	return !conn->is_up || take(conn);
}

static void run_fed(SSL_CTX *context, const struct way *way, int port)
{
	static struct conn conn;
	ssize_t got;

	for (int i = 0; i < way->conn_count; i++) {
		dial(&conn, way, port);
		begin_fed(&conn, context);
		do {
			got = read(conn.fd, conn.bytes, sizeof(conn.bytes));
		} while (feed(&conn, conn.bytes, got));
		if (way->is_cleared && i + 1 < way->conn_count)
			clear_conn(&conn);
		else
			close_conn(&conn);
	}
}

/* Headers of records have five bytes; the first buffer has three. */
static ssize_t read_scattered(struct conn *conn)
{
	struct iovec buffers[] = { { .iov_base = conn->bytes, .iov_len = 3 },
				   { .iov_base = conn->bytes + 3,
				     .iov_len = sizeof(conn->bytes) - 3 } };

	return readv(conn->fd, buffers, 2);
}

static void *read_for(void *argument)
{
	struct conn *conn = argument;
	ssize_t got;

	do {
		(void)pthread_mutex_lock(&conn->lock);
		while (conn->got >= 0)
			(void)pthread_cond_wait(&conn->changed, &conn->lock);
		(void)pthread_mutex_unlock(&conn->lock);
		got = conn->is_scattered ? read_scattered(conn)
					 : read(conn->fd, conn->bytes, sizeof(conn->bytes));
		(void)pthread_mutex_lock(&conn->lock);
		conn->got = got < 0 ? 0 : got;
		(void)pthread_cond_broadcast(&conn->changed);
		(void)pthread_mutex_unlock(&conn->lock);
	} while (got > 0);
	return NULL;
}

static void *feed_for(void *argument)
{
	struct conn *conn = argument;
	bool is_on;

	do {
		(void)pthread_mutex_lock(&conn->lock);
		while (conn->got < 0)
			(void)pthread_cond_wait(&conn->changed, &conn->lock);
		is_on = feed(conn, conn->bytes, conn->got);
		conn->got = -1;
		(void)pthread_cond_broadcast(&conn->changed);
		(void)pthread_mutex_unlock(&conn->lock);
	} while (is_on);
	return NULL;
}

/* A worker of the crossed pair: reads one connection by one thread, feeds it by another's. */
static void run_crossed(SSL_CTX *context, const struct way *way, int port)
{
	static struct conn conns[2];
	pthread_t threads[4];

	for (int i = 0; i < 2; i++) {
		dial(&conns[i], way, port);
		(void)pthread_mutex_init(&conns[i].lock, NULL);
		(void)pthread_cond_init(&conns[i].changed, NULL);
		begin_fed(&conns[i], context);
		conns[i].is_scattered = way->is_scattered && i == 1;
	}
	for (int i = 0; i < 2; i++) {
		(void)pthread_create(&threads[2 * i], NULL, read_for, &conns[i]);
		(void)pthread_create(&threads[2 * i + 1], NULL, feed_for, &conns[i]);
	}
	for (int i = 0; i < 4; i++)
		(void)pthread_join(threads[i], NULL);
	for (int i = 0; i < 2; i++)
		close_conn(&conns[i]);
}

static void run(SSL_CTX *context, const char *name, int port)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct way *way = &ways[i];

		if (strcmp(way->name, name) != 0)
			continue;
		SSL_CTX_set_read_ahead(context, way->is_ahead);
		if (strcmp(name, "crossed") == 0 || way->is_scattered)
			run_crossed(context, way, port);
		else if (way->is_fed)
			run_fed(context, way, port);
		else
			run_socket(context, way, port);
		return;
	}
	fprintf(stderr, "%s: no such way\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (argc < 4)
		return 2;
	keys = fopen(argv[2], "ae");
	if (!keys || !context)
		return 1;
	SSL_CTX_set_keylog_callback(context, note_key);
	for (int i = 3; i < argc; i++)
		run(context, argv[i], atoi(argv[1]));
	SSL_CTX_free(context);
	return fclose(keys) ? 1 : 0;
}
