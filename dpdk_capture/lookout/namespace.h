/* SPDX-License-Identifier: BSD-2-Clause */
/* Other processes' network namespaces, for the calling thread. */
#ifndef CAPTURE_NAMESPACE_H
#define CAPTURE_NAMESPACE_H

#include <stdint.h>

/* What tells a namespace from all others.  pid 0: the calling thread's.  Returns 0 or a negative
 * errno. */
int namespace_inode(uint32_t pid, uint64_t *ret_inode);

/*
 * Moves this thread into the namespace of a process; what it opens then stays
 * there.  Returns what takes it back, or a negative errno (-EPERM: that takes
 * CAP_SYS_ADMIN).
 */
int namespace_enter(uint32_t pid);

/* Back again.  Returns 0, or a negative errno, after which nothing is as it should be. */
int namespace_leave(int home_fd);

#endif
