/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * websocket_client: receives market data over WebSocket, stamps each message
 * where an application would see it, and publishes where in the TCP stream it
 * lay.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed/order/order_text.h"
#include "feed/target.h"
#include "header_file.h"
#include "headers.h"
#include "prof/cli.h"
#include "ws_client/proxy/environment.h"
#include "ws_client/session/client.h"
#include "ws_client/tell/printable.h"
#include "ws_client/tell/report.h"

#define URL_DEFAULT "wss://127.0.0.1:9443/market/stream?streams=btcusdt@aggTrade"

struct config {
	const char *proxy_url; /* NULL: directly */
	struct proxy proxy;
	struct prof_common_options common;
	struct client_options client;
	struct prof_text_list streams;
	struct prof_text_list header_lines;
	const char *header_path; /* NULL: no file of them */
	struct headers headers;
	const char *url;
	bool is_busless;
};

static const char summary[] =
	"Receives market data over WebSocket and publishes, for each message, when the\n"
	"application had it and where in the TCP stream it lay.\n\n"
	"URL defaults to the embedded exchange,\n" URL_DEFAULT ".";

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
	action.sa_handler = SIG_IGN; /* a reader that has gone is a failed write */
	(void)sigaction(SIGPIPE, &action, NULL);
}

/* One option a row. */
/* clang-format off */

/* What is asked for. */
static void add_request_rows(struct prof_option_list *list, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "subscribe", .kind = PROF_OPTION_LIST, .arg_name = "STREAM",
		  .help = "subscribe to a stream after connecting; may be repeated",
		  .value = &config->streams },
		{ .name = "order-on", .kind = PROF_OPTION_TEXT, .arg_name = "STREAM",
		  .help = "a bot to measure with: send a test order for messages of this\n"
			  "stream, to /ws-api/v3 of the same exchange, with no key at all",
		  .value = &config->client.order_stream },
		{ .name = "order-every", .kind = PROF_OPTION_U32, .arg_name = "N",
		  .help = "send one for every so many of them (default 10)",
		  .value = &config->client.order_every_count, .min = 1, .max = UINT32_MAX },
		{ .name = "header", .kind = PROF_OPTION_LIST, .arg_name = "NAME:VALUE",
		  .help = "send this header field when connecting; may be repeated\n"
			  "(others can see the command line: keys belong into a file)",
		  .value = &config->header_lines },
		{ .name = "header-file", .kind = PROF_OPTION_TEXT, .arg_name = "FILE",
		  .help = "send those in this file, one a line", .value = &config->header_path },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* Whom it trusts, and who may read along. */
static void add_tls_rows(struct prof_option_list *list, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "ca-file", .kind = PROF_OPTION_TEXT, .arg_name = "FILE",
		  .help = "trust the authorities in this file (default: the system's)",
		  .value = &config->client.ca_file },
		{ .name = "insecure", .kind = PROF_OPTION_FLAG,
		  .help = "accept any certificate", .value = &config->client.is_insecure },
		{ .name = "keylog", .kind = PROF_OPTION_TEXT, .arg_name = "FILE",
		  .help = "append the TLS keys, for Wireshark\n"
			  "(default: the file named by SSLKEYLOGFILE)",
		  .value = &config->client.keylog_file },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* How connections are made, measured and kept. */
static void add_connection_rows(struct prof_option_list *list, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "ping-interval", .kind = PROF_OPTION_U32, .arg_name = "MS",
		  .help = "measure the round trip so often; 0: never (default 1000)",
		  .value = &config->client.ping_interval_ms, .max = 3600000 },
		{ .name = "no-ping-lines", .kind = PROF_OPTION_FLAG,
		  .help = "print no [ping] lines: the correlator's have the parts, too",
		  .value = &config->client.is_ping_quiet },
		{ .name = "proxy", .kind = PROF_OPTION_TEXT, .arg_name = "URL",
		  .help = "connect through this proxy: http://[USER:PASSWORD@]HOST:PORT\n"
			  "(by CONNECT) or socks5://... (default: directly; http_proxy\n"
			  "and its like in the environment are ignored)",
		  .value = &config->proxy_url },
		{ .name = "count", .kind = PROF_OPTION_U32, .arg_name = "N",
		  .help = "stop after so many messages", .value = &config->client.count_max,
		  .min = 1, .max = UINT32_MAX },
		{ .name = "silence-timeout", .kind = PROF_OPTION_U32, .arg_name = "S",
		  .help = "say so when a stream sends nothing for so long; 0: never (default 10)",
		  .value = &config->client.silence_timeout_s, .max = 86400 },
		{ .name = "roll-over", .kind = PROF_OPTION_U32, .arg_name = "S",
		  .help = "replace a connection that old, connecting before dropping;\n"
			  "0: never (default 86100: the exchange ends them after 24 h)",
		  .value = &config->client.roll_over_s, .max = 31536000 },
		{ .name = "reconnect-max", .kind = PROF_OPTION_U32, .arg_name = "MS",
		  .help = "longest wait before connecting again (default 30000)",
		  .value = &config->client.backoff_max_ms, .min = 1, .max = 3600000 },
		{ .name = "dead-timeout", .kind = PROF_OPTION_U32, .arg_name = "MS",
		  .help = "give up a connection that leaves a ping unanswered and sends\n"
			  "nothing for so long; 0: never (default 10000)",
		  .value = &config->client.dead_timeout_ms, .max = 3600000 },
		{ .name = "compression", .kind = PROF_OPTION_FLAG,
		  .help = "offer permessage-deflate; where it is accepted, no round\n"
			  "trips are measured", .value = &config->client.is_compressing },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* Where messages go, and what all programs take. */
static void add_output_rows(struct prof_option_list *list, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "no-bus", .kind = PROF_OPTION_FLAG,
		  .help = "publish nothing", .value = &config->is_busless },
		{ .name = "print", .kind = PROF_OPTION_FLAG,
		  .help = "write the messages to stdout", .value = &config->client.is_printing },
		PROF_COMMON_OPTION_ROWS(&config->common),
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* clang-format on */

static int parse_command_line(struct config *config, int argc, char **argv)
{
	struct prof_option_list list = { 0 };
	struct prof_cli cli;

	add_request_rows(&list, config);
	add_tls_rows(&list, config);
	add_connection_rows(&list, config);
	add_output_rows(&list, config);
	cli = (struct prof_cli){
		.program = CLIENT_PROGRAM,
		.synopsis = "[URL] [--subscribe STREAM]... [--header-file FILE] [options]",
		.summary = summary,
		.options = list.rows,
		.option_count = list.count,
		.positional_count_max = 1,
		.positionals = &config->url,
	};

	return prof_cli_parse(&cli, argc, argv);
}

static void complain_bus(const struct config *config, const char *what, int err)
{
	struct prof_bus_words words = prof_bus_explain(err);
	char text[128];

	(void)snprintf(text, sizeof(text), "%s '%.64s'", what, config->common.bus_name);
	prof_complain(CLIENT_PROGRAM, text, words.why, words.remedy);
}

static void complain_output(int err)
{
	const char *why = err == -EINTR ? "its reader does not read" : strerror(-err);
	const char *remedy = err == -EPIPE || err == -EINTR ? "the end of the output is missing"
							    : "check rights and free space";

	prof_complain(CLIENT_PROGRAM, "standard output", why, remedy);
}

static int join_bus(struct client *client, const struct config *config)
{
	const struct prof_group *group = &config->common.bus_group;
	const struct prof_bus_options options = { .is_group_shared = group->is_given,
						  .group_id = group->id };
	int err;

	if (config->is_busless)
		return 0;
	err = client_join_bus(client, config->common.bus_name, &options);
	if (err < 0)
		complain_bus(config, "cannot join bus", err);
	return err;
}

static void limit_pings(struct config *config, const struct target *target)
{
	uint32_t least_ms = venue_ping_least_ms(venue_kind_of(target->host));

	if (!config->client.ping_interval_ms || config->client.ping_interval_ms >= least_ms)
		return;
	config->client.ping_interval_ms = least_ms;
	(void)fprintf(stderr,
		      CLIENT_PROGRAM ": this exchange drops whoever pings more often: "
				     "one ping every %u ms\n",
		      least_ms);
}

/* Values may be secrets: none is ever shown. */
static int take_headers(struct config *config)
{
	for (size_t i = 0; i < config->header_lines.count; i++) {
		enum headers_verdict verdict = headers_add(&config->headers,
							   config->header_lines.texts[i]);

		if (verdict == HEADERS_OK)
			continue;
		prof_complain(CLIENT_PROGRAM, "--header", headers_verdict_text(verdict),
			      "give something like 'X-MBX-APIKEY: KEY'");
		return -EINVAL;
	}
	if (config->header_path && header_file_read(&config->headers, config->header_path) < 0)
		return -EINVAL;
	config->client.headers = config->headers.text;
	config->client.headers_bytes = config->headers.size_bytes;
	return 0;
}

/* A key that is missing where one is asked for, or goes where everybody can read it. */
static void warn_of_keys(const struct config *config, const struct target *target)
{
	const struct venue_host *host = venue_host_of(target->host);

	if (host && host->wants_key && !headers_has(&config->headers, "X-MBX-APIKEY"))
		prof_complain(
			CLIENT_PROGRAM, target->host,
			"it asks for an Ed25519 key in the header field X-MBX-APIKEY",
			"write 'X-MBX-APIKEY: KEY' into a file and name it with --header-file");
	if (config->headers.size_bytes && !target->is_tls)
		prof_complain(CLIENT_PROGRAM, "--header",
			      "ws:// is not encrypted: whoever is on the way can read it",
			      "use wss:// where it is a key");
}

/* Of the URL only what is no secret is shown. */
static int take_proxy(struct config *config)
{
	enum proxy_verdict verdict;

	if (!config->proxy_url)
		return 0;
	verdict = proxy_parse(config->proxy_url, &config->proxy);
	if (verdict != PROXY_OK) {
		prof_complain(CLIENT_PROGRAM, "--proxy", proxy_verdict_text(verdict),
			      "give something like http://127.0.0.1:3128");
		return -EINVAL;
	}
	config->client.proxy = &config->proxy;
	return 0;
}

/* libwebsockets would obey some of them, for this machine's own addresses, too. */
static void ignore_environment(const struct config *config)
{
	char names[256];
	char what[320];

	environment_drop_proxies(names, sizeof(names));
	if (!names[0])
		return;
	(void)snprintf(what, sizeof(what), "%s in the environment", names);
	prof_complain(CLIENT_PROGRAM, what,
		      config->client.proxy ? "ignored, --proxy is taken"
					   : "ignored, the connection is made directly",
		      config->client.proxy ? NULL : "a proxy is named with --proxy");
}

static void print_notes(const struct venue_plan *plan)
{
	const char *at = plan->notes;

	while (*at) {
		size_t size_bytes = strcspn(at, "\n");

		(void)fprintf(stderr, CLIENT_PROGRAM ": %.*s\n", (int)size_bytes, at);
		at += size_bytes + (at[size_bytes] == '\n');
	}
}

/* The bot is for exchanges of one's own: a real venue would only see an invalid key. */
static int check_orders(const struct config *config, const struct target *target)
{
	char symbol[ORDER_SYMBOL_BYTES];

	if (!order_symbol(config->client.order_stream, symbol)) {
		prof_complain(CLIENT_PROGRAM, "--order-on", "this stream is not of one symbol",
			      "give something like btcusdt@bookTicker");
		return -EINVAL;
	}
	if (venue_host_of(target->host)) {
		prof_complain(CLIENT_PROGRAM, "--order-on",
			      "its orders have no key: they are for an exchange of your own",
			      "name the embedded one: see exchange --help");
		return -EINVAL;
	}
	return 0;
}

/* Returns -1 to go on, or the exit status. */
static int make_plan(struct config *config, struct target *target, struct venue_plan *plan)
{
	enum target_verdict verdict = target_parse(config->url, target);
	const char *bad = "";
	char url[160];

	if (verdict != TARGET_OK) {
		(void)snprintf(url, sizeof(url), "%s", config->url);
		printable_make(url);
		prof_complain(CLIENT_PROGRAM, *url ? url : "URL ''", target_verdict_text(verdict),
			      "give something like " URL_DEFAULT);
		return PROF_EXIT_USAGE;
	}
	switch (venue_plan(target, config->streams.texts, config->streams.count, plan, &bad)) {
	case VENUE_OK:
		break;
	case VENUE_BAD_STREAM:
		prof_complain(CLIENT_PROGRAM, bad, "this cannot be the name of a stream",
			      "give something like btcusdt@aggTrade");
		return PROF_EXIT_USAGE;
	case VENUE_TOO_MANY_STREAMS:
		prof_complain(CLIENT_PROGRAM, "too many streams",
			      "a connection carries at most 1024", "start a second client");
		return PROF_EXIT_USAGE;
	}
	if (config->client.order_stream) {
		if (check_orders(config, target) < 0)
			return PROF_EXIT_USAGE;
		venue_add_api(plan);
	}
	limit_pings(config, target);
	warn_of_keys(config, target);
	print_notes(plan);
	return -1;
}

static int serve(struct client *client, const struct config *config)
{
	struct client_outcome outcome = client_run(client, &stop_flag);

	if (outcome.bus_err < 0) {
		complain_bus(config, "cannot go on using bus", outcome.bus_err);
		return PROF_EXIT_FAILED;
	}
	if (outcome.output_err < 0) {
		complain_output(outcome.output_err);
		return PROF_EXIT_FAILED;
	}
	/* Stopped before it could connect is as much a success as stopped afterwards. */
	return !outcome.is_any_failed && (outcome.counts->connects || stop_flag) ? PROF_EXIT_OK
										 : PROF_EXIT_FAILED;
}

/* *ret_is_free becomes false if the plan must stay in memory. */
static int run(const struct config *config, const struct venue_plan *plan, bool *ret_is_free)
{
	struct client *client = client_open(&config->client, plan);
	int status = PROF_EXIT_FAILED;

	*ret_is_free = true;
	if (!client)
		return status;
	if (join_bus(client, config) == 0)
		status = serve(client, config);
	*ret_is_free = client_close(client);
	return status;
}

static int plan_and_run(struct config *config)
{
	struct venue_plan *plan = calloc(1, sizeof(*plan));
	struct target *target = calloc(1, sizeof(*target));
	int status = PROF_EXIT_FAILED;
	bool is_free = true;

	if (plan && target)
		status = make_plan(config, target, plan);
	else
		prof_complain(CLIENT_PROGRAM, "out of memory", NULL, NULL);
	free(target);
	if (status < 0)
		status = run(config, plan, &is_free);
	if (is_free) /* or glibc still writes into it; the process ends now */
		free(plan);
	return status;
}

int main(int argc, char **argv)
{
	static struct config config; /* the stream list is large */
	int status;

	config = (struct config){
		.common.bus_name = PROF_BUS_NAME_DEFAULT,
		.client.keylog_file = getenv("SSLKEYLOGFILE"),
		.client.ping_interval_ms = 1000,
		.client.silence_timeout_s = 10,
		.client.order_every_count = 10,
		.client.roll_over_s = 86100,
		.client.backoff_max_ms = 30000,
		.client.dead_timeout_ms = 10000,
		.url = URL_DEFAULT,
	};
	prof_claim_standard_fds();
	status = parse_command_line(&config, argc, argv);
	if (status >= 0)
		return status;
	if (take_proxy(&config) < 0 || take_headers(&config) < 0)
		return PROF_EXIT_USAGE;
	ignore_environment(&config);
	config.client.duration_s = config.common.duration_s;
	config.client.is_verbose = config.common.is_verbose;
	(void)setvbuf(stdout, NULL, _IOLBF, 0); /* a line is there when it is written */
	catch_signals();
	status = plan_and_run(&config);
	explicit_bzero(&config.headers, sizeof(config.headers));
	return status;
}
