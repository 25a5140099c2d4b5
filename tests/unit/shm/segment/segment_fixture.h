/* SPDX-License-Identifier: BSD-2-Clause */
/* A segment's name and file, gone before and after each test; and what is left in it. */
#ifndef TESTS_UNIT_SEGMENT_FIXTURE_H
#define TESTS_UNIT_SEGMENT_FIXTURE_H

#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prof/bus.h"

static const struct prof_bus_options small = {
	.lane_count = 2,
	.slot_count = 64,
	.socket_count = 2,
	.stream_count = 2,
};

struct fixture {
	char name[64];
	char path[128];
};

static inline int set_up(void **state)
{
	static struct fixture fixture;

	(void)snprintf(fixture.name, sizeof(fixture.name), "/prof-segment-test-%ld",
		       (long)getpid());
	(void)snprintf(fixture.path, sizeof(fixture.path), "/dev/shm%s", fixture.name);
	(void)prof_bus_unlink(fixture.name);
	*state = &fixture;
	return 0;
}

static inline int tear_down(void **state)
{
	const struct fixture *fixture = *state;

	(void)prof_bus_unlink(fixture->name);
	return 0;
}

static inline bool exists(const struct fixture *fixture)
{
	return access(fixture->path, F_OK) == 0;
}

static inline struct prof_bus *create(const struct fixture *fixture)
{
	struct prof_bus *bus = NULL;

	assert_int_equal(prof_bus_create(fixture->name, &small, &bus), 0);
	return bus;
}

/* Another process creates the bus, publishes, and is killed with everything open. */
static inline void leave_stale(const struct fixture *fixture, uint64_t event_count)
{
	const struct prof_producer_options options = { .name = "x", .layer = PROF_LAYER_USER };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct prof_event event = { .time_ns = 1 };
		struct prof_producer *producer = NULL;
		struct prof_bus *bus = NULL;

		if (prof_bus_create(fixture->name, &small, &bus) != 0 ||
		    prof_producer_attach(bus, &options, &producer) != 0)
			_exit(1);
		for (uint64_t i = 0; i < event_count; i++)
			(void)prof_publish(producer, &event);
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

#define WITH_NAME(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
