/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts about a machine that explain latencies. */
#ifndef CORR_PAGE_HOST_H
#define CORR_PAGE_HOST_H

#define HOST_FACT_BYTES 128

/* In the order of enum recording_fact: recordings tell them by number. */
enum host_fact {
	HOST_KERNEL,
	HOST_PROCESSOR,
	HOST_CLOCKSOURCE,
	HOST_GOVERNOR,
	HOST_HYPERVISOR, /* "yes" if the processor says it is virtual, else "no" */
	HOST_CORES,
	HOST_BOOT_OFFSET, /* CLOCK_BOOTTIME minus CLOCK_MONOTONIC, in ns */
	HOST_FACT_COUNT,
};

struct host_facts {
	char words[HOST_FACT_COUNT][HOST_FACT_BYTES]; /* "" where it is unknown */
};

/* This machine's. */
void host_read(struct host_facts *ret_facts);

#endif
