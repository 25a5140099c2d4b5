/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks for connections that our own interface does not see, for a while: one
 * packet socket for all interfaces of this network namespace, and one for each
 * other namespace that their processes live in, with a filter of their ports.
 *
 * For the thread that made it.
 */
#ifndef CAPTURE_LOOKOUT_H
#define CAPTURE_LOOKOUT_H

#include "trail.h"

#define LOOKOUT_NAMESPACE_COUNT_MAX 8

/* "eth0 in the network namespace of process 4194304" */
#define LOOKOUT_PLACE_TEXT_BYTES 80

struct lookout {
	struct trail trail;
	uint64_t home_inode;  /* the thread's own namespace */
	uint64_t flow_inodes[TRAIL_FLOW_COUNT_MAX]; /* where each one's process lives; 0: not known
						     */
	size_t namespace_count;
	struct {
		uint64_t inode;
		uint32_t pid; /* a process in it; 0: home */
		int fd;	      /* or a negative errno */
	} namespaces[LOOKOUT_NAMESPACE_COUNT_MAX];
};

/* Returns 0 or a negative errno. */
int lookout_begin(struct lookout *lookout);

/* Adds a connection and where its process lives.  False if there is no room. */
bool lookout_add(struct lookout *lookout, const struct prof_flow *ends, uint32_t pid);

/* From here on it listens.  Returns 0 or a negative errno. */
int lookout_listen(struct lookout *lookout);

/* Takes what has passed meanwhile. */
void lookout_poll(struct lookout *lookout);

/* Also after a failed begin. */
void lookout_end(struct lookout *lookout);

/* The interface's name alone; "" if it is gone. */
void lookout_name(const struct lookout *lookout, struct trail_place place, char *name,
		  size_t size_bytes);

/*
 * If the process of the flow with that index lives in a namespace that cannot be
 * entered: why, a negative errno, and the process.  Else 0.
 */
int lookout_refusal(const struct lookout *lookout, size_t flow_index, uint32_t *ret_pid);

/* A process in the namespace of that place; 0: it is our own. */
uint32_t lookout_pid(const struct lookout *lookout, struct trail_place place);

/*
 * True if the kernel's table of connections, here or where the processes live,
 * has this one under other addresses too: *ret_other.
 */
bool lookout_is_translated(const struct lookout *lookout, const struct prof_flow *ends,
			   struct prof_flow *ret_other);

#endif
