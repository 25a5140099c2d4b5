/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds a run from a recording. */
#ifndef CORR_REPLAY_H
#define CORR_REPLAY_H

#include <signal.h>

#include "correlator/recording/recording.h"
#include "run.h"

struct replay;

/* How a replay ended, and where, for people. */
enum replay_end {
	REPLAY_WHOLE,
	REPLAY_CUT,	/* the recording was cut short */
	REPLAY_DAMAGED, /* what follows was not used */
	REPLAY_STOPPED, /* the user or an output that failed */
};

/*
 * Opens a recording, or a later part of one.  0 and the replay, to be released
 * with replay_close(); -ENOEXEC if the file is no recording, -EPROTONOSUPPORT
 * for another version, -ENODATA if it ends within its header, -EBADMSG if its
 * header is damaged, or another negative errno.
 */
int replay_open(const char *path, struct replay **ret_replay, struct recording_header *ret_header);

/*
 * From here on tell() hears now and then how much of the current part's size_bytes
 * (0: a pipe, which has none) has been used.
 */
void replay_watch(struct replay *replay,
		  void (*tell)(void *context, uint64_t used_bytes, uint64_t size_bytes),
		  void *context);

/* Feeds everything there is and ends the run. */
enum replay_end replay_feed(struct replay *replay, struct run *run,
			    const volatile sig_atomic_t *is_stopped);

/* Bytes of the current part that were used, and that part's number. */
uint64_t replay_position(const struct replay *replay, uint32_t *ret_part);

/* NULL is allowed.  Returns NULL. */
struct replay *replay_close(struct replay *replay);

#endif
