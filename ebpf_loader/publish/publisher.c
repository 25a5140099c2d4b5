/* SPDX-License-Identifier: BSD-2-Clause */
#include "publisher_private.h"

#include <errno.h>
#include <stdlib.h>

#include "convert.h"
#include "ebpf_loader/bind/binder.h"
#include "ebpf_loader/sends/send_events.h"
#include "losses.h"
#include "prof/clock.h"
#include "ring.h"
#include "sockets.h"

/* A turn's share of records, so that registry and marks get theirs under a flood. */
#define TURN_RECORD_COUNT_MAX 8192

/*
 * How far a mark stays behind the clock.  The kernel's stamp comes from a
 * copy of the clock that may lag or lead an update by microseconds
 * (ktime_get_mono_fast_ns()), and a record's reservation becomes visible to
 * this CPU a store buffer's delay after the stamp may have been taken.
 */
#define MARK_MARGIN_NS (50 * PROF_NS_PER_US)

static int attach_producers(struct publisher *publisher, bool has_ssl)
{
	const struct prof_producer_options reads = { .name = "ebpf_loader",
						     .layer = PROF_LAYER_KERNEL };
	const struct prof_producer_options calls = { .name = "ebpf_loader --ssl",
						     .layer = PROF_LAYER_USER };
	int err = prof_producer_attach(publisher->bus, &reads, &publisher->producer);

	if (!err && has_ssl)
		err = prof_producer_attach(publisher->bus, &calls, &publisher->ssl_producer);
	return err;
}

int publisher_open(struct prof_bus *bus, struct session *session,
		   const struct session_options *options, struct stage_probes *stages,
		   struct publisher **ret_publisher)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));
	int err;

	if (!publisher)
		return -ENOMEM;
	publisher->bus = bus;
	publisher->session = session;
	publisher->mode = options->mode;
	publisher->sockets = socket_table_create();
	err = publisher->sockets ? 0 : -ENOMEM;
	if (!err)
		err = ring_open(session_ring_fd(session), PROBE_RING_BYTES, &publisher->ring);
	if (!err)
		err = stage_feed_open(stages, &publisher->stages);
	if (!err && options->ssl) {
		publisher->binder = binder_create(BINDER_STREAM_COUNT);
		err = publisher->binder ? 0 : -ENOMEM;
	}
	if (!err)
		err = attach_producers(publisher, options->ssl != NULL);
	if (err) {
		(void)publisher_close(publisher);
		return err;
	}
	*ret_publisher = publisher;
	return 0;
}

struct publisher *publisher_close(struct publisher *publisher)
{
	if (!publisher)
		return NULL;
	(void)prof_producer_detach(publisher->ssl_producer);
	(void)prof_producer_detach(publisher->producer);
	(void)stage_feed_close(publisher->stages);
	(void)ring_close(publisher->ring);
	(void)binder_free(publisher->binder);
	(void)socket_table_free(publisher->sockets);
	free(publisher);
	return NULL;
}

static void forget_evicted(struct publisher *publisher, uint64_t cookie)
{
	if (publisher->mode == PROBE_MODE_REGISTERED)
		session_forget_socket(publisher->session, cookie);
	else
		session_readmit_socket(publisher->session, cookie);
}

/* An entry of the table for a socket of the registry. */
static struct socket_entry *know_socket(struct publisher *publisher, uint32_t index,
					const struct prof_socket *socket)
{
	uint64_t evicted_cookie;
	struct socket_entry *entry = socket_table_add(publisher->sockets, socket->cookie,
						      &evicted_cookie);

	if (evicted_cookie)
		forget_evicted(publisher, evicted_cookie);
	entry->flow_id = prof_flow_id(&socket->flow);
	entry->is_in_registry = true;
	entry->registry_index = index;
	entry->registry_generation = socket->generation;
	return entry;
}

/*
 * A socket stays wanted until its place goes to another: what its client's last reads did
 * past us is found out when the kernel closes it, which may be after the client says so.
 */
static void follow_socket(struct publisher *publisher, uint32_t index,
			  const struct prof_socket *socket)
{
	uint64_t cookie = socket->cookie;

	if (publisher->wanted[index] == cookie || socket->flags & PROF_SOCKET_CLOSED)
		return;
	if (publisher->wanted[index])
		session_forget_socket(publisher->session, publisher->wanted[index]);
	publisher->wanted[index] = cookie;
	if (!cookie)
		return;
	(void)know_socket(publisher, index, socket);
	publisher->totals.socket_count++;
	if (session_want_socket(publisher->session, cookie))
		publisher->totals.unregistered_count++;
}

/* Makes the probe want what the registry holds, when that has changed. */
static void follow_registry(struct publisher *publisher)
{
	uint64_t epoch = prof_socket_epoch(publisher->bus);
	uint32_t place_count = prof_bus_socket_count(publisher->bus);
	struct prof_socket socket;

	if (publisher->has_followed && epoch == publisher->epoch)
		return;
	publisher->has_followed = true;
	publisher->epoch = epoch; /* read before the entries: a later change is seen next time */
	for (uint32_t i = 0; i < place_count && i < PROF_SOCKET_COUNT_MAX; i++)
		if (prof_socket_read(publisher->bus, i, &socket))
			follow_socket(publisher, i, &socket);
}

void publisher_read_counters(struct publisher *publisher)
{
	struct publisher_totals *totals = &publisher->totals;
	uint64_t exhausted_count = session_exhausted_count(publisher->session);

	session_read_counts(publisher->session, &totals->probe);
	totals->skipped_call_count = session_skipped_count(publisher->session);
	if (exhausted_count > totals->exhausted_count) /* it is gone with the links */
		totals->exhausted_count = exhausted_count;
	totals->probe.count[PROBE_COUNT_UNPAIRED] = totals_unpaired_count(totals);
	totals->gap_bytes = totals_gap_bytes(totals);
}

void publisher_tell_base(struct publisher *publisher, struct socket_entry *entry, uint32_t base_seq)
{
	struct prof_socket socket;

	entry->base_seq = base_seq;
	if (entry->is_base_told || !entry->is_in_registry)
		return;
	entry->is_base_told = true;
	if (!prof_socket_read(publisher->bus, entry->registry_index, &socket) ||
	    socket.generation != entry->registry_generation)
		return;
	if (!(socket.flags & PROF_SOCKET_BASE_KNOWN))
		(void)prof_socket_set_base(publisher->bus, entry->registry_index,
					   entry->registry_generation, base_seq);
	else if (socket.base_seq != base_seq)
		publisher->totals.base_wrong_count++;
}

void publisher_publish_read(struct publisher *publisher, struct socket_entry *entry,
			    const struct probe_read *read)
{
	struct prof_event event;

	entry->last_return_ns = read->return_ns;
	read_to_event(read, entry->flow_id, &event);
	if (!prof_publish(publisher->producer, &event)) {
		publisher->totals.bus_dropped_count++;
		return;
	}
	publisher->totals.read_count++;
	publisher->totals.read_bytes += read->size_bytes;
}

static void take_read(struct publisher *publisher, const struct probe_read *read)
{
	struct socket_entry *entry = socket_table_find(publisher->sockets, read->cookie);

	if (!entry) {
		publisher->totals.unknown_count++;
		return;
	}
	publisher_tell_base(publisher, entry, read->base_seq);
	if (publisher->binder)
		binder_note_read(publisher->binder, read->cookie,
				 read->start_offset + read->size_bytes);
	socket_watch_from(entry, read->watched_from);
	if (entry->has_read && read->start_offset > entry->next_offset)
		publisher_publish_gap(publisher, entry, read->start_offset, read->enter_ns);
	totals_add_gap(&publisher->totals,
		       socket_note_read(entry, read->start_offset, read->size_bytes),
		       read->size_bytes);
	publisher_publish_read(publisher, entry, read);
}

static void publish_ssl_call(struct publisher *publisher, const struct probe_ssl_call *call,
			     const struct bind_range *range)
{
	struct socket_entry *entry = socket_table_find(publisher->sockets, range->cookie);
	struct prof_event event;

	if (!entry) {
		publisher->totals.unknown_count++;
		return;
	}
	ssl_call_to_event(call, range, entry->message_count++, &event);
	if (prof_publish(publisher->ssl_producer, &event))
		publisher->totals.ssl_read_count++;
	else
		publisher->totals.bus_dropped_count++;
}

static void take_ssl_call(struct publisher *publisher, const struct probe_ssl_call *call)
{
	struct bind_range range;

	if (!publisher->binder)
		return;
	switch (binder_take_call(publisher->binder, call, &range)) {
	case BIND_RANGED:
		publish_ssl_call(publisher, call, &range);
		break;
	case BIND_UNBOUND:
		if (totals_is_all_ktls(&publisher->totals))
			publisher->totals.ssl_ktls_count++;
		else
			publisher->totals.ssl_unbound_count++;
		break;
	case BIND_UNRANGED:
		publisher->totals.ssl_unranged_count++;
		break;
	case BIND_NOTHING:
		break;
	}
}

static void take_tls_record(struct publisher *publisher, const struct probe_tls_record *record)
{
	if (publisher->binder)
		binder_note_record(publisher->binder, record);
}

/* The registry's place of a socket that its own client has registered. */
static bool find_registered(const struct publisher *publisher, uint64_t cookie, uint32_t *ret_index,
			    struct prof_socket *ret_socket)
{
	uint32_t place_count = prof_bus_socket_count(publisher->bus);
	struct prof_socket socket;

	for (uint32_t i = 0; i < place_count; i++) {
		if (prof_socket_read(publisher->bus, i, &socket) && socket.cookie == cookie &&
		    !(socket.flags & PROF_SOCKET_CLOSED)) {
			*ret_socket = socket;
			*ret_index = i;
			return true;
		}
	}
	return false;
}

/* A socket the probe has met: known to the registry already, or entered on its client's behalf. */
static void take_socket(struct publisher *publisher, const struct probe_socket *told)
{
	struct prof_socket socket = {
		.cookie = told->cookie,
		.pid = told->pid,
		.tid = told->tid,
		.fd = -1,
		.flags = PROF_SOCKET_FOREIGN,
	};
	struct socket_entry *entry;
	uint32_t index = 0;
	bool is_registered;

	if (socket_table_find(publisher->sockets, told->cookie))
		return;
	publisher->totals.socket_count++;
	socket_to_flow(told, &socket.flow);
	is_registered = find_registered(publisher, told->cookie, &index, &socket);
	if (!is_registered && prof_socket_register(publisher->bus, &socket, &index) == 0)
		is_registered = prof_socket_read(publisher->bus, index, &socket);
	entry = know_socket(publisher, index, &socket);
	entry->is_in_registry = is_registered;
	if (!is_registered)
		publisher->totals.unregistered_count++;
}

static void take_close(struct publisher *publisher, const struct probe_close *told)
{
	struct socket_entry *entry = socket_table_find(publisher->sockets, told->cookie);
	struct prof_socket socket;

	if (publisher->binder)
		binder_forget_socket(publisher->binder, told->cookie);
	if (!entry)
		return;
	publisher_confirm_swept(publisher, entry);
	if (entry->is_in_registry &&
	    prof_socket_read(publisher->bus, entry->registry_index, &socket) &&
	    socket.flags & PROF_SOCKET_FOREIGN)
		(void)prof_socket_close(publisher->bus, entry->registry_index,
					entry->registry_generation, told->time_ns);
	socket_table_remove(publisher->sockets, told->cookie);
}

static void publish_send(struct publisher *publisher, const struct prof_event *event)
{
	struct publisher_totals *totals = &publisher->totals;

	if (!prof_publish(publisher->producer, event)) {
		totals->bus_dropped_count++;
	} else if (event->flags & PROF_FLAG_ELSEWHERE) {
		totals->send_elsewhere_bytes += event->read.size_bytes;
	} else {
		totals->send_count++;
		totals->send_bytes += event->read.size_bytes;
	}
}

static void take_send(struct publisher *publisher, const struct send_record *send)
{
	struct socket_entry *entry = socket_table_find(publisher->sockets, send->cookie);
	struct prof_event events[SEND_EVENT_COUNT_MAX];
	int count;

	if (!entry) {
		publisher->totals.unknown_count += send->size_bytes > 0; /* else it is over */
		return;
	}
	count = send_to_events(send, entry->flow_id, entry->last_send_ns, events);
	publisher->totals.malformed_count += count == 0;
	for (int i = 0; i < count; i++)
		publish_send(publisher, &events[i]);
	entry->last_send_ns = send->return_ns;
}

static void take_record(void *context, const void *record, size_t size_bytes)
{
	struct publisher *publisher = context;

	if (send_record_is(record, size_bytes)) {
		take_send(publisher, record);
		return;
	}
	switch (record_classify(record, size_bytes)) {
	case RECORD_READ:
		take_read(publisher, record);
		break;
	case RECORD_SOCKET:
		take_socket(publisher, record);
		break;
	case RECORD_CLOSE:
		take_close(publisher, record);
		break;
	case RECORD_SSL_CALL:
		take_ssl_call(publisher, record);
		break;
	case RECORD_TLS:
		take_tls_record(publisher, record);
		break;
	case RECORD_ELSEWHERE:
		publisher_take_elsewhere(publisher, record);
		break;
	case RECORD_MALFORMED:
		publisher->totals.malformed_count++;
		break;
	}
}

size_t publisher_turn(struct publisher *publisher)
{
	uint64_t stages_end;
	uint64_t now_ns;
	uint64_t end;
	size_t record_count;

	if (publisher->mode == PROBE_MODE_REGISTERED)
		follow_registry(publisher);
	now_ns = prof_now_ns(); /* before the end is read: ring.h says why */
	end = ring_end(publisher->ring);
	stages_end = stage_feed_end(publisher->stages);
	record_count = ring_take(publisher->ring, end, TURN_RECORD_COUNT_MAX, take_record,
				 publisher);
	record_count += stage_feed_turn(publisher->stages, stages_end, publisher->producer);
	if (ring_position(publisher->ring) >= end &&
	    stage_feed_is_past(publisher->stages, stages_end)) {
		prof_publish_mark(publisher->producer, now_ns - MARK_MARGIN_NS);
		if (publisher->ssl_producer)
			prof_publish_mark(publisher->ssl_producer, now_ns - MARK_MARGIN_NS);
	}
	return record_count;
}

void publisher_note_off_second(struct publisher *publisher)
{
	publisher->totals.off_seconds++;
}

void publisher_count_losses(struct publisher *publisher)
{
	publisher_read_counters(publisher);
	losses_publish(publisher->producer, &publisher->totals);
	if (publisher->ssl_producer)
		losses_publish_ssl(publisher->ssl_producer, &publisher->totals);
	stage_feed_count_losses(publisher->stages, publisher->producer);
}

const struct stage_totals *publisher_stage_totals(const struct publisher *publisher)
{
	return stage_feed_totals(publisher->stages);
}

const struct publisher_totals *publisher_totals(const struct publisher *publisher)
{
	return &publisher->totals;
}
