/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf_functions.h"

#include <stdbool.h>

#include "elf_file.h"

/* Returns 1 if the symbol is a function wanted and not found before. */
static size_t match(const struct elf_file *file, const Elf64_Sym *symbol, uint64_t names_offset,
		    struct elf_function *functions, size_t function_count)
{
	if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF)
		return 0;
	for (size_t i = 0; i < function_count; i++) {
		uint64_t offset;

		if (functions[i].file_offset ||
		    !elf_file_is_text(file, names_offset + symbol->st_name, functions[i].name))
			continue;
		offset = elf_file_code_offset(file, symbol->st_value);
		if (!offset || offset >= file->size_bytes)
			return 0;
		functions[i].file_offset = offset;
		functions[i].size_bytes = symbol->st_size < file->size_bytes - offset
						  ? symbol->st_size
						  : file->size_bytes - offset;
		return 1;
	}
	return 0;
}

static size_t search(const struct elf_file *file, const Elf64_Shdr *table,
		     struct elf_function *functions, size_t function_count)
{
	Elf64_Shdr names;
	Elf64_Sym symbol;
	size_t found_count = 0;

	if (!elf_file_section(file, table->sh_link, &names))
		return 0;
	for (uint64_t at = 0; at + sizeof(symbol) <= table->sh_size; at += sizeof(symbol)) {
		if (!elf_file_get(file, table->sh_offset + at, &symbol, sizeof(symbol)))
			break;
		found_count += match(file, &symbol, names.sh_offset, functions, function_count);
	}
	return found_count;
}

size_t elf_find_functions(const void *bytes, size_t size_bytes, struct elf_function *functions,
			  size_t function_count)
{
	struct elf_file file;
	Elf64_Shdr section;
	size_t found_count = 0;

	for (size_t i = 0; i < function_count; i++)
		functions[i].file_offset = functions[i].size_bytes = 0;
	if (!elf_file_open(&file, bytes, size_bytes))
		return 0;
	for (uint64_t i = 0; elf_file_section(&file, i, &section); i++)
		if (section.sh_type == SHT_DYNSYM || section.sh_type == SHT_SYMTAB)
			found_count += search(&file, &section, functions, function_count);
	return found_count;
}
