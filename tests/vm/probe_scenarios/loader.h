/* SPDX-License-Identifier: BSD-2-Clause */
/* The loader under test, as a child process with a bus of its own. */
#ifndef PROBE_SCENARIOS_LOADER_H
#define PROBE_SCENARIOS_LOADER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "prof/bus.h"

#define TAKEN_EVENT_COUNT_MAX 65536

struct loader {
	char bus_name[64];
	struct prof_bus *bus;
	struct prof_consumer *consumer;
	pid_t pid;
	int stderr_fd;
	struct prof_event events[TAKEN_EVENT_COUNT_MAX];
	size_t event_count;
	uint64_t broken_promise_count; /* events older than a mark already seen */
};

/* What the loader said at its end. */
struct loader_summary {
	uint64_t read_count;
	uint64_t peek_count;
	uint64_t empty_count;
	uint64_t lost_count;	/* all kinds but contested and skipped */
	uint64_t skipped_count; /* programs, up to two a call: a kernel that preempts them */
	uint64_t contested_count;
	uint64_t unseen_bytes;
	int exit_status;
};

/* Creates the bus and starts `program` with the given extra arguments, NULL-terminated. */
void loader_start(struct loader *loader, const char *program, char *const *arguments);

/* Takes what is on the bus now, checking the marks. */
void loader_poll(struct loader *loader);

/* Waits until the loader has promised everything up to now, and takes it. */
void loader_settle(struct loader *loader);

/* Stops it and reads its last words. */
void loader_stop(struct loader *loader, struct loader_summary *ret_summary);

#endif
