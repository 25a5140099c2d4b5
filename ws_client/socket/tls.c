/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

#include "prof/cli.h"
#include "ws_client/session/client.h"
#include "ws_client/tell/report.h"

static struct client *client_of(const SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

static void on_keylog(const SSL *ssl, const char *line)
{
	struct client *client = client_of(ssl);

	/* Flushed at once: a sniffer wants the keys before the data. */
	(void)fprintf(client->keylog, "%s\n", line);
	if (fflush(client->keylog) == 0 || client->is_keylog_told)
		return;
	client->is_keylog_told = true;
	report_complain(client, "key log", strerror(errno),
			"this run cannot be decrypted; check the free space");
}

/* The first thing OpenSSL does with a connected socket, before it reads anything. */
static void on_info(const SSL *ssl, int where, int value)
{
	struct client *client = client_of(ssl);

	(void)value;
	if (!(where & SSL_CB_HANDSHAKE_START) || wire_of(ssl))
		return;
	for (size_t i = 0; i < client->link_count * LINK_SIDES; i++) {
		struct conn *conn = &client->links[i / LINK_SIDES].conns[i % LINK_SIDES];

		if (conn->wsi && lws_get_ssl(conn->wsi) == ssl)
			conn_on_tls_start(conn, lws_get_ssl(conn->wsi));
	}
}

static int complain_openssl(const char *what, const char *remedy)
{
	char why[160] = "no reason given";
	bool is_system = false;
	unsigned long code;

	/* The system's word, which is the first of several, or else the last one. */
	while ((code = ERR_get_error())) {
		if (is_system)
			continue;
		is_system = ERR_SYSTEM_ERROR(code);
		(void)snprintf(why, sizeof(why), "%s",
			       is_system ? strerror(ERR_GET_REASON(code))
					 : ERR_reason_error_string(code));
	}
	prof_complain(CLIENT_PROGRAM, what, why, remedy);
	return -EINVAL;
}

static int load_trust(struct client *client)
{
	const char *ca_file = client->options.ca_file;
	char what[160];

	if (!ca_file) {
		(void)SSL_CTX_set_default_verify_paths(client->ssl_ctx); /* empty: nobody trusted */
		return 0;
	}
	if (SSL_CTX_load_verify_file(client->ssl_ctx, ca_file) == 1)
		return 0;
	(void)snprintf(what, sizeof(what), "--ca-file '%.120s'", ca_file);
	return complain_openssl(what, "give a file of certificates in PEM form");
}

static int open_keylog(struct client *client)
{
	const char *path = client->options.keylog_file;
	char what[160];
	int fd;

	if (!path)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	client->keylog = fd < 0 ? NULL : fdopen(fd, "a");
	if (!client->keylog) {
		(void)snprintf(what, sizeof(what), "key log '%.120s'", path);
		prof_complain(CLIENT_PROGRAM, what, strerror(errno),
			      "give a file that can be written");
		if (fd >= 0)
			(void)close(fd);
		return -EINVAL;
	}
	SSL_CTX_set_keylog_callback(client->ssl_ctx, on_keylog);
	return 0;
}

int tls_open(struct client *client)
{
	int err;

	client->ssl_ctx = SSL_CTX_new(TLS_client_method());
	if (!client->ssl_ctx)
		return complain_openssl("TLS", NULL);
	(void)SSL_CTX_set_app_data(client->ssl_ctx, client);		      /* cannot fail */
	(void)SSL_CTX_set_min_proto_version(client->ssl_ctx, TLS1_2_VERSION); /* a known version */
	/* Either would break the tie between what was read and what was decrypted. */
	(void)SSL_CTX_clear_options(client->ssl_ctx, SSL_OP_ENABLE_KTLS);
	SSL_CTX_set_read_ahead(client->ssl_ctx, 0);
	SSL_CTX_set_verify(client->ssl_ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_info_callback(client->ssl_ctx, on_info);
	err = load_trust(client);
	if (!err)
		err = open_keylog(client);
	if (err)
		tls_close(client);
	return err;
}

void tls_close(struct client *client)
{
	SSL_CTX_free(client->ssl_ctx);
	client->ssl_ctx = NULL;
	if (client->keylog)
		(void)fclose(client->keylog); /* every line was flushed */
	client->keylog = NULL;
}
