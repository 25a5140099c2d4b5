/* SPDX-License-Identifier: BSD-2-Clause */
/* Whatever file is named or mapped: a function of its lies in it, or there is none. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "ebpf_loader/library/go_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	if (go_table_find(bytes, size_bytes, "a.b") >= size_bytes && size_bytes)
		abort();
	return 0;
}
