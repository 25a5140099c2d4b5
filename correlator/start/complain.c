/* SPDX-License-Identifier: BSD-2-Clause */
#include "complain.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "correlator/summary/blind_text.h"
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

#define PART_COUNT_MAX 100000 /* looked for, to find the first that is left */

void complain_blind(const struct corr_blind *blind)
{
	char what[BLIND_WHAT_BYTES_MAX + 1];
	struct text text = { .bytes = what, .room_bytes = BLIND_WHAT_BYTES_MAX };

	blind_write_what(&text, blind);
	what[text.size_bytes] = '\0';
	prof_complain(PROGRAM, what, corr_cause_words(blind->cause),
		      corr_cause_remedy(blind->cause));
}

void complain_recording(const char *path, int err)
{
	char part_path[PATH_MAX];
	char remedy[PATH_MAX + 64];

	for (int part = 1; err == -ENOENT && part < PART_COUNT_MAX; part++) {
		(void)snprintf(part_path, sizeof(part_path), "%s.%d", path, part);
		if (access(part_path, F_OK) < 0)
			continue;
		(void)snprintf(remedy, sizeof(remedy), "the oldest part that is left is %s",
			       part_path);
		prof_complain(PROGRAM, path, strerror(-err), remedy);
		return;
	}
	complain_file(path, err);
}

/* A recording cut short is still good up to the cut; a damaged one is a failure. */
bool complain_replay(const char *path, const struct replay *replay, enum replay_end end,
		     bool is_asked)
{
	char where[96];
	uint32_t part;
	uint64_t bytes = replay_position(replay, &part);

	(void)snprintf(where, sizeof(where), "at byte %llu of part %u", (unsigned long long)bytes,
		       part);
	if (end == REPLAY_CUT)
		prof_complain(PROGRAM, path, "the recording was cut short", where);
	else if (end == REPLAY_STOPPED && is_asked)
		prof_complain(PROGRAM, path, "stopped before its end", where);
	else if (end == REPLAY_DAMAGED)
		prof_complain(PROGRAM, path, "damaged; what follows was not replayed", where);
	return end != REPLAY_DAMAGED;
}
