/* SPDX-License-Identifier: BSD-2-Clause */
#include "inflow.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "prof/clock.h"

/*
 * The clock is read once a record: when the recv() that completed it has
 * returned.  The recv() of its header is not worth 25 ns.
 */
static long on_bio(BIO *bio, int operation, const char *bytes, size_t size_bytes, int argi,
		   long argl, int result, size_t *processed_bytes)
{
	struct wire *wire = (struct wire *)BIO_get_callback_arg(bio);

	(void)size_bytes;
	(void)argi;
	(void)argl;
	if (operation != (BIO_CB_READ | BIO_CB_RETURN) || result <= 0 || !processed_bytes)
		return result;
	if (tls_records_feed(&wire->records, (const uint8_t *)bytes, *processed_bytes))
		wire->recv_ns = prof_now_ns();
	return result;
}

void wire_attach(struct wire *wire, SSL *ssl)
{
	BIO *bio = SSL_get_rbio(ssl);

	wire->is_tls = true;
	(void)SSL_set_app_data(ssl, wire); /* cannot fail: its place is always there */
	if (BIO_number_read(bio) != 0)
		wire->mismatch_count++;
	BIO_set_callback_arg(bio, (char *)wire);
	BIO_set_callback_ex(bio, on_bio);
}

struct wire *wire_of(const SSL *ssl)
{
	return SSL_get_app_data(ssl);
}

static void follow(struct wire *wire, const struct ws_chunk *chunk)
{
	ws_frames_feed(&wire->frames, chunk);
	if (wire->frames.violation == WS_FINE || wire->is_breach_told || !wire->on_breach)
		return;
	wire->is_breach_told = true;
	wire->on_breach(wire->context);
}

void wire_take_decrypted(struct wire *wire, const SSL *ssl, const void *bytes, size_t size_bytes)
{
	BIO *bio = SSL_get_rbio(ssl);
	const struct ws_chunk chunk = {
		.bytes = bytes,
		.size_bytes = size_bytes,
		.start_offset = wire->records.start_offset,
		.end_offset = wire->records.end_offset,
		.recv_ns = wire->recv_ns,
	};

	wire->read_count++;
	if (BIO_get_ktls_recv(bio))
		wire->is_ktls = true;
	/* Data comes out of a whole record, and behind that nothing has been read. */
	if (wire->records.is_broken || wire->records.end_offset != BIO_number_read(bio))
		wire->mismatch_count++;
	follow(wire, &chunk);
}

/* The first reason is the one. */
static void note_end(struct wire *wire, const char *why)
{
	if (!wire->end_why[0])
		(void)snprintf(wire->end_why, WIRE_END_BYTES, "%s", why);
}

void wire_note_failure(struct wire *wire, const SSL *ssl, int result)
{
	int saved_errno = errno; /* libwebsockets looks at it */
	const char *why = NULL;

	switch (SSL_get_error(ssl, result)) {
	case SSL_ERROR_ZERO_RETURN:
		why = "the server closed the TLS connection";
		break;
	case SSL_ERROR_SYSCALL:
		why = saved_errno ? strerror(saved_errno) : "the server closed the TCP connection";
		break;
	case SSL_ERROR_SSL:
		why = ERR_reason_error_string(ERR_peek_last_error());
		break;
	default:
		break; /* nothing there just now */
	}
	if (why)
		note_end(wire, why);
	errno = saved_errno;
}

void wire_note_plain_failure(struct wire *wire, ssize_t result)
{
	int saved_errno = errno;

	if (result == 0)
		note_end(wire, "the server closed the TCP connection");
	else if (saved_errno != EAGAIN && saved_errno != EWOULDBLOCK && saved_errno != EINTR)
		note_end(wire, strerror(saved_errno));
	errno = saved_errno;
}

void wire_take_plain(struct wire *wire, const void *bytes, size_t size_bytes)
{
	struct ws_chunk chunk = {
		.bytes = bytes,
		.size_bytes = size_bytes,
		.start_offset = wire->received_bytes,
		.end_offset = wire->received_bytes + size_bytes,
		.is_plain = true,
	};

	wire->recv_ns = prof_now_ns();
	chunk.recv_ns = wire->recv_ns;
	wire->received_bytes += size_bytes;
	wire->read_count++;
	follow(wire, &chunk);
}

uint64_t wire_received_bytes(const struct wire *wire)
{
	return wire->is_tls ? wire->records.offset : wire->received_bytes;
}
