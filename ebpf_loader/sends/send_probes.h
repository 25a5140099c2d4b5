/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs that look at sends: loaded, attached, counted.  What they tell comes through
 * the probe's own ring.  One thread.
 */
#ifndef EBPF_LOADER_SEND_PROBES_H
#define EBPF_LOADER_SEND_PROBES_H

#include <stdint.h>

#include <linux/types.h>

#include "ebpf/sends/sends.h"
#include "ebpf_loader/beside/beside.h"

struct send_probes;

/*
 * Loads and attaches them beside a probe that is attached.  Returns 0 and the handle, to be
 * released with send_probes_close(), or a negative errno.
 */
int send_probes_open(const struct beside_options *options, struct send_probes **ret_probes);

/* Takes the programs off: no new record comes.  NULL is allowed here and below. */
void send_probes_detach(struct send_probes *probes);

/* Always returns NULL. */
struct send_probes *send_probes_close(struct send_probes *probes);

/* Their counters, summed over the CPUs; all 0 of NULL. */
void send_probes_read_counts(const struct send_probes *probes, struct send_counts *ret_counts);

/* How often the kernel skipped one of them (kernels that tell); 0 of NULL. */
uint64_t send_probes_skipped_count(const struct send_probes *probes);

#endif
