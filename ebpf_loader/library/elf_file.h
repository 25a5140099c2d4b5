/* SPDX-License-Identifier: BSD-2-Clause */
/* A 64-bit little-endian ELF file in memory.  Any bytes will do.  Pure. */
#ifndef EBPF_LOADER_ELF_FILE_H
#define EBPF_LOADER_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file {
	const uint8_t *bytes;
	size_t size_bytes;
	Elf64_Ehdr head;
};

/* False if it is none. */
bool elf_file_open(struct elf_file *file, const void *bytes, size_t size_bytes);

/* Copies, because nothing in a file need be aligned.  False beyond its end. */
bool elf_file_get(const struct elf_file *file, uint64_t offset, void *ret, size_t size_bytes);

/* False if there is no such section. */
bool elf_file_section(const struct elf_file *file, uint64_t index, Elf64_Shdr *ret_section);

/* Whether a text, with the NUL at its end, stands at that place of the file. */
bool elf_file_is_text(const struct elf_file *file, uint64_t offset, const char *text);

/* Where an address in memory lies in the file; 0 if it is no code of it. */
uint64_t elf_file_code_offset(const struct elf_file *file, uint64_t address);

#endif
