/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf_file.h"

#include <string.h>

bool elf_file_open(struct elf_file *file, const void *bytes, size_t size_bytes)
{
	*file = (struct elf_file){ .bytes = bytes, .size_bytes = size_bytes };
	return elf_file_get(file, 0, &file->head, sizeof(file->head)) &&
	       memcmp(file->head.e_ident, ELFMAG, SELFMAG) == 0 &&
	       file->head.e_ident[EI_CLASS] == ELFCLASS64 &&
	       file->head.e_ident[EI_DATA] == ELFDATA2LSB;
}

bool elf_file_get(const struct elf_file *file, uint64_t offset, void *ret, size_t size_bytes)
{
	if (offset > file->size_bytes || size_bytes > file->size_bytes - offset)
		return false;
	memcpy(ret, file->bytes + offset, size_bytes);
	return true;
}

bool elf_file_section(const struct elf_file *file, uint64_t index, Elf64_Shdr *ret_section)
{
	return index < file->head.e_shnum &&
	       elf_file_get(file, file->head.e_shoff + index * sizeof(*ret_section), ret_section,
			    sizeof(*ret_section));
}

bool elf_file_is_text(const struct elf_file *file, uint64_t offset, const char *text)
{
	size_t length = strlen(text) + 1;

	return offset <= file->size_bytes && length <= file->size_bytes - offset &&
	       memcmp(file->bytes + offset, text, length) == 0;
}

uint64_t elf_file_code_offset(const struct elf_file *file, uint64_t address)
{
	Elf64_Phdr segment;

	for (uint64_t i = 0; i < file->head.e_phnum; i++) {
		if (!elf_file_get(file, file->head.e_phoff + i * sizeof(segment), &segment,
				  sizeof(segment)))
			return 0;
		if (segment.p_type == PT_LOAD && segment.p_flags & PF_X &&
		    address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
			return address - segment.p_vaddr + segment.p_offset;
	}
	return 0;
}
