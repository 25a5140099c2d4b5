/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a message cost in user space?
 *
 * The client's own code receives 170-byte messages over TLS from a server in
 * another process and publishes them on a bus.  Measured: from the first
 * instruction of the receive callback until the event is on the bus, beside
 * that the SSL_read() that brought it, and all heap allocations meanwhile:
 * OpenSSL 3.0 makes one of 40 bytes for each record it opens.  Both figures hold two reads
 * of the clock.
 */
#include <inttypes.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench_client_server.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "ws_client/connection/publisher.h"
#include "ws_client/session/client.h"

enum { MESSAGE_COUNT = 200000, WARM_UP_COUNT = 20000, DRAIN_EVERY = 16384 };

/* Of what SSL_read() takes in the same run, whatever else the machine does. */
#define TARGET_OF_READ 0.14

/* The wrappers below have no context pointer. */
static struct {
	uint64_t allocation_count;
	uint64_t tls_allocation_count; /* of those, in OpenSSL's reading */
	uint64_t tls_allocations_at_warm_up;
	uint64_t allocations_at_warm_up;
	uint64_t allocations_at_end;
	uint32_t event_count;
	uint32_t read_count;
	uint32_t cost_ns[MESSAGE_COUNT];
	uint32_t read_ns[MESSAGE_COUNT];
	uint64_t first_ns;
	uint64_t last_ns;
	struct prof_consumer *consumer;
	struct prof_bus *bus;
	const struct client_counts *counts;
} bench;

/* ---- Heap: glibc's own functions stay reachable under these names ------------ */

void *__libc_malloc(size_t size_bytes);
void *__libc_calloc(size_t count, size_t size_bytes);
void *__libc_realloc(void *old, size_t size_bytes);

void *malloc(size_t size_bytes)
{
	bench.allocation_count++;
	return __libc_malloc(size_bytes);
}

void *calloc(size_t count, size_t size_bytes)
{
	bench.allocation_count++;
	return __libc_calloc(count, size_bytes);
}

void *realloc(void *old, size_t size_bytes)
{
	bench.allocation_count++;
	return __libc_realloc(old, size_bytes);
}

/* ---- What is wrapped ---------------------------------------------------------- */

int __real_SSL_read_ex(SSL *ssl, void *bytes, size_t size_bytes, size_t *ret_bytes);
int __wrap_SSL_read_ex(SSL *ssl, void *bytes, size_t size_bytes, size_t *ret_bytes);
void __real_publisher_event(struct publisher *publisher, const struct prof_event *event);
void __wrap_publisher_event(struct publisher *publisher, const struct prof_event *event);

int __wrap_SSL_read_ex(SSL *ssl, void *bytes, size_t size_bytes, size_t *ret_bytes)
{
	uint64_t allocations_before = bench.allocation_count;
	uint64_t before_ns = prof_now_ns();
	int result = __real_SSL_read_ex(ssl, bytes, size_bytes, ret_bytes);
	uint64_t after_ns = prof_now_ns();

	bench.tls_allocation_count += bench.allocation_count - allocations_before;
	if (result > 0 && bench.event_count >= WARM_UP_COUNT && bench.read_count < MESSAGE_COUNT)
		bench.read_ns[bench.read_count++] = (uint32_t)prof_delta_ns(before_ns, after_ns);
	return result;
}

/* The benchmark is its own correlator, and not in the time that is measured. */
static void drain(void)
{
	static struct prof_event events[32];

	for (uint32_t lane = 0; lane < prof_bus_lane_count(bench.bus); lane++)
		while (prof_take(bench.consumer, lane, events, 32, NULL) > 0)
			;
}

void __wrap_publisher_event(struct publisher *publisher, const struct prof_event *event)
{
	uint64_t now_ns;

	__real_publisher_event(publisher, event);
	now_ns = prof_now_ns();
	if (bench.event_count == 0)
		bench.first_ns = now_ns;
	if (bench.event_count == WARM_UP_COUNT) {
		bench.allocations_at_warm_up = bench.allocation_count;
		bench.tls_allocations_at_warm_up = bench.tls_allocation_count;
	}
	if (bench.event_count < MESSAGE_COUNT)
		bench.cost_ns[bench.event_count] = (uint32_t)prof_delta_ns(event->time_ns, now_ns);
	bench.event_count++;
	bench.last_ns = now_ns;
	bench.allocations_at_end = bench.allocation_count;
	if (bench.event_count % DRAIN_EVERY == 0)
		drain();
}

/* ---- Figures ------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	const uint32_t *left = a;
	const uint32_t *right = b;

	return (*left > *right) - (*left < *right);
}

static uint32_t percentile(uint32_t *values, size_t count, unsigned int per_mille)
{
	qsort(values, count, sizeof(*values), compare);
	return count ? values[(count - 1) * per_mille / 1000] : 0;
}

static void print_figures(void)
{
	size_t count = MESSAGE_COUNT - WARM_UP_COUNT;
	uint32_t median_ns = percentile(bench.cost_ns + WARM_UP_COUNT, count, 500);
	uint32_t p99_ns = percentile(bench.cost_ns + WARM_UP_COUNT, count, 990);
	uint32_t read_ns = percentile(bench.read_ns, bench.read_count, 500);
	uint64_t in_tls = bench.tls_allocation_count - bench.tls_allocations_at_warm_up;
	uint64_t elsewhere = bench.allocations_at_end - bench.allocations_at_warm_up - in_tls;
	int64_t span_ns = prof_delta_ns(bench.first_ns, bench.last_ns);

	(void)printf("callback to published: median %u ns, p99 %u ns\n", median_ns, p99_ns);
	(void)printf("SSL_read:              median %u ns, p99 %u ns\n", read_ns,
		     percentile(bench.read_ns, bench.read_count, 990));
	(void)printf("messages/s:            %.0f\n", bench.event_count * 1e9 / (double)span_ns);
	(void)printf("heap allocations:      %" PRIu64 " in %zu messages, and %" PRIu64
		     " by OpenSSL inside SSL_read\n",
		     elsewhere, count, in_tls);
	(void)printf("range errors:          %" PRIu64 "\n",
		     bench.counts->range_errors + bench.counts->untracked);
	(void)printf("RATIO client_callback_to_published_of_ssl_read %.3f <= %.2f\n",
		     (double)median_ns / read_ns, TARGET_OF_READ);
	(void)printf("RATIO client_heap_allocations_per_message %.3f <= 0\n",
		     (double)elsewhere / (double)count);
}

static int run(struct venue_plan *plan, const char *bus_name)
{
	const struct client_options options = {
		.count_max = MESSAGE_COUNT,
		.duration_s = 60,
		.backoff_max_ms = 1000,
		.is_insecure = true,
	};
	volatile sig_atomic_t stop_flag = 0;
	struct client *client = client_open(&options, plan);
	int status = PROF_EXIT_FAILED;

	if (client && prof_bus_create(bus_name, NULL, &bench.bus) == 0 &&
	    prof_consumer_attach(bench.bus, &bench.consumer) == 0 &&
	    client_join_bus(client, bus_name, NULL) == 0) {
		bench.counts = client_run(client, &stop_flag).counts;
		if (bench.event_count >= MESSAGE_COUNT) {
			print_figures();
			status = PROF_EXIT_OK;
		} else {
			(void)fprintf(stderr, "bench_client: only %u messages came\n",
				      bench.event_count);
		}
	}
	(void)client_close(client); /* an address: no name server is asked */
	return status;
}

int main(void)
{
	struct venue_plan *plan = calloc(1, sizeof(*plan));
	struct target *target = calloc(1, sizeof(*target));
	char url[64];
	char bus_name[64];
	const char *bad;
	uint16_t port = 0;
	int status = PROF_EXIT_FAILED;
	int pid = bench_server_start(MESSAGE_COUNT, 1, 0, &port);

	(void)snprintf(url, sizeof(url), "wss://127.0.0.1:%u/ws/btcusdt@aggTrade", port);
	(void)snprintf(bus_name, sizeof(bus_name), "/bench_client_%d", (int)getpid());
	if (plan && target && pid > 0 && target_parse(url, target) == TARGET_OK &&
	    venue_plan(target, NULL, 0, plan, &bad) == VENUE_OK)
		status = run(plan, bus_name);
	(void)prof_consumer_detach(bench.consumer);
	(void)prof_bus_close(bench.bus);
	(void)prof_bus_unlink(bus_name);
	if (pid > 0) {
		(void)kill(pid, SIGTERM);
		(void)waitpid(pid, NULL, 0);
	}
	free(target);
	free(plan);
	return status;
}
