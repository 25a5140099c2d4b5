/* SPDX-License-Identifier: BSD-2-Clause */
/* The bus's end of the correlator: reads it in rounds and feeds a run. */
#ifndef CORR_LIVE_H
#define CORR_LIVE_H

#include <signal.h>

#include "run.h"

struct live_options {
	const char *bus_name;
	struct prof_bus_options bus_options; /* should it have to be made */
	uint32_t duration_s;			 /* 0: until stopped */
	const volatile sig_atomic_t *is_stopped; /* counts requests; at the second, stop at once */
};

struct live;

/* What failed, for people. */
struct live_failure {
	const char *what;
	const char *why;
	const char *remedy;
};

/* Joins the bus.  0, or a negative errno with *ret_failure.  options must outlive it. */
int live_open(const struct live_options *options, struct live **ret_live,
	      struct live_failure *ret_failure);
/* NULL is allowed.  Returns NULL. */
struct live *live_close(struct live *live);

/*
 * Reads the bus until told to stop, then until what was published by then has
 * been decided (2 s at most), and ends the run.  0 or a negative errno with
 * *ret_failure.
 */
int live_run(struct live *live, struct run *run, struct live_failure *ret_failure);

#endif
