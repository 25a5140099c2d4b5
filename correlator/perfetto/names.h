/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names that a trace tells once and then calls by numbers ("interned").  Those
 * beyond the table's end are written out each time.  Pure.
 */
#ifndef CORR_PERFETTO_NAMES_H
#define CORR_PERFETTO_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#define NAMES_COUNT_MAX 512
#define NAMES_BYTES_MAX 160 /* of one, with its terminator; longer ones are written out */

enum name_kind { NAME_EVENT, NAME_ANNOTATION, NAME_VALUE };

struct name {
	enum name_kind kind;
	char words[NAMES_BYTES_MAX];
};

struct names {
	uint32_t count;
	uint32_t told_count; /* of those, already in the trace */
	uint16_t slots[2 * NAMES_COUNT_MAX];
	struct name names[NAMES_COUNT_MAX];
};

/* The name's number, from 1; entered if it is new.  0 if there is no room. */
uint32_t names_find(struct names *names, enum name_kind kind, const char *words);

#endif
