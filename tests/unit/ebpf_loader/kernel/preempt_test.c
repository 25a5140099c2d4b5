/* SPDX-License-Identifier: BSD-2-Clause */
#include "ebpf_loader/kernel/preempt.h"

#include "tests/unit/unit.h"

static void the_mode_in_force_is_believed(void **state)
{
	static const struct {
		const char *modes;
		const char *version;
		bool is_preemptible;
		const char *name;
	} rows[] = {
		{ "none voluntary (full) \n", "#1 SMP PREEMPT_DYNAMIC Debian", true, "full" },
		{ "none (voluntary) full \n", "#1 SMP PREEMPT_DYNAMIC Debian", false, "voluntary" },
		{ "(none) voluntary full \n", "#1 SMP PREEMPT_DYNAMIC Debian", false, "none" },
		{ "full (lazy) \n", "#1 SMP PREEMPT_DYNAMIC Debian", true, "lazy" },
		{ "", "#1 SMP Debian 5.10.223-1", false, "none" },
		{ "", "#1 SMP PREEMPT Debian", true, "full" },
		{ "", "#1 SMP PREEMPT_RT Debian", true, "rt" },
		{ "(voluntary)", "#1 SMP PREEMPT_RT Debian", true, "rt" },
		{ "", "#1 SMP PREEMPT_DYNAMIC Debian", true, "not known, could be full" },
		{ "(", "#1 SMP", false, "none" },
		{ "()", "", false, "none" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct preempt_model model;

		preempt_parse(rows[i].modes, rows[i].version, &model);
		assert_int_equal(model.is_preemptible, rows[i].is_preemptible);
		assert_string_equal(model.name, rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_mode_in_force_is_believed) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
