/* SPDX-License-Identifier: BSD-2-Clause */
/* Two stamps of one segment: the adapter's, and of when it was handed over. */
#include "tests/unit/correlator/world.h"

/* 40 ns apart. */
static void tell(struct world *world, uint8_t stamp_source, uint8_t flags)
{
	const struct prof_event event = { .time_ns = T0 + 100,
					  .conn_key = world_flow(1),
					  .kind = PROF_EVENT_SEGMENT,
					  .stamp_source = stamp_source,
					  .uncertainty_log2_ns = 3,
					  .flags = flags,
					  .seq = BASE,
					  .segment = { .size_bytes = 500,
						       .handed_uncertainty_log2_ns = 4,
						       .handed_after_ns = 40 } };

	corr_engine_event(world->engine, LANE_NIC, &event);
	world_read(world, T0 + 150, T0 + 170, 0, 500);
	world_message(world, T0 + 300, 0, 500);
	world_settle(world, T0 + 1000);
	assert_int_equal(world->message_count, 1);
	assert_int_equal(world->messages[0].class_id, CORR_CLASS_EXACT);
	assert_true(world->messages[0].stage_ns[CORR_STAGE_NIC_KERNEL] == 50);
	assert_true(world->messages[0].stage_ns[CORR_STAGE_TOTAL] == 200);
}

static void an_adapters_stamp_and_the_kernels_are_a_stage(void **state)
{
	struct world *world = world_open_usual();
	const struct corr_message *message = world->messages;

	(void)state;
	tell(world, PROF_STAMP_NIC, PROF_FLAG_HANDED);
	assert_true(message->stage_ns[CORR_STAGE_WIRE_NIC] == 40);
	assert_true(message->handed_ns == T0 + 140);
	assert_true(message->nic_uncertainty_ns == 8);
	assert_true(message->wire_nic_uncertainty_ns == 24);
	world_close(world);
}

/* Without the flag those bytes mean nothing, and beside the kernel's own stamp there is none. */
static void one_stamp_is_no_stage(void **state)
{
	static const struct {
		uint8_t stamp_source;
		uint8_t flags;
	} cases[] = { { PROF_STAMP_NIC, 0 }, { PROF_STAMP_PACKET, PROF_FLAG_HANDED } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world *world = world_open_usual();

		tell(world, cases[i].stamp_source, cases[i].flags);
		assert_false(corr_stage_is_known(&world->messages[0], CORR_STAGE_WIRE_NIC));
		assert_true(world->messages[0].handed_ns == 0);
		world_close(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_adapters_stamp_and_the_kernels_are_a_stage),
		cmocka_unit_test(one_stamp_is_no_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
