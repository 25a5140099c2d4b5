/* SPDX-License-Identifier: BSD-2-Clause */
/* --keys, as the command line has it and as people are told of it. */
#ifndef EBPF_LOADER_KEY_LAYER_H
#define EBPF_LOADER_KEY_LAYER_H

#include <stdint.h>

#include "ebpf_loader/keys/keys.h"

struct key_layer_options {
	const char *path; /* of the key-log file; NULL: no keys are asked for */
	const char *go;	  /* a Go program; NULL: none is named */
};

/*
 * Where to look for secrets: in the named Go program, in the file `ssl_path` of --ssl, or in
 * what the process has mapped.  pid 0: every process.  Each of these says what is wrong and
 * returns the exit status, or -1 to go on.
 */
int key_layer_find(const struct key_layer_options *options, uint32_t pid, const char *ssl_path,
		   struct key_target *ret_target);

/* Opens the file and attaches the probes; *ret_keys is NULL where no keys are asked for. */
int key_layer_open(const struct key_layer_options *options, const struct key_target *target,
		   struct keys **ret_keys);

/* Complains of secrets that cannot be written, once. */
void key_layer_check(const struct key_layer_options *options, const struct keys *keys,
		     uint64_t *told_count);

/* Takes the probes off; then what came meanwhile, and what all of it came to.  NULL: nothing. */
void key_layer_finish(struct keys *keys);

#endif
