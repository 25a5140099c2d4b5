/* SPDX-License-Identifier: BSD-2-Clause */
/* The bus in a process that is showered with signals, as DPDK's tap driver does to its own. */
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

#include "prof/bus.h"

#include "tests/unit/unit.h"

static volatile sig_atomic_t signal_count;

static void count_signal(int number)
{
	(void)number;
	signal_count++;
}

static void signals_do_not_interrupt_joining_or_attaching(void **state)
{
	const struct sigaction action = { .sa_handler = count_signal }; /* no SA_RESTART */
	const struct itimerval often = { { 0, 50 }, { 0, 50 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	const struct prof_producer_options options = { .name = "t", .layer = PROF_LAYER_NIC };
	char name[64];

	(void)state;
	(void)snprintf(name, sizeof(name), "/bus_signal_test.%d", (int)getpid());
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (int round = 0; round < 20; round++) {
		struct prof_producer *producer = NULL;
		struct prof_bus *bus = NULL;

		assert_int_equal(prof_bus_join(name, NULL, &bus), 0);
		assert_int_equal(prof_producer_attach(bus, &options, &producer), 0);
		(void)prof_producer_detach(producer);
		(void)prof_bus_close(bus);
	}
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(signal_count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_do_not_interrupt_joining_or_attaching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
