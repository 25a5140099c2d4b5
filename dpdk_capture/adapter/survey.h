/* SPDX-License-Identifier: BSD-2-Clause */
/* What the adapters here could do for a measurement: one line for each interface. */
#ifndef CAPTURE_SURVEY_H
#define CAPTURE_SURVEY_H

/*
 * Prints, for every interface of this network namespace, whether its
 * packets can have stamps of the adapter's clock, and how well that clock is read,
 * as a line of run_profiler.sh --check.  Changes nothing; takes 2 s where there
 * is a clock, whose drift is measured so long.
 */
void survey_adapters(void);

#endif
