/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench_messages_made.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_BYTES_MAX 400

static void need(bool is_ok, const char *what)
{
	if (is_ok)
		return;
	(void)fprintf(stderr, "bench_messages: %s\n", what);
	exit(1);
}

struct maker {
	struct made *made;
	SSL *ends[2]; /* client, server */
	uint32_t seqs[2];
};

static void log_key(const SSL *ssl, const char *line)
{
	struct made *made = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	size_t used_bytes = strlen(made->keys);

	(void)snprintf(made->keys + used_bytes, sizeof(made->keys) - used_bytes, "%s\n", line);
}

static void add_segment(struct maker *maker, size_t from, uint8_t flags, const void *bytes,
			size_t size_bytes)
{
	struct made *made = maker->made;

	made->segments[made->segment_count++] = (struct made_segment){
		.at = made->bytes_used,
		.size_bytes = (uint32_t)size_bytes,
		.seq = maker->seqs[from],
		.is_server = (uint8_t)from,
		.flags = flags,
	};
	if (size_bytes)
		memcpy(made->bytes + made->bytes_used, bytes, size_bytes);
	made->bytes_used += size_bytes;
	maker->seqs[from] += (uint32_t)size_bytes + (flags & 2 ? 1 : 0);
}

/* What one end has to say becomes a segment, and reaches the other. */
static bool pump(struct maker *maker, size_t from)
{
	BIO *out = SSL_get_wbio(maker->ends[from]);
	char *bytes;
	long size_bytes = BIO_get_mem_data(out, &bytes);

	if (size_bytes <= 0)
		return false;
	add_segment(maker, from, 0x18, bytes, (size_t)size_bytes);
	(void)BIO_write(SSL_get_rbio(maker->ends[1 - from]), bytes, (int)size_bytes);
	(void)BIO_reset(out);
	return true;
}

static void shake_hands(struct maker *maker)
{
	bool is_any = true;
	char byte;

	while (is_any) {
		is_any = false;
		for (size_t end = 0; end < 2; end++) {
			(void)SSL_do_handshake(maker->ends[end]);
			(void)SSL_read(maker->ends[end], &byte, 1);
			is_any |= pump(maker, end);
		}
	}
	need(SSL_is_init_finished(maker->ends[1]), "the handshake failed");
}

static void say(struct maker *maker, size_t from, const void *bytes, size_t size_bytes)
{
	char room[1024];

	need(SSL_write(maker->ends[from], bytes, (int)size_bytes) == (int)size_bytes, "SSL_write");
	(void)pump(maker, from);
	while (SSL_read(maker->ends[1 - from], room, sizeof(room)) > 0)
		;
}

static void say_message(struct maker *maker, size_t number)
{
	uint8_t frame[RECORD_BYTES_MAX];
	int size_bytes = snprintf(
		(char *)frame + 4, sizeof(frame) - 4,
		"{\"stream\":\"btcusdt@aggTrade\",\"data\":{\"e\":\"aggTrade\",\"E\":17957766340%"
		"05zu,"
		"\"s\":\"BTCUSDT\",\"a\":%zu,\"p\":\"64123.%02zu\",\"q\":\"0.%03zu\",\"f\":%zu,"
		"\"l\":%zu,\"T\":17957766340%05zu,\"m\":%s}}",
		number % 100000, number + 100000000, number % 100, number % 1000,
		number + 200000000, number + 200000001, number % 100000,
		number % 2 ? "true" : "false");

	frame[0] = 0x81;
	frame[1] = 126;
	frame[2] = (uint8_t)(size_bytes >> 8);
	frame[3] = (uint8_t)size_bytes;
	say(maker, 1, frame, (size_t)size_bytes + 4);
}

static SSL_CTX *context_new(bool is_server, struct made *made)
{
	SSL_CTX *context = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
	EVP_PKEY *key;
	X509 *cert;

	need(context && SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384") == 1,
	     "no context");
	(void)SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
	(void)SSL_CTX_set_app_data(context, made);
	if (!is_server)
		return context;
	key = EVP_EC_gen("P-256");
	cert = X509_new();
	need(key && cert, "no certificate");
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	(void)X509_set_pubkey(cert, key);
	(void)X509_sign(cert, key, EVP_sha256());
	need(SSL_CTX_use_certificate(context, cert) == 1 &&
		     SSL_CTX_use_PrivateKey(context, key) == 1,
	     "the certificate is refused");
	SSL_CTX_set_keylog_callback(context, log_key);
	X509_free(cert);
	EVP_PKEY_free(key);
	return context;
}

void made_create(struct made *made, size_t message_count)
{
	static const char request[] = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
				      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
				      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
	static const char response[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
				       "Connection: Upgrade\r\n"
				       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
	struct maker maker = { .made = made, .seqs = { 1000, 4294900000u } };

	memset(made, 0, sizeof(*made));
	made->bytes = malloc(message_count * RECORD_BYTES_MAX + 65536);
	made->segments = calloc(message_count + 64, sizeof(*made->segments));
	need(made->bytes && made->segments, "out of memory");
	for (size_t end = 0; end < 2; end++) {
		SSL_CTX *context = context_new(end, made);

		maker.ends[end] = SSL_new(context);
		SSL_CTX_free(context);
		SSL_set_bio(maker.ends[end], BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
		(void)BIO_set_mem_eof_return(SSL_get_rbio(maker.ends[end]), -1);
	}
	SSL_set_connect_state(maker.ends[0]);
	SSL_set_accept_state(maker.ends[1]);
	add_segment(&maker, 0, 0x02, NULL, 0);
	add_segment(&maker, 1, 0x12, NULL, 0);
	shake_hands(&maker);
	say(&maker, 0, request, sizeof(request) - 1);
	say(&maker, 1, response, sizeof(response) - 1);
	made->first_message = made->segment_count;
	for (size_t i = 0; i < message_count; i++)
		say_message(&maker, i);
	SSL_free(maker.ends[0]);
	SSL_free(maker.ends[1]);
}

static void put_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	put_u16(at, value >> 16);
	put_u16(at + 2, value & 0xffff);
}

/* Ethernet, IPv4 and TCP; checksums are left out, as an adapter's offload leaves them. */
static void make_headers(const struct made_segment *segment, uint32_t ack, uint8_t frame[54])
{
	static const uint8_t ends[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
	static const uint16_t ports[2] = { MADE_CLIENT_PORT, MADE_SERVER_PORT };

	memset(frame, 0, 54);
	frame[5] = 1;
	frame[11] = 2;
	put_u16(frame + 12, 0x0800);
	frame[14] = 0x45;
	put_u16(frame + 16, 40 + segment->size_bytes);
	frame[22] = 64;
	frame[23] = 6;
	memcpy(frame + 26, ends[segment->is_server], 4);
	memcpy(frame + 30, ends[!segment->is_server], 4);
	put_u16(frame + 34, ports[segment->is_server]);
	put_u16(frame + 36, ports[!segment->is_server]);
	put_u32(frame + 38, segment->seq);
	put_u32(frame + 42, ack);
	frame[46] = 0x50;
	frame[47] = segment->flags;
	put_u16(frame + 48, 65535);
}

void made_write(const struct made *made, const char *pcap_path, const char *keys_path)
{
	const uint32_t head[6] = { 0xa1b23c4d, 4 << 16 | 2, 0, 0, 262144, 1 };
	uint32_t next_seqs[2] = { 0, 0 };
	FILE *file = fopen(pcap_path, "wb");

	need(file && fwrite(head, sizeof(head), 1, file) == 1, pcap_path);
	for (size_t i = 0; i < made->segment_count; i++) {
		const struct made_segment *segment = &made->segments[i];
		uint32_t size_bytes = 54 + segment->size_bytes;
		const uint32_t record[4] = { 1795776634 + (uint32_t)(i / 100000),
					     (uint32_t)(i % 100000) * 10000, size_bytes,
					     size_bytes };
		uint8_t frame[54];

		make_headers(segment, next_seqs[!segment->is_server], frame);
		(void)fwrite(record, sizeof(record), 1, file);
		(void)fwrite(frame, sizeof(frame), 1, file);
		(void)fwrite(made->bytes + segment->at, 1, segment->size_bytes, file);
		next_seqs[segment->is_server] = segment->seq + segment->size_bytes +
						(segment->flags & 2 ? 1 : 0);
	}
	need(fclose(file) == 0, pcap_path);
	file = fopen(keys_path, "w");
	need(file && fputs(made->keys, file) >= 0 && fclose(file) == 0, keys_path);
}
