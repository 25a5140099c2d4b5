/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs that look at the stages inside the kernel: loaded, attached, counted.
 * One thread.
 */
#ifndef EBPF_LOADER_STAGE_PROBES_H
#define EBPF_LOADER_STAGE_PROBES_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/types.h>

#include "ebpf/stages/stages.h"
#include "ebpf_loader/beside/beside.h"

/* What did not work: what it hangs on, or "the programs" when they could not be loaded. */
struct stage_failure {
	const char *what;
	int err;
};

struct stage_probes;

/*
 * Loads and attaches them beside a probe that is attached.  Returns 0 and the handle, to
 * be released with stage_probes_close(), or a negative errno, explained in *ret_failure.
 */
int stage_probes_open(const struct beside_options *options, struct stage_probes **ret_probes,
		      struct stage_failure *ret_failure);

/* Takes the programs off: no new record comes; records and counts can still be read. */
void stage_probes_detach(struct stage_probes *probes);

/* NULL is allowed.  Always returns NULL. */
struct stage_probes *stage_probes_close(struct stage_probes *probes);

/* By kprobe, not by fentry? */
bool stage_probes_is_kprobe(const struct stage_probes *probes);

/* Map of their ring buffer, of STAGE_RING_BYTES. */
int stage_probes_ring_fd(const struct stage_probes *probes);

/* Sums their counters over the CPUs, without a system call. */
void stage_probes_read_counts(const struct stage_probes *probes, struct stage_counts *ret_counts);

/* How often the kernel skipped one of them (kernels that tell). */
uint64_t stage_probes_skipped_count(const struct stage_probes *probes);

#endif
