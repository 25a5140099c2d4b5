/* SPDX-License-Identifier: BSD-2-Clause */
#include "ssl_target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "code_files.h"
#include "elf_functions.h"
#include "getter.h"
#include "prof/cli.h"

/* Behind the probed functions: those whose code tells where a count lies. */
enum {
	GETTER_BIO = SSL_FUNCTION_COUNT, /* SSL_get_rbio() */
	GETTER_COUNT,			 /* BIO_number_read() */
	LOOKED_UP_COUNT,
};

static const char *const names[LOOKED_UP_COUNT] = {
	[SSL_FUNCTION_READ] = "SSL_read",	[SSL_FUNCTION_READ_EX] = "SSL_read_ex",
	[SSL_FUNCTION_PEEK] = "SSL_peek",	[SSL_FUNCTION_PEEK_EX] = "SSL_peek_ex",
	[SSL_FUNCTION_FREE] = "SSL_free",	[SSL_FUNCTION_CLEAR] = "SSL_clear",
	[SSL_FUNCTION_SET_BIO] = "SSL_set_bio", [SSL_FUNCTION_SET0_RBIO] = "SSL_set0_rbio",
	[SSL_FUNCTION_SET_FD] = "SSL_set_fd",	[SSL_FUNCTION_SET_RFD] = "SSL_set_rfd",
	[GETTER_BIO] = "SSL_get_rbio",		[GETTER_COUNT] = "BIO_number_read",
};

/* Where a BIO keeps its count, told by the libcrypto files looked at so far. */
struct counts {
	uint32_t offset; /* 0: none has told */
	bool is_disputed;
};

static uint32_t learn(const struct code_file *file, const struct elf_function *function)
{
	uint32_t offset = 0;

	if (function->file_offset)
		(void)getter_learn((const uint8_t *)file->bytes + function->file_offset,
				   (size_t)function->size_bytes, &offset);
	return offset;
}

static void note_count(struct counts *counts, uint32_t offset)
{
	if (!offset)
		return;
	counts->is_disputed |= counts->offset && counts->offset != offset;
	counts->offset = offset;
}

/* Takes a file up as one of the target's libraries, if it has SSL_read().  False if not. */
static bool take_file(struct ssl_target *target, struct counts *counts,
		      const struct code_file *file)
{
	struct elf_function functions[LOOKED_UP_COUNT];
	struct ssl_library *library = &target->libraries[target->library_count];
	uint32_t count_offset;

	for (int i = 0; i < LOOKED_UP_COUNT; i++)
		functions[i] = (struct elf_function){ .name = names[i] };
	if (!elf_find_functions(file->bytes, file->size_bytes, functions, LOOKED_UP_COUNT))
		return false;
	count_offset = learn(file, &functions[GETTER_COUNT]);
	note_count(counts, count_offset);
	if (!functions[SSL_FUNCTION_READ].file_offset)
		return count_offset != 0;
	if (target->library_count == PROBE_SSL_LIBRARY_COUNT_MAX) {
		target->left_out_count++;
		return true;
	}
	(void)snprintf(library->name, sizeof(library->name), "%s", file->name);
	(void)snprintf(library->path, sizeof(library->path), "%s", file->path);
	for (int i = 0; i < SSL_FUNCTION_COUNT; i++)
		library->offsets[i] = functions[i].file_offset;
	library->layout.bio_offset = learn(file, &functions[GETTER_BIO]);
	library->layout.count_offset = count_offset;
	target->library_count++;
	return true;
}

/*
 * A library that leaves counting to a libcrypto elsewhere goes by those that were
 * looked at, if they are of one mind, as OpenSSL from 3.0 to 4.0 is.
 */
static void settle_layouts(struct ssl_target *target, const struct counts *counts)
{
	for (uint32_t i = 0; i < target->library_count; i++) {
		struct probe_ssl_layout *layout = &target->libraries[i].layout;

		if (!layout->count_offset && !counts->is_disputed)
			layout->count_offset = counts->offset;
		if (!layout->bio_offset)
			layout->count_offset = 0;
	}
}

struct search {
	struct ssl_target *target;
	struct counts counts;
};

static void look_at(void *context, const struct code_file *file)
{
	struct search *search = context;
	struct ssl_target *target = search->target;

	if (!take_file(target, &search->counts, file))
		absence_note_file(&target->absence, file->name, file->bytes, file->size_bytes);
}

static int search_process(struct ssl_target *target)
{
	struct search search = { .target = target };
	int err = code_files_visit_process(target->pid, look_at, &search);

	if (err)
		return err;
	settle_layouts(target, &search.counts);
	return target->library_count ? 0 : -ENOENT;
}

/* A libcrypto in the folder of a libssl. */
static void ask(void *context, const struct code_file *file)
{
	struct search *search = context;
	struct elf_function function = { .name = names[GETTER_COUNT] };

	if (elf_find_functions(file->bytes, file->size_bytes, &function, 1))
		note_count(&search->counts, learn(file, &function));
}

static void look_at_named(void *context, const struct code_file *file)
{
	struct search *search = context;

	(void)take_file(search->target, &search->counts, file);
}

static int search_file(struct ssl_target *target, const char *path)
{
	struct search search = { .target = target };
	int err = code_files_visit_path(path, look_at_named, &search);

	if (err)
		return err;
	if (!search.counts.offset)
		code_files_visit_beside(path, "libcrypto", ask, &search);
	settle_layouts(target, &search.counts);
	return target->library_count ? 0 : -ENOENT;
}

int ssl_target_find(const char *pid_or_path, const char *symbol_file, struct ssl_target *ret_target)
{
	char path[64];

	memset(ret_target, 0, sizeof(*ret_target));
	if (prof_parse_u32(pid_or_path, 1, INT32_MAX, &ret_target->pid) < 0)
		return search_file(ret_target, symbol_file ? symbol_file : pid_or_path);
	if (!symbol_file)
		return search_process(ret_target);
	(void)snprintf(path, sizeof(path), "/proc/%u", ret_target->pid);
	if (access(path, F_OK) < 0)
		return -ESRCH;
	return search_file(ret_target, symbol_file);
}
