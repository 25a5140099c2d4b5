/* SPDX-License-Identifier: BSD-2-Clause */
#include "caps.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

/* Newer than some <linux/capability.h>. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

struct cap_sets {
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
};

static int get_sets(struct cap_sets *sets)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	memset(sets, 0, sizeof(*sets));
	return syscall(SYS_capget, &head, sets->words) < 0 ? -errno : 0;
}

static int set_sets(const struct cap_sets *sets)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capset, &head, sets->words) < 0 ? -errno : 0;
}

static bool is_effective(const struct cap_sets *sets, unsigned int capability)
{
	return sets->words[capability / 32].effective >> capability % 32 & 1;
}

bool caps_has(enum caps_kind kind)
{
	static const unsigned int numbers[] = {
		[CAPS_ADMIN] = CAP_SYS_ADMIN,
		[CAPS_BPF] = CAP_BPF,
		[CAPS_PERFMON] = CAP_PERFMON,
	};
	struct cap_sets sets;

	return get_sets(&sets) == 0 &&
	       (is_effective(&sets, numbers[kind]) || is_effective(&sets, CAP_SYS_ADMIN));
}

int caps_drop(void)
{
	const uint32_t kept = UINT32_C(1) << CAP_BPF % 32;
	struct cap_sets sets;
	int err = get_sets(&sets);

	if (err)
		return err;
	for (unsigned int word = 0; word < _LINUX_CAPABILITY_U32S_3; word++) {
		uint32_t mask = word == CAP_BPF / 32 ? kept : 0;

		sets.words[word].effective &= mask;
		sets.words[word].permitted &= mask;
		sets.words[word].inheritable = 0;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return set_sets(&sets);
}
