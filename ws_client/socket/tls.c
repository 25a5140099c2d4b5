/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <string.h>
#include <unistd.h>

static struct tls *tls_of(const SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

static void on_keylog(const SSL *ssl, const char *line)
{
	struct tls *tls = tls_of(ssl);

	/* Flushed at once: a sniffer wants the keys before the data. */
	(void)fprintf(tls->keylog, "%s\n", line);
	if (fflush(tls->keylog) == 0 || tls->is_keylog_told)
		return;
	tls->is_keylog_told = true;
	tls->operations->failed(tls->owner, "key log", strerror(errno),
				"this run cannot be decrypted; check the free space");
}

/* The first thing OpenSSL does with a connected socket, before it reads anything. */
static void on_info(const SSL *ssl, int where, int value)
{
	struct tls *tls = tls_of(ssl);

	(void)value;
	if (where & SSL_CB_HANDSHAKE_START)
		tls->operations->starting(tls->owner, ssl);
}

static int complain_openssl(const struct tls *tls, const char *what, const char *remedy)
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
	tls->operations->failed(tls->owner, what, why, remedy);
	return -EINVAL;
}

static int load_trust(struct tls *tls, const char *ca_file)
{
	char what[160];

	if (!ca_file) {
		(void)SSL_CTX_set_default_verify_paths(tls->ctx); /* empty: nobody trusted */
		return 0;
	}
	if (SSL_CTX_load_verify_file(tls->ctx, ca_file) == 1)
		return 0;
	(void)snprintf(what, sizeof(what), "--ca-file '%.120s'", ca_file);
	return complain_openssl(tls, what, "give a file of certificates in PEM form");
}

static int open_keylog(struct tls *tls, const char *path)
{
	char what[160];
	int fd;

	if (!path)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	tls->keylog = fd < 0 ? NULL : fdopen(fd, "a");
	if (!tls->keylog) {
		(void)snprintf(what, sizeof(what), "key log '%.120s'", path);
		tls->operations->failed(tls->owner, what, strerror(errno),
					"give a file that can be written");
		if (fd >= 0)
			(void)close(fd);
		return -EINVAL;
	}
	SSL_CTX_set_keylog_callback(tls->ctx, on_keylog);
	return 0;
}

int tls_open(struct tls *tls, const struct tls_settings *settings,
	     const struct tls_operations *operations, void *owner)
{
	int err;

	tls->operations = operations;
	tls->owner = owner;
	tls->ctx = SSL_CTX_new(TLS_client_method());
	if (!tls->ctx)
		return complain_openssl(tls, "TLS", NULL);
	(void)SSL_CTX_set_app_data(tls->ctx, tls);		       /* cannot fail */
	(void)SSL_CTX_set_min_proto_version(tls->ctx, TLS1_2_VERSION); /* a known version */
	/* Either would break the tie between what was read and what was decrypted. */
	(void)SSL_CTX_clear_options(tls->ctx, SSL_OP_ENABLE_KTLS);
	SSL_CTX_set_read_ahead(tls->ctx, 0);
	SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_info_callback(tls->ctx, on_info);
	err = load_trust(tls, settings->ca_file);
	if (!err)
		err = open_keylog(tls, settings->keylog_file);
	if (err)
		tls_close(tls);
	return err;
}

void tls_close(struct tls *tls)
{
	SSL_CTX_free(tls->ctx);
	tls->ctx = NULL;
	if (tls->keylog)
		(void)fclose(tls->keylog); /* every line was flushed */
	tls->keylog = NULL;
}
