/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "exchange/market/scenario.h"

/* Where and to whom. */
static void add_serving_rows(struct prof_option_list *list, struct options *options)
{
	const struct prof_option rows[] = {
		{ .name = "listen",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "ADDR:PORT",
		  .help = "where to listen (default 127.0.0.1:9443);\n"
			  "port 0: any that is free; an IPv6 address in brackets",
		  .value = &options->listen },
		{ .name = "cert-dir",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "DIR",
		  .help = "where to put ca.pem, server.pem and server.key\n"
			  "(default: a temporary folder)",
		  .value = &options->cert_folder },
		{ .name = "keep-cert",
		  .kind = PROF_OPTION_FLAG,
		  .help = "use the certificates that are in --cert-dir already",
		  .value = &options->is_cert_kept },
		{ .name = "cert",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "good|expired|wrong-host|unknown-ca",
		  .help = "which certificate to show (default good)",
		  .value = &options->cert_kind },
		{ .name = "host",
		  .kind = PROF_OPTION_LIST,
		  .arg_name = "NAME",
		  .help = "one more name or address the certificate is good for",
		  .value = &options->hosts },
		{ .name = "plain",
		  .kind = PROF_OPTION_FLAG,
		  .help = "no TLS: ws://",
		  .value = &options->is_plain },
		{ .name = "tls12",
		  .kind = PROF_OPTION_FLAG,
		  .help = "TLS 1.2 instead of 1.3",
		  .value = &options->is_tls12 },
		{ .name = "log",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "FILE",
		  .help = "one line for each message sent: connection, stream,\n"
			  "id, bytes, CLOCK_MONOTONIC ns, tab-separated",
		  .value = &options->log_path },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* What is said. */
static void add_market_rows(struct prof_option_list *list, struct options *options)
{
	const struct prof_option rows[] = {
		{ .name = "rate",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "mean messages a second of each stream that has no\n"
			  "period of its own (default 150)",
		  .value = &options->rate_hz,
		  .min = 1,
		  .max = 10000000 },
		{ .name = "scenario",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "NAME",
		  .help = "what happens (default market), from the list above;\n"
			  "steady:5,bursts:2 plays several by turns, in seconds",
		  .value = &options->scenario },
		{ .name = "venue",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "NAME",
		  .help = "what /ws and /stream are to a client that asks for no\n"
			  "name of Binance's: spot, futures or sbe (default spot)",
		  .value = &options->venue },
		{ .name = "seed",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "everything but the times follows from it (default 1)",
		  .value = &options->seed,
		  .min = 0,
		  .max = UINT32_MAX },
		{ .name = "fault-after",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "messages on a connection before its scenario's fault,\n"
			  "and between faults (default 50)",
		  .value = &options->fault_interval,
		  .min = 0,
		  .max = 1000000000 },
		{ .name = "silent",
		  .kind = PROF_OPTION_FLAG,
		  .help = "acknowledge subscriptions and send nothing",
		  .value = &options->is_silent },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* How long and how much. */
static void add_limit_rows(struct prof_option_list *list, struct options *options)
{
	const struct prof_option rows[] = {
		{ .name = "ping-interval",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "MS",
		  .help = "between pings (default 20 s on spot, 3 min on futures)",
		  .value = &options->ping_interval_ms,
		  .min = 1,
		  .max = 86400000 },
		{ .name = "pong-timeout",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "MS",
		  .help = "how long a pong may take (default 1 min, 10 min)",
		  .value = &options->pong_timeout_ms,
		  .min = 1,
		  .max = 86400000 },
		{ .name = "max-life",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "S",
		  .help = "each connection is closed after so long (default 24 h)",
		  .value = &options->life_s,
		  .min = 1,
		  .max = 86400 },
		{ .name = "client-rate",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "messages a second a client may send, pings and pongs\n"
			  "included (default 5 on spot, 10 on futures)",
		  .value = &options->client_rate_max,
		  .min = 1,
		  .max = 1000000 },
		{ .name = "no-client-rate",
		  .kind = PROF_OPTION_FLAG,
		  .help = "no limit on what clients send, nor on how often\n"
			  "they connect (spot: 300 times in 5 min)",
		  .value = &options->is_client_rate_free },
	};

	PROF_OPTIONS_ADD(list, rows);
}

#define SUMMARY_BYTES 4096

/*
 * Scripts give all programs the same options.  What the exchange sends is what
 * the others measure; it has nothing of its own to say on a bus.
 */
static void add_common_rows(struct prof_option_list *list, struct options *options)
{
	struct prof_option rows[] = { PROF_COMMON_OPTION_ROWS(&options->common) };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strncmp(rows[i].name, "bus", 3) == 0) /* and "bus-group" */
			rows[i].help = "accepted, as by all the programs, and not used:\n"
				       "the exchange publishes nothing";
	PROF_OPTIONS_ADD(list, rows);
}

/* What the program is, and the scenarios, each on a line of its own. */
static void write_summary(char *summary)
{
	const struct scenario *scenario = NULL;
	int used_bytes = snprintf(summary, SUMMARY_BYTES,
				  "A Binance-shaped WebSocket server with invented prices and real "
				  "clocks.\n\nscenarios:");

	while ((scenario = scenario_next(scenario)) && used_bytes < SUMMARY_BYTES)
		used_bytes += snprintf(summary + used_bytes, (size_t)(SUMMARY_BYTES - used_bytes),
				       "\n  %-14s %s", scenario->name, scenario->help);
}

int options_parse(struct options *options, int argc, char **argv)
{
	struct prof_option_list list = { 0 };
	struct prof_cli cli;
	char summary[SUMMARY_BYTES];

	write_summary(summary);
	add_serving_rows(&list, options);
	add_market_rows(&list, options);
	add_limit_rows(&list, options);
	add_common_rows(&list, options);
	cli = (struct prof_cli){
		.program = OPTIONS_PROGRAM,
		.synopsis = "[--listen ADDR:PORT] [--rate N] [--scenario NAME] [--seed N] "
			    "[--cert-dir DIR] [--plain]",
		.summary = summary,
		.options = list.rows,
		.option_count = list.count,
	};

	return prof_cli_parse(&cli, argc, argv);
}
