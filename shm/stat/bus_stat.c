/* SPDX-License-Identifier: BSD-2-Clause */
/* bus_stat: who is on a bus, what waits in it, what was lost. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "prof/cli.h"
#include "prof/clock.h"
#include "shm/segment/bus_owner.h"
#include "shm/segment/bus_private.h"

#define PROGRAM		 "bus_stat"
#define WATCH_INTERVAL_S 1

struct config {
	struct prof_common_options common;
	bool is_watching;
	bool is_unlinking;
};

static volatile sig_atomic_t stop_flag;

static void on_stop(int number)
{
	(void)number;
	stop_flag = 1;
}

static const char *layer_name(enum prof_layer layer)
{
	static const char *const names[PROF_LAYER_COUNT] = { "-", "nic", "kernel", "user" };

	return (unsigned int)layer < PROF_LAYER_COUNT ? names[layer] : "?";
}

/* The first ten have had words of their own here, which scripts may look for. */
static const char *loss_name(uint32_t loss)
{
	static const char *const names[PROF_LOSS_KIND_COUNT] = {
		[PROF_LOSS_BPF_RESERVE] = "bpf_reserve",
		[PROF_LOSS_PROBE_MISSED] = "probe_missed",
		[PROF_LOSS_READ_UNPAIRED] = "read_unpaired",
		[PROF_LOSS_CAPTURE_DROP] = "capture_drop",
		[PROF_LOSS_CAPTURE_ERROR] = "capture_error",
		[PROF_LOSS_CAPTURE_NOMBUF] = "capture_nombuf",
		[PROF_LOSS_TRUNCATED] = "truncated",
		[PROF_LOSS_FRAGMENT] = "fragment",
		[PROF_LOSS_KTLS] = "ktls",
		[PROF_LOSS_MALFORMED] = "malformed",
	};
	const struct prof_loss_kind *kind = prof_loss_kind(loss);

	return names[loss] ? names[loss] : kind ? kind->name : "unnamed";
}

/* Names come from other processes: what a terminal would act on is not passed on. */
static const char *make_printable(char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			*c = '?';
	return text;
}

/* "12.3 s", or "-" for a time that was never set or lies ahead. */
static const char *age_text(uint64_t time_ns, uint64_t now_ns, char *text, size_t size_bytes)
{
	int64_t age_ns = prof_delta_ns(time_ns, now_ns);

	if (!time_ns || age_ns < 0)
		(void)snprintf(text, size_bytes, "-");
	else
		(void)snprintf(text, size_bytes, "%.3f s", (double)age_ns / PROF_NS_PER_S);
	return text;
}

static void print_losses(const struct prof_lane *lane)
{
	for (uint32_t i = 0; i < PROF_LOSS_KIND_COUNT; i++) {
		const struct prof_loss_kind *kind = prof_loss_kind(i);

		if (!lane->loss_count[i])
			continue;
		(void)printf("       lost: %s %" PRIu64, loss_name(i), lane->loss_count[i]);
		if (kind)
			(void)printf(" %s: %s", kind->unit, kind->words);
		(void)printf("\n");
	}
}

static void print_lane(const struct prof_bus *bus, uint32_t lane_index, uint64_t now_ns)
{
	const char *owner;
	struct prof_lane lane;
	char beat[32];
	char mark[32];

	if (!prof_lane_read(bus, lane_index, &lane))
		return;
	owner = lane.is_owned ? "alive" : lane.is_owner_dead ? "dead" : "gone";
	(void)printf("%4" PRIu32 "  %-23s %-6s %-5s %8" PRIu32 " %9" PRIu64 " %12" PRIu64
		     " %12" PRIu64 " %10" PRIu64 " %9" PRIu64 "  %11s %11s\n",
		     lane_index, make_printable(lane.name), layer_name(lane.layer), owner, lane.pid,
		     lane.pushed_count - lane.taken_count, lane.pushed_count, lane.taken_count,
		     lane.dropped_count, lane.abandoned_count,
		     age_text(lane.heartbeat_ns, now_ns, beat, sizeof(beat)),
		     age_text(lane.mark_ns, now_ns, mark, sizeof(mark)));
	print_losses(&lane);
}

static void print_lanes(const struct prof_bus *bus, uint64_t now_ns)
{
	(void)printf("%4s  %-23s %-6s %-5s %8s %9s %12s %12s %10s %9s  %11s %11s\n", "lane", "name",
		     "layer", "owner", "pid", "waiting", "published", "taken", "dropped",
		     "abandoned", "heartbeat", "mark");
	for (uint32_t i = 0; i < prof_bus_lane_count(bus); i++)
		print_lane(bus, i, now_ns);
}

static void print_sockets(const struct prof_bus *bus)
{
	bool is_first = true;

	for (uint32_t i = 0; i < prof_bus_socket_count(bus); i++) {
		struct prof_socket socket;
		char local[PROF_ENDPOINT_TEXT_BYTES];
		char remote[PROF_ENDPOINT_TEXT_BYTES];

		if (!prof_socket_read(bus, i, &socket))
			continue;
		if (is_first)
			(void)printf("socket  cookie              pid      fd  state   "
				     "local <- remote\n");
		is_first = false;
		(void)printf("%6" PRIu32 "  %-18" PRIu64 " %5" PRIu32 " %7" PRId32
			     "  %-6s  %s <- %s\n",
			     i, socket.cookie, socket.pid, socket.fd,
			     socket.flags & PROF_SOCKET_CLOSED ? "closed" : "open",
			     prof_endpoint_format(&socket.flow.local, local, sizeof(local)),
			     prof_endpoint_format(&socket.flow.remote, remote, sizeof(remote)));
	}
}

static uint32_t count_consumers(const struct prof_bus *bus)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < BUS_CONSUMER_COUNT; i++)
		count += bus_owner_state(bus_consumer(bus, i)) == BUS_OWNER_ALIVE;
	return count;
}

static void print_bus(const struct prof_bus *bus)
{
	uint64_t now_ns = prof_now_ns();
	uint64_t created_ns = atomic_load_explicit(&bus->header->created_ns, memory_order_relaxed);
	uint32_t pid = atomic_load_explicit(&bus->header->creator_pid, memory_order_relaxed);
	char age[32];

	(void)printf("bus %s: %s, created by pid %" PRIu32 " %s ago, %" PRIu32
		     " consumers, %" PRIu32 " lanes of %" PRIu32 " events%s\n",
		     bus->name, bus_is_used(bus) ? "in use" : "nobody uses it", pid,
		     age_text(created_ns, now_ns, age, sizeof(age)), count_consumers(bus),
		     prof_bus_lane_count(bus), prof_bus_slot_count(bus),
		     prof_bus_check(bus) ? ", DAMAGED" : "");
	print_lanes(bus, now_ns);
	print_sockets(bus);
}

static int complain(const char *what, int err)
{
	struct prof_bus_words words = prof_bus_explain(err);

	prof_complain(PROGRAM, what, words.why, words.remedy);
	return PROF_EXIT_FAILED;
}

static int unlink_bus(const char *name)
{
	int err = bus_remove_unused(name);

	return err ? complain(name, err) : PROF_EXIT_OK;
}

static void sleep_interval(void)
{
	struct timespec delay = { .tv_sec = WATCH_INTERVAL_S };

	(void)nanosleep(&delay, NULL); /* a signal ends it early, as it should */
}

/* Looks at whatever has the name, again and again; it may come, go and be replaced. */
static int watch(const struct config *config)
{
	uint64_t start_ns = prof_now_ns();
	int64_t limit_ns = (int64_t)config->common.duration_s * PROF_NS_PER_S;

	while (!stop_flag) {
		struct prof_bus *bus = NULL;
		int err = bus_observe(config->common.bus_name, &bus);

		(void)printf("\033[H\033[2J");
		if (err && err != -ENOENT)
			return complain(config->common.bus_name, err);
		if (err)
			(void)printf("bus %s: waiting for it\n", config->common.bus_name);
		else
			print_bus(bus);
		bus = prof_bus_close(bus);
		if (prof_flush_output(PROGRAM) != PROF_EXIT_OK)
			return PROF_EXIT_FAILED;
		if (limit_ns && prof_delta_ns(start_ns, prof_now_ns()) >= limit_ns)
			break;
		sleep_interval();
	}
	return PROF_EXIT_OK;
}

static int show_once(const char *name)
{
	struct prof_bus *bus = NULL;
	int err = bus_observe(name, &bus);

	if (err)
		return complain(name, err);
	print_bus(bus);
	bus = prof_bus_close(bus);
	return prof_flush_output(PROGRAM);
}

static int parse(int argc, char **argv, struct config *ret_config)
{
	const struct prof_option options[] = {
		{ .name = "watch",
		  .letter = 'w',
		  .kind = PROF_OPTION_FLAG,
		  .help = "show it again every second",
		  .value = &ret_config->is_watching },
		{ .name = "unlink",
		  .kind = PROF_OPTION_FLAG,
		  .help = "remove the bus, if nobody uses it",
		  .value = &ret_config->is_unlinking },
		PROF_COMMON_OPTION_ROWS(&ret_config->common),
	};
	const struct prof_cli cli = {
		.program = PROGRAM,
		.synopsis = "[--watch | --unlink] [--bus NAME]",
		.summary = "Shows who publishes on a bus, what waits in it and what was lost.",
		.options = options,
		.option_count = sizeof(options) / sizeof(options[0]),
	};

	return prof_cli_parse(&cli, argc, argv);
}

int main(int argc, char **argv)
{
	struct config config = { .common = { .bus_name = PROF_BUS_NAME_DEFAULT } };
	const struct sigaction stop = { .sa_handler = on_stop };
	int status;

	prof_claim_standard_fds();
	status = parse(argc, argv, &config);
	if (status >= 0)
		return status;
	if (config.is_watching && config.is_unlinking) {
		prof_complain(PROGRAM, "--watch, --unlink", "given together", "choose one");
		return PROF_EXIT_USAGE;
	}
	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGTERM, &stop, NULL);
	if (config.is_unlinking)
		return unlink_bus(config.common.bus_name);
	return config.is_watching ? watch(&config) : show_once(config.common.bus_name);
}
