/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything that the report's page shows, as one JSON object.  Pure. */
#ifndef CORR_PAGE_FACTS_H
#define CORR_PAGE_FACTS_H

#include "collect.h"
#include "correlator/summary/summary.h"
#include "host.h"
#include "json.h"

/* Room that facts_write() needs at most. */
#define FACTS_BYTES_MAX ((size_t)2 * 1024 * 1024)

struct facts {
	const struct corr_summary *summary;
	const struct collect *collect; /* finished */
	/* Where and when the run was, wherever the page is made; "" and 0 if unknown. */
	const char *host_name;
	const char *frames_file; /* in which the messages' frames are numbered; NULL: none */
	const struct host_facts *host;
	uint64_t run;
	uint64_t wall_ns;
};

void facts_write(struct text *text, const struct facts *facts);

/* Of it, for facts.c: the chart's points, the stalls and the lowest messages, and the groups. */
void points_write(struct json *json, const struct collect *collect);
void rows_write(struct json *json, const struct collect *collect, const char *frames_file);
void groups_write(struct json *json, const struct collect *collect);

#endif
