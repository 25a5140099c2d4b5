/* SPDX-License-Identifier: BSD-2-Clause */
#include "ebpf_loader/attach/refusal.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

/* A kernel that has everything. */
static struct kernel_facts good_facts(void)
{
	return (struct kernel_facts){
		.lockdown = LOCKDOWN_NONE,
		.has_btf = true,
		.has_kprobes = true,
		.has_function = true,
		.can_bpf = true,
		.can_trace = true,
		.memlock_bytes = UINT64_MAX,
	};
}

static const struct session_failure both_refused = { .fentry_err = -EPERM, .kprobe_err = -EPERM };

static void expect(const struct kernel_facts *facts, const struct session_failure *failure,
		   const char *why, const char *remedy)
{
	struct refusal_words words;

	refusal_explain(facts, failure, &words);
	if (!strstr(words.why, why))
		fail_msg("'%s' does not say '%s'", words.why, why);
	if (!strstr(words.remedy, remedy))
		fail_msg("'%s' does not say '%s'", words.remedy, remedy);
	assert_null(strchr(words.why, '\n'));
}

static void each_missing_thing_is_named_with_its_remedy(void **state)
{
	struct kernel_facts facts;

	(void)state;
	facts = good_facts();
	facts.is_ftrace_off = true;
	expect(&facts, &both_refused, "kernel.ftrace_enabled is 0", "ftrace_enabled=1");
	facts = good_facts();
	facts.can_bpf = false;
	expect(&facts, &both_refused, "CAP_BPF", "root");
	facts = good_facts();
	facts.can_trace = false;
	expect(&facts, &both_refused, "CAP_PERFMON", "setcap");
	facts = good_facts();
	facts.has_btf = false;
	expect(&facts, &both_refused, "no BTF", "--vm");
	facts = good_facts();
	facts.has_function = false;
	expect(&facts, &both_refused, "no function tcp_recvmsg", "--vm");
	facts = good_facts();
	facts.lockdown = LOCKDOWN_CONFIDENTIALITY;
	expect(&facts, &both_refused, "locked down (lockdown: confidentiality)", "--vm");
}

static void limits_are_named_only_when_they_can_be_the_cause(void **state)
{
	const struct session_failure memlock = { .fentry_err = -EPERM };
	const struct session_failure paranoid = { .kprobe_err = -EACCES };
	struct kernel_facts facts = good_facts();

	(void)state;
	facts.memlock_bytes = 8 << 20;
	expect(&facts, &memlock, "RLIMIT_MEMLOCK", "ulimit -l");
	expect(&facts, &paranoid, "kprobe: Permission denied", "--vm");
	facts = good_facts();
	expect(&facts, &memlock, "fentry: Operation not permitted", "--vm");
	facts.perf_paranoid = 3;
	expect(&facts, &paranoid, "perf_event_paranoid", "sysctl");
	facts.is_admin = true;
	expect(&facts, &paranoid, "kprobe: Permission denied", "--vm");
	facts.is_admin = false;
	facts.perf_paranoid = 2;
	expect(&facts, &paranoid, "kprobe: Permission denied", "--vm");
}

static void without_a_known_cause_the_attempts_are_told(void **state)
{
	struct kernel_facts facts = good_facts();
	struct session_failure failure = { .fentry_err = -EOPNOTSUPP, .kprobe_err = -EINVAL };

	(void)state;
	expect(&facts, &failure, "fentry: Operation not supported; kprobe: Invalid argument",
	       "--vm");
	failure.kprobe_err = 0;
	expect(&facts, &failure, "fentry: Operation not supported", "--vm");
	failure = (struct session_failure){ .kprobe_err = -EINVAL };
	expect(&facts, &failure, "kprobe: Invalid argument", "--vm");
}

static void a_kernel_without_kprobes_is_told_with_its_lockdown(void **state)
{
	struct kernel_facts facts = good_facts();

	(void)state;
	facts.has_kprobes = false;
	facts.lockdown = LOCKDOWN_INTEGRITY;
	expect(&facts, &both_refused,
	       "fentry: Operation not permitted; kprobe: this kernel has none (CONFIG_KPROBES) "
	       "(lockdown: integrity)",
	       "--vm");
}

static void the_mode_in_brackets_is_in_force(void **state)
{
	(void)state;
	assert_int_equal(lockdown_parse("[none] integrity confidentiality\n"), LOCKDOWN_NONE);
	assert_int_equal(lockdown_parse("none [integrity] confidentiality\n"), LOCKDOWN_INTEGRITY);
	assert_int_equal(lockdown_parse("none integrity [confidentiality]\n"),
			 LOCKDOWN_CONFIDENTIALITY);
	assert_int_equal(lockdown_parse("none integrity confidentiality"), LOCKDOWN_UNKNOWN);
	assert_int_equal(lockdown_parse(""), LOCKDOWN_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_missing_thing_is_named_with_its_remedy),
		cmocka_unit_test(limits_are_named_only_when_they_can_be_the_cause),
		cmocka_unit_test(without_a_known_cause_the_attempts_are_told),
		cmocka_unit_test(a_kernel_without_kprobes_is_told_with_its_lockdown),
		cmocka_unit_test(the_mode_in_brackets_is_in_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
