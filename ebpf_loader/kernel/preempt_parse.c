/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "preempt.h"

/* The word of a version that tells it, with what it means where the mode in force is not known. */
static const struct {
	const char *word;
	const char *name;
} builds[] = {
	{ "PREEMPT_RT", "rt" },
	{ "PREEMPT_DYNAMIC", "not known, could be full" },
	{ "PREEMPT_LAZY", "lazy" },
	{ "PREEMPT", "full" },
};

static bool copy_mode(const char *modes, struct preempt_model *model)
{
	const char *begin = strchr(modes, '(');
	size_t size_bytes = begin ? strcspn(begin + 1, ")") : 0;

	if (!size_bytes || size_bytes >= sizeof(model->name))
		return false;
	(void)snprintf(model->name, sizeof(model->name), "%.*s", (int)size_bytes, begin + 1);
	return true;
}

void preempt_parse(const char *modes, const char *version, struct preempt_model *ret_model)
{
	bool is_rt = strstr(version, "PREEMPT_RT") != NULL;

	*ret_model = (struct preempt_model){ .name = "none" };
	if (!is_rt && copy_mode(modes, ret_model)) {
		ret_model->is_preemptible = strcmp(ret_model->name, "none") != 0 &&
					    strcmp(ret_model->name, "voluntary") != 0;
		return;
	}
	for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
		if (!strstr(version, builds[i].word))
			continue;
		ret_model->is_preemptible = true;
		(void)snprintf(ret_model->name, sizeof(ret_model->name), "%s", builds[i].name);
		return;
	}
}
