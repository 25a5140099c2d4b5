/* SPDX-License-Identifier: BSD-2-Clause */
/* ebpf_loader: attaches the probe to tcp_recvmsg() and publishes what it sees. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <bpf/libbpf.h>

#include "caps.h"
#include "prof/bus.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "publisher.h"
#include "refusal.h"
#include "session.h"
#include "target.h"

#define PROGRAM "ebpf_loader"

/* The rhythm: quick while records come, slower when nothing has come for a while. */
#define BUSY_WAIT_MS	    1
#define IDLE_WAIT_MS	    10
#define IDLE_AFTER_NS	    (100 * PROF_NS_PER_MS)
#define LOSS_INTERVAL_NS    (100 * PROF_NS_PER_MS)
#define BUS_OPEN_TIMEOUT_MS 1000

struct config {
	const char *attach;
	uint32_t pid;
	uint32_t port;
	bool is_all;
	struct prof_common_options common;
};

static volatile sig_atomic_t is_stopping;
static bool is_libbpf_heard; /* libbpf's print hook has no context */

static void stop(int signal_number)
{
	(void)signal_number;
	is_stopping = 1;
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!is_libbpf_heard || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, format, args);
}

static int parse_attach(const char *text, enum attach_kind *ret_kind)
{
	static const struct {
		const char *name;
		enum attach_kind kind;
	} kinds[] = {
		{ "auto", ATTACH_AUTO },
		{ "fentry", ATTACH_FENTRY },
		{ "kprobe", ATTACH_KPROBE },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(text, kinds[i].name) == 0) {
			*ret_kind = kinds[i].kind;
			return 0;
		}
	}
	return -EINVAL;
}

/* -1 to go on, or the exit status. */
static int parse_command_line(int argc, char **argv, struct config *config)
{
	const struct prof_option options[] = {
		{ .name = "attach",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "HOW",
		  .help = "auto, fentry or kprobe (default auto: fentry where it\n"
			  "works, else kprobe)",
		  .value = &config->attach },
		{ .name = "pid",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "every TCP socket of this process, registered or not",
		  .value = &config->pid,
		  .min = 1,
		  .max = 4194304 },
		{ .name = "port",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "every TCP socket with this local or remote port",
		  .value = &config->port,
		  .min = 1,
		  .max = 65535 },
		{ .name = "all",
		  .kind = PROF_OPTION_FLAG,
		  .help = "every TCP socket of this machine",
		  .value = &config->is_all },
		PROF_COMMON_OPTION_ROWS(&config->common),
	};
	const struct prof_cli cli = {
		.program = PROGRAM,
		.synopsis = "[--attach auto|fentry|kprobe] [--pid N] [--port N] [--all]",
		.summary = "Publishes every tcp_recvmsg() on the sockets registered on the bus.",
		.options = options,
		.option_count = sizeof(options) / sizeof(options[0]),
	};

	return prof_cli_parse(&cli, argc, argv);
}

/* Fills in what to attach.  PROF_EXIT_OK, or the status to leave with after saying why. */
static int build_options(const struct config *config, struct session_options *ret_options)
{
	struct target target = { 0 };
	char what[32];
	int err;

	memset(ret_options, 0, sizeof(*ret_options));
	if (parse_attach(config->attach, &ret_options->attach) < 0) {
		prof_complain(PROGRAM, config->attach, "not a way to attach",
			      "--attach takes auto, fentry or kprobe");
		return PROF_EXIT_USAGE;
	}
	if (config->is_all && (config->pid || config->port)) {
		prof_complain(PROGRAM, "--all", "cannot be combined with --pid or --port", NULL);
		return PROF_EXIT_USAGE;
	}
	if (config->is_all || config->pid || config->port)
		ret_options->mode = PROBE_MODE_MATCHING;
	ret_options->port = config->port;
	if (!config->pid)
		return PROF_EXIT_OK;
	err = target_find(config->pid, &target);
	if (err) {
		(void)snprintf(what, sizeof(what), "--pid %u", config->pid);
		prof_complain(PROGRAM, what,
			      err == -ESRCH ? "there is no such process" : strerror(-err),
			      "pgrep finds processes by name");
		return PROF_EXIT_FAILED;
	}
	ret_options->pid = target.pid;
	ret_options->pid_ns_dev = target.ns_dev;
	ret_options->pid_ns_inode = target.ns_inode;
	return PROF_EXIT_OK;
}

static void complain_refused(const struct session_failure *failure)
{
	struct kernel_facts facts;
	struct refusal_words words;
	char what[128];

	facts_gather(&facts);
	refusal_explain(&facts, failure, &words);
	(void)snprintf(what, sizeof(what), "cannot attach to tcp_recvmsg on kernel %s",
		       facts.release);
	prof_complain(PROGRAM, what, words.why, words.remedy);
}

static void announce(const struct session *session)
{
	struct kernel_facts facts;

	facts_gather(&facts);
	(void)fprintf(stderr, PROGRAM ": attached by %s to tcp_recvmsg (kernel %s)\n",
		      session_attach_kind(session) == ATTACH_FENTRY ? "fentry" : "kprobe",
		      facts.release);
}

static void print_totals(const struct publisher_totals *totals)
{
	const __u64 *count = totals->probe.count;

	(void)fprintf(stderr,
		      PROGRAM ": %" PRIu64 " reads, %" PRIu64 " bytes, %" PRIu64
			      " sockets; %llu peeks, %llu empty calls\n",
		      totals->read_count, totals->read_bytes, totals->socket_count,
		      count[PROBE_COUNT_PEEKED], count[PROBE_COUNT_EMPTY]);
	(void)fprintf(stderr,
		      PROGRAM ": lost: ring full %llu, bus full %" PRIu64 ", missed %" PRIu64
			      ", unpaired %llu, contested %llu, no base %llu, untracked %llu, "
			      "untold %llu\n",
		      count[PROBE_COUNT_RESERVE_FAILED], totals->bus_dropped_count,
		      totals->missed_count, count[PROBE_COUNT_UNPAIRED],
		      count[PROBE_COUNT_CONTESTED], count[PROBE_COUNT_UNBASED],
		      count[PROBE_COUNT_UNTRACKED], count[PROBE_COUNT_UNTOLD]);
	if (totals->skipped_count || totals->unregistered_count)
		(void)fprintf(stderr,
			      PROGRAM ": %" PRIu64 " bytes in %" PRIu64
				      " places consumed without a read (splice, zero-copy or a "
				      "loss above), %" PRIu64 " sockets without a place\n",
			      totals->skipped_bytes, totals->skipped_count,
			      totals->unregistered_count);
	if (totals->malformed_count || totals->unknown_count || totals->base_wrong_count)
		(void)fprintf(stderr,
			      PROGRAM ": please report: malformed %" PRIu64 ", unknown socket "
				      "%" PRIu64 ", other base %" PRIu64 "\n",
			      totals->malformed_count, totals->unknown_count,
			      totals->base_wrong_count);
}

/* Turns until stopped. */
static void serve(struct publisher *publisher, const struct session *session, uint32_t duration_s)
{
	struct pollfd ring = { .fd = session_ring_fd(session), .events = POLLIN };
	uint64_t now_ns = prof_now_ns();
	uint64_t begin_ns = now_ns;
	uint64_t record_ns = now_ns;
	uint64_t loss_ns = now_ns;

	while (!is_stopping) {
		if (publisher_turn(publisher) > 0)
			record_ns = prof_now_ns();
		now_ns = prof_now_ns();
		if (prof_delta_ns(loss_ns, now_ns) >= LOSS_INTERVAL_NS) {
			(void)publisher_count_losses(publisher); /* tried again next time */
			loss_ns = now_ns;
		}
		if (duration_s &&
		    prof_delta_ns(begin_ns, now_ns) >= (int64_t)duration_s * PROF_NS_PER_S)
			break;
		(void)poll(&ring, 1,
			   prof_delta_ns(record_ns, now_ns) > IDLE_AFTER_NS ? IDLE_WAIT_MS
									    : BUSY_WAIT_MS);
	}
}

static int run_attached(const struct config *config, const struct session_options *options,
			struct prof_bus *bus, struct session *session)
{
	struct publisher *publisher;
	int err = publisher_open(bus, session, options->mode, &publisher);

	if (err) {
		prof_complain(PROGRAM, config->common.bus_name, prof_bus_explain(err).why,
			      prof_bus_explain(err).remedy);
		return PROF_EXIT_FAILED;
	}
	announce(session);
	err = caps_drop();
	if (err)
		prof_complain(PROGRAM, "cannot drop capabilities", strerror(-err), NULL);
	serve(publisher, session, config->common.duration_s);
	session_detach(session);
	while (publisher_turn(publisher) > 0)
		; /* what was in flight */
	(void)publisher_count_losses(publisher);
	print_totals(publisher_totals(publisher));
	(void)publisher_close(publisher);
	return PROF_EXIT_OK;
}

static int run(const struct config *config, const struct session_options *options)
{
	struct session *session;
	struct session_failure failure;
	struct prof_bus *bus;
	int status;
	int err;

	if (session_open(options, &session, &failure) < 0) {
		complain_refused(&failure);
		return PROF_EXIT_FAILED;
	}
	err = prof_bus_join(config->common.bus_name, NULL, &bus);
	if (err) {
		prof_complain(PROGRAM, config->common.bus_name, prof_bus_explain(err).why,
			      prof_bus_explain(err).remedy);
		(void)session_close(session);
		return PROF_EXIT_FAILED;
	}
	status = run_attached(config, options, bus, session);
	(void)prof_bus_close(bus);
	(void)session_close(session);
	return status;
}

int main(int argc, char **argv)
{
	struct config config = {
		.attach = "auto",
		.common = { .bus_name = PROF_BUS_NAME_DEFAULT },
	};
	const struct sigaction action = { .sa_handler = stop };
	struct session_options options;
	int status = parse_command_line(argc, argv, &config);

	if (status >= 0)
		return status;
	status = build_options(&config, &options);
	if (status != PROF_EXIT_OK)
		return status;
	is_libbpf_heard = config.common.is_verbose;
	(void)libbpf_set_print(print_libbpf);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	return run(&config, &options);
}
