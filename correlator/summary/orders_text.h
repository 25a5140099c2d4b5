/* SPDX-License-Identifier: BSD-2-Clause */
/* The closing report's words on tick to order. */
#ifndef CORR_ORDERS_TEXT_H
#define CORR_ORDERS_TEXT_H

#include "correlator/text/text.h"
#include "summary.h"

/* Nothing where no order was sent. */
void orders_write(struct text *text, const struct corr_summary *summary);

#endif
