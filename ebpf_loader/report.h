/* SPDX-License-Identifier: BSD-2-Clause */
/* What the loader says on stderr about its work. */
#ifndef EBPF_LOADER_REPORT_H
#define EBPF_LOADER_REPORT_H

#include "blindness.h"
#include "ebpf_loader/attach/session.h"
#include "ebpf_loader/library/ssl_target.h"
#include "ebpf_loader/publish/publisher.h"

/* The final counts: what was published and what was not, and why. */
void report_totals(const struct publisher_totals *totals);

/* The same of the stages inside the kernel; NULL: nobody looked. */
void report_stages(const struct stage_totals *totals);

/* What has just been seen of the probes' own blindness, in words, with the likeliest cause. */
void report_sight(enum blind_sight sight, const struct ssl_target *target);

/* What is compared from one line of --stats to the next. */
struct report_interval {
	uint64_t time_ns;
	uint64_t read_count;
	uint64_t read_bytes;
	struct session_cost cost;
};

/* One line: rates since `last`, which then becomes now. */
void report_interval(struct report_interval *last, const struct publisher_totals *totals,
		     struct session_cost cost, uint64_t now_ns);

#endif
