/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * websocket_client: receives market data over WebSocket, stamps each message
 * where an application would see it, and publishes where in the TCP stream it
 * lay.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "prof/cli.h"
#include "target.h"

#define URL_DEFAULT "wss://127.0.0.1:9443/market/stream?streams=btcusdt@aggTrade"

struct config {
	struct prof_common_options common;
	struct client_options client;
	struct prof_text_list streams;
	const char *url;
	bool is_busless;
};

static volatile sig_atomic_t stop_flag;

static void on_signal(int number)
{
	(void)number;
	stop_flag = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

static int parse_command_line(struct config *config, int argc, char **argv)
{
	const struct prof_option options[] = {
		{ .name = "subscribe",
		  .kind = PROF_OPTION_LIST,
		  .arg_name = "STREAM",
		  .help = "subscribe to a stream after connecting; may be repeated",
		  .value = &config->streams },
		{ .name = "ca-file",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "FILE",
		  .help = "trust the authorities in this file (default: the system's)",
		  .value = &config->client.ca_file },
		{ .name = "insecure",
		  .kind = PROF_OPTION_FLAG,
		  .help = "accept any certificate",
		  .value = &config->client.is_insecure },
		{ .name = "keylog",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "FILE",
		  .help = "append the TLS keys, for Wireshark\n"
			  "(default: the file named by SSLKEYLOGFILE)",
		  .value = &config->client.keylog_file },
		{ .name = "ping-interval",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "MS",
		  .help = "measure the round trip so often; 0: never (default 1000)",
		  .value = &config->client.ping_interval_ms,
		  .max = 3600000 },
		{ .name = "count",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "stop after so many messages",
		  .value = &config->client.count_max,
		  .min = 1,
		  .max = UINT32_MAX },
		{ .name = "no-bus",
		  .kind = PROF_OPTION_FLAG,
		  .help = "publish nothing",
		  .value = &config->is_busless },
		{ .name = "print",
		  .kind = PROF_OPTION_FLAG,
		  .help = "write the messages to stdout",
		  .value = &config->client.is_printing },
		PROF_COMMON_OPTION_ROWS(&config->common),
	};
	const struct prof_cli cli = {
		.program = CLIENT_PROGRAM,
		.synopsis = "[URL] [--subscribe STREAM]... [options]",
		.summary = "Receives market data over WebSocket and publishes, for each message, "
			   "when the\n"
			   "application had it and where in the TCP stream it lay.\n\n"
			   "URL defaults to the embedded exchange,\n" URL_DEFAULT ".",
		.options = options,
		.option_count = sizeof(options) / sizeof(options[0]),
		.positional_count_max = 1,
		.positionals = &config->url,
	};

	return prof_cli_parse(&cli, argc, argv);
}

static int open_bus(struct client *client, const struct config *config)
{
	struct prof_bus_words words;
	char what[128];
	int err;

	if (config->is_busless)
		return 0;
	err = publisher_open(&client->publisher, config->common.bus_name);
	if (err < 0) {
		words = prof_bus_explain(err);
		(void)snprintf(what, sizeof(what), "cannot join bus '%.64s'",
			       config->common.bus_name);
		prof_complain(CLIENT_PROGRAM, what, words.why, words.remedy);
	}
	return err;
}

static void print_summary(const struct client *client)
{
	const struct client_counts *counts = &client->counts;

	(void)fprintf(stderr,
		      CLIENT_PROGRAM ": %" PRIu64 " messages, %" PRIu64 " bytes, %" PRIu64
				     " dropped, %" PRIu64 " connection breaks, %" PRIu64
				     " malformed, %" PRIu64 " oversize, %" PRIu64
				     " unknown events, %" PRIu64 " range errors\n",
		      counts->messages, counts->payload_bytes, client->publisher.dropped_count,
		      counts->breaks, counts->kinds[FEED_MALFORMED], counts->oversize,
		      counts->unknown_events, counts->range_errors + counts->untracked);
}

static int run(struct client *client, const struct target *target, const struct config *config)
{
	int err = client_open(client, &config->client);

	if (err < 0)
		return PROF_EXIT_FAILED;
	err = open_bus(client, config);
	if (!err)
		err = client_add(client, target, config->streams.texts, config->streams.count);
	if (!err) {
		client_run(client, &stop_flag);
		print_summary(client);
	}
	client_close(client);
	publisher_close(&client->publisher);
	return err || !client->counts.connects ? PROF_EXIT_FAILED : PROF_EXIT_OK;
}

int main(int argc, char **argv)
{
	static struct config config; /* the stream list is large */
	struct client *client = calloc(1, sizeof(*client));
	struct target *target = calloc(1, sizeof(*target));
	enum target_verdict verdict;
	int status;

	config = (struct config){
		.common.bus_name = PROF_BUS_NAME_DEFAULT,
		.client.keylog_file = getenv("SSLKEYLOGFILE"),
		.client.ping_interval_ms = 1000,
		.url = URL_DEFAULT,
	};
	status = parse_command_line(&config, argc, argv);
	if (status < 0 && (!client || !target))
		status = PROF_EXIT_FAILED;
	if (status < 0) {
		verdict = target_parse(config.url, target);
		if (verdict != TARGET_OK) {
			prof_complain(CLIENT_PROGRAM, config.url, target_verdict_text(verdict),
				      "give something like " URL_DEFAULT);
			status = PROF_EXIT_USAGE;
		}
	}
	if (status < 0) {
		config.client.duration_s = config.common.duration_s;
		config.client.is_verbose = config.common.is_verbose;
		(void)setvbuf(stdout, NULL, _IOLBF, 0); /* a line is there when it is written */
		catch_signals();
		status = run(client, target, &config);
	}
	free(target);
	free(client);
	return status;
}
