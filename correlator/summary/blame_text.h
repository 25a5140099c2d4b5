/* SPDX-License-Identifier: BSD-2-Clause */
/* The closing report's words on whose time NIC->Kernel is. */
#ifndef CORR_BLAME_TEXT_H
#define CORR_BLAME_TEXT_H

#include "correlator/text/text.h"
#include "summary.h"

/* Nothing where nobody looked at the stages. */
void blame_write(struct text *text, const struct corr_summary *summary);

#endif
