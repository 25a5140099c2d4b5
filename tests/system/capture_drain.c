/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes whatever the capture publishes, and throws it away, until it leaves.
 *
 * usage: capture_drain BUS
 */
#include <signal.h>
#include <stdio.h>

#include "prof/bus.h"
#include "prof/cli.h"

#define EVENT_COUNT 32

static volatile sig_atomic_t is_stopped;

static void stop(int signal_number)
{
	(void)signal_number;
	is_stopped = 1;
}

int main(int argc, char **argv)
{
	static struct prof_event events[EVENT_COUNT];
	struct sigaction action = { .sa_handler = stop };
	struct prof_consumer *consumer;
	struct prof_bus *bus;
	uint64_t taken_count = 0;

	if (argc != 2)
		return PROF_EXIT_USAGE;
	(void)sigaction(SIGTERM, &action, NULL); /* cannot fail */
	if (prof_bus_join(argv[1], NULL, &bus) < 0 || prof_consumer_attach(bus, &consumer) < 0)
		return PROF_EXIT_FAILED;
	while (!is_stopped) {
		uint64_t before_count = taken_count;

		for (uint32_t i = 0; i < prof_bus_lane_count(bus); i++)
			taken_count += prof_take(consumer, i, events, EVENT_COUNT, NULL);
		if (taken_count == before_count)
			(void)prof_consumer_wait(consumer, 1);
	}
	consumer = prof_consumer_detach(consumer);
	bus = prof_bus_close(bus);
	(void)printf("%llu events\n", (unsigned long long)taken_count);
	return PROF_EXIT_OK;
}
