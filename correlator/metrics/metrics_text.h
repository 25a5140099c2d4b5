/* SPDX-License-Identifier: BSD-2-Clause */
/* Metrics as Prometheus reads them. */
#ifndef CORR_METRICS_TEXT_H
#define CORR_METRICS_TEXT_H

#include "metrics.h"

/* Room for metrics_write(). */
#define METRICS_TEXT_BYTES_MAX ((size_t)9 * 1024 * 1024)

/* The older one is what promtool and simple scrapers read; Prometheus asks for the other. */
enum metrics_format { METRICS_PROMETHEUS, METRICS_OPENMETRICS };

struct metrics_about {
	const char *version;
	char run[24];
};

void metrics_write(struct text *text, const struct metrics *metrics,
		   const struct metrics_about *about, enum metrics_format format);

/* What an Accept header asks for; NULL: there is none. */
enum metrics_format metrics_format_of(const char *accept);

/* Does Accept-Encoding (NULL: none) take gzip?  RFC 9110, 12.5.3, but for "*". */
bool metrics_takes_gzip(const char *accept_encoding);
/* The media type of the answer. */
const char *metrics_media_type(enum metrics_format format);

#endif
