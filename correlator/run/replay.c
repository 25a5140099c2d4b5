/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* So much is read in one go: it stays in the core's own cache until it is used. */
#define BUFFER_BYTES ((size_t)128 * 1024)

/* How many events ahead it is said what an event will be about, and said again. */
#define FAR_COUNT  8
#define NEAR_COUNT 4

struct replay {
	int fd;
	char base_path[PATH_MAX]; /* of part 0 */
	struct recording_header header;
	uint64_t used_bytes; /* of this part */
	uint64_t now_ns;     /* of the last round */
	void (*tell)(void *context, uint64_t used_bytes,
		     uint64_t size_bytes); /* NULL: nobody asks */
	void *tell_context;
	size_t begin; /* unused bytes lie in buffer[begin, end) */
	size_t end;
	bool is_file_over;
	bool is_part_over; /* NEXT has been read */
	bool has_ended;	   /* END has been read */
	bool is_over;	   /* a sink has failed, or its reader has seen enough */
	bool has_lane[PROF_LANE_COUNT_MAX];
	struct prof_lane lanes[PROF_LANE_COUNT_MAX];
	uint8_t buffer[BUFFER_BYTES];
};

void replay_watch(struct replay *replay,
		  void (*tell)(void *context, uint64_t used_bytes, uint64_t size_bytes),
		  void *context)
{
	replay->tell = tell;
	replay->tell_context = context;
}

static void tell_position(const struct replay *replay)
{
	struct stat facts;
	bool is_known = fstat(replay->fd, &facts) == 0 && S_ISREG(facts.st_mode);

	if (replay->tell)
		replay->tell(replay->tell_context, replay->used_bytes,
			     is_known ? (uint64_t)facts.st_size : 0);
}

/* Reads on: what there is; returns 0 or a negative errno, -EINTR if a signal came first. */
static int fill(struct replay *replay)
{
	ssize_t got;

	memmove(replay->buffer, replay->buffer + replay->begin, replay->end - replay->begin);
	replay->end -= replay->begin;
	replay->begin = 0;
	got = read(replay->fd, replay->buffer + replay->end, BUFFER_BYTES - replay->end);
	if (got < 0)
		return -errno;
	replay->is_file_over = got == 0;
	replay->end += (size_t)got;
	return 0;
}

static int header_error(enum recording_verdict verdict)
{
	switch (verdict) {
	case RECORDING_FOREIGN:
		return -ENOEXEC;
	case RECORDING_VERSION_UNKNOWN:
		return -EPROTONOSUPPORT;
	case RECORDING_SHORT:
		return -ENODATA;
	default:
		return -EBADMSG;
	}
}

/* Begins to read a part.  The descriptor of the one before stays as it was on failure. */
static int open_part(struct replay *replay, const char *path, struct recording_header *ret_header)
{
	enum recording_verdict verdict;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (replay->fd >= 0)
		(void)close(replay->fd);
	replay->fd = fd;
	replay->begin = 0;
	replay->end = 0;
	replay->is_file_over = false;
	replay->is_part_over = false;
	while (replay->end < RECORDING_HEADER_BYTES && !replay->is_file_over) {
		int err = fill(replay);

		if (err)
			return err;
	}
	verdict = replay->end ? recording_decode_header(replay->buffer, replay->end, ret_header)
			      : RECORDING_SHORT;
	if (verdict != RECORDING_OK)
		return header_error(verdict);
	replay->begin = RECORDING_HEADER_BYTES;
	replay->used_bytes = RECORDING_HEADER_BYTES;
	return 0;
}

/* "FILE.7" is part 7 of "FILE". */
static void set_base_path(struct replay *replay, const char *path)
{
	char suffix[16];
	size_t size_bytes = strlen(path);
	int suffix_bytes = snprintf(suffix, sizeof(suffix), ".%u", replay->header.part);

	(void)snprintf(replay->base_path, sizeof(replay->base_path), "%s", path);
	if (replay->header.part && size_bytes > (size_t)suffix_bytes &&
	    strcmp(path + size_bytes - suffix_bytes, suffix) == 0)
		replay->base_path[size_bytes - (size_t)suffix_bytes] = '\0';
}

int replay_open(const char *path, struct replay **ret_replay, struct recording_header *ret_header)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	int err;

	if (!replay)
		return -ENOMEM;
	replay->fd = -1;
	err = open_part(replay, path, &replay->header);
	if (err) {
		(void)replay_close(replay);
		return err;
	}
	set_base_path(replay, path);
	*ret_replay = replay;
	*ret_header = replay->header;
	return 0;
}

struct replay *replay_close(struct replay *replay)
{
	if (!replay)
		return NULL;
	if (replay->fd >= 0)
		(void)close(replay->fd);
	free(replay);
	return NULL;
}

static bool next_part(struct replay *replay)
{
	struct recording_header header = { 0 };
	char path[PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s.%u", replay->base_path, replay->header.part + 1);
	if (open_part(replay, path, &header) < 0 || header.run != replay->header.run ||
	    header.part != replay->header.part + 1)
		return false;
	replay->header = header;
	return true;
}

/* A MARK speaks of a lane whose other facts were told before. */
static void feed_lane(struct replay *replay, struct run *run, const struct recording_record *record)
{
	struct prof_lane *facts;

	if (record->lane_index >= PROF_LANE_COUNT_MAX)
		return;
	facts = &replay->lanes[record->lane_index];
	if (record->kind == RECORDING_LANE)
		*facts = record->lane.facts;
	else if (!replay->has_lane[record->lane_index])
		return;
	replay->has_lane[record->lane_index] = true;
	facts->mark_ns = record->lane.facts.mark_ns;
	run_lane(run, record->lane_index, facts, record->lane.read_ns);
}

static void feed(struct replay *replay, struct run *run, const struct recording_record *record)
{
	switch (record->kind) {
	case RECORDING_EVENT:
		run_event(run, record->lane_index, &record->event);
		break;
	case RECORDING_LANE:
	case RECORDING_MARK:
		feed_lane(replay, run, record);
		break;
	case RECORDING_SOCKET:
		run_socket(run, &record->socket);
		break;
	case RECORDING_STREAM:
		run_stream(run, record->stream.index, record->stream.name);
		break;
	case RECORDING_HOST:
		run_host(run, record->host);
		break;
	case RECORDING_FACT:
		run_fact(run, record->fact.which, record->fact.words);
		break;
	case RECORDING_ROUND:
		replay->now_ns = record->round.now_ns;
		run_round(run, record->round.now_ns, record->round.wall_offset_ns);
		replay->is_over = run_is_over(run);
		break;
	case RECORDING_END:
		replay->now_ns = record->round.now_ns;
		replay->has_ended = true;
		break;
	case RECORDING_NEXT:
		replay->is_part_over = true;
		break;
	default:
		break; /* of a later version */
	}
}

static uint64_t key_at(const uint8_t *event)
{
	uint64_t key;

	memcpy(&key, event + offsetof(struct prof_event, conn_key), sizeof(key));
	return key;
}

/*
 * What lies there is taken for an event: if it is none, nothing but time is lost.  One that is
 * about the same as the one before it has been expected with that.
 */
static void expect(const struct run *run, const uint8_t *at, size_t size_bytes)
{
	const size_t far_bytes = FAR_COUNT * RECORDING_EVENT_BYTES + RECORDING_HEAD_BYTES;
	const size_t near_bytes = NEAR_COUNT * RECORDING_EVENT_BYTES + RECORDING_HEAD_BYTES;
	struct prof_event event;

	if (size_bytes < far_bytes + sizeof(event))
		return;
	if (key_at(at + far_bytes) != key_at(at + far_bytes - RECORDING_EVENT_BYTES)) {
		memcpy(&event, at + far_bytes, sizeof(event));
		corr_engine_expect(run->engine, &event);
	}
	if (key_at(at + near_bytes) != key_at(at + near_bytes - RECORDING_EVENT_BYTES)) {
		memcpy(&event, at + near_bytes, sizeof(event));
		corr_engine_expect_soon(run->engine, &event);
	}
}

/* Events come in long rows: up to whatever else comes, which is told to recording_decode(). */
static void feed_events(struct replay *replay, struct run *run)
{
	const uint8_t *at = replay->buffer + replay->begin;
	const uint8_t *end = replay->buffer + replay->end;
	size_t fed_bytes;
	struct prof_event event;
	bool is_crowded = corr_engine_is_crowded(run->engine);
	uint8_t lane_index;

	while (recording_decode_event(at, (size_t)(end - at), &lane_index, &event)) {
		if (is_crowded)
			expect(run, at, (size_t)(end - at));
		run_event(run, lane_index, &event);
		at += RECORDING_EVENT_BYTES;
	}
	fed_bytes = (size_t)(at - replay->buffer) - replay->begin;
	replay->begin += fed_bytes;
	replay->used_bytes += fed_bytes;
}

/* Feeds what is in the buffer; the verdict says why it stopped. */
static enum recording_verdict feed_buffer(struct replay *replay, struct run *run,
					  const volatile sig_atomic_t *is_stopped)
{
	struct recording_record record;

	while (!replay->has_ended && !replay->is_part_over && !replay->is_over && !*is_stopped) {
		size_t size_bytes;
		enum recording_verdict verdict;

		feed_events(replay, run);
		verdict = recording_decode(replay->buffer + replay->begin,
					   replay->end - replay->begin, &record, &size_bytes);
		if (verdict != RECORDING_OK)
			return verdict;
		feed(replay, run, &record);
		replay->begin += size_bytes;
		replay->used_bytes += size_bytes;
	}
	return RECORDING_OK;
}

static enum replay_end feed_all(struct replay *replay, struct run *run,
				const volatile sig_atomic_t *is_stopped)
{
	for (;;) {
		enum recording_verdict verdict = feed_buffer(replay, run, is_stopped);
		int err;

		if (verdict == RECORDING_DAMAGED)
			return REPLAY_DAMAGED;
		if (replay->has_ended)
			return REPLAY_WHOLE;
		if (*is_stopped || replay->is_over)
			return REPLAY_STOPPED;
		if (replay->is_part_over) {
			if (!next_part(replay))
				return REPLAY_CUT;
			continue;
		}
		tell_position(replay);
		err = replay->is_file_over ? -ENODATA : fill(replay);
		if (err && err != -EINTR)
			return REPLAY_CUT;
	}
}

enum replay_end replay_feed(struct replay *replay, struct run *run,
			    const volatile sig_atomic_t *is_stopped)
{
	enum replay_end end = feed_all(replay, run, is_stopped);

	run_end(run, replay->now_ns);
	return end;
}

uint64_t replay_position(const struct replay *replay, uint32_t *ret_part)
{
	*ret_part = replay->header.part;
	return replay->used_bytes;
}
