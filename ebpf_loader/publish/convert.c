/* SPDX-License-Identifier: BSD-2-Clause */
#include "convert.h"

#include <arpa/inet.h>
#include <string.h>

#include "prof/clock.h"

/*
 * The stamp is taken some hundred ns after the function's first instruction:
 * a trap or a trampoline, and the filter, come before it.
 */
#define STAMP_UNCERTAINTY_NS 1000

static enum record_verdict classify_ssl_call(const struct probe_ssl_call *call, size_t size_bytes)
{
	if (size_bytes < sizeof(*call) || call->function > PROBE_SSL_RENEW || !call->ssl ||
	    (call->function != PROBE_SSL_RENEW && !call->returned_bytes))
		return RECORD_MALFORMED;
	return RECORD_SSL_CALL;
}

static enum record_verdict classify_tls(const struct probe_tls_record *record, size_t size_bytes)
{
	bool is_record = record->type > PROBE_TLS_NONE;

	if (size_bytes < sizeof(*record) || !record->cookie ||
	    (is_record && record->size_bytes < TLS_HEADER_BYTES))
		return RECORD_MALFORMED;
	return RECORD_TLS;
}

static enum record_verdict classify_elsewhere(const struct probe_elsewhere *told, size_t size_bytes)
{
	if (size_bytes < sizeof(*told) || told->way >= PROBE_WAY_COUNT)
		return RECORD_MALFORMED;
	return RECORD_ELSEWHERE;
}

enum record_verdict record_classify(const void *record, size_t size_bytes)
{
	const struct probe_read *read = record;

	if (size_bytes < sizeof(read->kind))
		return RECORD_MALFORMED;
	switch (read->kind) {
	case PROBE_RECORD_READ:
		if (size_bytes < sizeof(struct probe_read) || read->size_bytes == 0)
			return RECORD_MALFORMED;
		return RECORD_READ;
	case PROBE_RECORD_SOCKET:
		return size_bytes < sizeof(struct probe_socket) ? RECORD_MALFORMED : RECORD_SOCKET;
	case PROBE_RECORD_CLOSE:
		return size_bytes < sizeof(struct probe_close) ? RECORD_MALFORMED : RECORD_CLOSE;
	case PROBE_RECORD_SSL_CALL:
		return classify_ssl_call(record, size_bytes);
	case PROBE_RECORD_TLS:
		return classify_tls(record, size_bytes);
	case PROBE_RECORD_ELSEWHERE:
	case PROBE_RECORD_WITNESS:
	case PROBE_RECORD_SWEPT:
		return classify_elsewhere(record, size_bytes);
	default:
		return RECORD_MALFORMED;
	}
}

void read_to_event(const struct probe_read *read, uint64_t flow_id, struct prof_event *ret_event)
{
	/*
	 * Not only when nothing was queued: if the last byte came during the
	 * call (MSG_WAITALL, or a segment arriving while it copied), then the
	 * entry is from before that byte and the return is the honest time.
	 */
	bool is_blocked = read->queued_bytes < read->size_bytes;

	*ret_event = (struct prof_event){
		.time_ns = read->enter_ns,
		.conn_key = read->cookie,
		.kind = PROF_EVENT_READ,
		.stamp_source = PROF_STAMP_CLOCK,
		.uncertainty_log2_ns = prof_uncertainty_log2(STAMP_UNCERTAINTY_NS),
		.flags = is_blocked ? PROF_FLAG_BLOCKED : 0,
		.base_seq = read->base_seq,
		.read = {
			.return_ns = read->return_ns,
			.flow_id = flow_id,
			.start_offset = read->start_offset,
			.size_bytes = read->size_bytes,
			.tid = read->tid,
		},
	};
}

bool elsewhere_to_read(const struct probe_elsewhere *told, const struct socket_entry *entry,
		       struct probe_read *ret_read)
{
	uint64_t size_bytes = told->end_offset - entry->next_offset;

	if (!entry->has_read || told->end_offset <= entry->next_offset || size_bytes > UINT32_MAX)
		return false;
	/* It is known when the bytes left, not when somebody began to read them. */
	*ret_read = (struct probe_read){
		.kind = PROBE_RECORD_READ,
		.tid = told->tid,
		.cookie = told->cookie,
		.enter_ns = told->time_ns,
		.return_ns = told->time_ns,
		.start_offset = entry->next_offset,
		.base_seq = told->base_seq,
		.size_bytes = (uint32_t)size_bytes,
		.watched_from = told->watched_from,
	};
	return true;
}

void unseen_to_event(const struct socket_entry *entry, uint64_t start_offset, uint32_t size_bytes,
		     uint64_t found_ns, struct prof_event *ret_event)
{
	*ret_event = (struct prof_event){
		.time_ns = entry->last_return_ns,
		.conn_key = entry->cookie,
		.kind = PROF_EVENT_UNSEEN,
		.stamp_source = PROF_STAMP_CLOCK,
		.uncertainty_log2_ns = prof_uncertainty_log2(STAMP_UNCERTAINTY_NS),
		.base_seq = entry->base_seq,
		.read = {
			.return_ns = found_ns,
			.flow_id = entry->flow_id,
			.start_offset = start_offset,
			.size_bytes = size_bytes,
		},
	};
}

/*
 * Was it the thread's latest read that brought what the call returned?  Where a
 * client feeds OpenSSL, another thread may have read it.
 */
static bool is_from_latest_read(const struct probe_ssl_call *call, const struct bind_range *range)
{
	bool is_within_call = call->read_ns >= call->enter_ns;
	bool is_last_byte_of_it = call->read_start_offset < range->end_offset &&
				  range->end_offset <= call->read_end_offset;

	return call->read_cookie == range->cookie && (is_within_call || is_last_byte_of_it);
}

void ssl_call_to_event(const struct probe_ssl_call *call, const struct bind_range *range,
		       uint32_t message_index, struct prof_event *ret_event)
{
	int64_t since_read_ns = is_from_latest_read(call, range)
					? prof_delta_ns(call->read_ns, call->return_ns)
					: 0;

	if (since_read_ns < 0)
		since_read_ns = 0;
	*ret_event = (struct prof_event){
		.time_ns = call->return_ns,
		.conn_key = range->cookie,
		.kind = PROF_EVENT_MESSAGE,
		.stamp_source = PROF_STAMP_CLOCK,
		.uncertainty_log2_ns = prof_uncertainty_log2(STAMP_UNCERTAINTY_NS),
		.flags = PROF_FLAG_CALL,
		.message = {
			.end_offset = range->end_offset,
			.message_index = message_index,
			.size_bytes = (uint32_t)(range->end_offset - range->start_offset),
			.recv_before_ns = since_read_ns > UINT32_MAX ? UINT32_MAX :
								       (uint32_t)since_read_ns,
		},
	};
}

void socket_to_flow(const struct probe_socket *socket, struct prof_flow *ret_flow)
{
	prof_endpoint_set_ipv6(&ret_flow->local, socket->local_addr, socket->local_port);
	prof_endpoint_set_ipv6(&ret_flow->remote, socket->remote_addr,
			       ntohs(socket->remote_port_be));
}
