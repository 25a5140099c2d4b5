/* SPDX-License-Identifier: BSD-2-Clause */
/* What event_correlator says about files. */
#ifndef CORR_COMPLAIN_H
#define CORR_COMPLAIN_H

#include "correlator/run/replay.h"

/* One line on stderr about a file (NULL: standard output) and a negative errno. */
void complain_file(const char *path, int err);

/* One line on stderr about a layer that sees nothing. */
void complain_blind(const struct corr_blind *blind);

/* The same about a recording that is to be read: its first parts may have been removed. */
void complain_recording(const char *path, int err);

/*
 * Says where a replay ended if not at the end: where the recording does, or
 * because that was asked for.  False if the recording is damaged.
 */
bool complain_replay(const char *path, const struct replay *replay, enum replay_end end,
		     bool is_asked);

#endif
