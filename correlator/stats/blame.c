/* SPDX-License-Identifier: BSD-2-Clause */
#include "blame.h"

static uint32_t cell_of(int64_t value_ns)
{
	uint32_t power = 0;

	if (value_ns < 4)
		return (uint32_t)value_ns;
	if (value_ns > HIST_VALUE_NS_MAX)
		return BLAME_CELL_COUNT - 1;
	while (value_ns >> power > 7)
		power++;
	return 4 * (power + 1) + (uint32_t)(value_ns >> power & 3);
}

/* 0 where it is not known, or below the clocks' differences. */
static uint64_t stage_of(const struct corr_message *message, enum corr_stage stage)
{
	bool is_known = corr_stage_is_known(message, stage);

	return is_known && message->stage_ns[stage] > 0 ? (uint64_t)message->stage_ns[stage] : 0;
}

static void split(const struct corr_message *message, uint64_t ret_party_ns[BLAME_PARTY_COUNT])
{
	ret_party_ns[BLAME_APPLICATION] = stage_of(message, CORR_STAGE_RUNNING_READ);
	ret_party_ns[BLAME_SCHEDULER] = stage_of(message, CORR_STAGE_READY_RUNNING);
	ret_party_ns[BLAME_KERNEL] = stage_of(message, CORR_STAGE_NIC_QUEUE) +
				     stage_of(message, CORR_STAGE_QUEUE_READY);
	ret_party_ns[BLAME_NETWORK] = stage_of(message, CORR_STAGE_HOLE);
	ret_party_ns[BLAME_UNTOLD] = message->untold_ns > 0 ? (uint64_t)message->untold_ns : 0;
}

void blame_add(struct blame *blame, const struct corr_message *message)
{
	uint64_t party_ns[BLAME_PARTY_COUNT];
	enum blame_party guilty = BLAME_KERNEL;
	struct blame_cell *cell;

	if (message->untold == CORR_UNTOLD_OFF ||
	    !corr_stage_is_known(message, CORR_STAGE_NIC_KERNEL) ||
	    message->stage_ns[CORR_STAGE_NIC_KERNEL] < 0)
		return;
	split(message, party_ns);
	cell = &blame->cells[cell_of(message->stage_ns[CORR_STAGE_NIC_KERNEL])];
	for (int party = 0; party < BLAME_PARTY_COUNT; party++) {
		cell->party_ns[party] += party_ns[party];
		if (party_ns[party] > party_ns[guilty])
			guilty = party;
	}
	cell->guilty_count[guilty]++;
	cell->wait_count[message->wait]++;
	cell->count++;
	blame->count++;
}

void blame_ask(const struct blame *blame, int64_t value_ns, struct blame_answer *ret_answer)
{
	uint32_t first = cell_of(value_ns < 0 ? 0 : value_ns);
	const struct blame_cell *own = &blame->cells[first];

	*ret_answer = (struct blame_answer){ .count = own->count };
	for (int party = 0; party < BLAME_PARTY_COUNT && own->count; party++)
		ret_answer->party_ns[party] = (int64_t)(own->party_ns[party] / own->count);
	for (uint32_t i = first; i < BLAME_CELL_COUNT; i++) {
		const struct blame_cell *cell = &blame->cells[i];

		ret_answer->tail_count += cell->count;
		for (int party = 0; party < BLAME_PARTY_COUNT; party++)
			ret_answer->guilty_count[party] += cell->guilty_count[party];
		for (int wait = 0; wait < CORR_WAIT_COUNT; wait++)
			ret_answer->wait_count[wait] += cell->wait_count[wait];
	}
}

const char *blame_party_words(enum blame_party party)
{
	static const char *const words[BLAME_PARTY_COUNT] = {
		[BLAME_APPLICATION] = "your reader", [BLAME_SCHEDULER] = "the scheduler",
		[BLAME_KERNEL] = "the kernel",	     [BLAME_NETWORK] = "a hole in the stream",
		[BLAME_UNTOLD] = "untold",
	};

	return words[party];
}
