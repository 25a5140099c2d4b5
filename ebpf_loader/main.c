/* SPDX-License-Identifier: BSD-2-Clause */
/* ebpf_loader: attaches the probe to tcp_recvmsg() and publishes what it sees. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <bpf/libbpf.h>

#include "blindness.h"
#include "ebpf_loader/attach/caps.h"
#include "ebpf_loader/attach/refusal.h"
#include "ebpf_loader/attach/session.h"
#include "ebpf_loader/beside/beside.h"
#include "ebpf_loader/publish/publisher.h"
#include "ebpf_loader/stages/stage_probes.h"
#include "key_layer.h"
#include "keys_only.h"
#include "options.h"
#include "prof/bus.h"
#include "prof/clock.h"
#include "prof/service.h"
#include "report.h"
#include "send_layer.h"

#define PROGRAM "ebpf_loader"

/* The rhythm: quick while records come, slower when nothing has come for a while. */
#define BUSY_WAIT_MS	    1
#define IDLE_WAIT_MS	    10
#define IDLE_AFTER_NS	    (100 * PROF_NS_PER_MS)
#define LOSS_INTERVAL_NS    (100 * PROF_NS_PER_MS)
#define CHECK_INTERVAL_NS   PROF_NS_PER_S
#define SWEEP_INTERVAL_NS   (INT64_C(10) * PROF_NS_PER_S) /* a walk over all open files */
#define BUS_OPEN_TIMEOUT_MS 1000

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

static void complain_ssl(const struct session_failure *failure, bool is_admin)
{
	char what[MAPS_PATH_BYTES + 32];

	(void)snprintf(what, sizeof(what), "cannot attach to SSL_read of %s",
		       failure->ssl_library->name);
	prof_complain(PROGRAM, what, strerror(-failure->ssl_err),
		      is_admin ? NULL : "uprobes take CAP_SYS_ADMIN: run it as root");
}

static void complain_refused(const struct session_failure *failure)
{
	struct kernel_facts facts;
	struct refusal_words words;
	char what[128];

	facts_gather(&facts);
	if (failure->ssl_err) {
		complain_ssl(failure, facts.is_admin);
		return;
	}
	refusal_explain(&facts, failure, &words);
	(void)snprintf(what, sizeof(what), "cannot attach to tcp_recvmsg on kernel %s",
		       facts.release);
	prof_complain(PROGRAM, what, words.why, words.remedy);
}

static void announce_ssl(const struct ssl_target *target)
{
	for (uint32_t i = 0; i < target->library_count; i++) {
		const struct ssl_library *library = &target->libraries[i];

		(void)fprintf(stderr, PROGRAM ": SSL_read probed in %s%s\n", library->name,
			      library->layout.count_offset
				      ? "; each call of it now costs two traps, some microseconds"
				      : ", where it counts its input is not told by its code: a "
					"client that feeds it from memory has no lines");
	}
	if (target->left_out_count)
		(void)fprintf(stderr,
			      PROGRAM ": %u more files have SSL_read and are not probed: there is "
				      "room for %d\n",
			      target->left_out_count, PROBE_SSL_LIBRARY_COUNT_MAX);
}

static const char *attach_name(enum attach_kind kind)
{
	return kind == ATTACH_BOTH     ? "kprobe and fentry"
	       : kind == ATTACH_FENTRY ? "fentry"
				       : "kprobe";
}

/* What auto chose, why, and what it fell back from. */
static void announce_choice(const struct config *config, const struct session *session,
			    const struct session_failure *failure)
{
	bool is_preemptible = config->session.is_preemptible;
	const char *chosen = attach_name(session_attach_kind(session));
	struct kernel_facts facts;
	struct refusal_words words;

	if (failure->fentry_err || failure->kprobe_err) {
		facts_gather(&facts);
		refusal_explain(&facts, failure, &words);
		(void)fprintf(stderr, PROGRAM ": auto: fell back to %s: %s%s\n", chosen, words.why,
			      is_preemptible && failure->kprobe_err
				      ? ": fentry is skipped while a thread is preempted inside it"
				      : "");
		return;
	}
	(void)fprintf(stderr, PROGRAM ": auto: %s: this kernel's preemption is %s: %s\n", chosen,
		      config->preempt.name,
		      is_preemptible ? "fentry would be skipped at times, a kprobe hardly ever"
				     : "nothing is skipped, and fentry costs less than a kprobe");
}

static void announce(const struct config *config, const struct session *session,
		     const struct session_failure *failure)
{
	struct utsname name = { 0 };

	/* Whatever else there is to know takes long to find out: the kernel's symbols are many. */
	(void)uname(&name);
	(void)fprintf(stderr, PROGRAM ": attached by %s to tcp_recvmsg (kernel %s)\n",
		      attach_name(session_attach_kind(session)), name.release);
	if (config->session.attach == ATTACH_AUTO)
		announce_choice(config, session, failure);
	if (session_is_mptcp_unseen(session))
		prof_complain(PROGRAM, "MPTCP", "this kernel takes no program on mptcp_recvmsg",
			      "what is read of such connections is neither seen nor counted");
	if (config->ssl)
		announce_ssl(&config->ssl_target);
}

/* What recurs while serving, and when it was last done. */
struct rhythm {
	bool is_reinforced; /* or that was tried */
	uint64_t begin_ns;
	uint64_t record_ns;
	uint64_t loss_ns;
	uint64_t check_ns;
	uint64_t sweep_ns;
	struct report_interval reported;
	struct blindness blindness;
	uint64_t unwritten_count; /* secrets that the key-log file did not take, as told */
};

/* Whether the probes can see at all. */
static void look_for_blindness(const struct config *config, struct publisher *publisher,
			       struct blindness *blindness, uint64_t now_ns)
{
	const struct publisher_totals *totals = publisher_totals(publisher);
	const struct blind_look look = {
		.time_ns = now_ns,
		.read_count = totals->read_count,
		.call_count = totals->probe.count[PROBE_COUNT_SSL_READ],
		.has_ssl = config->ssl != NULL,
		.is_ftrace_off = facts_is_ftrace_off(),
	};

	if (look.is_ftrace_off)
		publisher_note_off_second(publisher);
	report_sight(blindness_look(blindness, &look), &config->ssl_target);
}

/* The kernel has skipped programs: from now on each call is looked at in both ways. */
static void reinforce(struct publisher *publisher, struct session *session, struct rhythm *rhythm)
{
	enum attach_kind before = session_attach_kind(session);
	int err = session_reinforce(session);

	rhythm->is_reinforced = true;
	(void)fprintf(stderr, PROGRAM ": auto: %" PRIu64 " calls skipped while preempted: ",
		      publisher_totals(publisher)->skipped_call_count);
	if (err)
		(void)fprintf(stderr, "stays with %s (%s): start it again, with --attach %s\n",
			      attach_name(before), strerror(-err),
			      before == ATTACH_FENTRY ? "kprobe" : "fentry");
	else
		(void)fprintf(stderr, "kprobe and fentry from now on, each for what the other "
				      "misses\n");
}

/* 0, or what prof_bus_check() says. */
static int do_what_is_due(const struct config *config, struct prof_bus *bus,
			  struct publisher *publisher, struct session *session,
			  struct rhythm *rhythm, uint64_t now_ns)
{
	if (prof_delta_ns(rhythm->loss_ns, now_ns) >= LOSS_INTERVAL_NS) {
		publisher_count_losses(publisher);
		rhythm->loss_ns = now_ns;
		if (config->session.attach == ATTACH_AUTO && !rhythm->is_reinforced &&
		    publisher_totals(publisher)->skipped_call_count)
			reinforce(publisher, session, rhythm);
	}
	if (config->has_stats && prof_delta_ns(rhythm->reported.time_ns, now_ns) >= PROF_NS_PER_S)
		report_interval(&rhythm->reported, publisher_totals(publisher),
				session_cost(session), now_ns);
	if (prof_delta_ns(rhythm->check_ns, now_ns) < CHECK_INTERVAL_NS)
		return 0;
	rhythm->check_ns = now_ns;
	if (prof_delta_ns(rhythm->sweep_ns, now_ns) >= SWEEP_INTERVAL_NS) {
		rhythm->sweep_ns = now_ns;
		publisher_confirm_sweep(publisher);
		(void)session_sweep(session); /* what it would find is found at the close */
	}
	look_for_blindness(config, publisher, &rhythm->blindness, now_ns);
	return prof_bus_check(bus);
}

/* Turns until stopped.  0, or a negative errno if the bus is no longer whole. */
static int serve(const struct config *config, struct prof_bus *bus, struct publisher *publisher,
		 struct session *session, struct keys *keys)
{
	struct pollfd rings[] = {
		{ .fd = session_ring_fd(session), .events = POLLIN },
		{ .fd = keys ? keys_fd(keys) : -1, .events = POLLIN },
	};
	int64_t duration_ns = (int64_t)config->common.duration_s * PROF_NS_PER_S;
	struct prof_service service = { 0 };
	uint64_t now_ns = prof_now_ns();
	struct rhythm rhythm = { .begin_ns = now_ns,
				 .record_ns = now_ns,
				 .loss_ns = now_ns,
				 .check_ns = now_ns,
				 .sweep_ns = now_ns,
				 .reported.time_ns = now_ns };

	look_for_blindness(config, publisher, &rhythm.blindness, now_ns);
	while (!is_stopping) {
		bool is_idle;
		int err;

		if (publisher_turn(publisher) > 0)
			rhythm.record_ns = prof_now_ns();
		now_ns = prof_now_ns();
		prof_service_turn(&service, now_ns);
		err = do_what_is_due(config, bus, publisher, session, &rhythm, now_ns);
		if (err)
			return err;
		if (duration_ns && prof_delta_ns(rhythm.begin_ns, now_ns) >= duration_ns)
			break;
		is_idle = prof_delta_ns(rhythm.record_ns, now_ns) > IDLE_AFTER_NS;
		(void)poll(rings, 2, is_idle ? IDLE_WAIT_MS : BUSY_WAIT_MS);
		if (rings[1].revents && keys_turn(keys) == 0)
			key_layer_check(&config->keys, keys, &rhythm.unwritten_count);
	}
	return 0;
}

static int complain_bus(const struct config *config, int err)
{
	const struct prof_bus_words words = prof_bus_explain(err);

	prof_complain(PROGRAM, config->common.bus_name, words.why, words.remedy);
	return PROF_EXIT_FAILED;
}

/* What programs beside the probe are given of it. */
static struct beside_options options_beside(const struct config *config,
					    const struct session *session)
{
	const struct session_maps maps = session_maps(session);

	return (struct beside_options){
		.mode = config->session.mode,
		.rows_fd = maps.rows_fd,
		.sockets_fd = maps.sockets_fd,
		.substitutes_fd = maps.substitutes_fd,
		.ring_fd = session_ring_fd(session),
		.is_kprobe = session_attach_kind(session) == ATTACH_KPROBE,
		.is_only_way = config->session.attach != ATTACH_AUTO,
	};
}

/* 0 and the stages' programs, NULL if they are not asked for; or a negative errno, told. */
static int open_stages(const struct config *config, const struct beside_options *options,
		       struct stage_probes **ret_stages)
{
	struct stage_failure failure;
	char what[96];
	int err;

	*ret_stages = NULL;
	if (!config->has_stages)
		return 0;
	err = stage_probes_open(options, ret_stages, &failure);
	if (!err)
		return 0;
	(void)snprintf(what, sizeof(what), "--stages: cannot attach to %s", failure.what);
	prof_complain(PROGRAM, what, strerror(-err), "without --stages all else is measured");
	return err;
}

static int serve_attached(const struct config *config, struct prof_bus *bus,
			  struct session *session, struct stage_probes *stages,
			  struct send_probes *sends, const struct session_failure *failure,
			  struct keys *keys)
{
	struct publisher *publisher;
	int err = publisher_open(bus, session, &config->session, stages, &publisher);

	if (err)
		return complain_bus(config, err);
	if (config->has_stats)
		err = session_measure(session);
	if (err)
		prof_complain(PROGRAM, "--stats: cannot measure run times", strerror(-err),
			      "it needs CAP_SYS_ADMIN");
	announce(config, session, failure);
	if (stages)
		(void)fprintf(stderr, PROGRAM ": stages inside the kernel told, by %s\n",
			      stage_probes_is_kprobe(stages) ? "kprobe" : "fentry");
	err = caps_drop();
	if (err)
		prof_complain(PROGRAM, "cannot drop capabilities", strerror(-err), NULL);
	err = serve(config, bus, publisher, session, keys);
	key_layer_finish(keys);
	publisher_count_losses(publisher); /* while the links can be asked */
	publisher_confirm_sweep(publisher);
	(void)session_sweep(session);
	session_detach(session);
	send_probes_detach(sends);
	if (stages)
		stage_probes_detach(stages);
	while (publisher_turn(publisher) > 0)
		; /* what was in flight */
	publisher_confirm_sweep(publisher);
	publisher_count_losses(publisher);
	report_totals(publisher_totals(publisher));
	send_layer_report(sends, publisher_totals(publisher));
	report_stages(publisher_stage_totals(publisher));
	(void)publisher_close(publisher);
	return err ? complain_bus(config, err) : PROF_EXIT_OK;
}

static int run_attached(const struct config *config, struct prof_bus *bus, struct session *session,
			const struct session_failure *failure, struct keys *keys)
{
	const struct beside_options options = options_beside(config, session);
	struct stage_probes *stages;
	struct send_probes *sends;
	int status;

	if (open_stages(config, &options, &stages))
		return PROF_EXIT_FAILED;
	sends = config->has_sends ? send_layer_open(&options) : NULL;
	status = serve_attached(config, bus, session, stages, sends, failure, keys);
	(void)send_probes_close(sends);
	(void)stage_probes_close(stages);
	return status;
}

static int run(const struct config *config)
{
	const struct prof_group *group = &config->common.bus_group;
	const struct prof_bus_options options = { .is_group_shared = group->is_given,
						  .group_id = group->id };
	struct session *session;
	struct session_failure failure;
	struct prof_bus *bus;
	struct keys *keys;
	int status;
	int err;

	status = key_layer_open(&config->keys, &config->key_target, &keys);
	if (status >= 0)
		return status;
	if (config->is_keys_only) {
		status = keys_only_run(config, keys, &is_stopping);
		(void)keys_close(keys);
		return status;
	}
	if (session_open(&config->session, &session, &failure) < 0) {
		complain_refused(&failure);
		(void)keys_close(keys);
		return PROF_EXIT_FAILED;
	}
	err = prof_bus_join(config->common.bus_name, &options, &bus);
	if (err) {
		(void)session_close(session);
		(void)keys_close(keys);
		return complain_bus(config, err);
	}
	status = run_attached(config, bus, session, &failure, keys);
	(void)prof_bus_close(bus);
	(void)session_close(session);
	(void)keys_close(keys);
	return status;
}

int main(int argc, char **argv)
{
	static struct config config; /* large */
	const struct sigaction action = { .sa_handler = stop };
	int status;

	prof_claim_standard_fds();
	status = config_parse(argc, argv, &config);
	if (status >= 0)
		return status;
	is_libbpf_heard = config.common.is_verbose;
	(void)libbpf_set_print(print_libbpf);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN); /* a reader of our words that is gone is no reason to end */
	return run(&config);
}
