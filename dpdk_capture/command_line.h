/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command line that is partly DPDK's: which words are whose, and what DPDK
 * has to be told besides so that it starts on this machine.  Pure.
 */
#ifndef CAPTURE_COMMAND_LINE_H
#define CAPTURE_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prof/cli.h"

#define WORD_COUNT_MAX 128

/* What net_af_packet is told when it hands frames on: slots for whole frames. */
#define INLINE_SLOT_BYTES 2048
#define INLINE_SLOT_COUNT 8192

/* Words point into argv or into storage of the caller. */
struct word_list {
	int count;
	char *words[WORD_COUNT_MAX + 1]; /* NULL behind the last */
};

/* False if there is no room. */
bool word_list_add(struct word_list *list, char *word);

/*
 * Divides argv.  What follows "--" is ours.  Before it, or without it, the
 * options of the table and their values are ours, those that EAL knows are
 * EAL's, and what nobody knows is ours to refuse.  A word without a dash goes
 * where the option before it went.  Both lists begin with argv[0].  False if
 * there are too many words.
 */
bool command_line_split(int argc, char **argv, const struct prof_option *options,
			size_t option_count, struct word_list *ret_eal, struct word_list *ret_own);

/* What the machine has to offer. */
struct machine {
	uint64_t huge_free_bytes; /* in hugepages nobody uses yet */
	bool is_hugetlbfs_mounted;
	const bool *is_core_usable; /* by this process */
	size_t core_count;
	size_t lcore_count; /* of DPDK, which numbers no core above it; 0: as Debian builds it */
};

/* What was added or changed, for a notice to the user. */
struct eal_choice {
	bool is_core_replaced; /* a core asked for is not there */
	bool is_coreless;      /* not one core may be used: nothing was completed */
	bool is_hugepage_less;
	bool has_device; /* the user named a device: -a, --allow or --vdev */
};

/* Storage for the words that completion makes. */
struct eal_texts {
	char cores[48];
	char prefix[48];
	char log_level[32];
	char vdev[256];
};

/*
 * Completes EAL's words so that they work on this machine, leaving alone
 * whatever the user said about the same thing.  False if there are too many
 * words or, as *ret_choice says then, not one core is usable.
 */
bool command_line_complete(struct word_list *eal, const struct machine *machine, uint32_t pid,
			   bool is_verbose, struct eal_texts *texts, struct eal_choice *ret_choice);

/* The value of the first of EAL's options of that name ("--vdev"), or NULL. */
const char *command_line_value(const struct word_list *eal, const char *name);

#endif
