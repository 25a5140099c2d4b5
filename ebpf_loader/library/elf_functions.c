/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf_functions.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

struct file {
	const uint8_t *bytes;
	size_t size_bytes;
	Elf64_Ehdr head;
};

/* Copies, because nothing in a file need be aligned.  False beyond its end. */
static bool get(const struct file *file, uint64_t offset, void *ret, size_t size_bytes)
{
	if (offset > file->size_bytes || size_bytes > file->size_bytes - offset)
		return false;
	memcpy(ret, file->bytes + offset, size_bytes);
	return true;
}

static bool get_section(const struct file *file, uint64_t index, Elf64_Shdr *ret_section)
{
	return index < file->head.e_shnum &&
	       get(file, file->head.e_shoff + index * sizeof(*ret_section), ret_section,
		   sizeof(*ret_section));
}

static bool is_name(const struct file *file, uint64_t offset, const char *name)
{
	size_t length = strlen(name) + 1;

	return offset <= file->size_bytes && length <= file->size_bytes - offset &&
	       memcmp(file->bytes + offset, name, length) == 0;
}

/* Where an address in memory lies in the file; 0 if it is no code of it. */
static uint64_t offset_of(const struct file *file, uint64_t address)
{
	Elf64_Phdr segment;

	for (uint64_t i = 0; i < file->head.e_phnum; i++) {
		if (!get(file, file->head.e_phoff + i * sizeof(segment), &segment, sizeof(segment)))
			return 0;
		if (segment.p_type == PT_LOAD && segment.p_flags & PF_X &&
		    address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
			return address - segment.p_vaddr + segment.p_offset;
	}
	return 0;
}

/* Returns 1 if the symbol is a function wanted and not found before. */
static size_t match(const struct file *file, const Elf64_Sym *symbol, uint64_t names_offset,
		    struct elf_function *functions, size_t function_count)
{
	if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF)
		return 0;
	for (size_t i = 0; i < function_count; i++) {
		uint64_t offset;

		if (functions[i].file_offset ||
		    !is_name(file, names_offset + symbol->st_name, functions[i].name))
			continue;
		offset = offset_of(file, symbol->st_value);
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

static size_t search(const struct file *file, const Elf64_Shdr *table,
		     struct elf_function *functions, size_t function_count)
{
	Elf64_Shdr names;
	Elf64_Sym symbol;
	size_t found_count = 0;

	if (!get_section(file, table->sh_link, &names))
		return 0;
	for (uint64_t at = 0; at + sizeof(symbol) <= table->sh_size; at += sizeof(symbol)) {
		if (!get(file, table->sh_offset + at, &symbol, sizeof(symbol)))
			break;
		found_count += match(file, &symbol, names.sh_offset, functions, function_count);
	}
	return found_count;
}

size_t elf_find_functions(const void *bytes, size_t size_bytes, struct elf_function *functions,
			  size_t function_count)
{
	struct file file = { .bytes = bytes, .size_bytes = size_bytes };
	Elf64_Shdr section;
	size_t found_count = 0;

	for (size_t i = 0; i < function_count; i++)
		functions[i].file_offset = functions[i].size_bytes = 0;
	if (!get(&file, 0, &file.head, sizeof(file.head)) ||
	    memcmp(file.head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    file.head.e_ident[EI_CLASS] != ELFCLASS64 || file.head.e_ident[EI_DATA] != ELFDATA2LSB)
		return 0;
	for (uint64_t i = 0; get_section(&file, i, &section); i++)
		if (section.sh_type == SHT_DYNSYM || section.sh_type == SHT_SYMTAB)
			found_count += search(&file, &section, functions, function_count);
	return found_count;
}
