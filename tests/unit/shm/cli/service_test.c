/* SPDX-License-Identifier: BSD-2-Clause */
/* What a manager hears, and when. */
#include "prof/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "prof/clock.h"
#include "tests/unit/unit.h"

/* An abstract name of our own, as systemd may give one. */
static int listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t name_bytes = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path + 1, name + 1, name_bytes - 1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_bytes)),
			 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static void assert_heard(int fd, const char *words)
{
	char heard[64] = "";
	ssize_t size_bytes = recv(fd, heard, sizeof(heard) - 1, 0);

	if (!words) {
		assert_int_equal(size_bytes, -1);
		return;
	}
	assert_string_equal(heard, words);
}

static void it_is_ready_once_and_alive_twice_as_often_as_asked(void **state)
{
	struct prof_service service = { 0 };
	char name[64];
	int fd;

	(void)state;
	(void)snprintf(name, sizeof(name), "@ws_latency_service_test.%d", getpid());
	fd = listen_at(name);
	assert_int_equal(setenv("WATCHDOG_USEC", "20000000", 1), 0);
	prof_service_turn(&service, 5);
	assert_heard(fd, "READY=1");
	prof_service_turn(&service, 5 + (uint64_t)10 * PROF_NS_PER_S - 1);
	assert_heard(fd, NULL);
	prof_service_turn(&service, 5 + (uint64_t)10 * PROF_NS_PER_S);
	assert_heard(fd, "WATCHDOG=1");
	prof_service_turn(&service, 6 + (uint64_t)10 * PROF_NS_PER_S);
	assert_heard(fd, NULL);
	assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0); /* somebody else is meant */
	service = (struct prof_service){ 0 };
	prof_service_turn(&service, 5);
	assert_heard(fd, "READY=1");
	prof_service_turn(&service, (uint64_t)100 * PROF_NS_PER_S);
	assert_heard(fd, NULL);
	(void)close(fd);
}

static void without_a_manager_nothing_is_said(void **state)
{
	struct prof_service service = { 0 };

	(void)state;
	assert_int_equal(unsetenv("WATCHDOG_PID"), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1), 0);
	prof_service_turn(&service, 5);
	assert_true(service.is_silent);
	assert_int_equal(service.interval_ns, 0);
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	service = (struct prof_service){ 0 };
	prof_service_turn(&service, 5);
	assert_true(service.is_silent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_ready_once_and_alive_twice_as_often_as_asked),
		cmocka_unit_test(without_a_manager_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
