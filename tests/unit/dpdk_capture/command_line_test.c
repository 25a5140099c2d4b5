/* SPDX-License-Identifier: BSD-2-Clause */
#include "dpdk_capture/command_line.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

static bool flag;
static const char *text;
static const struct prof_option options[] = {
	{ .name = "iface", .kind = PROF_OPTION_TEXT, .value = &text },
	{ .name = "all", .kind = PROF_OPTION_FLAG, .value = &flag },
	{ .name = "verbose", .letter = 'v', .kind = PROF_OPTION_FLAG, .value = &flag },
};

static void split(char *line, struct word_list *ret_eal, struct word_list *ret_own)
{
	char *argv[64];
	int argc = 0;

	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	assert_true(command_line_split(argc, argv, options, sizeof(options) / sizeof(options[0]),
				       ret_eal, ret_own));
}

static const char *join(const struct word_list *list, char *joined, size_t size_bytes)
{
	size_t used = 0;

	joined[0] = '\0';
	for (int i = 1; i < list->count; i++)
		used += (size_t)snprintf(joined + used, size_bytes - used, "%s%s", i > 1 ? " " : "",
					 list->words[i]);
	return joined;
}

static void assert_split(const char *typed, const char *eal, const char *own)
{
	char line[256];
	char joined[256];
	struct word_list eal_words;
	struct word_list own_words;

	(void)snprintf(line, sizeof(line), "%s", typed);
	split(line, &eal_words, &own_words);
	assert_string_equal(join(&eal_words, joined, sizeof(joined)), eal);
	assert_string_equal(join(&own_words, joined, sizeof(joined)), own);
}

static void words_go_to_whom_they_belong(void **state)
{
	(void)state;
	assert_split("p -l 0-1 -n 4 --", "-l 0-1 -n 4", "");
	assert_split("p -l 0-1 -- --iface x", "-l 0-1", "--iface x");
	assert_split("p --iface x", "", "--iface x");
	assert_split("p --iface=x -l 1 --all", "-l 1", "--iface=x --all");
	assert_split("p --help", "", "--help");
	assert_split("p -v -l 0 --version", "-l 0", "-v --version");
	assert_split("p --vdev net_null0 --all -a 00:1.0", "--vdev net_null0 -a 00:1.0", "--all");
	assert_split("p --vdev=net_null0,copy=1", "--vdev=net_null0,copy=1", "");
	assert_split("p --nonsense 3", "", "--nonsense 3");
	assert_split("p --ifaces x", "", "--ifaces x");
	assert_split("p stray", "", "stray");
	assert_split("p --iface -- -l 0", "-l 0", "--iface --"); /* a value, however it looks */
	assert_split("p -- -l 0", "", "-l 0");
}

struct completed {
	struct word_list eal;
	struct eal_texts texts;
	struct eal_choice choice;
	char joined[512];
};

static const bool cores[8] = { false, true, true, false };

static const char *complete(struct completed *completed, char *line, const struct machine *machine)
{
	struct word_list own;

	split(line, &completed->eal, &own);
	assert_true(command_line_complete(&completed->eal, machine, 77, false, &completed->texts,
					  &completed->choice));
	return join(&completed->eal, completed->joined, sizeof(completed->joined));
}

static void memory_is_the_best_there_is(void **state)
{
	struct machine machine = { .is_core_usable = cores, .core_count = 8 };
	struct completed completed;
	char bare[] = "p";
	char huge[] = "p";
	char mounted[] = "p";
	char told[] = "p --no-huge -m 64";

	(void)state;
	assert_non_null(
		strstr(complete(&completed, bare, &machine), "--no-huge -m256 --no-shconf"));
	assert_true(completed.choice.is_hugepage_less);
	machine.huge_free_bytes = 1u << 30;
	assert_non_null(strstr(complete(&completed, huge, &machine), "--in-memory"));
	assert_null(strstr(completed.joined, "huge"));
	machine.is_hugetlbfs_mounted = true;
	assert_non_null(strstr(complete(&completed, mounted, &machine), "--huge-unlink=always"));
	assert_non_null(strstr(completed.joined, "--file-prefix=dpdk_capture_77"));
	assert_null(strstr(complete(&completed, told, &machine), "unlink"));
}

static void a_core_that_is_not_there_is_replaced(void **state)
{
	const struct machine machine = { .is_core_usable = cores, .core_count = 8 };
	static const struct {
		const char *typed;
		const char *wanted;
		bool is_replaced;
	} cases[] = {
		{ "p", "-l1 ", false },
		{ "p -l 1-2", "-l 1-2 ", false },
		{ "p -l 0-1", "-l 1 ", true },
		{ "p -l2", "-l2 ", false },
		{ "p -l3", "-l1 ", true },
		{ "p -l 2,7", "-l 1 ", true },
		{ "p -l 1-999999", "-l 1 ", true },
		{ "p --lcores 0@1", "--lcores 0@1 ", false },
		{ "p -c 2", "-c 2 ", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct completed completed;
		char line[64];

		(void)snprintf(line, sizeof(line), "%s", cases[i].typed);
		(void)complete(&completed, line, &machine);
		assert_ptr_equal(strstr(completed.joined, cases[i].wanted), completed.joined);
		assert_int_equal(completed.choice.is_core_replaced, cases[i].is_replaced);
	}
}

/* DPDK has as many lcores as it was built for; the others' work is done by number 0. */
static void a_core_that_dpdk_has_no_number_for_is_mapped(void **state)
{
	static bool far_cores[1024];
	static const struct {
		size_t lcore_count; /* 0: as Debian builds it */
		const char *typed;
		const char *wanted;
		bool is_replaced;
	} cases[] = {
		{ 0, "p", "--lcores=0@128 ", false },
		{ 256, "p", "-l128 ", false },
		{ 128, "p -l 200", "--lcores 0@200 ", false },
		{ 128, "p -l200", "--lcores=0@200 ", false },
		{ 201, "p -l 200", "-l 200 ", false },
		{ 128, "p -l 128,200", "--lcores 0@128 ", false },
		{ 128, "p -l 200,128", "--lcores 0@128 ", false },
		{ 128, "p -l 127-128", "--lcores 0@128 ", true },
		{ 128, "p -l 0", "--lcores 0@128 ", true },
		{ 256, "p -l 0", "-l 128 ", true },
		{ 128, "p --lcores 1@200", "--lcores 1@200 ", false },
		{ 128, "p -l 1023", "--lcores 0@1023 ", false },
	};

	(void)state;
	far_cores[128] = true;
	far_cores[200] = true;
	far_cores[1023] = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct machine machine = { .is_core_usable = far_cores,
						 .core_count = 1024,
						 .lcore_count = cases[i].lcore_count };
		struct completed completed;
		char line[64];

		(void)snprintf(line, sizeof(line), "%s", cases[i].typed);
		(void)complete(&completed, line, &machine);
		assert_ptr_equal(strstr(completed.joined, cases[i].wanted), completed.joined);
		assert_int_equal(completed.choice.is_core_replaced, cases[i].is_replaced);
	}
}

static void no_core_at_all_is_refused(void **state)
{
	const bool none[4] = { false };
	const struct machine machine = { .is_core_usable = none, .core_count = 4 };
	struct word_list eal = { .count = 1 };
	struct eal_texts texts;
	struct eal_choice choice;

	(void)state;
	assert_false(command_line_complete(&eal, &machine, 1, false, &texts, &choice));
	assert_true(choice.is_coreless);
}

static void devices_decide_about_the_bus(void **state)
{
	const struct machine machine = { .is_core_usable = cores, .core_count = 8 };
	struct completed completed;
	char bare[] = "p";
	char pci[] = "p -a 0000:01:00.0";
	char vdev[] = "p --vdev=net_af_packet0,iface=nic0";
	char tuned[] = "p --vdev net_af_packet0,iface=nic0,framesz=4096";

	(void)state;
	assert_non_null(strstr(complete(&completed, bare, &machine), "--no-pci"));
	assert_false(completed.choice.has_device);
	assert_null(strstr(complete(&completed, pci, &machine), "--no-pci"));
	assert_true(completed.choice.has_device);
	assert_non_null(strstr(complete(&completed, vdev, &machine),
			       "--vdev=net_af_packet0,iface=nic0,framesz=2048"));
	assert_true(completed.choice.has_device);
	assert_null(strstr(complete(&completed, tuned, &machine), "2048"));
}

static void too_many_words_are_refused(void **state)
{
	static char word[] = "-l";
	char *argv[WORD_COUNT_MAX + 2];
	struct word_list eal;
	struct word_list own;

	(void)state;
	for (int i = 0; i < WORD_COUNT_MAX + 2; i++)
		argv[i] = word;
	assert_true(command_line_split(WORD_COUNT_MAX, argv, options, 0, &eal, &own));
	assert_false(command_line_split(WORD_COUNT_MAX + 1, argv, options, 0, &eal, &own));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_go_to_whom_they_belong),
		cmocka_unit_test(memory_is_the_best_there_is),
		cmocka_unit_test(a_core_that_is_not_there_is_replaced),
		cmocka_unit_test(a_core_that_dpdk_has_no_number_for_is_mapped),
		cmocka_unit_test(no_core_at_all_is_refused),
		cmocka_unit_test(devices_decide_about_the_bus),
		cmocka_unit_test(too_many_words_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
