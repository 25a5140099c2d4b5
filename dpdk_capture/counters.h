/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened to every frame, and what never became one.  Each number is
 * counted where it happens; nothing is inferred.
 */
#ifndef CAPTURE_COUNTERS_H
#define CAPTURE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "dpdk_capture/keep/keep.h"
#include "dpdk_capture/parse/packet.h"
#include "dpdk_capture/sources/source_counters.h"

struct counters {
	uint64_t frame_count;
	uint64_t verdict_count[PACKET_VERDICT_COUNT]; /* where a glance was not enough */
	uint64_t ack_count;			      /* without payload, not published */
	uint64_t kept_count;	     /* of connections that may yet be registered */
	uint64_t filtered_count;     /* of connections nobody asked for */
	uint64_t history_lost_count; /* of registered connections' beginnings: no room */
	uint64_t published_count;
	uint64_t recalled_count; /* of those, on registration */
	uint64_t bus_drop_count; /* lane full */
	uint64_t late_count;	 /* published behind a mark already given */
	uint64_t merged_guessed_count; /* taken for merged for want of the connection's MSS */
	uint64_t translated_count;     /* registered sockets whose address is translated here */
	uint64_t elsewhere_count;      /* whose frames pass on another interface */
	uint64_t poll_gap_ns_max;
	struct keep_counters keep; /* zeroes where nothing is kept */
	struct source_counters source;
};

/* Adds what one source counted to what another, before it, did. */
void counters_add_source(struct source_counters *sum, const struct source_counters *more);

/* Room for counters_format(). */
#define COUNTERS_TEXT_BYTES 1024

/* All of them in one line, terminated, without a newline.  Returns text. */
char *counters_format(const struct counters *counters, char *text, size_t size_bytes);

#endif
