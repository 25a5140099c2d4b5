/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who owns a shared page, and is it alive?  Internal to shm/.
 *
 * The owning thread holds a robust, process-shared pthread mutex; when the
 * thread ends in whatever way, the kernel marks the mutex's futex word, which
 * others can read with a plain load.
 *
 * A pthread_mutex_t also holds its type and pointers into the owner's memory.
 * In a segment that others may write, they would be a way to crash or take
 * over the owner.  So the mutex lies across the end of the shared page: its
 * futex word is the last thing in the page, and the rest of it falls into the
 * page after, which every process maps privately.
 *
 * Within a process the functions must not be called concurrently for one
 * page, except bus_owner_state().
 */
#ifndef SHM_BUS_OWNER_H
#define SHM_BUS_OWNER_H

#include <stdbool.h>
#include <stdint.h>

enum bus_owner_state {
	BUS_OWNER_NONE, /* never owned, or given back */
	BUS_OWNER_ALIVE,
	BUS_OWNER_DEAD, /* ended without giving it back */
};

/*
 * Prepares this process's half of the mutex: maps the page after `page` and
 * fills it.  Returns 0 or a negative errno.  Undone by unmapping the segment.
 */
int bus_owner_prepare(void *page);

/* Takes the page for the calling thread.  0, -EBUSY if it has a living owner, or an errno. */
int bus_owner_take(void *page);

/* As above, but waits up to timeout_ms; -ETIMEDOUT then. */
int bus_owner_take_within(void *page, uint32_t timeout_ms, bool *ret_is_orphaned);

/*
 * Gives the page back; by the thread that took it, which the caller knows.
 * Returns 0, or -EPERM if somebody else keeps overwriting the futex word: the
 * page must then stay mapped for as long as the thread lives.
 */
int bus_owner_release(void *page);

/* One relaxed load; acquires nothing. */
enum bus_owner_state bus_owner_state(const void *page);

#endif
