/* SPDX-License-Identifier: BSD-2-Clause */
/* The closing report's section of reasons: why messages are not exact, and who saw nothing. */
#ifndef CORR_REASONS_H
#define CORR_REASONS_H

#include "summary.h"

void reasons_write(struct text *text, const struct corr_summary *summary);

#endif
