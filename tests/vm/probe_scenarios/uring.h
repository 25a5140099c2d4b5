/* SPDX-License-Identifier: BSD-2-Clause */
/* recv() through io_uring, without liburing: one at a time. */
#ifndef PROBE_SCENARIOS_URING_H
#define PROBE_SCENARIOS_URING_H

#include <stddef.h>
#include <stdint.h>

#include <linux/io_uring.h>

struct uring {
	int fd;
	uint8_t *rings; /* of submissions and of completions, in one mapping */
	size_t rings_bytes;
	void *entries;
	size_t entries_bytes;
	struct io_uring_params params;
};

/* 0, or a negative errno: -ENOSYS where the kernel has none. */
int uring_open(struct uring *ring);
void uring_close(struct uring *ring);

/* The bytes received, or a negative errno. */
int uring_receive_on(struct uring *ring, int fd, void *buffer, size_t size_bytes);

/* The same on a ring of its own. */
int uring_receive(int fd, void *buffer, size_t size_bytes);

#endif
