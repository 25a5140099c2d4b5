/* SPDX-License-Identifier: BSD-2-Clause */
#include "conns.h"

#include <errno.h>

#include "buckets.h"
#include "prof/clock.h"

#define VICTIM_CANDIDATES 16

int conns_open(struct conns *conns, uint32_t conn_count, uint32_t read_count,
	       struct corr_counts *counts)
{
	uint32_t bucket_count = 1;

	while (bucket_count < conn_count * 2)
		bucket_count <<= 1;
	*conns = (struct conns){ .table_count = conn_count,
				 .bucket_mask = buckets_first_mask(bucket_count - 1),
				 .flow_bucket_mask = bucket_count - 1,
				 .counts = counts,
				 .next_victim = 1 };
	conns->table = pool_memory_open((size_t)conn_count + 1, sizeof(*conns->table));
	conns->buckets = calloc(bucket_count, sizeof(*conns->buckets));
	conns->flow_buckets = calloc(bucket_count, sizeof(*conns->flow_buckets));
	if (conns->table && conns->buckets && conns->flow_buckets &&
	    pool_open(&conns->reads, sizeof(struct read_span), read_count) &&
	    arrivals_open(&conns->arrivals, read_count))
		return 0;
	conns_close(conns);
	return -ENOMEM;
}

void conns_close(struct conns *conns)
{
	pool_close(&conns->reads);
	arrivals_close(&conns->arrivals);
	free(conns->buckets);
	free(conns->flow_buckets);
	pool_memory_close(conns->table);
	conns->buckets = NULL;
	conns->flow_buckets = NULL;
	conns->table = NULL;
}

static struct read_span *span_at(const struct conns *conns, uint32_t index)
{
	return pool_at(&conns->reads, index);
}

static void drop_head(struct conns *conns, struct conn *conn)
{
	uint32_t index = conn->head;
	struct read_span *head = span_at(conns, index);

	conn->read_floor = head->end;
	conn->head = head->next;
	if (conn->head)
		span_at(conns, conn->head)->prev = 0;
	else
		conn->tail = 0;
	conn->read_count--;
	pool_give(&conns->reads, index);
}

/* ---- The table -------------------------------------------------------- */

static bool is_better_victim(const struct conn *conn, const struct conn *best)
{
	if (conn->waiting_count)
		return false;
	if (!conn->closed_ns != !best->closed_ns)
		return conn->closed_ns;
	return conn->last_ns < best->last_ns;
}

static uint32_t find_victim(struct conns *conns)
{
	uint32_t victim = 0;

	for (uint32_t i = 0; i < VICTIM_CANDIDATES && i < conns->table_count; i++) {
		uint32_t index = conns->next_victim;
		const struct conn *conn = &conns->table[index];

		conns->next_victim = index == conns->table_count ? 1 : index + 1;
		if (victim ? is_better_victim(conn, &conns->table[victim]) : !conn->waiting_count)
			victim = index;
	}
	return victim;
}

/* ---- By flow ----------------------------------------------------------- */

static uint32_t flow_bucket(const struct conns *conns, uint64_t flow_id)
{
	return conns_hash(flow_id) & conns->flow_bucket_mask;
}

static void leave_flow(struct conns *conns, struct conn *conn)
{
	uint32_t *link = &conns->flow_buckets[flow_bucket(conns, conn->flow_id)];

	while (&conns->table[*link] != conn)
		link = &conns->table[*link].flow_next;
	*link = conn->flow_next;
}

void conns_set_flow(struct conns *conns, struct conn *conn, uint64_t flow_id)
{
	uint32_t *bucket = &conns->flow_buckets[flow_bucket(conns, flow_id)];

	if (conn->flow_id == flow_id)
		return;
	if (conn->flow_id)
		leave_flow(conns, conn);
	conn->flow_id = flow_id;
	if (!flow_id)
		return;
	conn->flow_next = *bucket;
	*bucket = (uint32_t)(conn - conns->table);
}

static uint32_t of_flow(const struct conns *conns, uint32_t index, uint64_t flow_id)
{
	while (index && conns->table[index].flow_id != flow_id)
		index = conns->table[index].flow_next;
	return index;
}

uint32_t conns_first_of(const struct conns *conns, uint64_t flow_id)
{
	return of_flow(conns, conns->flow_buckets[flow_bucket(conns, flow_id)], flow_id);
}

uint32_t conns_next_of(const struct conns *conns, uint32_t index)
{
	const struct conn *conn = &conns->table[index];

	return of_flow(conns, conn->flow_next, conn->flow_id);
}

/* ---- Making and forgetting ---------------------------------------------- */

static void conn_forget(struct conns *conns, uint32_t index)
{
	struct conn *conn = &conns->table[index];
	uint32_t *link = &conns->buckets[conns_bucket(conns, conn->cookie)];

	while (conn->head)
		drop_head(conns, conn);
	arrivals_prune(&conns->arrivals, &conn->arrivals, UINT64_MAX);
	while (*link != index)
		link = &conns->table[*link].hash_next;
	*link = conn->hash_next;
	if (conn->flow_id)
		leave_flow(conns, conn);
	conns->cached_index = 0;
	marks_put(&conns->forgotten, conn->cookie);
	conns->counts->conn_evicted_count++;
}

static uint32_t *link_of(void *table, uint32_t index, uint32_t *ret_bucket)
{
	const struct conns *conns = table;
	struct conn *conn = &conns->table[index];

	*ret_bucket = conns_bucket(conns, conn->cookie);
	return &conn->hash_next;
}

static void add_buckets(struct conns *conns)
{
	uint32_t count = conns->bucket_mask + 1;

	conns->bucket_mask += count;
	buckets_spread(conns->buckets, count, link_of, conns);
}

struct conn *conns_make(struct conns *conns, uint64_t cookie)
{
	uint32_t *bucket;
	uint32_t index;

	if (buckets_are_few(conns->bucket_mask, conns->flow_bucket_mask, conns->used_count))
		add_buckets(conns);
	bucket = &conns->buckets[conns_bucket(conns, cookie)];
	if (conns->used_count < conns->table_count) {
		index = ++conns->used_count;
	} else {
		index = find_victim(conns);
		if (!index)
			return NULL;
		conn_forget(conns, index);
	}
	conns->table[index] = (struct conn){ .hash_next = *bucket, .cookie = cookie };
	*bucket = index;
	conns->cached_index = index;
	return &conns->table[index];
}

struct conn *conns_look_up(struct conns *conns, uint64_t cookie)
{
	uint32_t index = conns->buckets[conns_bucket(conns, cookie)];

	while (index && conns->table[index].cookie != cookie)
		index = conns->table[index].hash_next;
	if (!index)
		return NULL;
	conns->cached_index = index;
	return &conns->table[index];
}

/* ---- What is learnt --------------------------------------------------- */

static void learn_base(struct conns *conns, struct conn *conn, uint32_t base_seq)
{
	if (conn->has_base && conn->base_seq != base_seq)
		conns->counts->base_conflict_count++;
	else
		conn->base_seq = base_seq;
	conns->epoch += !conn->has_base;
	conn->has_base = true;
}

static void learn_time(struct conn *conn, uint64_t time_ns)
{
	if (!conn->known_ns || time_ns < conn->known_ns)
		conn->known_ns = time_ns;
}

void conns_socket(struct conns *conns, const struct prof_socket *socket)
{
	struct conn *conn = conns_get(conns, socket->cookie);

	if (!conn)
		return;
	conns_set_flow(conns, conn, prof_flow_id(&socket->flow));
	conns->epoch++;
	conn->registered_ns = socket->registered_ns;
	conn->conn_number = socket->conn_number;
	conn->is_ktls = socket->flags & PROF_SOCKET_KTLS;
	conn->is_mptcp = socket->flags & PROF_SOCKET_MPTCP;
	learn_time(conn, socket->registered_ns);
	conn->tid = socket->tid;
	if (socket->flags & PROF_SOCKET_BASE_KNOWN)
		learn_base(conns, conn, socket->base_seq);
	if (socket->flags & PROF_SOCKET_CLOSED)
		conn->closed_ns = socket->closed_ns;
	if (conn->last_ns < socket->registered_ns)
		conn->last_ns = socket->registered_ns;
}

uint64_t conns_successor_ns(const struct conns *conns, const struct conn *conn)
{
	uint64_t successor_ns = 0;

	for (uint32_t i = conns_first_of(conns, conn->flow_id); i; i = conns_next_of(conns, i)) {
		const struct conn *other = &conns->table[i];

		if (other->registered_ns > conn->registered_ns &&
		    (!successor_ns || other->registered_ns < successor_ns))
			successor_ns = other->registered_ns;
	}
	return successor_ns;
}

static void drop_span(struct conns *conns, struct conn *conn, uint32_t index)
{
	const struct read_span *span = span_at(conns, index);

	*(span->prev ? &span_at(conns, span->prev)->next : &conn->head) = span->next;
	*(span->next ? &span_at(conns, span->next)->prev : &conn->tail) = span->prev;
	conn->read_count--;
	pool_give(&conns->reads, index);
}

/* A read was seen after all, and told later than the gap that it leaves: the gap gives way. */
static void yield_unseen(struct conns *conns, struct conn *conn, uint64_t start, uint64_t end)
{
	uint32_t at = conn->tail;

	while (at && span_at(conns, at)->end > start) {
		struct read_span *span = span_at(conns, at);
		uint32_t index = at;

		at = span->prev;
		if (!span->is_unseen || span->start >= end)
			continue;
		if (span->start < start)
			span->end = start; /* what is beyond it, if anything, is no longer told */
		else if (span->end > end)
			span->start = end;
		else
			drop_span(conns, conn, index);
	}
}

/* False if it contradicts what is there. */
static bool insert(struct conns *conns, struct conn *conn, const struct prof_event *event)
{
	uint64_t start = event->read.start_offset;
	uint64_t end = start + event->read.size_bytes;
	uint32_t after;
	uint32_t next = 0;
	uint32_t index;

	if (conn->unseen_bytes && event->kind == PROF_EVENT_READ)
		yield_unseen(conns, conn, start, end);
	/* In order but for what raced across CPUs: the walk is short. */
	after = conn->tail;
	while (after && span_at(conns, after)->start >= end) {
		next = after;
		after = span_at(conns, after)->prev;
	}
	if ((after && span_at(conns, after)->end > start) || end <= conn->read_floor || end < start)
		return false;
	index = pool_take(&conns->reads);
	*span_at(conns, index) = (struct read_span){
		.next = next,
		.prev = after,
		.start = start,
		.end = end,
		.enter_ns = event->time_ns,
		.return_ns = event->read.return_ns,
		.tid = event->read.tid,
		.is_blocked = event->flags & PROF_FLAG_BLOCKED,
		.is_loose = event->flags & PROF_FLAG_LOOSE,
		.is_unseen = event->kind == PROF_EVENT_UNSEEN,
	};
	*(after ? &span_at(conns, after)->next : &conn->head) = index;
	*(next ? &span_at(conns, next)->prev : &conn->tail) = index;
	conn->read_count++;
	return true;
}

/* False if every place is taken by other sockets' reads. */
static bool make_room(struct conns *conns, struct conn *conn)
{
	while (conn->head && (conn->read_count >= CONN_READ_COUNT_MAX ||
			      conns->reads.used_count == conns->reads.capacity)) {
		conn->read_evicted = span_at(conns, conn->head)->end;
		drop_head(conns, conn);
		conns->counts->read_evicted_count++;
	}
	return conns->reads.used_count < conns->reads.capacity;
}

static void learn_read(struct conns *conns, struct conn *conn, const struct prof_event *event)
{
	uint64_t start = event->read.start_offset;
	uint64_t end = start + event->read.size_bytes;

	learn_time(conn, event->time_ns ? event->time_ns : event->read.return_ns);
	if (event->read.flow_id && event->read.flow_id != conn->flow_id && !conn->registered_ns) {
		conns_set_flow(conns, conn, event->read.flow_id);
		conns->epoch++;
	}
	learn_base(conns, conn, event->base_seq);
	if (event->kind == PROF_EVENT_UNSEEN) {
		conn->unseen_bytes += event->read.size_bytes;
		return;
	}
	conn->last_ns = event->time_ns;
	if (!conn->was_read || start < conn->read_low)
		conn->read_low = start;
	if (end > conn->read_high)
		conn->read_high = end;
	conn->was_read = true;
	conn->read_total++;
	conn->tid_read_count += conn->tid && event->read.tid == conn->tid;
}

void conns_read(struct conns *conns, const struct prof_event *event)
{
	struct conn *conn = conns_get(conns, event->conn_key);
	struct corr_counts *counts = conns->counts;
	bool is_unseen = event->kind == PROF_EVENT_UNSEEN;

	counts->read_count += !is_unseen;
	counts->unseen_count += is_unseen;
	if (!conn) {
		counts->read_evicted_count++;
		return;
	}
	learn_read(conns, conn, event);
	if (!make_room(conns, conn)) {
		conn->read_evicted = event->read.start_offset + event->read.size_bytes;
		counts->read_evicted_count++;
	} else if (!insert(conns, conn, event)) {
		counts->read_overlap_count += !is_unseen; /* a read knows better */
	}
}

void conns_ready(struct conns *conns, const struct prof_event *event)
{
	struct conn *conn = conns_get(conns, event->conn_key);

	conns->counts->ready_count++;
	if (!conn || !arrivals_add(&conns->arrivals, &conn->arrivals, event))
		conns->counts->ready_unused_count++;
}

/* ---- Questions -------------------------------------------------------- */

/* The thread's last read before the callback. */
static void look_before(const struct read_span *span, struct read_view *view)
{
	if (!view->last_before || span->return_ns >= view->last_before->return_ns)
		view->last_before = span;
}

/* A stretch that overlaps the range. */
static void look_within(const struct read_span *span, uint64_t end, struct read_view *view)
{
	if (span->is_unseen) {
		view->is_missing_unseen |= span->start <= view->missing;
		view->is_unseen |= span->end >= end;
		return;
	}
	view->read_count++;
	view->is_loose |= span->is_loose;
	if (span->start <= view->missing && span->end > view->missing)
		view->missing = span->end;
	if (span->end >= end)
		view->last = span;
}

void conn_look(const struct conns *conns, const struct conn *conn, uint64_t start, uint64_t end,
	       uint64_t user_ns, struct read_view *ret_view)
{
	struct read_view view = { .missing = start };
	/* A client in another pid namespace has another number: then any thread will do. */
	bool is_any = !conn->tid_read_count;

	for (uint32_t at = conn->head; at;) {
		const struct read_span *span = span_at(conns, at);
		bool is_later = prof_delta_ns(span->return_ns, user_ns) < 0;

		at = span->next;
		if (is_later && span->start >= end)
			break; /* reads follow each other in time as in the stream */
		if (!is_later && !span->is_unseen && (is_any || span->tid == conn->tid))
			look_before(span, &view);
		if (span->end > start && span->start < end)
			look_within(span, end, &view);
	}
	if (view.missing > end)
		view.missing = end;
	view.is_whole = view.missing == end && !view.is_loose;
	*ret_view = view;
}

void conn_prune(struct conns *conns, struct conn *conn, uint64_t offset)
{
	while (conn->head && span_at(conns, conn->head)->end <= offset)
		drop_head(conns, conn);
	if (offset > conn->read_floor)
		conn->read_floor = offset;
	if (conns->arrivals.pool.used_count) /* else nobody tells any: see nothing of its line */
		arrivals_prune(&conns->arrivals, &conn->arrivals, offset);
}
