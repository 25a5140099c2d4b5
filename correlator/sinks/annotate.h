/* SPDX-License-Identifier: BSD-2-Clause */
/* What the sink that writes frames with comments is told; its `own` before it is opened. */
#ifndef CORR_SINKS_ANNOTATE_H
#define CORR_SINKS_ANNOTATE_H

#include "correlator/annotate/marks.h"
#include "prof/cli.h"

struct annotate_options {
	struct marks_options marks; /* its unit is the sink's */
	const struct prof_text_list *frames;
	const struct prof_text_list *key_files;
	uint64_t bytes_max;
};

#endif
