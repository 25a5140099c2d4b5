/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a service manager wants to hear of a program that runs for weeks: that it
 * is ready, and that it still gets round (sd_notify(3), systemd.service(5)).
 * Without one this costs a look at a flag.
 */
#ifndef PROF_SERVICE_H
#define PROF_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

struct prof_service {
	bool is_begun;
	bool is_silent;	     /* nobody listens */
	int64_t interval_ns; /* 0: nobody asks whether we get round */
	uint64_t told_ns;
};

/*
 * Called in each turn of the program's loop, with a struct that is zeroed before
 * the first one: by then the program must be ready.  A manager that does not take
 * what it is told is not waited for.
 */
void prof_service_turn(struct prof_service *service, uint64_t now_ns);

#endif
