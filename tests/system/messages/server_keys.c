/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For LD_PRELOAD: the secrets of a program's TLS connections, appended to the file that
 * SERVER_KEYS names.  So a test has them whatever its clients are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/ssl.h>

static void append(const SSL *ssl, const char *text)
{
	const char *path = getenv("SERVER_KEYS");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

	(void)ssl;
	if (fd < 0)
		return;
	(void)dprintf(fd, "%s\n", text);
	(void)close(fd);
}

SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)
{
	SSL_CTX *(*next)(const SSL_METHOD *);
	SSL_CTX *ctx;

	*(void **)&next = dlsym(RTLD_NEXT, "SSL_CTX_new");
	ctx = next(method);
	if (ctx)
		SSL_CTX_set_keylog_callback(ctx, append);
	return ctx;
}
