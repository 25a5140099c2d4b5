/* SPDX-License-Identifier: BSD-2-Clause */
/* The spelling that scripts depend on, letter by letter. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "correlator/run/run.h"

#include "tests/unit/unit.h"

/* What the wall clock is ahead of ours: the message of tell() came at 1795000000000169 us. */
#define WALL_OFFSET_NS 1795000000000000000

static void tell_lane(struct run *run, uint32_t lane, enum prof_layer layer, uint64_t mark_ns)
{
	struct prof_lane facts = {
		.generation = 1, .is_owned = true, .layer = layer, .since_ns = 1, .mark_ns = mark_ns
	};

	run_lane(run, lane, &facts, mark_ns);
}

/* One message that took 45 us to the kernel and 123 us more to the user. */
static void tell(struct run *run, bool has_kernel, const struct prof_event *told)
{
	struct prof_socket socket = { .cookie = 5, .registered_ns = 2, .flow.local.port = 9 };
	uint64_t flow_id = prof_flow_id(&socket.flow);
	struct prof_event event = { .time_ns = 3,
				    .conn_key = flow_id,
				    .kind = PROF_EVENT_SEGMENT,
				    .seq = 987654320,
				    .segment = { .tcp_flags = PROF_TCP_SYN } };

	tell_lane(run, 0, PROF_LAYER_NIC, 400000);
	if (has_kernel)
		tell_lane(run, 1, PROF_LAYER_KERNEL, 400000);
	tell_lane(run, 2, PROF_LAYER_USER, 400000);
	run_socket(run, &socket);
	run_event(run, 0, &event);
	event = (struct prof_event){ .time_ns = 1000,
				     .conn_key = flow_id,
				     .kind = PROF_EVENT_SEGMENT,
				     .seq = 987654321,
				     .segment = { .size_bytes = 100 } };
	run_event(run, 0, &event);
	event = (struct prof_event){
		.time_ns = 46000,
		.conn_key = 5,
		.kind = PROF_EVENT_READ,
		.base_seq = 987654321,
		.read = { .return_ns = 47000, .flow_id = flow_id, .size_bytes = 100 }
	};
	if (has_kernel)
		run_event(run, 1, &event);
	else
		run_event(run, 2, &(struct prof_event){ 0 }); /* unknown: counted, not used */
	socket.base_seq = 987654321;
	socket.flags = PROF_SOCKET_BASE_KNOWN;
	run_socket(run, &socket);
	event = (struct prof_event){ .time_ns = 169000,
				     .conn_key = 5,
				     .kind = PROF_EVENT_MESSAGE,
				     .message = { .end_offset = 100, .size_bytes = 100 } };
	event.flags = told->flags;
	event.message.exch_time_us = told->message.exch_time_us;
	run_event(run, 2, &event);
	run_round(run, 500000, WALL_OFFSET_NS);
	run_end(run, 500000);
}

/* What is printed, up to the percentiles. */
static const char *print_told(enum corr_unit unit, bool has_kernel, bool is_quiet,
			      const struct prof_event *told)
{
	static struct run run;
	static char bytes[1 << 16];
	char path[64];
	const char *failed;
	size_t size_bytes;
	FILE *file;

	(void)snprintf(path, sizeof(path), "corr_lines_test.%d", (int)getpid());
	assert_int_equal(run_open(&run, &(struct run_options){ .unit = unit }), 0);
	assert_int_equal(run_add_sink(&run, &(struct sink){ .ops = &sink_lines,
							    .path = path,
							    .is_quiet = is_quiet }),
			 0);
	tell(&run, has_kernel, told);
	assert_int_equal(run_close(&run, &failed), 0);
	file = fopen(path, "r");
	assert_non_null(file);
	size_bytes = fread(bytes, 1, sizeof(bytes) - 1, file);
	bytes[size_bytes] = '\0';
	(void)fclose(file);
	(void)unlink(path);
	*strstr(bytes, "\n=== Percentiles") = '\0';
	return bytes;
}

static const char *print(enum corr_unit unit, bool has_kernel, bool is_quiet)
{
	return print_told(unit, has_kernel, is_quiet, &(struct prof_event){ 0 });
}

static void everything_known_is_spelled_as_promised(void **state)
{
	(void)state;
	assert_string_equal(print(CORR_UNIT_US, true, false),
			    "[CORR] seq=1 tcp_seq=987654321 NIC->Kernel=45us Kernel->User=123us "
			    "Total=168us class=exact\n"
			    "=== Correlation Statistics ===\n"
			    "NIC events:       1\n"
			    "Kernel events:    1\n"
			    "Userspace events: 1\n"
			    "Correlated:       1\n"
			    "\n"
			    "=== Average Latencies ===\n"
			    "NIC->Kernel:   45 us\n"
			    "Kernel->User:  123 us\n"
			    "NIC->User:     168 us\n");
}

static void an_absent_layer_is_not_available_and_the_reason_stands_once(void **state)
{
	(void)state;
	assert_string_equal(print(CORR_UNIT_US, false, false),
			    "[note] kernel layer: Kernel->User=n/a: the layer is not running "
			    "(not-running; said once, counted below)\n"
			    "[CORR] seq=1 tcp_seq=987654321 NIC->Kernel=n/a Kernel->User=n/a "
			    "Total=168us class=no-kernel\n"
			    "=== Correlation Statistics ===\n"
			    "NIC events:       1\n"
			    "Kernel events:    0\n"
			    "Userspace events: 1\n"
			    "Correlated:       0\n"
			    "\n"
			    "=== Average Latencies ===\n"
			    "NIC->Kernel:   n/a\n"
			    "Kernel->User:  n/a\n"
			    "NIC->User:     168 us\n");
}

/* In us whatever the unit; and what is told in ms is left to the report. */
static void the_exchange_s_time_stands_where_it_is_told_in_us(void **state)
{
	struct prof_event told = { .flags = PROF_FLAG_EXCH_US,
				   .message.exch_time_us = 1795000000000169 - 1345 };
	const char *printed = print_told(CORR_UNIT_NS, true, false, &told);
	const char *line = strstr(printed, "[CORR]");

	(void)state;
	assert_ptr_equal(strstr(printed, "[note] E->User is from the exchange's own stamp to the "
					 "callback: it contains the unknown error between its "
					 "clock and CLOCK_REALTIME here (said once)\n[CORR]"),
			 printed);
	assert_memory_equal(strstr(line, " class="), " class=exact E->User=1345us\n", 28);
	told.message.exch_time_us = 1795000000000169 + 20;
	line = print_told(CORR_UNIT_US, true, false, &told);
	assert_non_null(strstr(line, " class=exact E->User=-20us\n"));
	told.flags = 0;
	assert_null(strstr(print_told(CORR_UNIT_US, true, false, &told), "E->User="));
}

static void quiet_leaves_the_statistics_and_ns_are_exact(void **state)
{
	(void)state;
	assert_string_equal(print(CORR_UNIT_NS, true, true), "=== Correlation Statistics ===\n"
							     "NIC events:       1\n"
							     "Kernel events:    1\n"
							     "Userspace events: 1\n"
							     "Correlated:       1\n"
							     "\n"
							     "=== Average Latencies ===\n"
							     "NIC->Kernel:   45000 ns\n"
							     "Kernel->User:  123000 ns\n"
							     "NIC->User:     168000 ns\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_known_is_spelled_as_promised),
		cmocka_unit_test(an_absent_layer_is_not_available_and_the_reason_stands_once),
		cmocka_unit_test(the_exchange_s_time_stands_where_it_is_told_in_us),
		cmocka_unit_test(quiet_leaves_the_statistics_and_ns_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
