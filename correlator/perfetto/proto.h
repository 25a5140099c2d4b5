/* SPDX-License-Identifier: BSD-2-Clause */
/* Protocol buffers' wire format, writing only: as much of it as a trace needs. */
#ifndef CORR_PERFETTO_PROTO_H
#define CORR_PERFETTO_PROTO_H

#include "correlator/text/text.h"

void proto_u64(struct text *text, uint32_t field, uint64_t value);
void proto_i64(struct text *text, uint32_t field, int64_t value);
void proto_fixed64(struct text *text, uint32_t field, uint64_t value);
/* A string must be UTF-8: of a byte that is not only "?" is left. */
void proto_string(struct text *text, uint32_t field, const char *words);

void proto_bytes(struct text *text, uint32_t field, const char *bytes, size_t size_bytes);

/*
 * A message within a message: what is written between the two is its content.
 * begin returns what end wants.  The content is below 2^28 bytes.
 */
size_t proto_begin(struct text *text, uint32_t field);
void proto_end(struct text *text, size_t begin);

#endif
