/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --keys: the probes on key derivation, and the key-log file that their
 * secrets go to.  Loaded only if asked for, apart from the probe of
 * tcp_recvmsg().  One thread.
 *
 * A secret is in this process only from its record to its line: the kernel's
 * ring is mapped for that time alone, and the line is wiped.  No core dump
 * shows it.
 */
#ifndef EBPF_LOADER_KEYS_H
#define EBPF_LOADER_KEYS_H

#include <stdint.h>

#include "key_target.h"

struct keys;

struct keys_failure {
	const struct key_place *place; /* that would not have its probe; NULL: loading failed */
};

/*
 * Loads and attaches; `fd` is the key-log file's, and becomes theirs on success.  Returns 0
 * and the keys, to be released with keys_close(), or a negative errno and *ret_failure.
 */
int keys_open(const struct key_target *target, int fd, struct keys **ret_keys,
	      struct keys_failure *ret_failure);

/* Readable when there is something to take. */
int keys_fd(const struct keys *keys);

/* Writes down what has come.  Returns how many lines. */
uint32_t keys_turn(struct keys *keys);

struct keys_totals {
	uint64_t call_count;	/* of the probed functions */
	uint64_t written_count; /* lines */
	uint64_t ring_full_count;
	uint64_t unreadable_count;
	uint64_t strange_count;
	uint64_t unwritten_count; /* lines that the file did not take */
	uint64_t skipped_count;	  /* calls for which the kernel did not run the probe */
	int write_err;		  /* the last one's negative errno */
};

void keys_count(const struct keys *keys, struct keys_totals *ret_totals);

/* All ways to lose a secret. */
uint64_t keys_lost_count(const struct keys_totals *totals);

/* Takes the probes off; what has come can still be taken. */
void keys_detach(struct keys *keys);

/* NULL is allowed.  Always returns NULL. */
struct keys *keys_close(struct keys *keys);

#endif
