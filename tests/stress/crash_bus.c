/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kills and stops users of the bus, at random moments and exactly between the
 * steps that matter, and looks whether anybody else notices.
 *
 *   crash_bus [--producers KILLS] [--consumers KILLS] [--stops N] [--seed N]
 *
 * Two producers and one consumer run all the time.  Victims come and go beside
 * them.  Afterwards every position of every lane must have been taken once, by
 * somebody who told us or by a victim that died with it and is counted; every
 * event that a victim committed must be there and nothing else; and every lane
 * must have been given to somebody new.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash_board.h"
#include "crash_work.h"
#include "prof/bus.h"
#include "prof/cli.h"
#include "prof/clock.h"

#define PROGRAM	       "crash_bus"
#define STALL_LIMIT_NS (2 * (int64_t)PROF_NS_PER_S)

/* Where a victim may be stopped: bus_pause_point() in shm/. */
static const char *const producer_points[] = { "claimed", "sign",   "signed",	 "push",
					       "word",	  "commit", "committed", "wake" };
static const char *const consumer_points[] = { "settled", "take", "taken" };
static const char *const registry_points[] = { "socket", "stream" };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum role { ROLE_PRODUCER, ROLE_CONSUMER, ROLE_REGISTRAR };

struct board *board;
static char bus_name[64];
static pid_t stable_pids[STABLE_COUNT + 1];

/* The child's own: where it is to stop, and at which passage. */
static const char *armed_point;
static uint32_t armed_countdown;
static struct victim *self;

void bus_pause_point(const char *where);

void bus_pause_point(const char *where)
{
	if (!armed_point || strcmp(where, armed_point) != 0 || armed_countdown-- > 0)
		return;
	armed_point = NULL;
	atomic_store_explicit(&self->is_paused, 1, memory_order_release);
	(void)raise(SIGSTOP); /* killed here, or continued */
}

void stop_everybody(void)
{
	atomic_store_explicit(&board->is_stopping, 1, memory_order_relaxed);
	for (int i = 0; i <= STABLE_COUNT; i++)
		if (stable_pids[i] > 0 && board->is_failed)
			(void)kill(stable_pids[i], SIGKILL);
}

static pid_t start_stable(int index)
{
	pid_t pid = fork();

	CHECK(pid >= 0, "no process");
	if (pid > 0)
		return pid;
	if (index < STABLE_COUNT)
		work_produce(bus_name, (uint32_t)index + 1, NULL, &board->progress[index]);
	else
		work_consume(bus_name, &board->progress[index]);
	exit(PROF_EXIT_OK);
}

static pid_t start_victim(uint32_t victim_id, enum role role, const char *point, uint32_t countdown)
{
	pid_t pid = fork();

	CHECK(pid >= 0, "no process");
	if (pid > 0)
		return pid;
	self = &board->victims[victim_id];
	armed_point = point;
	armed_countdown = countdown;
	if (role == ROLE_PRODUCER)
		work_produce(bus_name, victim_id + STABLE_COUNT + 1, self, NULL);
	else if (role == ROLE_CONSUMER)
		work_consume(bus_name, NULL);
	else
		work_keep_registry(bus_name, victim_id);
	exit(PROF_EXIT_OK);
}

/* Everybody else must get on, whatever has just happened to a victim. */
static void check_progress(const char *after)
{
	uint64_t before[STABLE_COUNT + 1];
	uint64_t start_ns = prof_now_ns();

	for (int i = 0; i <= STABLE_COUNT; i++)
		before[i] = atomic_load_explicit(&board->progress[i], memory_order_relaxed);
	for (int i = 0; i <= STABLE_COUNT; i++) {
		while (atomic_load_explicit(&board->progress[i], memory_order_relaxed) ==
		       before[i]) {
			CHECK(prof_delta_ns(start_ns, prof_now_ns()) < STALL_LIMIT_NS,
			      "%s %d stands still after %s",
			      i < STABLE_COUNT ? "producer" : "consumer", i, after);
			sleep_us(50);
		}
	}
}

static bool wait_for_pause(const struct victim *victim, pid_t pid)
{
	uint64_t start_ns = prof_now_ns();

	while (!atomic_load_explicit(&victim->is_paused, memory_order_acquire)) {
		int status;

		CHECK(waitpid(pid, &status, WNOHANG) == 0, "a victim ended by itself");
		if (prof_delta_ns(start_ns, prof_now_ns()) > 20 * PROF_NS_PER_MS)
			return false; /* it does not come this way often: it dies wherever it is */
		sleep_us(20);
	}
	return true;
}

/* Most producers that die at a random moment are to die at work, not on their way to it. */
static void wait_for_work(const struct victim *victim)
{
	for (int i = 0; i < 1000; i++) {
		if (atomic_load_explicit(&victim->committed_count, memory_order_relaxed))
			return;
		sleep_us(20);
	}
}

static void reap(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid, "waitpid");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "a victim ended by itself: %d",
	      status);
}

static const char *choose_point(enum role role)
{
	uint32_t dice = (uint32_t)random();

	if (dice % 2)
		return NULL; /* at a random moment */
	dice /= 2;
	if (role == ROLE_PRODUCER)
		return producer_points[dice % COUNT_OF(producer_points)];
	if (role == ROLE_CONSUMER)
		return consumer_points[dice % COUNT_OF(consumer_points)];
	return registry_points[dice % COUNT_OF(registry_points)];
}

static uint32_t choose_countdown(const char *point)
{
	bool is_once = point && (strcmp(point, "claimed") == 0 || strncmp(point, "sign", 4) == 0);

	return is_once ? 0 : (uint32_t)random() % 40;
}

/*
 * A producer is stopped with its event committed or not, and that is exactly
 * what must come out; killed at random it may be the one or the other.
 */
static void victimise(uint32_t victim_id, enum role role, bool is_stopped_first,
		      struct tally *tally)
{
	const char *point = choose_point(role);
	pid_t pid = start_victim(victim_id, role, point, choose_countdown(point));
	bool is_paused = point && wait_for_pause(&board->victims[victim_id], pid);

	if (!is_paused && role == ROLE_PRODUCER && random() % 4)
		wait_for_work(&board->victims[victim_id]);
	if (!is_paused)
		sleep_us((uint32_t)random() % 1500);
	if (is_stopped_first) {
		if (!is_paused)
			(void)kill(pid, SIGSTOP);
		check_progress("SIGSTOP");
		(void)kill(pid, SIGCONT);
		sleep_us((uint32_t)random() % 1000);
		tally->stop_count++;
	}
	(void)kill(pid, SIGKILL);
	reap(pid);
	tally->kill_count++;
	tally->paused_kill_count += is_paused && !is_stopped_first;
	/* Told and, until its next call, also counted as abandoned: at most one batch. */
	if (role == ROLE_CONSUMER && (!is_paused || is_stopped_first))
		tally->slack += 32;
	if (victim_id % 8 == 0 || is_paused)
		check_progress("SIGKILL");
}

static void drain_rest(struct prof_bus *bus)
{
	struct prof_consumer *consumer = NULL;

	CHECK(prof_consumer_attach(bus, &consumer) == 0, "no place for the last consumer");
	(void)work_take_everything(consumer);
	(void)prof_consumer_detach(consumer);
}

struct plan {
	uint32_t producer_kills;
	uint32_t consumer_kills;
	uint32_t registrar_kills;
	uint32_t stop_count;
	uint32_t seed;
};

static int run(const struct plan *plan)
{
	const struct prof_bus_options options = { .lane_count = LANE_COUNT,
						  .slot_count = SLOT_COUNT,
						  .socket_count = 16,
						  .stream_count = 4096 };
	struct tally tally = { 0 };
	struct prof_bus *bus = NULL;
	uint32_t id = 0;
	int status;

	CHECK(prof_bus_create(bus_name, &options, &bus) == 0, "no bus");
	for (int i = 0; i <= STABLE_COUNT; i++)
		stable_pids[i] = start_stable(i);
	srandom(plan->seed);
	for (uint32_t i = 0; i < plan->producer_kills; i++) {
		/* A dozen victims share the four lanes that are left: most find events there. */
		board->is_taking_off = i % 48 >= 36;
		victimise(id++, ROLE_PRODUCER, false, &tally);
	}
	board->is_taking_off = 0;
	for (uint32_t i = 0; i < plan->consumer_kills; i++)
		victimise(id++, ROLE_CONSUMER, false, &tally);
	for (uint32_t i = 0; i < plan->registrar_kills; i++)
		victimise(id++, ROLE_REGISTRAR, false, &tally);
	for (uint32_t i = 0; i < plan->stop_count; i++)
		victimise(id++, (enum role)(i % 2), true, &tally);
	stop_everybody();
	for (int i = 0; i <= STABLE_COUNT; i++)
		CHECK(waitpid(stable_pids[i], &status, 0) > 0 && status == 0,
		      "one that nobody attacked ended with %d", status);
	drain_rest(bus);
	status = check_everything(bus, &tally, id);
	bus = prof_bus_close(bus);
	return status;
}

static void remove_bus(void)
{
	(void)prof_bus_unlink(bus_name); /* also after a failure; usually gone already */
}

int main(int argc, char **argv)
{
	struct plan plan = { 200, 200, 60, 60, 1 };
	const struct prof_option rows[] = {
		{ .name = "producers",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "KILLS",
		  .help = "producers to kill",
		  .value = &plan.producer_kills,
		  .max = 30000 },
		{ .name = "consumers",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "KILLS",
		  .help = "consumers to kill",
		  .value = &plan.consumer_kills,
		  .max = 30000 },
		{ .name = "registrars",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "KILLS",
		  .help = "writers of the registry to kill",
		  .value = &plan.registrar_kills,
		  .max = 10000 },
		{ .name = "stops",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "producers and consumers to stop",
		  .value = &plan.stop_count,
		  .max = 10000 },
		{ .name = "seed",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "of the random numbers",
		  .value = &plan.seed,
		  .max = UINT32_MAX },
	};
	const struct prof_cli cli = { .program = PROGRAM,
				      .synopsis = "[options]",
				      .summary =
					      "Kills users of the bus; the others must not notice.",
				      .options = rows,
				      .option_count = COUNT_OF(rows) };
	int status = prof_cli_parse(&cli, argc, argv);

	if (status >= 0)
		return status;
	(void)snprintf(bus_name, sizeof(bus_name), "/prof-crash-%ld", (long)getpid());
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (board == MAP_FAILED) {
		prof_complain(PROGRAM, "no memory for the board", strerror(errno), NULL);
		return PROF_EXIT_FAILED;
	}
	status = run(&plan);
	remove_bus();
	return status;
}
