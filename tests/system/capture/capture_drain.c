/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes whatever the capture publishes until it is told to stop, and throws it
 * away, or prints it: time_ns seq size_bytes stamp_source uncertainty_log2_ns flags
 * handed_after_ns handed_uncertainty_log2_ns.
 *
 * usage: capture_drain BUS [print]
 */
#include <inttypes.h>
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

static void print(const struct prof_event *events, size_t event_count)
{
	for (size_t i = 0; i < event_count; i++)
		(void)printf("%" PRIu64 " %" PRIu32 " %" PRIu32 " %u %u %u %" PRId32 " %u\n",
			     events[i].time_ns, events[i].seq, events[i].segment.size_bytes,
			     events[i].stamp_source, events[i].uncertainty_log2_ns, events[i].flags,
			     events[i].segment.handed_after_ns,
			     events[i].segment.handed_uncertainty_log2_ns);
}

int main(int argc, char **argv)
{
	static struct prof_event events[EVENT_COUNT];
	struct sigaction action = { .sa_handler = stop };
	struct prof_consumer *consumer;
	struct prof_bus *bus;
	uint64_t taken_count = 0;

	if (argc != 2 && argc != 3)
		return PROF_EXIT_USAGE;
	(void)sigaction(SIGTERM, &action, NULL); /* cannot fail */
	if (prof_bus_join(argv[1], NULL, &bus) < 0 || prof_consumer_attach(bus, &consumer) < 0)
		return PROF_EXIT_FAILED;
	while (!is_stopped) {
		uint64_t before_count = taken_count;

		for (uint32_t i = 0; i < prof_bus_lane_count(bus); i++) {
			size_t count = prof_take(consumer, i, events, EVENT_COUNT, NULL);

			taken_count += count;
			if (argc == 3)
				print(events, count);
		}
		if (taken_count == before_count)
			(void)prof_consumer_wait(consumer, 1);
	}
	consumer = prof_consumer_detach(consumer);
	bus = prof_bus_close(bus);
	if (argc == 2)
		(void)printf("%" PRIu64 " events\n", taken_count);
	return PROF_EXIT_OK;
}
