/* SPDX-License-Identifier: BSD-2-Clause */
#include "marks.h"

#include <stdlib.h>

struct marks *marks_create(const struct marks_options *options)
{
	struct marks *marks = calloc(1, sizeof(*marks)); /* untouched pages cost nothing */

	if (!marks)
		return NULL;
	marks->options = *options;
	marks->count_max = options->slowest_count && options->slowest_count < MARK_COUNT_MAX
				   ? options->slowest_count
				   : MARK_COUNT_MAX;
	return marks;
}

struct marks *marks_destroy(struct marks *marks)
{
	free(marks);
	return NULL;
}

/* ---- Connections ------------------------------------------------------- */

void marks_socket(struct marks *marks, const struct prof_socket *socket)
{
	uint32_t latest = marks->socket_count;

	for (uint32_t i = 0; i < MARK_CONNECTION_COUNT_MAX && i < marks->socket_count; i++) {
		if (marks->sockets[i].cookie == socket->cookie) {
			marks->sockets[i] = *socket;
			return;
		}
	}
	marks->sockets[latest % MARK_CONNECTION_COUNT_MAX] = *socket;
	marks->socket_count++;
}

static const struct prof_socket *find_socket(const struct marks *marks, uint64_t cookie)
{
	for (uint32_t i = 0; i < MARK_CONNECTION_COUNT_MAX && i < marks->socket_count; i++) {
		if (marks->sockets[i].cookie == cookie)
			return &marks->sockets[i];
	}
	return NULL;
}

/* The message's connection, with what is known of it by now; NULL if that is nothing. */
static struct mark_connection *find_connection(struct marks *marks, uint64_t cookie)
{
	const struct prof_socket *socket;
	uint32_t index = 0;

	while (index < marks->connection_count && marks->connections[index].cookie != cookie)
		index++;
	if (index == MARK_CONNECTION_COUNT_MAX)
		return NULL;
	socket = find_socket(marks, cookie);
	if (socket)
		marks->connections[index] = (struct mark_connection){
			.cookie = cookie,
			.flow = socket->flow,
			.base_seq = socket->base_seq,
			.number = socket->conn_number,
			.mark_count = marks->connections[index].mark_count,
			.is_base_known = socket->flags & PROF_SOCKET_BASE_KNOWN,
		};
	else if (index == marks->connection_count)
		return NULL;
	if (index == marks->connection_count)
		marks->connection_count++;
	return &marks->connections[index];
}

/* ---- The slowest of them ------------------------------------------------ */

/* Of two that are equally slow the later one is the first to go. */
static bool is_less(const struct marks *marks, uint32_t a, uint32_t b)
{
	const struct mark *one = &marks->marks[a];
	const struct mark *other = &marks->marks[b];

	if (one->slowness_ns != other->slowness_ns)
		return one->slowness_ns < other->slowness_ns;
	return one->seq > other->seq;
}

static void swap(uint32_t *a, uint32_t *b)
{
	uint32_t kept = *a;

	*a = *b;
	*b = kept;
}

static void rise(struct marks *marks, uint32_t at)
{
	while (at && is_less(marks, marks->heap[at], marks->heap[(at - 1) / 2])) {
		swap(&marks->heap[at], &marks->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void sink(struct marks *marks, uint32_t at)
{
	for (;;) {
		uint32_t least = at;

		for (uint32_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
			if (child < marks->count &&
			    is_less(marks, marks->heap[child], marks->heap[least]))
				least = child;
		}
		if (least == at)
			return;
		swap(&marks->heap[at], &marks->heap[least]);
		at = least;
	}
}

/* ---- Messages ----------------------------------------------------------- */

static void add_stages(struct text *text, const struct corr_message *message, enum corr_unit unit)
{
	for (size_t i = 0; i < CORR_STAGE_COUNT; i++) {
		enum corr_stage stage = corr_stage_order[i];

		if (!corr_stage_is_known(message, stage))
			continue;
		text_add(text, " ");
		text_add(text, corr_stage_words(stage));
		text_add(text, "=");
		text_add_i64(text, corr_in_unit(message->stage_ns[stage], unit));
		text_add(text, corr_unit_name(unit));
	}
}

static void add_reason(struct text *text, const char *layer, enum corr_reason reason)
{
	if (reason == CORR_REASON_NONE)
		return;
	text_add(text, " ");
	text_add(text, layer);
	text_add(text, "=");
	text_add(text, corr_reason_name(reason));
}

/* Names have spaces within, so each value ends at the next name. */
static void write_comment(struct mark *mark, const struct corr_message *message,
			  enum corr_unit unit)
{
	struct text text = { .bytes = mark->comment, .room_bytes = sizeof(mark->comment) };

	text_add(&text, "ws_latency: seq=");
	text_add_u64(&text, message->seq);
	text_add(&text, " class=");
	text_add(&text, corr_class_name(message->class_id));
	add_stages(&text, message, unit);
	add_reason(&text, "kernel", message->kernel_reason);
	add_reason(&text, "doubt", message->doubt_reason);
	text_add(&text, " stream=");
	text_add(&text, message->stream);
	mark->comment_bytes = (uint32_t)text.size_bytes;
}

/* As far up as it was seen. */
static int64_t slowness_of(const struct corr_message *message)
{
	if (corr_stage_is_known(message, CORR_STAGE_TOTAL))
		return message->stage_ns[CORR_STAGE_TOTAL];
	return corr_stage_is_known(message, CORR_STAGE_NIC_KERNEL)
		       ? message->stage_ns[CORR_STAGE_NIC_KERNEL]
		       : 0;
}

static void fill(struct mark *mark, const struct corr_message *message, enum corr_unit unit,
		 uint32_t connection_index)
{
	mark->start_offset = message->start_offset;
	mark->end_offset = message->end_offset;
	mark->seq = message->seq;
	mark->slowness_ns = slowness_of(message);
	mark->connection_index = connection_index;
	mark->tcp_seq = message->tcp_seq;
	mark->ret_frame_number = NULL;
	write_comment(mark, message, unit);
}

static bool is_slow_enough(const struct marks *marks, const struct corr_message *message)
{
	int64_t slowness_ns = slowness_of(message);

	return marks->options.slow_above_ns == 0 ||
	       (slowness_ns > 0 && (uint64_t)slowness_ns > marks->options.slow_above_ns);
}

/* A place among the marks for one that slow; NULL if all that have one are slower. */
static struct mark *make_room(struct marks *marks, const struct corr_message *message)
{
	struct mark *least = &marks->marks[marks->heap[0]];

	if (marks->count < marks->count_max) {
		marks->heap[marks->count] = marks->count;
		return &marks->marks[marks->count];
	}
	if (!marks->options.slowest_count)
		marks->crowded_count++;
	if (least->slowness_ns >= slowness_of(message))
		return NULL;
	marks->connections[least->connection_index].mark_count--;
	return least;
}

void marks_message(struct marks *marks, const struct corr_message *message)
{
	struct mark_connection *connection;
	struct mark *mark;

	if (!is_slow_enough(marks, message))
		return;
	if (!message->has_nic || !message->is_ranged) {
		marks->unplaced_count++;
		return;
	}
	connection = find_connection(marks, message->cookie);
	if (!connection) {
		marks->unplaced_count++;
		return;
	}
	mark = make_room(marks, message);
	if (!mark)
		return;
	connection->mark_count++;
	fill(mark, message, marks->options.unit, (uint32_t)(connection - marks->connections));
	if (marks->count < marks->count_max)
		rise(marks, marks->count++);
	else
		sink(marks, 0);
}

static int compare_wanted(const void *one, const void *other)
{
	const struct marks_wanted *a = one;
	const struct marks_wanted *b = other;

	return (a->message->seq > b->message->seq) - (a->message->seq < b->message->seq);
}

static void mark_wanted(struct marks *marks, const struct marks_wanted *wanted)
{
	const struct corr_message *message = wanted->message;
	struct mark_connection *connection;
	struct mark *mark = &marks->marks[marks->count];

	if (!message->has_nic || !message->is_ranged ||
	    marks->count == MARK_COUNT_MAX + MARK_WANTED_COUNT_MAX)
		return;
	connection = find_connection(marks, message->cookie);
	if (!connection)
		return;
	connection->mark_count++;
	fill(mark, message, marks->options.unit, (uint32_t)(connection - marks->connections));
	mark->ret_frame_number = wanted->ret_frame_number;
	marks->count++;
}

void marks_want(struct marks *marks, struct marks_wanted *wanted, size_t wanted_count)
{
	qsort(wanted, wanted_count, sizeof(*wanted), compare_wanted);
	for (uint32_t i = 0; i < marks->count; i++) {
		const struct corr_message message = { .seq = marks->marks[i].seq };
		const struct marks_wanted key = { .message = &message };
		struct marks_wanted *found = bsearch(&key, wanted, wanted_count, sizeof(key),
						     compare_wanted);

		if (!found)
			continue;
		marks->marks[i].ret_frame_number = found->ret_frame_number;
		found->is_marked = true;
	}
	for (size_t i = 0; i < wanted_count; i++) {
		if (!wanted[i].is_marked)
			mark_wanted(marks, &wanted[i]);
	}
}

static int compare(const void *one, const void *other)
{
	const struct mark *a = one;
	const struct mark *b = other;

	if (a->connection_index != b->connection_index)
		return a->connection_index < b->connection_index ? -1 : 1;
	if (a->end_offset != b->end_offset)
		return a->end_offset < b->end_offset ? -1 : 1;
	return (a->seq > b->seq) - (a->seq < b->seq);
}

void marks_sort(struct marks *marks)
{
	qsort(marks->marks, marks->count, sizeof(marks->marks[0]), compare);
}
