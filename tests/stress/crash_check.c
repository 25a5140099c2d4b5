/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "crash_board.h"

/* One lane's positions in order: a producer's events are consecutive, gaps included. */
static uint64_t check_lane(uint32_t lane_index, uint64_t pushed_count)
{
	uint64_t gap_count = 0;
	uint64_t last_id = 0;
	uint64_t last_position = 0;

	for (uint64_t position = 0; position < pushed_count; position++) {
		uint64_t id = board->seen[lane_index][position];

		if (!id) {
			gap_count++;
			continue;
		}
		if (last_id >> 32 == id >> 32) {
			CHECK(id - last_id == position - last_position,
			      "lane %u: events missing or out of order at %" PRIu64, lane_index,
			      position);
		} else {
			uint32_t first_number = (uint32_t)id - 1;

			CHECK(first_number <= position - (last_id ? last_position + 1 : 0),
			      "lane %u: a producer's first events are missing", lane_index);
		}
		last_id = id;
		last_position = position;
	}
	CHECK(board->seen[lane_index][pushed_count] == 0, "more taken than published");
	return gap_count;
}

/* Each victim's events: as many as it committed, or one more, whose commit it did not live to see.
 */
static uint64_t check_victims(const uint64_t pushed_counts[LANE_COUNT], uint32_t victim_count)
{
	uint32_t *last_numbers = calloc(victim_count + STABLE_COUNT + 1, sizeof(*last_numbers));
	uint64_t short_count = 0;

	CHECK(last_numbers, "no memory");
	for (uint32_t i = 0; i < LANE_COUNT; i++)
		for (uint64_t j = 0; j < pushed_counts[i]; j++) {
			uint64_t id = board->seen[i][j];

			if (id && (uint32_t)id > last_numbers[id >> 32])
				last_numbers[id >> 32] = (uint32_t)id;
		}
	for (uint32_t i = 0; i < victim_count; i++) {
		uint32_t committed_count = board->victims[i].committed_count;
		uint32_t seen_count = last_numbers[i + STABLE_COUNT + 1];

		CHECK(seen_count <= committed_count + 1, "victim %u: %u events of %u", i,
		      seen_count, committed_count);
		if (seen_count < committed_count)
			short_count += committed_count - seen_count;
	}
	free(last_numbers);
	return short_count; /* must have died with a consumer */
}

int check_everything(struct prof_bus *bus, const struct tally *tally, uint32_t victim_count)
{
	uint64_t pushed_counts[LANE_COUNT] = { 0 };
	uint64_t total_count = 0;
	uint64_t gap_count = 0;
	uint64_t abandoned_count = 0;
	uint64_t dropped_count = 0;
	uint64_t short_count;
	uint32_t owner_count = 0;

	for (uint32_t i = 0; i < LANE_COUNT; i++) {
		struct prof_lane lane;

		if (!prof_lane_read(bus, i, &lane))
			continue;
		CHECK(!lane.is_owned, "lane %u has an owner, and nobody lives", i);
		CHECK(lane.pushed_count == lane.taken_count, "lane %u is wedged", i);
		pushed_counts[i] = lane.pushed_count;
		total_count += lane.pushed_count;
		gap_count += check_lane(i, lane.pushed_count);
		abandoned_count += lane.abandoned_count;
		dropped_count += lane.dropped_count;
		owner_count += lane.generation;
	}
	short_count = check_victims(pushed_counts, victim_count);
	CHECK(gap_count <= abandoned_count, "lost: %" PRIu64 " missing, %" PRIu64 " counted",
	      gap_count, abandoned_count);
	CHECK((int64_t)(abandoned_count - gap_count) <= tally->slack,
	      "%" PRIu64 " counted as abandoned, %" PRIu64 " missing", abandoned_count, gap_count);
	CHECK(short_count <= gap_count, "committed events are missing");
	(void)printf("kills %u (paused between steps %u) stops %u owners_of_lanes %u\n"
		     "published %" PRIu64 " died_with_a_consumer %" PRIu64
		     " counted_for_that %" PRIu64 " dropped %" PRIu64 "\n"
		     "wedges 0 stalls 0 duplicates 0 lost 0\n",
		     tally->kill_count, tally->paused_kill_count, tally->stop_count, owner_count,
		     total_count, gap_count, abandoned_count, dropped_count);
	return PROF_EXIT_OK;
}
