/* SPDX-License-Identifier: BSD-2-Clause */
#include "complain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "options.h"

void complain_file(const char *path, int err)
{
	const char *what = path ? path : "standard output";

	switch (err) {
	case -ENOEXEC:
		prof_complain(PROGRAM, what, "not a recording", "give a file written by --record");
		break;
	case -EPROTONOSUPPORT:
		prof_complain(PROGRAM, what, "a recording of another version",
			      "replay it with the version that wrote it");
		break;
	case -ENODATA:
		prof_complain(PROGRAM, what, "truncated: it ends within its header",
			      "nothing can be replayed");
		break;
	case -EBADMSG:
		prof_complain(PROGRAM, what, "its header is damaged", "nothing can be replayed");
		break;
	case -ETIMEDOUT:
		prof_complain(PROGRAM, what, "its reader does not read",
			      "the end of the output is missing");
		break;
	case -EPIPE:
		prof_complain(PROGRAM, what, strerror(-err), "the reader went away");
		break;
	default:
		prof_complain(PROGRAM, what, strerror(-err),
			      "check the path, rights and free space");
	}
}

/* A recording cut short is still good up to the cut; a damaged one is a failure. */
bool complain_replay(const char *path, const struct replay *replay, enum replay_end end)
{
	char where[96];
	uint32_t part;
	uint64_t bytes = replay_position(replay, &part);

	(void)snprintf(where, sizeof(where), "at byte %llu of part %u", (unsigned long long)bytes,
		       part);
	if (end == REPLAY_CUT)
		prof_complain(PROGRAM, path, "the recording was cut short", where);
	else if (end == REPLAY_DAMAGED)
		prof_complain(PROGRAM, path, "damaged; what follows was not replayed", where);
	return end != REPLAY_DAMAGED;
}
