/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts about this host that explain latencies; "" where one cannot be read. */
#ifndef CORR_PAGE_HOST_H
#define CORR_PAGE_HOST_H

#include <stdint.h>

struct host_facts {
	char name[128];
	char kernel[256];
	char processor[128];
	char clocksource[64];
	char governor[64];
	char hypervisor[16]; /* "yes" if the processor says it is virtual */
	uint32_t core_count;
	uint64_t wall_s; /* CLOCK_REALTIME */
};

void host_read(struct host_facts *ret_facts);

#endif
