/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "server.h"

#define PROGRAM OPTIONS_PROGRAM

static int complain(const char *what, const char *why, const char *remedy)
{
	prof_complain(PROGRAM, what, why, remedy);
	return PROF_EXIT_FAILED;
}

static int complain_usage(const char *what, const char *why)
{
	prof_complain(PROGRAM, what, why, "see exchange --help");
	return PROF_EXIT_USAGE;
}

static const char *reason(int err)
{
	return err == -EPROTO ? "the TLS or WebSocket library refused" : strerror(-err);
}

static int list_scenarios(void)
{
	const struct scenario *scenario = NULL;

	while ((scenario = scenario_next(scenario)))
		(void)printf("%-14s %s\n", scenario->name, scenario->help);
	return PROF_EXIT_OK;
}

static void sha1(const void *bytes, size_t size_bytes,
		 uint8_t ret_digest[static HANDSHAKE_DIGEST_BYTES])
{
	/* Where a policy forbids SHA-1 the answer is wrong, and the client says so. */
	if (EVP_Digest(bytes, size_bytes, ret_digest, NULL, EVP_sha1(), NULL) != 1)
		memset(ret_digest, 0, HANDSHAKE_DIGEST_BYTES);
}

/* Returns 0, or the exit status after one line on stderr. */
static int open_certs(const struct options *options, const struct prof_address *address,
		      struct cert_files *files)
{
	enum cert_kind kind = CERT_GOOD;
	int err;

	for (size_t i = 0; i < options->hosts.count; i++)
		if (!cert_is_host(options->hosts.texts[i]))
			return complain_usage("--host", "not a name or a numeric address");
	if (options->cert_kind && cert_parse_kind(options->cert_kind, &kind) < 0)
		return complain_usage(options->cert_kind, "no such kind of certificate");
	err = cert_open_folder(options->cert_folder, files);
	if (err < 0)
		return complain(options->cert_folder ? options->cert_folder : "temporary folder",
				strerror(-err), "name another with --cert-dir");
	if (options->is_cert_kept && cert_is_there(files)) {
		if (cert_is_usable(files))
			return 0;
		return complain(files->server, "no certificate, or server.key is not its key",
				"leave out --keep-cert to have all made anew");
	}
	err = cert_write(files, kind, address->host, &options->hosts);
	if (err == 0)
		return 0;
	cert_remove(files);
	return complain("cannot make certificates", reason(err), NULL);
}

static void print_counters(const struct exchange *exchange)
{
	const struct exchange_counters *counters = exchange_counters(exchange);

	(void)printf(
		"exchange: messages=%" PRIu64 " connections=%" PRIu64 " refused=%" PRIu64
		" slow=%" PRIu64 " rate_limited=%" PRIu64 " pong_timeouts=%" PRIu64
		" violations=%" PRIu64 " pings=%" PRIu64 " pongs=%" PRIu64 " bad_requests=%" PRIu64
		" pauses=%" PRIu64 " orders=%" PRIu64 " order_tests=%" PRIu64 "\n",
		counters->message_count, counters->accepted_count, counters->refused_count,
		counters->slow_count, counters->rate_limited_count, counters->pong_timeout_count,
		counters->violation_count, counters->ping_count, counters->pong_count,
		counters->bad_request_count, exchange_skip_count(exchange), counters->order_count,
		counters->order_test_count);
}

static int serve(struct server_config *config)
{
	char where[PROF_ADDRESS_HOST_BYTES + 16];
	struct server *server = NULL;
	int err = server_open(config, &server);

	prof_address_format(&config->address, where, sizeof(where));
	if (err < 0)
		return complain(where, reason(err), "choose another with --listen ADDR:PORT");
	config->address.port = server_port(server);
	prof_address_format(&config->address, where, sizeof(where));
	(void)printf("exchange: listening on %s%s%s\n", where, config->certs ? " ca=" : "",
		     config->certs ? config->certs->ca : "");
	/* Whoever waits for that line would wait for ever: not without having said it. */
	err = prof_flush_output(PROGRAM) == 0 ? server_run(server) : -ECANCELED;
	server = server_close(server);
	if (err == -ECANCELED)
		return PROF_EXIT_FAILED;
	print_counters(config->exchange);
	if (err < 0)
		return complain("service loop", reason(err), NULL);
	return prof_flush_output(PROGRAM);
}

static int run(const struct options *options, const struct script *script,
	       struct server_config *config)
{
	const struct exchange_config exchange = {
		.script = *script,
		.venue = options->venue_kind,
		.seed = options->seed,
		.rate_hz = options->rate_hz,
		.ping_interval_ms = options->ping_interval_ms,
		.pong_timeout_ms = options->pong_timeout_ms,
		.life_ms = options->life_s * 1000,
		.client_rate_max = options->client_rate_max,
		.fault_interval = options->fault_interval,
		.is_silent = options->is_silent,
		.is_client_rate_free = options->is_client_rate_free,
		.sha1 = sha1,
	};
	int status;
	int err;

	if (options->log_path) {
		err = send_log_open(options->log_path, &config->log);
		if (err < 0)
			return complain(options->log_path, strerror(-err),
					"name another file with --log");
	}
	config->exchange = exchange_create(&exchange, prof_now_ns());
	status = config->exchange ? serve(config) : complain("start", strerror(ENOMEM), NULL);
	config->exchange = exchange_destroy(config->exchange);
	err = send_log_close(config->log);
	config->log = NULL;
	if (err < 0)
		status = complain(options->log_path, strerror(-err),
				  "not all that was sent is in it: check the free space");
	return status;
}

int main(int argc, char **argv)
{
	struct options options = { .listen = "127.0.0.1:9443",
				   .scenario = "market",
				   .venue = "spot",
				   .rate_hz = 150,
				   .seed = 1,
				   .fault_interval = 50 };
	struct server_config config = { 0 };
	struct script script;
	struct cert_files certs;
	int status;

	prof_claim_standard_fds();
	status = options_parse(&options, argc, argv);
	if (status >= 0)
		return status;
	if (strcmp(options.scenario, "help") == 0)
		return list_scenarios();
	if (script_parse(options.scenario, &script) < 0)
		return complain_usage(options.scenario,
				      "not a scenario, nor a list like steady:5,bursts:2");
	if (!venue_parse(options.venue, &options.venue_kind))
		return complain_usage(options.venue, "no such venue: spot, futures or sbe");
	if (prof_address_parse(options.listen, &config.address) < 0)
		return complain_usage(options.listen, "not a numeric address, a colon and a port");
	(void)signal(SIGPIPE, SIG_IGN);
	config.duration_s = options.common.duration_s;
	config.is_tls12 = options.is_tls12;
	config.is_verbose = options.common.is_verbose;
	if (options.is_plain)
		return run(&options, &script, &config);
	status = open_certs(&options, &config.address, &certs);
	if (status != 0)
		return status;
	config.certs = &certs;
	status = run(&options, &script, &config);
	cert_remove(&certs);
	return status;
}
