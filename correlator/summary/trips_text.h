/* SPDX-License-Identifier: BSD-2-Clause */
/* The closing report's words on round trips and on what goes out. */
#ifndef CORR_TRIPS_TEXT_H
#define CORR_TRIPS_TEXT_H

#include "correlator/text/text.h"
#include "summary.h"

/* Nothing where nothing was asked and nothing seen to go out. */
void trips_write(struct text *text, const struct corr_summary *summary);

#endif
