/* SPDX-License-Identifier: BSD-2-Clause */
#include "command_line.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RTE_MAX_LCORE of Debian's DPDK. */
#define LCORE_COUNT_DEBIAN 128

/* Less than this in hugepages would not hold the packet buffers. */
#define HUGE_BYTES_MIN (64u << 20)

bool word_list_add(struct word_list *list, char *word)
{
	if (list->count == WORD_COUNT_MAX)
		return false;
	list->words[list->count++] = word;
	list->words[list->count] = NULL;
	return true;
}

/* True if `word` is --name or --name=value. */
static bool is_long_option(const char *word, const char *name)
{
	size_t size = strlen(name);

	return strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, size) == 0 &&
	       (word[2 + size] == '\0' || word[2 + size] == '=');
}

/* True if the word is one of ours; *ret_takes_next if its value is the word behind it. */
static bool is_own(const char *word, const struct prof_option *options, size_t option_count,
		   bool *ret_takes_next)
{
	static const char *const answers[] = { "-h", "--help", "-V", "--version" };

	*ret_takes_next = false;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (strcmp(word, answers[i]) == 0)
			return true;
	}
	for (size_t i = 0; i < option_count; i++) {
		const struct prof_option *option = &options[i];
		bool is_short = option->letter && word[0] == '-' && word[1] == option->letter &&
				word[2] == '\0';

		if (!is_short && !(option->name && is_long_option(word, option->name)))
			continue;
		*ret_takes_next = option->kind != PROF_OPTION_FLAG && !strchr(word, '=');
		return true;
	}
	return false;
}

/* EAL's own words, those of 22.11 and of later releases. */
static bool is_eal_option(const char *word)
{
	static const char letters[] = "abcdlmnrvsS";
	static const char *const names[] = {
		"allow",
		"base-virtaddr",
		"block",
		"coremask",
		"corelist",
		"create-uio-dev",
		"driver-path",
		"file-prefix",
		"force-max-simd-bitwidth",
		"huge-dir",
		"huge-unlink",
		"huge-worker-stack",
		"in-memory",
		"iova-mode",
		"lcores",
		"legacy-mem",
		"log-color",
		"log-level",
		"log-timestamp",
		"main-lcore",
		"match-allocations",
		"mbuf-pool-ops-name",
		"memory-channels",
		"memory-ranks",
		"memory-size",
		"no-hpet",
		"no-huge",
		"no-pci",
		"no-shconf",
		"no-telemetry",
		"proc-type",
		"remap-lcore-ids",
		"service-corelist",
		"service-coremask",
		"single-file-segments",
		"socket-limit",
		"socket-mem",
		"syslog",
		"telemetry",
		"trace",
		"trace-bufsz",
		"trace-dir",
		"trace-mode",
		"vdev",
		"vfio-intr",
		"vfio-vf-token",
		"vmware-tsc-map",
	};

	if (word[1] != '-')
		return strchr(letters, word[1]) != NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (is_long_option(word, names[i]))
			return true;
	}
	return false;
}

bool command_line_split(int argc, char **argv, const struct prof_option *options,
			size_t option_count, struct word_list *ret_eal, struct word_list *ret_own)
{
	struct word_list *target = ret_own; /* of a word without a dash */
	bool is_value = false;
	bool is_behind = false; /* the "--" */

	memset(ret_eal, 0, sizeof(*ret_eal));
	memset(ret_own, 0, sizeof(*ret_own));
	if (!word_list_add(ret_eal, argv[0]) || !word_list_add(ret_own, argv[0]))
		return false;
	for (int i = 1; i < argc; i++) {
		if (is_behind || is_value) {
			is_value = false;
		} else if (strcmp(argv[i], "--") == 0) {
			is_behind = true;
			target = ret_own;
			continue;
		} else if (argv[i][0] == '-' && argv[i][1]) {
			bool is_ours = is_own(argv[i], options, option_count, &is_value) ||
				       !is_eal_option(argv[i]);

			target = is_ours ? ret_own : ret_eal;
		}
		if (!word_list_add(target, argv[i]))
			return false;
	}
	return true;
}

/*
 * Where the value of "-l" or "--vdev" stands: in the same word, `skip`
 * characters into it, or in the next.  Returns 0 if it is not given, as word 0
 * is the program.
 */
static int find_value(const struct word_list *eal, const char *name, size_t *ret_skip)
{
	size_t size = strlen(name);
	bool is_long = name[1] == '-';

	for (int i = 1; i < eal->count; i++) {
		const char *word = eal->words[i];

		if (strncmp(word, name, size) != 0)
			continue;
		if (word[size] == '\0') {
			*ret_skip = 0;
			return i + 1 < eal->count ? i + 1 : 0;
		}
		if (is_long && word[size] != '=')
			continue;
		*ret_skip = size + is_long;
		return i;
	}
	return 0;
}

const char *command_line_value(const struct word_list *eal, const char *name)
{
	size_t skip;
	int at = find_value(eal, name, &skip);

	return at ? eal->words[at] + skip : NULL;
}

static bool has_flag(const struct word_list *eal, const char *name)
{
	for (int i = 1; i < eal->count; i++) {
		if (strncmp(eal->words[i], "--", 2) == 0 && is_long_option(eal->words[i], name))
			return true;
	}
	return false;
}

static bool has_any_flag(const struct word_list *eal, const char *const *names, size_t name_count)
{
	for (size_t i = 0; i < name_count; i++) {
		if (has_flag(eal, names[i]))
			return true;
	}
	return false;
}

/* The cores of a list like "0-1,3"; lists that we do not understand are EAL's. */
struct core_list {
	bool is_usable; /* each of them, by this process */
	size_t first;
	size_t last; /* the greatest */
};

static struct core_list read_cores(const char *text, const struct machine *machine)
{
	struct core_list list = { .is_usable = true, .first = SIZE_MAX };

	while (isdigit((unsigned char)*text)) {
		char *end;
		size_t first = strtoul(text, &end, 10);
		size_t last = first;

		if (*end == '-' && isdigit((unsigned char)end[1]))
			last = strtoul(end + 1, &end, 10);
		for (size_t core = first; core <= last && list.is_usable; core++)
			list.is_usable = core < machine->core_count &&
					 machine->is_core_usable[core];
		list.first = first < list.first ? first : list.first;
		list.last = last > list.last ? last : list.last;
		text = *end == ',' ? end + 1 : end;
	}
	return list;
}

static bool first_core(const struct machine *machine, size_t *ret_core)
{
	for (size_t core = 0; core < machine->core_count; core++) {
		if (machine->is_core_usable[core]) {
			*ret_core = core;
			return true;
		}
	}
	return false;
}

static bool has_lcore(const struct machine *machine, size_t core)
{
	return core < (machine->lcore_count ? machine->lcore_count : LCORE_COUNT_DEBIAN);
}

/*
 * The one core that this program uses, in the place of -l and its value or,
 * where there is none, behind the other words.  A core that DPDK has no number
 * for is given one: lcore 0 is to run there.
 */
static bool set_core(struct word_list *eal, const struct machine *machine, size_t core,
		     struct eal_texts *texts)
{
	static char option[] = "-l";
	static char mapped_option[] = "--lcores";
	bool has_number = has_lcore(machine, core);
	const char *prefix = has_number ? "-l" : "--lcores=";
	size_t skip = 0;
	int at = find_value(eal, "-l", &skip);

	(void)snprintf(texts->cores, sizeof(texts->cores), "%s%s%zu", prefix,
		       has_number ? "" : "0@", core);
	if (at == 0)
		return word_list_add(eal, texts->cores);
	eal->words[at] = skip ? texts->cores : texts->cores + strlen(prefix);
	if (!skip)
		eal->words[at - 1] = has_number ? option : mapped_option;
	return true;
}

static bool complete_cores(struct word_list *eal, const struct machine *machine,
			   struct eal_texts *texts, struct eal_choice *choice)
{
	static const char *const other_ways[] = { "lcores", "coremask", "corelist" };
	const char *text = command_line_value(eal, "-l");
	struct core_list asked = { .is_usable = false };
	size_t core;

	if (text)
		asked = read_cores(text, machine);
	else if (has_any_flag(eal, other_ways, 3) || command_line_value(eal, "-c"))
		return true;
	if (asked.is_usable && has_lcore(machine, asked.last))
		return true;
	if (asked.is_usable)
		return set_core(eal, machine, asked.first, texts);
	choice->is_coreless = !first_core(machine, &core);
	if (choice->is_coreless)
		return false;
	choice->is_core_replaced = text != NULL;
	return set_core(eal, machine, core, texts);
}

static bool complete_memory(struct word_list *eal, const struct machine *machine, uint32_t pid,
			    struct eal_texts *texts, struct eal_choice *choice)
{
	static char no_huge[] = "--no-huge";
	static char memory[] = "-m256";
	static char no_shconf[] = "--no-shconf";
	static char in_memory[] = "--in-memory";
	static char unlink_always[] = "--huge-unlink=always";
	static const char *const own_ways[] = { "no-huge",    "in-memory",   "huge-dir",
						"legacy-mem", "huge-unlink", "socket-mem",
						"file-prefix" };
	bool is_ok = true;

	if (has_any_flag(eal, own_ways, sizeof(own_ways) / sizeof(own_ways[0])))
		return true;
	if (machine->huge_free_bytes < HUGE_BYTES_MIN) {
		choice->is_hugepage_less = true;
		is_ok = word_list_add(eal, no_huge);
		if (!command_line_value(eal, "-m"))
			is_ok = is_ok && word_list_add(eal, memory);
		is_ok = is_ok && word_list_add(eal, no_shconf);
	} else if (machine->is_hugetlbfs_mounted) {
		is_ok = word_list_add(eal, unlink_always) && word_list_add(eal, no_shconf);
	} else {
		return word_list_add(eal, in_memory);
	}
	/* Its own, so that two captures do not meet, and that we can clean up behind it. */
	(void)snprintf(texts->prefix, sizeof(texts->prefix), "--file-prefix=dpdk_capture_%u", pid);
	return is_ok && word_list_add(eal, texts->prefix);
}

/*
 * net_af_packet's own default is a ring of 512 frames, which overflows in a
 * millisecond or two.  Its slots must hold whole frames here: they are handed on.
 */
static bool complete_device(struct word_list *eal, struct eal_texts *texts)
{
	size_t skip;
	int at = find_value(eal, "--vdev", &skip);
	const char *word = at ? eal->words[at] : "";
	int size;

	if (!strstr(word, "_af_packet") || strstr(word, "framesz") || strstr(word, "framecnt") ||
	    strstr(word, "blocksz"))
		return true;
	size = snprintf(texts->vdev, sizeof(texts->vdev), "%s,framesz=%d,blocksz=65536,framecnt=%d",
			word, INLINE_SLOT_BYTES, INLINE_SLOT_COUNT);
	if (size < 0 || (size_t)size >= sizeof(texts->vdev))
		return false;
	eal->words[at] = texts->vdev;
	return true;
}

bool command_line_complete(struct word_list *eal, const struct machine *machine, uint32_t pid,
			   bool is_verbose, struct eal_texts *texts, struct eal_choice *ret_choice)
{
	static char no_telemetry[] = "--no-telemetry";
	static char no_pci[] = "--no-pci";
	bool has_pci = command_line_value(eal, "-a") || command_line_value(eal, "--allow");
	struct eal_choice choice = { 0 };
	bool is_ok;

	choice.has_device = has_pci || command_line_value(eal, "--vdev");
	is_ok = complete_cores(eal, machine, texts, &choice) &&
		complete_memory(eal, machine, pid, texts, &choice) && complete_device(eal, texts);
	if (!has_flag(eal, "telemetry") && !has_flag(eal, "no-telemetry"))
		is_ok = is_ok && word_list_add(eal, no_telemetry);
	if (!has_pci && !has_flag(eal, "no-pci") && !has_flag(eal, "block"))
		is_ok = is_ok && word_list_add(eal, no_pci);
	if (!is_verbose && !has_flag(eal, "log-level")) {
		(void)snprintf(texts->log_level, sizeof(texts->log_level), "--log-level=*:error");
		is_ok = is_ok && word_list_add(eal, texts->log_level);
	}
	*ret_choice = choice;
	return is_ok;
}
