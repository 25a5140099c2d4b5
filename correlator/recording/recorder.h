/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a recording while a run goes on. */
#ifndef CORR_RECORDER_H
#define CORR_RECORDER_H

#include "recording.h"

struct recorder;

struct recorder_options {
	const char *path;
	uint64_t part_bytes_max; /* a new part begins when this is reached; 0: never */
	const char *host;	 /* the machine's name; NULL: unknown */
	/* By enum recording_fact - 1; NULL or "": unknown.  They have to stay as they are. */
	const char *facts[RECORDING_FACT_COUNT];
	uint32_t part_count_max; /* older parts are removed; 0: all are kept */
	struct recording_header header;
};

/* 0 and the recorder, to be released with recorder_close(); or a negative errno. */
int recorder_open(const struct recorder_options *options, struct recorder **ret_recorder);

/* Inputs, as the run gets them.  Errors are kept for recorder_close(). */
void recorder_lane(struct recorder *recorder, uint32_t lane_index, const struct prof_lane *facts,
		   uint64_t read_ns);
void recorder_event(struct recorder *recorder, uint32_t lane_index, const struct prof_event *event);
void recorder_socket(struct recorder *recorder, const struct prof_socket *socket);
void recorder_stream(struct recorder *recorder, uint16_t index, const char *name);
/* Also the moment at which a new part may begin. */
void recorder_round(struct recorder *recorder, uint64_t now_ns, int64_t wall_offset_ns);
void recorder_end(struct recorder *recorder, uint64_t now_ns);

/* 0, or the first error since opening: nothing has been written after it. */
int recorder_error(const struct recorder *recorder);

/* NULL is allowed.  Returns 0 or the first error since opening, a negative errno. */
int recorder_close(struct recorder *recorder);

#endif
