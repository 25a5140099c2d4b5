/* SPDX-License-Identifier: BSD-2-Clause */
/* From drawn differences to intervals, states and the finding; part of compare(). */
#ifndef CORR_COMPARE_VERDICT_H
#define CORR_COMPARE_VERDICT_H

#include "bootstrap.h"
#include "compare.h"

#define VERDICT_ROUND_COUNT 1000u
#define VERDICT_TEST_COUNT  ((uint32_t)CORR_STAGE_COUNT * COMPARE_QUANTILE_COUNT)

/*
 * drawn_ns: of each row of result->rows, one after the other, what B - A was in
 * each drawing; only read.  The rows hold what was observed, and which of them
 * are to be judged.
 */
void verdict_judge(int64_t (*drawn_ns)[VERDICT_ROUND_COUNT], struct compare_result *result);

#endif
