/* SPDX-License-Identifier: BSD-2-Clause */
#include "key_target.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ebpf_loader/library/code_files.h"
#include "ebpf_loader/library/elf_functions.h"
#include "ebpf_loader/library/go_table.h"

const char *key_function_name(enum key_function function)
{
	return function == KEY_FUNCTION_GO ? "crypto/tls.(*Config).writeKeyLog" : "EVP_KDF_derive";
}

/* 0 where the file has none. */
static uint64_t find_function(const struct code_file *file, enum key_function function)
{
	struct elf_function wanted = { .name = key_function_name(function) };

	if (elf_find_functions(file->bytes, file->size_bytes, &wanted, 1))
		return wanted.file_offset;
	return function == KEY_FUNCTION_GO
		       ? go_table_find(file->bytes, file->size_bytes, wanted.name)
		       : 0;
}

static void add_place(struct key_target *target, const struct code_file *file,
		      enum key_function function, uint64_t file_offset)
{
	struct key_place *place = &target->places[target->place_count];

	if (target->place_count == KEY_PLACE_COUNT_MAX) {
		target->left_out_count++;
		return;
	}
	target->place_count++;
	place->function = function;
	place->file_offset = file_offset;
	(void)snprintf(place->name, sizeof(place->name), "%s", file->name);
	(void)snprintf(place->path, sizeof(place->path), "%s", file->path);
}

static void look_at(void *context, const struct code_file *file)
{
	static const enum key_function functions[] = { KEY_FUNCTION_GO, KEY_FUNCTION_OPENSSL };
	struct key_target *target = context;
	bool has_any = false;

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		uint64_t file_offset = find_function(file, functions[i]);

		if (file_offset)
			add_place(target, file, functions[i], file_offset);
		has_any |= file_offset != 0;
	}
	if (!has_any)
		key_absence_note(&target->absence, file->name, file->bytes, file->size_bytes);
}

int key_target_of_process(uint32_t pid, struct key_target *ret_target)
{
	int err;

	memset(ret_target, 0, sizeof(*ret_target));
	ret_target->pid = pid;
	err = code_files_visit_process(pid, look_at, ret_target);
	if (err)
		return err;
	return ret_target->place_count ? 0 : -ENOENT;
}

int key_target_of_file(const char *path, uint32_t pid, struct key_target *ret_target)
{
	int err;

	memset(ret_target, 0, sizeof(*ret_target));
	ret_target->pid = pid;
	err = code_files_visit_path(path, look_at, ret_target);
	if (err)
		return err;
	if (!ret_target->place_count)
		code_files_visit_beside(path, "libcrypto", look_at, ret_target);
	return ret_target->place_count ? 0 : -ENOENT;
}
