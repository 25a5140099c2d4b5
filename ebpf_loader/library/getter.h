/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a struct of somebody's library keeps a member, learnt from the machine
 * code of the function that returns it: SSL_get_rbio(), BIO_number_read().
 * The code is followed, never run.  Any bytes will do.  Pure.
 */
#ifndef EBPF_LOADER_GETTER_H
#define EBPF_LOADER_GETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Follows x86-64 code that is given a pointer, taking what it points to for
 * zeros (a kind, a flag) unless it is what is returned.  True, and the offset
 * from the pointer of the eight bytes it returns; false for whatever else.
 */
bool getter_learn(const uint8_t *code, size_t size_bytes, uint32_t *ret_offset);

#endif
