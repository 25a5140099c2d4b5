/* SPDX-License-Identifier: BSD-2-Clause */
#include "inflow.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "consumed.h"
#include "outflow.h"
#include "prof/clock.h"

/*
 * The clock is read once a record: when the recv() that completed it has
 * returned.  The recv() of its header is not worth 25 ns.
 */
static long on_bio(BIO *bio, int operation, const char *bytes, size_t size_bytes, int argi,
		   long argl, int result, size_t *processed_bytes)
{
	struct inflow *inflow = (struct inflow *)BIO_get_callback_arg(bio);

	(void)size_bytes;
	(void)argi;
	(void)argl;
	if (operation == (BIO_CB_WRITE | BIO_CB_RETURN) && result > 0 && processed_bytes &&
	    inflow->outflow)
		outflow_take_record_bytes(inflow->outflow, bytes, *processed_bytes);
	if (operation != (BIO_CB_READ | BIO_CB_RETURN) || result <= 0 || !processed_bytes)
		return result;
	if (tls_records_feed(&inflow->records, (const uint8_t *)bytes, *processed_bytes))
		inflow->recv_ns = prof_now_ns();
	return result;
}

static void disagree(struct inflow *inflow)
{
	inflow->mismatch_count++;
	inflow->is_lost = true;
}

static void begin(struct inflow *inflow, int fd, uint64_t before_bytes)
{
	uint64_t consumed_bytes;
	bool is_told = consumed_read(fd, &consumed_bytes);

	inflow->fd = fd;
	anchor_begin(&inflow->anchor, before_bytes, is_told ? &consumed_bytes : NULL);
}

void inflow_begin_plain(struct inflow *inflow, int fd, uint64_t before_bytes)
{
	begin(inflow, fd, before_bytes);
}

void inflow_attach(struct inflow *inflow, SSL *ssl, uint64_t before_bytes)
{
	BIO *bio = SSL_get_rbio(ssl);

	inflow->is_tls = true;
	begin(inflow, SSL_get_fd(ssl), before_bytes);
	(void)SSL_set_app_data(ssl, inflow); /* cannot fail: its place is always there */
	if (BIO_number_read(bio) != 0)
		disagree(inflow);
	BIO_set_callback_arg(bio, (char *)inflow);
	BIO_set_callback_ex(bio, on_bio);
}

struct inflow *inflow_of(const SSL *ssl)
{
	return SSL_get_app_data(ssl);
}

static void follow(struct inflow *inflow, const struct ws_chunk *chunk)
{
	ws_frames_feed(&inflow->frames, chunk);
	if (inflow->frames.violation == WS_FINE || inflow->is_breach_told || !inflow->on_breach)
		return;
	inflow->is_breach_told = true;
	inflow->on_breach(inflow->context);
}

void inflow_take_decrypted(struct inflow *inflow, const SSL *ssl, const void *bytes,
			   size_t size_bytes)
{
	BIO *bio = SSL_get_rbio(ssl);
	const struct ws_chunk chunk = {
		.bytes = bytes,
		.size_bytes = size_bytes,
		.start_offset = inflow->anchor.offset + inflow->records.start_offset,
		.end_offset = inflow->anchor.offset + inflow->records.end_offset,
		.recv_ns = inflow->recv_ns,
	};

	inflow->read_count++;
	if (BIO_get_ktls_recv(bio))
		inflow->is_ktls = true;
	/* Data comes out of a whole record, and behind that nothing has been read. */
	if (inflow->records.is_broken || inflow->records.end_offset != BIO_number_read(bio))
		disagree(inflow);
	follow(inflow, &chunk);
}

/* The first reason is the one. */
static void note_end(struct inflow *inflow, const char *why)
{
	if (!inflow->end_why[0])
		(void)snprintf(inflow->end_why, INFLOW_END_BYTES, "%s", why);
}

void inflow_note_failure(struct inflow *inflow, const SSL *ssl, int result)
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
		note_end(inflow, why);
	errno = saved_errno;
}

void inflow_note_plain_failure(struct inflow *inflow, ssize_t result)
{
	int saved_errno = errno;

	if (result == 0)
		note_end(inflow, "the server closed the TCP connection");
	else if (saved_errno != EAGAIN && saved_errno != EWOULDBLOCK && saved_errno != EINTR)
		note_end(inflow, strerror(saved_errno));
	errno = saved_errno;
}

void inflow_take_plain(struct inflow *inflow, const void *bytes, size_t size_bytes)
{
	uint64_t start_offset = inflow->anchor.offset + inflow->received_bytes;
	struct ws_chunk chunk = {
		.bytes = bytes,
		.size_bytes = size_bytes,
		.start_offset = start_offset,
		.end_offset = start_offset + size_bytes,
		.is_plain = true,
	};

	inflow->recv_ns = prof_now_ns();
	chunk.recv_ns = inflow->recv_ns;
	inflow->received_bytes += size_bytes;
	inflow->read_count++;
	follow(inflow, &chunk);
}

void inflow_check(struct inflow *inflow)
{
	uint64_t taken_bytes = inflow->is_tls ? inflow->records.offset : inflow->received_bytes;
	uint64_t consumed_bytes;

	if (!inflow->is_ktls && consumed_read(inflow->fd, &consumed_bytes))
		anchor_check(&inflow->anchor, taken_bytes, consumed_bytes);
}

void inflow_give_up(struct inflow *inflow)
{
	inflow->is_lost = true;
}

const char *inflow_doubt(const struct inflow *inflow)
{
	if (inflow->is_ktls)
		return "the kernel decrypts it (kTLS), so nobody sees the records";
	if (inflow->is_lost)
		return "what was read and what was made of it differ";
	if (!inflow->anchor.is_known)
		return "the kernel has given other bytes than the library took";
	return NULL;
}
