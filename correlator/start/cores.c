/* SPDX-License-Identifier: BSD-2-Clause */
#include "cores.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

static int take_number(const char **text, uint32_t *ret_number)
{
	uint32_t number = 0;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	for (; isdigit((unsigned char)**text); (*text)++) {
		number = number * 10 + (uint32_t)(**text - '0');
		if (number >= CORE_COUNT_MAX)
			return -ERANGE;
	}
	*ret_number = number;
	return 0;
}

int cores_parse(const char *text, struct cores *ret_cores)
{
	struct cores cores = { 0 };

	for (;; text++) {
		uint32_t first;
		uint32_t last;
		int err = take_number(&text, &first);

		if (err)
			return err;
		last = first;
		if (*text == '-') {
			text++;
			err = take_number(&text, &last);
			if (err)
				return err;
		}
		if (last < first)
			return -EINVAL;
		memset(&cores.is_member[first], true, last - first + 1);
		if (*text != ',')
			break;
	}
	if (*text)
		return -EINVAL;
	*ret_cores = cores;
	return 0;
}

int cores_pin(const struct cores *cores)
{
	cpu_set_t allowed;
	cpu_set_t wanted;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return -errno;
	CPU_ZERO(&wanted);
	for (uint32_t core = 0; core < CORE_COUNT_MAX && core < CPU_SETSIZE; core++) {
		if (cores->is_member[core] && CPU_ISSET(core, &allowed))
			CPU_SET(core, &wanted);
	}
	if (CPU_COUNT(&wanted) == 0)
		return 0;
	if (sched_setaffinity(0, sizeof(wanted), &wanted) < 0)
		return -errno;
	return CPU_COUNT(&wanted);
}
