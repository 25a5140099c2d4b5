/* SPDX-License-Identifier: BSD-2-Clause */
/* What the users of the bus do until the board says that it is over, or until they are killed. */
#ifndef TESTS_STRESS_CRASH_WORK_H
#define TESTS_STRESS_CRASH_WORK_H

#include "crash_board.h"

/* Publishes.  A victim (or NULL) says how often it was told that this worked. */
void work_produce(const char *bus_name, uint32_t producer_id, struct victim *victim,
		  _Atomic uint64_t *progress);

/* Takes, and tells the board. */
void work_consume(const char *bus_name, _Atomic uint64_t *progress);
size_t work_take_everything(struct prof_consumer *consumer);

/* Enters sockets and names as fast as it can. */
void work_keep_registry(const char *bus_name, uint32_t victim_id);

#endif
