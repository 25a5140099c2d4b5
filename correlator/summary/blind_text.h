/* SPDX-License-Identifier: BSD-2-Clause */
/* A layer that saw nothing, in words. */
#ifndef CORR_BLIND_TEXT_H
#define CORR_BLIND_TEXT_H

#include "correlator/message/blind.h"
#include "correlator/text/text.h"

/* Room for what blind_write_what() writes. */
#define BLIND_WHAT_BYTES_MAX 256

/* "the kernel layer saw nothing of connection 0 (cookie 5), of which ..."; the cause stands apart.
 */
void blind_write_what(struct text *text, const struct corr_blind *blind);

#endif
