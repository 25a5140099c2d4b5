/* SPDX-License-Identifier: BSD-2-Clause */
/* bus_stat as people see it: what it prints, how it exits. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prof/bus.h"
#include "prof/cli.h"

static char bus_name[64];

/* Runs bus_stat; returns its exit status and what it printed on both streams. */
static int run(const char *options, char *ret_text, size_t size_bytes)
{
	char command[512];
	size_t read_bytes;
	FILE *pipe;

	(void)snprintf(command, sizeof(command), "%s --bus %s %s 2>&1", BUS_STAT, bus_name,
		       options);
	pipe = popen(command, "r"); /* NOLINT(cert-env33-c): our own program */
	assert_non_null(pipe);
	read_bytes = fread(ret_text, 1, size_bytes - 1, pipe);
	ret_text[read_bytes] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

static struct prof_bus *create(void)
{
	const struct prof_bus_options options = { .lane_count = 2, .slot_count = 64 };
	struct prof_bus *bus = NULL;

	assert_int_equal(prof_bus_create(bus_name, &options, &bus), 0);
	return bus;
}

static void a_missing_bus_is_a_failure_with_a_remedy(void **state)
{
	char text[4096];

	(void)state;
	assert_int_equal(run("", text, sizeof(text)), PROF_EXIT_FAILED);
	assert_non_null(strstr(text, "there is no such bus"));
	assert_int_equal(run("--unlink", text, sizeof(text)), PROF_EXIT_FAILED);
	assert_int_equal(run("--nonsense", text, sizeof(text)), PROF_EXIT_USAGE);
	assert_int_equal(run("--help", text, sizeof(text)), PROF_EXIT_OK);
}

static void lanes_and_sockets_are_shown(void **state)
{
	const struct prof_producer_options options = { .name = "esc\033[31m",
						       .layer = PROF_LAYER_NIC };
	struct prof_socket socket = { .cookie = 4242, .pid = (uint32_t)getpid() };
	struct prof_event event = { .time_ns = 1 };
	struct prof_producer *producer = NULL;
	struct prof_bus *bus = create();
	char text[4096];
	uint32_t index;

	(void)state;
	assert_int_equal(prof_producer_attach(bus, &options, &producer), 0);
	for (int i = 0; i < 70; i++)
		(void)prof_publish(producer, &event);
	prof_publish_loss(producer, PROF_LOSS_CAPTURE_DROP, 31);
	prof_publish_loss(producer, PROF_LOSS_TRANSLATED, 2);
	assert_int_equal(prof_socket_register(bus, &socket, &index), 0);
	assert_int_equal(run("", text, sizeof(text)), PROF_EXIT_OK);
	assert_non_null(strstr(text, "in use"));
	assert_non_null(strstr(text, "esc?[31m"));
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, " nic "));
	assert_non_null(strstr(text, " alive "));
	assert_non_null(strstr(text, "capture_drop 31"));
	assert_non_null(strstr(text, "address-translated 2 sockets: their address is translated"));
	assert_non_null(strstr(text, "4242"));
	assert_int_equal(run("--unlink", text, sizeof(text)), PROF_EXIT_FAILED);
	assert_non_null(strstr(text, "a running program uses that bus"));
	(void)prof_producer_detach(producer);
	(void)prof_bus_close(bus); /* 64 events wait, so it stays */
	assert_int_equal(run("", text, sizeof(text)), PROF_EXIT_OK);
	assert_non_null(strstr(text, "nobody uses it"));
	assert_int_equal(run("", text, sizeof(text)), PROF_EXIT_OK); /* looking removes nothing */
	assert_int_equal(run("--unlink", text, sizeof(text)), PROF_EXIT_OK);
	assert_int_equal(prof_bus_unlink(bus_name), -2);
}

static void watching_ends_after_its_duration(void **state)
{
	struct prof_bus *bus = create();
	char text[16384];

	(void)state;
	assert_int_equal(run("--watch --duration 1", text, sizeof(text)), PROF_EXIT_OK);
	assert_non_null(strstr(text, "in use"));
	(void)prof_bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_bus_is_a_failure_with_a_remedy),
		cmocka_unit_test(lanes_and_sockets_are_shown),
		cmocka_unit_test(watching_ends_after_its_duration),
	};

	(void)snprintf(bus_name, sizeof(bus_name), "/prof-stat-test-%ld", (long)getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
