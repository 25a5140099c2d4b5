/* SPDX-License-Identifier: BSD-2-Clause */
#include "publisher_private.h"

#include "convert.h"
#include "prof/clock.h"

/* Bytes up to end_offset are gone, and no probe saw how. */
static void publish_unseen(struct publisher *publisher, const struct socket_entry *entry,
			   uint64_t end_offset, uint64_t found_ns)
{
	struct prof_event event;

	for (uint64_t at = entry->next_offset; at < end_offset;) {
		uint64_t left_bytes = end_offset - at;
		uint32_t size_bytes = left_bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)left_bytes;

		unseen_to_event(entry, at, size_bytes, found_ns, &event);
		if (!prof_publish(publisher->producer, &event))
			publisher->totals.bus_dropped_count++;
		at += size_bytes;
	}
}

/* The same, of a socket that anything may have been read from: unless calls may have been lost. */
void publisher_publish_gap(struct publisher *publisher, const struct socket_entry *entry,
			   uint64_t end_offset, uint64_t found_ns)
{
	publisher_read_counters(publisher);
	if (totals_lost_count(&publisher->totals) == 0)
		publish_unseen(publisher, entry, end_offset, found_ns);
}

/* What kind of socket it is has been found out: said in the registry, for all to see. */
static void tell_flag(struct publisher *publisher, struct socket_entry *entry, uint32_t flag)
{
	if (entry->told_flags & flag)
		return;
	entry->told_flags |= flag;
	if (entry->is_in_registry)
		(void)prof_socket_add_flags(publisher->bus, entry->registry_index,
					    entry->registry_generation, flag);
}

static void take_mptcp(struct publisher *publisher, struct socket_entry *entry, uint32_t size_bytes)
{
	publisher->totals.unseen_bytes[PROBE_WAY_MPTCP] += size_bytes;
	publisher->totals.mptcp_socket_count += !(entry->told_flags & PROF_SOCKET_MPTCP);
	tell_flag(publisher, entry, PROF_SOCKET_MPTCP);
}

static void note_ktls(struct publisher *publisher, struct socket_entry *entry)
{
	publisher->totals.ktls_socket_count += !(entry->told_flags & PROF_SOCKET_KTLS);
	tell_flag(publisher, entry, PROF_SOCKET_KTLS);
}

/* The kernel says that the socket has been read up to end_offset, and we saw less. */
static void witness(struct publisher *publisher, struct socket_entry *entry, uint64_t end_offset,
		    uint32_t way, uint64_t found_ns)
{
	uint64_t size_bytes = end_offset - entry->next_offset;

	if (!entry->has_read || end_offset <= entry->next_offset)
		return;
	if (way == PROBE_WAY_PLAIN) {
		publisher_publish_gap(publisher, entry, end_offset, found_ns);
		totals_add_gap(&publisher->totals, (int64_t)size_bytes, 0);
	} else {
		publish_unseen(publisher, entry, end_offset, found_ns);
		publisher->totals.unseen_bytes[way] += size_bytes;
	}
	socket_note_position(entry, end_offset);
}

/* What a sweep found and no read told since explains. */
void publisher_confirm_swept(struct publisher *publisher, struct socket_entry *entry)
{
	if (entry->cookie && entry->swept_offset)
		witness(publisher, entry, entry->swept_offset, entry->swept_way, prof_now_ns());
	entry->swept_offset = 0;
}

/* Reads that were under way may still be told: what is missing is said at the next sweep. */
static void take_swept(struct socket_entry *entry, const struct probe_elsewhere *told)
{
	if (!entry->has_read)
		socket_note_position(entry,
				     told->end_offset); /* older than we: watched from here */
	entry->swept_offset = told->end_offset;
	entry->swept_way = told->way;
}

/* Bytes that left the socket another way; what is seen when it happens is a read like others. */
void publisher_take_elsewhere(struct publisher *publisher, const struct probe_elsewhere *told)
{
	struct socket_entry *entry = socket_table_find(publisher->sockets, told->cookie);
	struct publisher_totals *totals = &publisher->totals;
	struct probe_read read;

	if (!entry) {
		totals->unknown_count++;
		return;
	}
	if (told->size_bytes) {
		take_mptcp(publisher, entry, told->size_bytes);
		return;
	}
	publisher_tell_base(publisher, entry, told->base_seq);
	/* At another time it may be that only what is sent is the kernel's to encrypt. */
	if (told->way == PROBE_WAY_TLS && told->kind == PROBE_RECORD_ELSEWHERE)
		note_ktls(publisher, entry);
	if (publisher->binder && told->way == PROBE_WAY_PLAIN &&
	    told->kind == PROBE_RECORD_ELSEWHERE)
		binder_note_blank(publisher->binder, told->cookie, told->end_offset);
	socket_watch_from(entry, told->watched_from);
	if (told->kind == PROBE_RECORD_SWEPT) {
		take_swept(entry, told);
		return;
	}
	totals->late_count += !entry->has_read && told->end_offset;
	if (told->kind == PROBE_RECORD_WITNESS) {
		witness(publisher, entry, told->end_offset, told->way, told->time_ns);
	} else if (elsewhere_to_read(told, entry, &read)) {
		totals->elsewhere_count++;
		totals->elsewhere_bytes[told->way] += read.size_bytes;
		publisher_publish_read(publisher, entry, &read);
	}
	socket_note_position(entry, told->end_offset);
}

void publisher_confirm_sweep(struct publisher *publisher)
{
	struct socket_entry *entry;

	for (uint32_t i = 0; (entry = socket_table_at(publisher->sockets, i)) != NULL; i++)
		publisher_confirm_swept(publisher, entry);
}
