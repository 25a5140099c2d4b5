/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key-log files followed while programs write them: what is added, what comes
 * late, and what takes the place of a file that was rotated away.
 */
#ifndef CAPTURE_KEY_FOLLOW_H
#define CAPTURE_KEY_FOLLOW_H

#include "dpdk_capture/fault/fault.h"
#include "prof/cli.h"
#include "wire/tls/key_log.h"

struct key_follow;

/*
 * Takes in what is there of the files, which may be none.  One that is not
 * there is waited for if is_live, which is said, and is a fault otherwise.
 * Returns 0 and what key_follow_close() releases, or a negative errno and
 * *ret_fault.
 */
int key_follow_open(const struct prof_text_list *files, bool is_live,
		    struct key_follow **ret_follow, struct fault *ret_fault);

/* Takes in what has been added.  True if the log has more secrets than before. */
bool key_follow_poll(struct key_follow *follow);

/* The secrets, in locked memory. */
struct key_log *key_follow_log(struct key_follow *follow);

/* Wipes and releases.  NULL is allowed.  Always returns NULL. */
struct key_follow *key_follow_close(struct key_follow *follow);

#endif
