/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exchange's command line.
 */
#ifndef EXCHANGE_OPTIONS_H
#define EXCHANGE_OPTIONS_H

#include "exchange/names/venue.h"
#include "prof/cli.h"

#define OPTIONS_PROGRAM "exchange"

struct options {
	struct prof_common_options common;
	const char *listen;
	const char *scenario;
	const char *venue;
	const char *cert_folder;
	const char *cert_kind;
	const char *log_path;
	enum venue venue_kind; /* left to the caller */
	struct prof_text_list hosts;
	uint32_t rate_hz;
	uint32_t seed;
	uint32_t ping_interval_ms;
	uint32_t pong_timeout_ms;
	uint32_t life_s;
	uint32_t client_rate_max;
	uint32_t fault_interval;
	bool is_client_rate_free;
	bool is_cert_kept;
	bool is_plain;
	bool is_tls12;
	bool is_silent;
};

/*
 * Fills in what was given and leaves the rest, the defaults.  Returns -1 to go
 * on, or the exit status to leave with.
 */
int options_parse(struct options *options, int argc, char **argv);

#endif
