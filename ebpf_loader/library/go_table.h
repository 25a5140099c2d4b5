/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a Go program has a function, by the table that every Go program carries
 * for its own stack traces, stripped or not: pclntab, as the runtime of Go 1.2
 * to 1.27 reads it (its symtab.go).  Any bytes will do.  Pure.
 */
#ifndef EBPF_LOADER_GO_TABLE_H
#define EBPF_LOADER_GO_TABLE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Returns the offset of the function's first byte in the file, or 0: it is no
 * 64-bit little-endian ELF file, has no such table, or not that function, or
 * where the table's code begins cannot be told.
 */
uint64_t go_table_find(const void *bytes, size_t size_bytes, const char *name);

#endif
