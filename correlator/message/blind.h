/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A layer that is there and sees nothing of a connection of which its
 * neighbours see traffic: what is told of it.  The likeliest cause is chosen
 * from facts; each belongs to one layer and is told once.
 */
#ifndef CORR_BLIND_H
#define CORR_BLIND_H

#include <stdbool.h>
#include <stdint.h>

#include "prof/event.h"

enum corr_cause {
	/* Kernel layer. */
	CORR_CAUSE_PROBES_OFF,	  /* PROF_LOSS_PROBES_OFF was counted */
	CORR_CAUSE_KTLS,	  /* the registry says so of the socket */
	CORR_CAUSE_MPTCP,	  /* so does it, or PROF_LOSS_MPTCP was counted */
	CORR_CAUSE_ELSEWHERE,	  /* UNSEEN events of it came, or the loss was counted */
	CORR_CAUSE_SKIPPED,	  /* PROF_LOSS_PREEMPT_SKIPPED was counted */
	CORR_CAUSE_NEVER_CALLED,  /* not one event ever came from the layer */
	CORR_CAUSE_OTHER_READS,	  /* those of other sockets did */
	CORR_CAUSE_READS_STOPPED, /* its own did before */
	/* NIC layer. */
	CORR_CAUSE_TRANSLATED,	    /* PROF_LOSS_TRANSLATED was counted */
	CORR_CAUSE_OTHER_INTERFACE, /* PROF_LOSS_OTHER_INTERFACE was counted */
	CORR_CAUSE_NO_FRAME,	    /* not one segment ever came */
	CORR_CAUSE_OTHER_FRAMES,    /* those of other connections did */
	CORR_CAUSE_FRAMES_STOPPED,  /* its own did before */
	/* User layer. */
	CORR_CAUSE_USER_KTLS,	     /* the registry says so of the socket */
	CORR_CAUSE_USER_MPTCP,	     /* so does it */
	CORR_CAUSE_UNBOUND,	     /* PROF_LOSS_SSL_UNBOUND was counted */
	CORR_CAUSE_UNRANGED,	     /* PROF_LOSS_SSL_UNRANGED or _CLIENT_UNRANGED was counted */
	CORR_CAUSE_NO_MESSAGE,	     /* not one message ever came */
	CORR_CAUSE_OTHER_MESSAGES,   /* those of other connections did */
	CORR_CAUSE_MESSAGES_STOPPED, /* its own did before */
	CORR_CAUSE_COUNT,
};

struct corr_blind {
	enum corr_cause cause;
	enum prof_layer layer;	   /* the blind one */
	enum prof_layer neighbour; /* that saw traffic */
	uint64_t neighbour_count;  /* so many events of it, in the time below */
	uint64_t window_ms;	   /* 0: in the whole run */
	uint64_t cookie;	   /* of the first connection that has it */
	uint32_t conn_number;
	bool is_registered;  /* conn_number is known */
	uint64_t conn_count; /* connections that have it by now */
};

/* A short word for files, the cause in words, and what to do about it. */
const char *corr_cause_name(enum corr_cause cause);
const char *corr_cause_words(enum corr_cause cause);
const char *corr_cause_remedy(enum corr_cause cause);

#endif
