/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever file a process has mapped: its functions lie in it, and what their
 * code, any code, is taken for is an offset or nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "ebpf_loader/library/elf_functions.h"
#include "ebpf_loader/library/getter.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct elf_function functions[] = { { .name = "SSL_read" }, { .name = "BIO_number_read" } };
	uint32_t offset;

	(void)elf_find_functions(bytes, size_bytes, functions, 2);
	for (size_t i = 0; i < 2; i++) {
		if (functions[i].file_offset + functions[i].size_bytes > size_bytes)
			abort();
		(void)getter_learn(bytes + functions[i].file_offset,
				   (size_t)functions[i].size_bytes, &offset);
	}
	(void)getter_learn(bytes, size_bytes, &offset);
	return 0;
}
