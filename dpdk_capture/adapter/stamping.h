/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of its packets an adapter stamps by its own clock: what it can, what it
 * is set to (SIOCGHWTSTAMP, SIOCSHWTSTAMP), and back to what it was.
 *
 * What is changed is written down first, in a note that is locked as long as somebody uses
 * the stamps: several may, and the last of them puts back what the first one found.  A program
 * that was killed does not leave the interface changed for good: whoever comes next undoes it.
 */
#ifndef CAPTURE_STAMPING_H
#define CAPTURE_STAMPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/if.h>

#include <linux/net_tstamp.h>

/* What the driver says of itself (ETHTOOL_GET_TS_INFO). */
struct stamping_abilities {
	int phc_index;	      /* -1: it has no clock */
	bool is_raw_reported; /* SOF_TIMESTAMPING_RAW_HARDWARE: some that can do not say so (ENA) */
	uint32_t rx_filters;  /* bit N: HWTSTAMP_FILTER N */
};

struct stamping {
	char interface[IF_NAMESIZE];  /* as it was called at first */
	unsigned int interface_index; /* by which it is known from then on */
	char note_path[96];	      /* where the settings of before are written down */
	struct hwtstamp_config before;
	int note_fd; /* locked; -1: there is none */
	int fd;	     /* -1: closed; a socket of the interface's network namespace, wherever we go
			meanwhile */
	bool is_changed; /* by us, or by who uses it together with us */
};

enum stamping_state {
	STAMPING_ALL,  /* each received packet is stamped */
	STAMPING_SOME, /* only some, PTP's mostly */
	STAMPING_NONE,
};

/* Returns 0 or a negative errno: -EOPNOTSUPP if the driver does not know the question. */
int stamping_abilities(const char *interface, struct stamping_abilities *ret_abilities);

/* What it is set to.  Returns 0 or a negative errno: -EOPNOTSUPP where there is nothing to be set.
 */
int stamping_state(const char *interface, enum stamping_state *ret_state);

/* The same of an interface that was opened with stamping_ask() or stamping_watch(), wherever we
 * are. */
int stamping_state_now(const struct stamping *stamping, enum stamping_state *ret_state);

/*
 * Uses the stamps of an interface whose settings are left as they are; if one of us has changed
 * them, they stay so until we, too, have ended.  As stamping_ask() otherwise.
 */
int stamping_watch(const char *interface, struct stamping *ret_stamping);

/*
 * Asks for a stamp of each received packet, unless it is so already.  Returns 0; -ERANGE if the
 * driver takes the wish and does less (then nothing is changed); or a negative errno.
 * *ret_stamping is to be given back with stamping_restore() in any case.
 */
int stamping_ask(const char *interface, struct stamping *ret_stamping);

/*
 * Puts back what was changed, if nobody else uses it.  Returns 0, also if the interface is gone,
 * or a negative errno: then the note stays, and whoever comes next tries again.
 */
int stamping_restore(struct stamping *stamping);

/*
 * Undoes what a program that is no more has changed on this interface of this
 * network namespace.  Returns true if there was something and it is put back.
 */
bool stamping_undo(const char *interface);

#endif
