/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "prof/clock.h"

static void set_cork(struct lws *wsi, int is_corked)
{
	/* Failing only changes how records fall into segments. */
	(void)setsockopt((int)lws_get_socket_fd(wsi), IPPROTO_TCP, TCP_CORK, &is_corked,
			 sizeof(is_corked));
}

void wire_reset(struct lws *wsi)
{
	/* Dissolving the association makes the kernel send RST now, unsent bytes or not. */
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	(void)connect((int)lws_get_socket_fd(wsi), &nowhere, sizeof(nowhere));
}

static void write_garbage(struct lws *wsi)
{
	static const char garbage[] = "this is not a TLS record";

	(void)send((int)lws_get_socket_fd(wsi), garbage, sizeof(garbage) - 1, MSG_NOSIGNAL);
}

/*
 * OpenSSL sends a fatal alert by itself, when what it reads is no good: so it
 * reads, once, a record that nobody can have encrypted.
 */
static void send_alert(struct lws *wsi)
{
	static const unsigned char record[5 + 32] = { 23, 3, 3, 0, 32 };
	SSL *ssl = lws_get_ssl(wsi);
	BIO *forged = ssl ? BIO_new_mem_buf(record, sizeof(record)) : NULL;
	BIO *socket = ssl ? SSL_get_rbio(ssl) : NULL;
	char byte;

	if (!forged || !socket || BIO_up_ref(socket) != 1) {
		(void)BIO_free(forged);
		return;
	}
	SSL_set0_rbio(ssl, forged);
	(void)SSL_read(ssl, &byte, 1); /* fails: that is its purpose */
	SSL_set0_rbio(ssl, socket);
	ERR_clear_error();
}

static void change_keys(struct lws *wsi)
{
	SSL *ssl = lws_get_ssl(wsi);

	if (!ssl)
		return;
	/* Goes out with the next record; asks the peer to change its own, too. */
	if (SSL_version(ssl) == TLS1_3_VERSION)
		(void)SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
	else if (SSL_renegotiate(ssl) == 1)
		(void)SSL_do_handshake(ssl); /* sends HelloRequest; the rest comes by itself */
}

static void log_sent(struct exchange *exchange, int slot, struct send_log *log, uint64_t now_ns)
{
	struct outbox_mark mark;

	while (outbox_take_mark(exchange_outbox(exchange, slot), &mark))
		send_log_message(log, exchange_conn_number(exchange, slot),
				 exchange_stream_name(exchange, mark.stream_index), mark.id,
				 mark.size_bytes, now_ns);
}

/* Returns false where the connection ends. */
static bool write_record(struct lws *wsi, struct outbox *outbox, const struct outbox_record *record)
{
	if (record->size_bytes > 0 &&
	    lws_write(wsi, outbox_front_bytes(outbox), record->size_bytes, LWS_WRITE_RAW) < 0)
		return false;
	switch (record->action) {
	case OUTBOX_WRITE:
		return true;
	case OUTBOX_REKEY:
		change_keys(wsi);
		return true;
	case OUTBOX_GARBAGE:
		write_garbage(wsi);
		return true;
	case OUTBOX_RESET:
		wire_reset(wsi);
		return false;
	case OUTBOX_ALERT:
		send_alert(wsi);
		return false;
	case OUTBOX_CLOSE:
		return false;
	}
	return false;
}

enum wire_verdict wire_write(struct exchange *exchange, int slot, struct lws *wsi,
			     struct send_log *log, uint64_t *ret_due_ns)
{
	struct outbox *outbox = exchange_outbox(exchange, slot);
	enum wire_verdict verdict = WIRE_DONE;
	bool is_corked = false;

	for (;;) {
		uint64_t now_ns = prof_now_ns();
		const struct outbox_record *record = outbox_front(outbox, now_ns, ret_due_ns);
		bool is_pushed;

		if (!record)
			break;
		is_pushed = record->is_pushed;
		if (!is_pushed && !is_corked) {
			set_cork(wsi, 1);
			is_corked = true;
		}
		if (!write_record(wsi, outbox, record))
			return WIRE_END;
		outbox_pop(outbox, now_ns);
		log_sent(exchange, slot, log, now_ns);
		if (is_pushed && is_corked) {
			set_cork(wsi, 0);
			is_corked = false;
		}
		if (lws_partial_buffered(wsi)) {
			verdict = WIRE_AGAIN;
			break;
		}
	}
	if (is_corked)
		set_cork(wsi, 0);
	send_log_flush(log);
	return verdict;
}
