/* SPDX-License-Identifier: BSD-2-Clause */
#include "stages.h"

#include "prof/clock.h"

/* The ends of the five stages; the last is always the read. */
#define POINT_COUNT 6

static const enum corr_stage stage_after[POINT_COUNT - 1] = {
	CORR_STAGE_HOLE,	  CORR_STAGE_NIC_QUEUE,	   CORR_STAGE_QUEUE_READY,
	CORR_STAGE_READY_RUNNING, CORR_STAGE_RUNNING_READ,
};

static uint64_t at_most(uint64_t time_ns, uint64_t limit_ns)
{
	return time_ns && limit_ns && prof_delta_ns(limit_ns, time_ns) > 0 ? limit_ns : time_ns;
}

/* Of the time until the read it waited so long for a processor, in one piece or in several. */
static uint64_t running_point(const struct stages_points *points)
{
	return points->wait && points->ready_ns ? points->ready_ns + points->waited_ns : 0;
}

/* What TCP took up late because the reader had no processor is the scheduler's. */
static void move_held(uint64_t held_ns, struct stages_split *split)
{
	const uint32_t both = 1u << CORR_STAGE_NIC_QUEUE | 1u << CORR_STAGE_READY_RUNNING;
	int64_t queue_ns = split->stage_ns[CORR_STAGE_NIC_QUEUE];
	int64_t moved_ns = queue_ns;

	if ((split->stage_mask & both) != both || queue_ns <= 0)
		return;
	if (held_ns < (uint64_t)queue_ns)
		moved_ns = (int64_t)held_ns;
	split->stage_ns[CORR_STAGE_NIC_QUEUE] -= moved_ns;
	split->stage_ns[CORR_STAGE_READY_RUNNING] += moved_ns;
}

void stages_split(const struct stages_points *points, struct stages_split *ret_split)
{
	const uint64_t ends_ns[POINT_COUNT] = {
		points->nic_ns,	  points->whole_ns,	 points->queue_ns,
		points->ready_ns, running_point(points), points->kernel_ns,
	};
	/* A read stamped before the NIC is no hole. */
	uint64_t hole_limit_ns = at_most(points->nic_ns, points->kernel_ns) == points->nic_ns
					 ? points->kernel_ns
					 : points->nic_ns;
	uint64_t known_ns = 0;

	*ret_split = (struct stages_split){ 0 };
	for (int i = 0; i < POINT_COUNT - 1; i++) {
		uint64_t from_ns = at_most(ends_ns[i], i > 1	? points->kernel_ns
						       : i == 1 ? hole_limit_ns
								: 0);
		uint64_t to_ns = at_most(ends_ns[i + 1], i ? points->kernel_ns : hole_limit_ns);

		if (!from_ns || !to_ns)
			continue;
		ret_split->stage_ns[stage_after[i]] = prof_delta_ns(from_ns, to_ns);
		ret_split->stage_mask |= 1u << stage_after[i];
		known_ns += (uint64_t)prof_delta_ns(from_ns, to_ns);
	}
	move_held(points->held_ns, ret_split);
	if (points->nic_ns && points->kernel_ns)
		ret_split->untold_ns = (int64_t)(points->kernel_ns - points->nic_ns - known_ns);
}
