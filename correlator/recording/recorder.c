/* SPDX-License-Identifier: BSD-2-Clause */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "prof/clock.h"

#define BUFFER_BYTES ((size_t)256 * 1024)

/* What a crash may lose: the lines of other outputs are written at once. */
#define CRASH_LOSS_NS ((int64_t)100 * PROF_NS_PER_MS)

/* What a new part begins with; more sockets than this are told only once. */
#define KNOWN_SOCKET_COUNT_MAX (2 * PROF_SOCKET_COUNT_MAX)
#define KNOWN_SLOT_COUNT       (2 * KNOWN_SOCKET_COUNT_MAX)

struct recorder {
	struct recorder_options options;
	char host[RECORDING_HOST_BYTES];
	int fd;
	int error;
	uint64_t part_bytes;
	uint64_t written_ns; /* when the buffer was last written out */
	size_t buffer_bytes;
	uint8_t buffer[BUFFER_BYTES];
	bool has_lane[PROF_LANE_COUNT_MAX];
	struct prof_lane lanes[PROF_LANE_COUNT_MAX];
	uint64_t lane_read_ns[PROF_LANE_COUNT_MAX];
	uint32_t socket_count;
	struct prof_socket sockets[KNOWN_SOCKET_COUNT_MAX];
	uint16_t socket_slots[KNOWN_SLOT_COUNT]; /* by cookie: its place plus 1 */
	uint32_t stream_count;
	char streams[PROF_STREAM_COUNT_MAX][PROF_STREAM_NAME_BYTES];
};

static void write_out(struct recorder *recorder)
{
	size_t done_bytes = 0;

	while (done_bytes < recorder->buffer_bytes && !recorder->error) {
		ssize_t written = write(recorder->fd, recorder->buffer + done_bytes,
					recorder->buffer_bytes - done_bytes);

		if (written >= 0)
			done_bytes += (size_t)written;
		else if (errno != EINTR)
			recorder->error = -errno;
	}
	recorder->part_bytes += recorder->buffer_bytes;
	recorder->buffer_bytes = 0;
}

/* Where the next record may be put. */
static uint8_t *room(struct recorder *recorder)
{
	if (BUFFER_BYTES - recorder->buffer_bytes < RECORDING_RECORD_BYTES_MAX)
		write_out(recorder);
	return recorder->buffer + recorder->buffer_bytes;
}

static void put(struct recorder *recorder, const struct recording_record *record)
{
	uint8_t *bytes = room(recorder);

	recorder->buffer_bytes += recording_encode(record, bytes);
}

/* ---- Parts ------------------------------------------------------------- */

static const char *part_path(const struct recorder *recorder, uint32_t part, char path[PATH_MAX])
{
	if (part == 0)
		(void)snprintf(path, PATH_MAX, "%s", recorder->options.path);
	else
		(void)snprintf(path, PATH_MAX, "%s.%u", recorder->options.path, part);
	return path;
}

static uint64_t wall_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * PROF_NS_PER_S + (uint64_t)now.tv_nsec;
}

static int open_part(struct recorder *recorder)
{
	char path[PATH_MAX];
	struct recording_header *header = &recorder->options.header;

	recorder->fd = open(part_path(recorder, header->part, path),
			    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (recorder->fd < 0)
		return -errno;
	header->wall_ns = wall_now_ns();
	recorder->part_bytes = 0;
	recording_encode_header(header, recorder->buffer);
	recorder->buffer_bytes = RECORDING_HEADER_BYTES;
	return 0;
}

static void put_host(struct recorder *recorder)
{
	struct recording_record record = { .kind = RECORDING_HOST };

	(void)snprintf(record.host, sizeof(record.host), "%s", recorder->host);
	put(recorder, &record);
}

static void put_facts(struct recorder *recorder)
{
	for (uint8_t i = 0; i < RECORDING_FACT_COUNT; i++) {
		struct recording_record record = { .kind = RECORDING_FACT,
						   .fact = { .which = i + 1u } };

		if (!recorder->options.facts[i] || !*recorder->options.facts[i])
			continue;
		(void)snprintf(record.fact.words, sizeof(record.fact.words), "%s",
			       recorder->options.facts[i]);
		put(recorder, &record);
	}
}

static void put_known(struct recorder *recorder)
{
	put_host(recorder);
	put_facts(recorder);
	for (uint32_t i = 0; i < recorder->stream_count; i++)
		recorder_stream(recorder, (uint16_t)i, recorder->streams[i]);
	for (uint32_t i = 0; i < PROF_LANE_COUNT_MAX; i++) {
		if (recorder->has_lane[i])
			put(recorder,
			    &(struct recording_record){
				    .kind = RECORDING_LANE,
				    .lane_index = (uint8_t)i,
				    .lane = { recorder->lanes[i], recorder->lane_read_ns[i] } });
	}
	for (uint32_t i = 0; i < recorder->socket_count; i++)
		put(recorder, &(struct recording_record){ .kind = RECORDING_SOCKET,
							  .socket = recorder->sockets[i] });
}

static void next_part(struct recorder *recorder)
{
	struct recording_header *header = &recorder->options.header;
	uint32_t kept_max = recorder->options.part_count_max;
	char path[PATH_MAX];

	put(recorder, &(struct recording_record){ .kind = RECORDING_NEXT });
	write_out(recorder);
	if (close(recorder->fd) < 0 && !recorder->error)
		recorder->error = -errno;
	header->part++;
	recorder->error = recorder->error ? recorder->error : open_part(recorder);
	if (recorder->error)
		return;
	put_known(recorder);
	if (kept_max && header->part >= kept_max)
		(void)unlink(part_path(recorder, header->part - kept_max, path));
}

/* ---- Inputs ------------------------------------------------------------ */

void recorder_lane(struct recorder *recorder, uint32_t lane_index, const struct prof_lane *facts,
		   uint64_t read_ns)
{
	struct recording_record record = { .kind = RECORDING_LANE,
					   .lane_index = (uint8_t)lane_index,
					   .lane = { *facts, read_ns } };

	if (lane_index >= PROF_LANE_COUNT_MAX)
		return;
	if (recorder->has_lane[lane_index] &&
	    recording_is_mark_enough(&recorder->lanes[lane_index], facts))
		record.kind = RECORDING_MARK;
	recorder->has_lane[lane_index] = true;
	recorder->lanes[lane_index] = *facts;
	recorder->lane_read_ns[lane_index] = read_ns;
	put(recorder, &record);
}

void recorder_event(struct recorder *recorder, uint32_t lane_index, const struct prof_event *event)
{
	uint8_t *bytes = room(recorder);

	recorder->buffer_bytes += recording_encode_event(lane_index, event, bytes);
}

/* Of that cookie, or free: half of the slots always are. */
static uint16_t *slot_of(struct recorder *recorder, uint64_t cookie)
{
	uint32_t at = (uint32_t)(cookie * UINT64_C(0x9e3779b97f4a7c15) >> 40) % KNOWN_SLOT_COUNT;

	while (recorder->socket_slots[at] &&
	       recorder->sockets[recorder->socket_slots[at] - 1].cookie != cookie)
		at = (at + 1) % KNOWN_SLOT_COUNT;
	return &recorder->socket_slots[at];
}

void recorder_socket(struct recorder *recorder, const struct prof_socket *socket)
{
	uint16_t *slot = slot_of(recorder, socket->cookie);

	if (!*slot && recorder->socket_count < KNOWN_SOCKET_COUNT_MAX)
		*slot = (uint16_t)++recorder->socket_count;
	if (*slot)
		recorder->sockets[*slot - 1] = *socket;
	put(recorder, &(struct recording_record){ .kind = RECORDING_SOCKET, .socket = *socket });
}

void recorder_stream(struct recorder *recorder, uint16_t index, const char *name)
{
	struct recording_record record = { .kind = RECORDING_STREAM, .stream = { .index = index } };

	if (index >= PROF_STREAM_COUNT_MAX)
		return;
	(void)snprintf(record.stream.name, sizeof(record.stream.name), "%s", name);
	memcpy(recorder->streams[index], record.stream.name, sizeof(record.stream.name));
	if (index >= recorder->stream_count)
		recorder->stream_count = index + 1u;
	put(recorder, &record);
}

void recorder_round(struct recorder *recorder, uint64_t now_ns, int64_t wall_offset_ns)
{
	uint64_t part_bytes_max = recorder->options.part_bytes_max;

	put(recorder, &(struct recording_record){
			      .kind = RECORDING_ROUND,
			      .round = { .now_ns = now_ns, .wall_offset_ns = wall_offset_ns } });
	if (prof_delta_ns(recorder->written_ns, now_ns) > CRASH_LOSS_NS) {
		recorder->written_ns = now_ns;
		write_out(recorder);
	}
	if (part_bytes_max && recorder->part_bytes + recorder->buffer_bytes >= part_bytes_max)
		next_part(recorder);
}

void recorder_end(struct recorder *recorder, uint64_t now_ns)
{
	put(recorder,
	    &(struct recording_record){ .kind = RECORDING_END, .round = { .now_ns = now_ns } });
	write_out(recorder);
}

int recorder_open(const struct recorder_options *options, struct recorder **ret_recorder)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	int err;

	if (!recorder)
		return -ENOMEM;
	recorder->options = *options;
	if (!recorder->options.header.run)
		recorder->options.header.run = wall_now_ns() * 2 + 1; /* never 0 */
	(void)snprintf(recorder->host, sizeof(recorder->host), "%s",
		       options->host ? options->host : "");
	err = open_part(recorder);
	if (err) {
		free(recorder);
		return err;
	}
	put_host(recorder);
	put_facts(recorder);
	*ret_recorder = recorder;
	return 0;
}

int recorder_error(const struct recorder *recorder)
{
	return recorder->error;
}

int recorder_close(struct recorder *recorder)
{
	int err;

	if (!recorder)
		return 0;
	write_out(recorder);
	if (recorder->fd >= 0 && close(recorder->fd) < 0 && !recorder->error)
		recorder->error = -errno;
	err = recorder->error;
	free(recorder);
	return err;
}
