/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The named scenarios: how the market moves, how its messages are put on the
 * wire, and what goes wrong.
 */
#ifndef EXCHANGE_SCENARIO_H
#define EXCHANGE_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "market.h"

/* How messages become frames and frames become TLS records. */
enum scenario_delivery {
	DELIVERY_NATURAL,    /* one to eight frames in a record, records sent together */
	DELIVERY_SINGLE,     /* each frame a record and a segment */
	DELIVERY_ONE_RECORD, /* as many frames in a record as it holds */
	DELIVERY_SPLIT,	     /* each frame cut into many records, its header too */
	DELIVERY_FRAGMENTS,  /* each message cut into WebSocket fragments */
	DELIVERY_MIXED,	     /* all of the above, with pings and pongs between the fragments */
};

/* What befalls a connection after so many messages, each time anew. */
enum scenario_fault {
	FAULT_NONE,
	FAULT_MASKED,
	FAULT_OVERSIZED,
	FAULT_BAD_UTF8,
	FAULT_BAD_JSON,
	FAULT_BAD_OPCODE,
	FAULT_BAD_CONTROL,
	FAULT_BAD_FRAGMENT,
	FAULT_HALF_FRAME,
	FAULT_RESET,
	FAULT_DRIP,
	FAULT_PING_FLOOD,
	FAULT_REKEY,
	FAULT_GARBAGE,
	FAULT_ALERT,
};

struct scenario {
	const char *name;
	const char *help;
	enum market_pace pace;
	enum market_depth depth;
	enum scenario_delivery delivery;
	enum scenario_fault fault;
	uint32_t life_ms;     /* each connection is closed after that long; 0: 24 hours */
	uint32_t announce_ms; /* serverShutdown so long before the close; 0: none */
};

/* Returns NULL for an unknown name. */
const struct scenario *scenario_find(const char *name);

/* Walks over all of them: NULL begins, NULL ends. */
const struct scenario *scenario_next(const struct scenario *scenario);

#define SCRIPT_STEP_COUNT_MAX 32

/* Scenarios one after the other, and from the beginning again. */
struct script {
	size_t step_count;
	struct {
		const struct scenario *scenario;
		uint32_t duration_s; /* 0, of the only step: for ever */
	} steps[SCRIPT_STEP_COUNT_MAX];
};

/*
 * Parses "bursts" or "steady:5,bursts:2".  Returns 0 or -EINVAL: an unknown
 * name, a duration that is not 1..86400 seconds, a missing one, too many steps.
 */
int script_parse(const char *text, struct script *ret_script);

/* The scenario of that moment, counted from the beginning of the run. */
const struct scenario *script_at(const struct script *script, uint64_t age_ns);

#endif
