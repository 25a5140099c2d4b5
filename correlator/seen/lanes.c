/* SPDX-License-Identifier: BSD-2-Clause */
#include "lanes.h"

#include "correlator/text/text.h"
#include "prof/clock.h"

/*
 * The capture counts its losses before each mark.  The probe's counts are read
 * now and then, so they may be older than the mark they come with; for the
 * kernel layer that matters only to the words that explain an absence.
 */
static const uint64_t loss_report_delay_ns[PROF_LAYER_COUNT] = {
	[PROF_LAYER_KERNEL] = PROF_NS_PER_S,
};

static const uint32_t layer_losses[PROF_LAYER_COUNT] = {
	[PROF_LAYER_NIC] = 1u << PROF_LOSS_CAPTURE_DROP | 1u << PROF_LOSS_CAPTURE_NOMBUF |
			   1u << PROF_LOSS_TRUNCATED,
	[PROF_LAYER_KERNEL] = 1u << PROF_LOSS_BPF_RESERVE | 1u << PROF_LOSS_PROBE_MISSED |
			      1u << PROF_LOSS_READ_UNPAIRED | 1u << PROF_LOSS_PREEMPT_SKIPPED,
};

static uint64_t max_ns(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns > b_ns ? a_ns : b_ns;
}

static void gap_add(struct lanes_layer *layer, uint64_t from_ns, uint64_t to_ns,
		    enum corr_reason reason)
{
	struct lanes_gap *last =
		&layer->gaps[(layer->gap_count + LANES_GAP_COUNT_MAX - 1) % LANES_GAP_COUNT_MAX];

	if (to_ns != UINT64_MAX)
		layer->gap_end_ns = max_ns(layer->gap_end_ns, to_ns);
	if (layer->gap_count && last->reason == reason && last->to_ns != UINT64_MAX &&
	    from_ns <= last->to_ns && from_ns >= last->from_ns) {
		last->to_ns = max_ns(last->to_ns, to_ns);
		return;
	}
	layer->gaps[layer->gap_count++ % LANES_GAP_COUNT_MAX] =
		(struct lanes_gap){ .from_ns = from_ns, .to_ns = to_ns, .reason = reason };
}

static uint32_t gap_kept_count(const struct lanes_layer *layer)
{
	return layer->gap_count < LANES_GAP_COUNT_MAX ? layer->gap_count : LANES_GAP_COUNT_MAX;
}

/* A producer is there again: gaps left open by those who went end here. */
static void gaps_close(struct lanes_layer *layer, uint64_t to_ns)
{
	for (uint32_t i = 0; i < gap_kept_count(layer); i++) {
		if (layer->gaps[i].to_ns == UINT64_MAX)
			layer->gaps[i].to_ns = max_ns(layer->gaps[i].from_ns, to_ns);
	}
	layer->gap_end_ns = max_ns(layer->gap_end_ns, to_ns);
}

static void owner_end(struct lanes *lanes, struct lanes_lane *lane)
{
	struct lanes_layer *layer = &lanes->layers[lane->layer];

	lane->is_live = false;
	layer->live_count--;
	gap_add(layer, max_ns(lane->mark_ns, lane->pending_mark_ns), UINT64_MAX, CORR_REASON_GONE);
}

static void owner_begin(struct lanes *lanes, struct lanes_lane *lane, const struct prof_lane *facts,
			uint64_t read_ns)
{
	struct lanes_layer *layer = &lanes->layers[facts->layer];

	if (lane->is_live)
		owner_end(lanes, lane);
	*lane = (struct lanes_lane){
		.is_known = true,
		.is_live = true,
		.first_read_ns = read_ns,
		.dropped_before = lane->is_known ? lane->drop_count : 0,
		.abandoned_before = lane->is_known ? lane->abandoned_count : 0,
		.generation = facts->generation,
		.layer = facts->layer,
	};
	lane->drop_count = lane->dropped_before;
	lane->abandoned_count = lane->abandoned_before;
	if (layer->was_ever) {
		gaps_close(layer, facts->since_ns);
	} else {
		gap_add(layer, 0, facts->since_ns, CORR_REASON_STARTED_LATE);
		layer->begun_ns = facts->since_ns;
	}
	layer->was_ever = true;
	layer->live_count++;
	/* Past the limit the last entry stands for all further producers. */
	lane->producer = &lanes->producers[lanes->producer_count < CORR_PRODUCER_COUNT_MAX
						   ? lanes->producer_count++
						   : CORR_PRODUCER_COUNT_MAX - 1];
}

/* A counter of a layer has moved since it was last looked at. */
static void note_moved(struct lanes *lanes, const struct lanes_lane *lane, uint64_t from_ns,
		       uint64_t read_ns, enum corr_reason reason)
{
	uint64_t delay_ns = loss_report_delay_ns[lane->layer];

	gap_add(&lanes->layers[lane->layer], from_ns > delay_ns ? from_ns - delay_ns : 0, read_ns,
		reason);
}

static uint64_t losses_of(const struct prof_lane *facts)
{
	uint64_t loss_count = 0;

	for (uint32_t kind = 0; kind < PROF_LOSS_KIND_COUNT; kind++) {
		if (layer_losses[facts->layer] >> kind & 1)
			loss_count += facts->loss_count[kind];
	}
	return loss_count;
}

static void losses_note(struct lanes *lanes, struct lanes_lane *lane, const struct prof_lane *facts,
			uint64_t read_ns)
{
	uint64_t from_ns = max_ns(lane->mark_ns, facts->since_ns);
	uint64_t off_count = facts->loss_count[PROF_LOSS_PROBES_OFF];
	uint64_t elsewhere_bytes = facts->loss_count[PROF_LOSS_READ_ELSEWHERE];
	uint64_t loss_count = losses_of(facts);

	if (off_count > lane->off_count && lane->layer == PROF_LAYER_KERNEL)
		note_moved(lanes, lane, from_ns, read_ns, CORR_REASON_PROBES_OFF);
	if (elsewhere_bytes > lane->elsewhere_bytes && lane->layer == PROF_LAYER_KERNEL)
		note_moved(lanes, lane, from_ns, read_ns, CORR_REASON_MAYBE_ELSEWHERE);
	if (loss_count > lane->loss_count)
		note_moved(lanes, lane, from_ns, read_ns, CORR_REASON_LOST);
	else if (facts->dropped_count > lane->drop_count ||
		 facts->abandoned_count > lane->abandoned_count)
		gap_add(&lanes->layers[lane->layer], from_ns, read_ns, CORR_REASON_LOST);
	lane->loss_count = loss_count;
	lane->off_count = off_count;
	lane->elsewhere_bytes = elsewhere_bytes;
	lane->drop_count = facts->dropped_count;
	lane->abandoned_count = facts->abandoned_count;
}

void lanes_facts(struct lanes *lanes, uint32_t lane_index, const struct prof_lane *facts,
		 uint64_t read_ns)
{
	struct lanes_lane *lane;
	struct corr_producer *producer;

	if (lane_index >= PROF_LANE_COUNT_MAX || facts->layer <= PROF_LAYER_NONE ||
	    facts->layer >= PROF_LAYER_COUNT)
		return;
	if (lane_index >= lanes->lane_count)
		lanes->lane_count = lane_index + 1;
	lane = &lanes->lanes[lane_index];
	if (!lane->is_known || lane->generation != facts->generation)
		owner_begin(lanes, lane, facts, read_ns);
	losses_note(lanes, lane, facts, read_ns);
	lane->pending_mark_ns = facts->mark_ns;
	producer = lane->producer;
	producer->facts = *facts;
	producer->facts.name[PROF_LANE_NAME_BYTES - 1] = '\0';
	text_make_printable(producer->facts.name);
	producer->facts.dropped_count -= lane->dropped_before;
	producer->facts.abandoned_count -= lane->abandoned_before;
	if (lane->is_live && (!facts->is_owned || facts->is_owner_dead))
		owner_end(lanes, lane);
}

static bool is_silent(const struct lanes_lane *lane, uint64_t now_ns, uint64_t silence_ns)
{
	uint64_t last_ns = max_ns(lane->mark_ns, lane->first_read_ns);

	return prof_delta_ns(last_ns, now_ns) > (int64_t)silence_ns;
}

uint64_t lanes_round(struct lanes *lanes, uint64_t now_ns, uint64_t silence_ns)
{
	uint64_t watermark_ns = UINT64_MAX;

	for (uint32_t i = 0; i < lanes->lane_count; i++) {
		struct lanes_lane *lane = &lanes->lanes[i];
		if (!lane->is_known)
			continue;
		lane->mark_ns = max_ns(lane->mark_ns, lane->pending_mark_ns);
		lane->is_silent = is_silent(lane, now_ns, silence_ns);
		if (!lane->is_live || lane->is_silent)
			continue;
		if ((lane->layer == PROF_LAYER_NIC || lane->layer == PROF_LAYER_KERNEL) &&
		    lane->mark_ns < watermark_ns)
			watermark_ns = lane->mark_ns;
	}
	lanes->watermark_ns = watermark_ns;
	return watermark_ns;
}

bool lanes_is_doubtful(const struct lanes *lanes, enum prof_layer layer_id,
		       const struct lanes_sight *sight, enum corr_reason *ret_reason)
{
	const struct lanes_layer *layer = &lanes->layers[layer_id];
	uint64_t from_ns = sight->since_ns > sight->copy_ns ? sight->since_ns - sight->copy_ns : 0;

	from_ns = max_ns(from_ns, sight->begun_ns);
	if (from_ns > layer->gap_end_ns)
		return false;
	for (uint32_t i = 0; i < gap_kept_count(layer); i++) {
		const struct lanes_gap *gap = &layer->gaps[i];

		/* While a gap is open, what is seen is seen by somebody else. */
		if (gap->to_ns == UINT64_MAX || gap->to_ns < from_ns ||
		    gap->from_ns >= sight->time_ns)
			continue;
		*ret_reason = gap->reason == CORR_REASON_LOST ? CORR_REASON_LOST
							      : CORR_REASON_JOINED;
		return true;
	}
	return false;
}

/* The more particular cause is the better explanation. */
static int gap_rank(enum corr_reason reason)
{
	switch (reason) {
	case CORR_REASON_PROBES_OFF:
		return 4;
	case CORR_REASON_LOST:
		return 3;
	case CORR_REASON_GONE:
		return 2;
	case CORR_REASON_MAYBE_ELSEWHERE:
		return 1;
	default:
		return 0; /* STARTED_LATE: whether that is why, the connection must tell */
	}
}

enum corr_reason lanes_explain(const struct lanes *lanes, enum prof_layer layer_id,
			       uint64_t from_ns, uint64_t to_ns)
{
	const struct lanes_layer *layer = &lanes->layers[layer_id];
	enum corr_reason reason = CORR_REASON_NONE;

	for (uint32_t i = 0; i < gap_kept_count(layer); i++) {
		const struct lanes_gap *gap = &layer->gaps[i];

		if (gap->to_ns >= from_ns && gap->from_ns < to_ns &&
		    gap_rank(gap->reason) > gap_rank(reason))
			reason = gap->reason;
	}
	return reason;
}

enum corr_reason lanes_unsaid(const struct lanes *lanes, enum prof_layer layer_id, uint64_t to_ns)
{
	enum corr_reason reason = CORR_REASON_NONE;

	for (uint32_t i = 0; i < lanes->lane_count; i++) {
		const struct lanes_lane *lane = &lanes->lanes[i];

		if (!lane->is_known || !lane->is_live || lane->layer != layer_id ||
		    lane->mark_ns >= to_ns)
			continue;
		if (lane->is_silent)
			return CORR_REASON_SILENT;
		reason = CORR_REASON_TOO_EARLY;
	}
	return reason;
}
