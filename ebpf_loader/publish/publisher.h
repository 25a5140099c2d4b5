/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the probe to the bus: the sockets of the registry go down into the
 * probe, records come up as events, marks and losses follow.  One thread.
 */
#ifndef EBPF_LOADER_PUBLISHER_H
#define EBPF_LOADER_PUBLISHER_H

#include <stdbool.h>
#include <stdint.h>

#include "ebpf_loader/attach/session.h"
#include "prof/bus.h"
#include "stage_feed.h"
#include "totals.h"

struct publisher;

/*
 * Returns 0 and the publisher, to be released with publisher_close(), which
 * leaves bus and session alone; or a negative errno.  Complete from now on.
 * stages: the programs whose records are published too, the caller's; NULL: none.
 */
int publisher_open(struct prof_bus *bus, struct session *session,
		   const struct session_options *options, struct stage_probes *stages,
		   struct publisher **ret_publisher);

/* NULL is allowed.  Always returns NULL. */
struct publisher *publisher_close(struct publisher *publisher);

/*
 * One round: follows the registry, publishes what waits in the ring, then the
 * mark that has become true.  Returns how many records there were.
 */
size_t publisher_turn(struct publisher *publisher);

/*
 * Counts what the latest session_sweep() found and no read told since explains: bytes that
 * went past every probe.  Before the next one, and once all of the ring has been taken.
 */
void publisher_confirm_sweep(struct publisher *publisher);

/* A second has passed in which the kernel was told to skip the probes. */
void publisher_note_off_second(struct publisher *publisher);

/* Reads the probe's counters and publishes the losses. */
void publisher_count_losses(struct publisher *publisher);

/* Of the stages inside the kernel; NULL: nobody looks. */
const struct stage_totals *publisher_stage_totals(const struct publisher *publisher);

const struct publisher_totals *publisher_totals(const struct publisher *publisher);

#endif
