/* SPDX-License-Identifier: BSD-2-Clause */
#include "binder.h"

#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "conns.h"

/* Calls in a row that cannot be placed before a binding is given up. */
#define DOUBT_COUNT_MAX 3u

/*
 * Where a stream's first record was not seen (attached late), the connection is
 * bound to it if nothing else comes out right so many times in a row, each time
 * a record of some two hundred bytes ending at that very byte ...
 */
#define AGREED_COUNT_MIN 3u

/* The smallest buffer OpenSSL reads ahead into, about a record of the largest kind. */
#define AHEAD_BYTES_MIN 16384u

struct binder {
	struct tls_streams *streams;
	struct ssl_conns *conns;
};

struct binder *binder_create(uint32_t stream_count)
{
	struct binder *binder = calloc(1, sizeof(*binder));

	if (!binder)
		return NULL;
	binder->streams = tls_streams_create(stream_count);
	binder->conns = ssl_conns_create();
	return binder->streams && binder->conns ? binder : binder_free(binder);
}

struct binder *binder_free(struct binder *binder)
{
	if (!binder)
		return NULL;
	(void)tls_streams_free(binder->streams);
	(void)ssl_conns_free(binder->conns);
	free(binder);
	return NULL;
}

void binder_note_record(struct binder *binder, const struct probe_tls_record *record)
{
	const struct tls_record told = {
		.offset = record->offset,
		.size_bytes = record->size_bytes,
		.type = record->type,
	};
	bool is_hello = record->handshake_type == TLS_CLIENT_HELLO ||
			record->handshake_type == TLS_SERVER_HELLO;

	if (record->type == PROBE_TLS_BLANK)
		tls_streams_note_blank(binder->streams, record->cookie, record->pid);
	else if (record->type == PROBE_TLS_NONE)
		tls_streams_forget(binder->streams, record->cookie);
	else
		tls_streams_note_record(binder->streams, record->cookie, record->pid, &told,
					is_hello);
	tls_streams_note_read(binder->streams, record->cookie, record->read_end);
}

void binder_note_blank(struct binder *binder, uint64_t cookie, uint64_t end_offset)
{
	tls_streams_note_blank(binder->streams, cookie, 0);
	tls_streams_note_read(binder->streams, cookie, end_offset);
}

void binder_note_read(struct binder *binder, uint64_t cookie, uint64_t end_offset)
{
	tls_streams_note_read(binder->streams, cookie, end_offset);
}

/* Everything that was concluded from what is over. */
static void renew(struct binder *binder, struct ssl_conn *conn)
{
	struct tls_stream *stream = tls_streams_find(binder->streams, conn->cookie);

	if (stream && stream->bound_ssl == conn->ssl && stream->pid == conn->pid)
		stream->bound_ssl = 0;
	ssl_conn_renew(conn);
}

void binder_forget_socket(struct binder *binder, uint64_t cookie)
{
	struct tls_stream *stream = tls_streams_find(binder->streams, cookie);
	struct ssl_conn *conn;

	if (!stream)
		return;
	conn = ssl_conns_find(binder->conns, stream->pid, stream->bound_ssl);
	if (conn && conn->cookie == cookie)
		ssl_conn_renew(conn);
	tls_streams_forget(binder->streams, cookie);
}

/* Ties the two together; whoever else was tied to that stream is not. */
static void bind_to(struct binder *binder, struct ssl_conn *conn, struct tls_stream *stream)
{
	struct ssl_conn *other = ssl_conns_find(binder->conns, stream->pid, stream->bound_ssl);

	if (other && other != conn && other->cookie == stream->cookie)
		ssl_conn_renew(other);
	stream->bound_ssl = conn->ssl;
	conn->cookie = stream->cookie;
}

static bool is_nested(const struct probe_ssl_call *call)
{
	return call->read_cookie && call->read_ns >= call->enter_ns;
}

/* The socket that was read within the call. */
static struct tls_stream *bind_by_read(struct binder *binder, struct ssl_conn *conn,
				       const struct probe_ssl_call *call)
{
	struct tls_stream *stream = tls_streams_find(binder->streams, call->read_cookie);

	if (conn->cookie != call->read_cookie || conn->is_fed)
		renew(binder, conn);
	conn->position = call->return_position;
	conn->cookie = call->read_cookie;
	if (stream && stream->bound_ssl != conn->ssl)
		bind_to(binder, conn, stream);
	return stream;
}

static uint64_t shift_of(const struct tls_stream *stream)
{
	return stream->is_start_known ? stream->start_offset : 0;
}

enum bind_answer {
	BIND_NO,
	BIND_MAYBE, /* the records there are not known, or tell nothing */
	BIND_YES,   /* nothing speaks against it */
};

/* May a connection of that process be read from it? */
static bool is_of(const struct tls_stream *stream, const struct ssl_conn *conn)
{
	return stream->pid == 0 || stream->pid == conn->pid;
}

/* Is this the stream that the client has fed OpenSSL with? */
static enum bind_answer ask_stream(const struct tls_stream *stream, const struct ssl_conn *conn,
				   const struct probe_ssl_call *call)
{
	uint64_t end_offset = call->return_position + shift_of(stream);
	const struct tls_record *record;

	if (!is_of(stream, conn) || (stream->bound_ssl && stream->bound_ssl != conn->ssl) ||
	    end_offset > stream->read_end)
		return BIND_NO;
	record = tls_stream_over(stream, end_offset);
	if (!record)
		return BIND_MAYBE;
	if (tls_record_end(record) == end_offset &&
	    choose_is_possible(record, call->returned_bytes))
		return BIND_YES;
	/*
	 * With read-ahead it takes all there is, wherever that ends, or a buffer full.
	 * What stood in front of TLS may be any number of bytes, if it is not known.
	 */
	return end_offset == stream->read_end || !stream->is_start_known ||
			       call->return_position - call->enter_position >= AHEAD_BYTES_MIN
		       ? BIND_MAYBE
		       : BIND_NO;
}

static bool is_candidate(const struct ssl_conn *conn, uint64_t cookie)
{
	for (uint32_t i = 0; i < conn->candidate_count; i++)
		if (conn->candidates[i] == cookie)
			return true;
	return conn->candidate_count == 0;
}

/* What a call leaves of the streams that its connection may be read from. */
struct remainder {
	struct tls_stream *stream; /* one of them */
	uint64_t cookies[SSL_CANDIDATE_COUNT_MAX];
	uint32_t count;
	bool is_complete; /* no others are possible */
};

static struct remainder rule_out(struct binder *binder, const struct ssl_conn *conn,
				 const struct probe_ssl_call *call)
{
	struct remainder left = {
		.is_complete = !tls_streams_are_incomplete(binder->streams),
	};
	struct tls_stream *stream;

	for (uint32_t i = 0; left.is_complete && (stream = tls_streams_at(binder->streams, i));
	     i++) {
		enum bind_answer answer;

		if (!stream->cookie || !is_candidate(conn, stream->cookie))
			continue;
		answer = ask_stream(stream, conn, call);
		left.is_complete &= answer != BIND_MAYBE;
		if (answer != BIND_YES)
			continue;
		if (left.count == SSL_CANDIDATE_COUNT_MAX)
			left.is_complete = false;
		if (!left.is_complete)
			break;
		left.stream = stream;
		left.cookies[left.count++] = stream->cookie;
	}
	return left;
}

/*
 * ... and if OpenSSL's count has once come to as much as has been read of the
 * stream: it would be short by what stood in front of TLS, had that been anything.
 */
static bool is_start_proven(const struct tls_stream *stream, const struct probe_ssl_call *call)
{
	return stream->is_start_known || call->return_position == stream->read_end;
}

static uint32_t agreed_count_min(const struct tls_stream *stream)
{
	return stream->is_start_known ? 1 : AGREED_COUNT_MIN;
}

/* The only stream on which a record ends where OpenSSL has read up to. */
static struct tls_stream *bind_by_count(struct binder *binder, struct ssl_conn *conn,
					const struct probe_ssl_call *call)
{
	struct remainder left;

	if (call->return_position <= call->enter_position)
		return NULL;
	left = rule_out(binder, conn, call);
	if (!left.is_complete)
		return NULL;
	memcpy(conn->candidates, left.cookies, sizeof(left.cookies));
	conn->candidate_count = left.count;
	conn->agreed_count = left.count == 1 ? conn->agreed_count + 1 : 0;
	if (left.count != 1 || conn->agreed_count < agreed_count_min(left.stream) ||
	    !is_start_proven(left.stream, call))
		return NULL;
	conn->is_fed = true;
	conn->shift = shift_of(left.stream);
	bind_to(binder, conn, left.stream);
	return left.stream;
}

/* The call's stream; NULL if it is not known, and then conn->cookie is 0, or nothing of it is. */
static struct tls_stream *find_stream(struct binder *binder, struct ssl_conn *conn,
				      const struct probe_ssl_call *call)
{
	struct tls_stream *stream;

	if (is_nested(call))
		return bind_by_read(binder, conn, call);
	if (call->return_position && call->enter_position < conn->position)
		renew(binder, conn); /* another connection at the same address */
	conn->position = call->return_position;
	if (!conn->cookie)
		return bind_by_count(binder, conn, call);
	stream = tls_streams_find(binder->streams, conn->cookie);
	if (stream && conn->is_fed && conn->shift + call->return_position > stream->read_end) {
		renew(binder, conn); /* nobody can have fed it with that */
		return NULL;
	}
	return stream;
}

static struct ssl_taking taking_of(const struct ssl_conn *conn, const struct tls_stream *stream,
				   const struct probe_ssl_call *call)
{
	struct ssl_taking taking = {
		.returned_bytes = call->returned_bytes,
		.is_rest = call->returned_bytes < call->requested_bytes,
		.is_peek = call->function == PROBE_SSL_PEEK,
		.limit_offset = stream->read_end,
	};

	if (conn->is_fed) {
		taking.from_offset = conn->shift + call->enter_position;
		taking.to_offset = conn->shift + call->return_position;
		taking.limit_offset = taking.to_offset;
	} else if (is_nested(call)) {
		taking.from_offset = call->read_start_offset;
		taking.to_offset = call->read_end_offset;
	}
	return taking;
}

enum bind_verdict binder_take_call(struct binder *binder, const struct probe_ssl_call *call,
				   struct bind_range *ret_range)
{
	struct ssl_conn *conn = ssl_conns_get(binder->conns, call->pid, call->ssl);
	struct tls_stream *stream;
	struct ssl_taking taking;
	bool is_placed = false;

	if (call->function == PROBE_SSL_RENEW) {
		renew(binder, conn);
		return BIND_NOTHING;
	}
	stream = find_stream(binder, conn, call);
	if (stream) {
		taking = taking_of(conn, stream, call);
		is_placed = choose_record(conn, stream, &taking);
	}
	if (call->function == PROBE_SSL_PEEK)
		return BIND_NOTHING;
	if (!conn->cookie)
		return BIND_UNBOUND;
	if (!is_placed) {
		if (++conn->doubt_count >= DOUBT_COUNT_MAX && conn->is_fed)
			renew(binder, conn);
		return BIND_UNRANGED;
	}
	conn->doubt_count = 0;
	*ret_range = (struct bind_range){
		.cookie = conn->cookie,
		.start_offset = conn->start_offset,
		.end_offset = tls_record_end(&conn->record),
	};
	return BIND_RANGED;
}
