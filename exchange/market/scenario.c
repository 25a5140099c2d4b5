/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "prof/clock.h"

static const struct scenario scenarios[] = {
	{ .name = "market",
	  .help = "a busy market: mostly one by one, now and then dozens at once" },
	{ .name = "steady",
	  .help = "evenly, one message, one TLS record, one segment at a time",
	  .pace = PACE_STEADY,
	  .delivery = DELIVERY_SINGLE },
	{ .name = "bursts",
	  .help = "100 to 250 messages at once, then a pause",
	  .pace = PACE_BURSTS },
	{ .name = "coalesced",
	  .help = "bursts, as many messages in one TLS record as it holds",
	  .pace = PACE_BURSTS,
	  .delivery = DELIVERY_ONE_RECORD },
	{ .name = "depth",
	  .help = "depth frames of 25 to 35 kB (subscribe to a depth stream)",
	  .depth = DEPTH_LARGE },
	{ .name = "split",
	  .help = "one message over many TLS records and segments, frame headers cut in two",
	  .delivery = DELIVERY_SPLIT },
	{ .name = "fragments",
	  .help = "each message in several WebSocket fragments",
	  .delivery = DELIVERY_FRAGMENTS },
	{ .name = "mixed",
	  .help = "whole, fragmented, coalesced and split, pings and pongs in between",
	  .delivery = DELIVERY_MIXED },
	{ .name = "reconnect", .help = "each connection is closed after 3 s", .life_ms = 3000 },
	{ .name = "shutdown",
	  .help = "spot: serverShutdown after 3 s; every route: closed after 5 s",
	  .life_ms = 5000,
	  .announce_ms = 2000 },
	{ .name = "masked", .help = "hostile: a masked frame", .fault = FAULT_MASKED },
	{ .name = "oversized",
	  .help = "hostile: a frame that says it has 2^40 bytes, and its first megabyte",
	  .fault = FAULT_OVERSIZED },
	{ .name = "bad-utf8",
	  .help = "hostile: a text frame that is not UTF-8",
	  .fault = FAULT_BAD_UTF8 },
	{ .name = "bad-json",
	  .help = "hostile: whole frames with broken, empty and deeply nested JSON",
	  .fault = FAULT_BAD_JSON },
	{ .name = "bad-opcode",
	  .help = "hostile: a frame of an unknown kind",
	  .fault = FAULT_BAD_OPCODE },
	{ .name = "bad-control",
	  .help = "hostile: a ping that is not final and longer than allowed",
	  .fault = FAULT_BAD_CONTROL },
	{ .name = "bad-fragment",
	  .help = "hostile: a continuation of nothing",
	  .fault = FAULT_BAD_FRAGMENT },
	{ .name = "half-frame",
	  .help = "hostile: half a frame, then an orderly end of the connection",
	  .fault = FAULT_HALF_FRAME },
	{ .name = "reset",
	  .help = "hostile: half a frame, then a TCP reset",
	  .fault = FAULT_RESET },
	{ .name = "drip",
	  .help = "hostile: a frame that comes byte by byte, 20 ms apart",
	  .fault = FAULT_DRIP },
	{ .name = "ping-flood",
	  .help = "hostile: 10,000 pings a second",
	  .fault = FAULT_PING_FLOOD },
	{ .name = "rekey",
	  .help = "TLS key updates (1.3) or renegotiations (1.2) between messages",
	  .fault = FAULT_REKEY },
	{ .name = "garbage",
	  .help = "hostile: bytes that are not TLS in the middle of the TLS stream",
	  .fault = FAULT_GARBAGE },
	{ .name = "alert",
	  .help = "hostile: half a frame, then a fatal TLS alert",
	  .fault = FAULT_ALERT },
};

#define SCENARIO_COUNT (sizeof(scenarios) / sizeof(scenarios[0]))

const struct scenario *scenario_find(const char *name)
{
	for (size_t i = 0; i < SCENARIO_COUNT; i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	return NULL;
}

const struct scenario *scenario_next(const struct scenario *scenario)
{
	if (!scenario)
		return &scenarios[0];
	scenario++;
	return scenario < scenarios + SCENARIO_COUNT ? scenario : NULL;
}

#define NAME_BYTES     32
#define DURATION_S_MAX 86400

/* "name" or "name:seconds", up to a comma or the end; NULL for anything else. */
static const char *parse_step(const char *text, struct script *script)
{
	size_t name_bytes = strcspn(text, ":,");
	char name[NAME_BYTES] = "";
	long duration_s = 0;
	char *end;

	if (script->step_count == SCRIPT_STEP_COUNT_MAX || name_bytes >= sizeof(name))
		return NULL;
	memcpy(name, text, name_bytes);
	text += name_bytes;
	if (*text == ':') {
		duration_s = text[1] >= '0' && text[1] <= '9' ? strtol(text + 1, &end, 10) : 0;
		if (duration_s < 1 || duration_s > DURATION_S_MAX)
			return NULL;
		text = end;
	}
	script->steps[script->step_count].scenario = scenario_find(name);
	script->steps[script->step_count].duration_s = (uint32_t)duration_s;
	return script->steps[script->step_count++].scenario ? text : NULL;
}

int script_parse(const char *text, struct script *ret_script)
{
	struct script script = { 0 };

	for (;;) {
		text = parse_step(text, &script);
		if (!text || (*text != ',' && *text != '\0'))
			return -EINVAL;
		if (*text++ == '\0')
			break;
	}
	for (size_t i = 0; script.step_count > 1 && i < script.step_count; i++)
		if (script.steps[i].duration_s == 0)
			return -EINVAL;
	*ret_script = script;
	return 0;
}

const struct scenario *script_at(const struct script *script, uint64_t age_ns)
{
	uint64_t age_s = age_ns / PROF_NS_PER_S;
	uint64_t round_s = 0;
	size_t i = 0;

	for (size_t step = 0; step < script->step_count; step++)
		round_s += script->steps[step].duration_s;
	if (round_s == 0)
		return script->steps[0].scenario;
	age_s %= round_s;
	while (age_s >= script->steps[i].duration_s)
		age_s -= script->steps[i++].duration_s;
	return script->steps[i].scenario;
}
