/* SPDX-License-Identifier: BSD-2-Clause */
/* One value of a line or an object, behind its key; `otherwise` if it is not known.  Pure. */
#ifndef CORR_TRIPS_FIELD_H
#define CORR_TRIPS_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "correlator/text/text.h"

void field_add_u64(struct text *text, const char *key, bool is_known, uint64_t value,
		   const char *otherwise);

/* Of an object: null if it is 0. */
void field_add_time(struct text *text, const char *key, uint64_t time_ns);

/* Of an object: null if it is not known. */
void field_add_part(struct text *text, const char *key, bool is_known, int64_t part_ns);

#endif
