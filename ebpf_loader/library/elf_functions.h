/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a file has its functions, by its own symbols.  Any bytes will do.  Pure. */
#ifndef EBPF_LOADER_ELF_FUNCTIONS_H
#define EBPF_LOADER_ELF_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

struct elf_function {
	const char *name;     /* wanted */
	uint64_t file_offset; /* of its first byte; 0: the file has no such function */
	uint64_t size_bytes;  /* as its symbol says, cut at the file's end */
};

/*
 * Looks the wanted functions up in a 64-bit little-endian ELF file, among the
 * symbols it exports and those of its symbol table.  Returns how many it has.
 */
size_t elf_find_functions(const void *bytes, size_t size_bytes, struct elf_function *functions,
			  size_t function_count);

#endif
