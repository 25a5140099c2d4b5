/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "connection.h"
#include "prof/clock.h"

#define PATIENCE_NS (30 * UINT64_C(1000000000))

static void spawn(struct loader *loader, const char *program, char *const *arguments)
{
	char *argv[16] = { (char *)(uintptr_t)program, (char *)(uintptr_t) "--bus",
			   loader->bus_name };
	int ends[2];

	for (size_t i = 0; arguments[i] && i < 12; i++)
		argv[3 + i] = arguments[i];
	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe");
	loader->pid = fork();
	if (loader->pid < 0)
		die("fork");
	if (loader->pid == 0) {
		(void)dup2(ends[1], STDERR_FILENO);
		(void)execv(program, argv);
		_exit(127);
	}
	(void)close(ends[1]);
	loader->stderr_fd = ends[0];
}

/* Collects its words until they contain `wanted` or end. */
static void read_words(const struct loader *loader, const char *wanted, char *text,
		       size_t size_bytes)
{
	size_t used = 0;

	text[0] = '\0';
	while (used + 1 < size_bytes && !(wanted && strstr(text, wanted))) {
		ssize_t got = read(loader->stderr_fd, text + used, size_bytes - 1 - used);

		if (got <= 0)
			break;
		used += (size_t)got;
		text[used] = '\0';
	}
	(void)fputs(text, stdout);
}

void loader_start(struct loader *loader, const char *program, char *const *arguments)
{
	char words[4096];

	memset(loader, 0, sizeof(*loader));
	(void)snprintf(loader->bus_name, sizeof(loader->bus_name), "/probe_scenarios_%d", getpid());
	if (prof_bus_create(loader->bus_name, NULL, &loader->bus) < 0 ||
	    prof_consumer_attach(loader->bus, &loader->consumer) < 0)
		die("bus");
	spawn(loader, program, arguments);
	read_words(loader, "attached by", words, sizeof(words));
	if (!strstr(words, "attached by"))
		die("the loader did not attach");
}

/* The mark is read before the lane is emptied: whatever comes later must be younger. */
void loader_poll(struct loader *loader)
{
	static uint64_t promised_ns[PROF_LANE_COUNT_MAX];
	struct prof_lane lane;

	for (uint32_t i = 0; i < prof_bus_lane_count(loader->bus); i++) {
		size_t taken;

		if (!prof_lane_read(loader->bus, i, &lane))
			continue;
		do {
			struct prof_event *room = &loader->events[loader->event_count];

			if (loader->event_count == TAKEN_EVENT_COUNT_MAX)
				die("too many events for this test");
			taken = prof_take(loader->consumer, i, room,
					  TAKEN_EVENT_COUNT_MAX - loader->event_count, NULL);
			for (size_t n = 0; n < taken; n++)
				if (room[n].read.return_ns <= promised_ns[i])
					loader->broken_promise_count++;
			loader->event_count += taken;
		} while (taken > 0);
		promised_ns[i] = lane.mark_ns;
	}
}

static uint64_t promised_up_to(const struct loader *loader)
{
	struct prof_lane lane;
	uint64_t mark_ns = 0;

	for (uint32_t i = 0; i < prof_bus_lane_count(loader->bus); i++)
		if (prof_lane_read(loader->bus, i, &lane) && lane.layer == PROF_LAYER_KERNEL)
			mark_ns = lane.mark_ns;
	return mark_ns;
}

void loader_settle(struct loader *loader)
{
	uint64_t now_ns = prof_now_ns();

	while (promised_up_to(loader) < now_ns) {
		if (prof_delta_ns(now_ns, prof_now_ns()) > (int64_t)PATIENCE_NS)
			die("the loader's mark does not move");
		(void)usleep(1000);
		loader_poll(loader);
	}
	loader_poll(loader);
}

static uint64_t number_before(const char *text, const char *words)
{
	const char *at = strstr(text, words);

	if (!at)
		return 0;
	while (at > text && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return strtoull(at, NULL, 10);
}

static uint64_t number_after(const char *text, const char *words)
{
	const char *at = strstr(text, words);

	return at ? strtoull(at + strlen(words), NULL, 10) : 0;
}

void loader_stop(struct loader *loader, struct loader_summary *ret_summary)
{
	static const char *const losses[] = { "ring full ", "bus full ",  "missed ", "unpaired ",
					      "no base ",   "untracked ", "untold " };
	char words[4096];
	int status = 0;

	memset(ret_summary, 0, sizeof(*ret_summary));
	(void)kill(loader->pid, SIGTERM);
	read_words(loader, NULL, words, sizeof(words));
	if (waitpid(loader->pid, &status, 0) < 0)
		die("waitpid");
	(void)close(loader->stderr_fd);
	ret_summary->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	ret_summary->read_count = number_before(words, " reads");
	ret_summary->peek_count = number_before(words, " peeks");
	ret_summary->empty_count = number_before(words, " empty");
	ret_summary->contested_count = number_after(words, "contested ");
	ret_summary->unseen_bytes = number_after(words, "another way, unseen: ");
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
		ret_summary->lost_count += number_after(words, losses[i]);
	ret_summary->skipped_count = number_after(words, "skipped while preempted ");
	if (strstr(words, "please report"))
		ret_summary->exit_status = -1;
	(void)prof_consumer_detach(loader->consumer);
	(void)prof_bus_close(loader->bus);
	(void)prof_bus_unlink(loader->bus_name); /* may be gone already */
}
