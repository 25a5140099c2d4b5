/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench_client_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 170, REQUEST_BYTES = 4096 };

static SSL_CTX *make_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *name = X509_NAME_new();

	if (!ctx || !key || !cert || !name)
		return NULL;
	(void)ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	(void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"bench",
					 -1, -1, 0);
	(void)X509_set_subject_name(cert, name);
	(void)X509_set_issuer_name(cert, name);
	(void)X509_set_pubkey(cert, key);
	if (!X509_sign(cert, key, EVP_sha256()) || SSL_CTX_use_certificate(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, key) != 1)
		return NULL;
	X509_NAME_free(name);
	X509_free(cert);
	EVP_PKEY_free(key);
	return ctx;
}

/* Answers the upgrade request (RFC 6455, 4.2.2). */
static int upgrade(SSL *ssl)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char request[REQUEST_BYTES + 1] = "";
	char text[256];
	char accept[64];
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int digest_bytes = 0;
	size_t have = 0;
	const char *key;
	int size;

	while (!strstr(request, "\r\n\r\n")) {
		int got = SSL_read(ssl, request + have, (int)(REQUEST_BYTES - have));

		if (got <= 0)
			return -EPROTO;
		have += (size_t)got;
		request[have] = '\0';
	}
	key = strcasestr(request, "sec-websocket-key:");
	if (!key)
		return -EPROTO;
	key += strcspn(key, " ") + 1;
	size = snprintf(text, sizeof(text), "%.*s%s", (int)strcspn(key, "\r"), key, guid);
	(void)EVP_Digest(text, (size_t)size, digest, &digest_bytes, EVP_sha1(), NULL);
	(void)EVP_EncodeBlock((unsigned char *)accept, digest, (int)digest_bytes);
	size = snprintf(text, sizeof(text),
			"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
			"Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
			accept);
	return SSL_write(ssl, text, size) == size ? 0 : -EPROTO;
}

/* A combined aggTrade of exactly MESSAGE_BYTES, with its frame header. */
static size_t make_frame(uint8_t *frame, uint32_t index)
{
	char text[MESSAGE_BYTES + 64];
	int size = snprintf(
		text, sizeof(text),
		"{\"e\":\"aggTrade\",\"E\":1790000000123,\"s\":\"BTCUSDT\",\"a\":%" PRIu32
		",\"p\":\"61800.10\",\"q\":\"0.100\",\"nq\":\"0.100\",\"f\":100,"
		"\"l\":105,\"T\":1790000000000,\"m\":true,\"x\":\"",
		1000000000 + index);

	memset(text + size, 'x', MESSAGE_BYTES - (size_t)size);
	memcpy(text + MESSAGE_BYTES - 2, "\"}", 2);
	frame[0] = 0x81;
	frame[1] = 126;
	frame[2] = 0;
	frame[3] = MESSAGE_BYTES;
	memcpy(frame + 4, text, MESSAGE_BYTES);
	return 4 + MESSAGE_BYTES;
}

static int serve(int listener, uint32_t message_count, uint32_t burst_count, uint32_t pause_us)
{
	const struct timespec pause = { .tv_nsec = (long)pause_us * 1000 };
	SSL_CTX *ctx = make_context();
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	int one = 1;
	char byte;

	if (!ssl || fd < 0 || SSL_set_fd(ssl, fd) != 1 || SSL_accept(ssl) != 1 || upgrade(ssl) < 0)
		return 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (uint32_t i = 0; i < message_count; i++) {
		uint8_t frame[4 + MESSAGE_BYTES];
		size_t size_bytes = make_frame(frame, i);

		if (SSL_write(ssl, frame, (int)size_bytes) <= 0)
			return 1;
		if (pause_us && i % burst_count == burst_count - 1)
			(void)nanosleep(&pause, NULL);
	}
	while (SSL_read(ssl, &byte, 1) > 0)
		;
	return 0;
}

int bench_server_start(uint32_t message_count, uint32_t burst_count, uint32_t pause_us,
		       uint16_t *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t address_bytes = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &address_bytes) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(serve(listener, message_count, burst_count, pause_us));
	}
	(void)close(listener);
	*ret_port = ntohs(address.sin_port);
	return pid < 0 ? -errno : pid;
}
