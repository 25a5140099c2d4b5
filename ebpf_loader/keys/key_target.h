/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a program's TLS secrets pass: which function of which file. */
#ifndef EBPF_LOADER_KEY_TARGET_H
#define EBPF_LOADER_KEY_TARGET_H

#include <stdint.h>

#include "ebpf_loader/library/maps.h"
#include "key_absence.h"

#define KEY_PLACE_COUNT_MAX 8

enum key_function {
	KEY_FUNCTION_GO,      /* crypto/tls.(*Config).writeKeyLog */
	KEY_FUNCTION_OPENSSL, /* EVP_KDF_derive */
};

/* As people call it. */
const char *key_function_name(enum key_function function);

struct key_place {
	enum key_function function;
	uint64_t file_offset;
	char name[MAPS_PATH_BYTES]; /* as its process calls the file */
	char path[MAPS_PATH_BYTES]; /* as it is opened here */
};

struct key_target {
	uint32_t pid; /* 0: every process that uses those files */
	uint32_t place_count;
	uint32_t left_out_count;
	struct key_place places[KEY_PLACE_COUNT_MAX];
	struct key_absence absence; /* where there is none */
};

/* In what the process has mapped so far.  0, -ESRCH, -ENOENT or another negative errno. */
int key_target_of_process(uint32_t pid, struct key_target *ret_target);

/*
 * In a file: a Go program, a libcrypto or what has it inside, or a libssl, which has its
 * libcrypto beside it.  pid 0: of every process.  Returns as above.
 */
int key_target_of_file(const char *path, uint32_t pid, struct key_target *ret_target);

#endif
