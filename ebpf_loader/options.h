/* SPDX-License-Identifier: BSD-2-Clause */
/* The loader's command line. */
#ifndef EBPF_LOADER_OPTIONS_H
#define EBPF_LOADER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ebpf_loader/attach/session.h"
#include "ebpf_loader/kernel/preempt.h"
#include "ebpf_loader/library/ssl_target.h"
#include "key_layer.h"
#include "prof/cli.h"

struct config {
	const char *attach;
	bool is_keys_only; /* --attach none: no probe on reads, and no bus */
	uint32_t pid;
	uint32_t port;
	bool is_all;
	const char *ssl;	     /* a pid or a path; NULL: none */
	const char *ssl_symbol_file; /* NULL: found from the pid */
	bool has_stages;
	bool has_sends;
	struct key_layer_options keys;
	bool has_stats;
	struct prof_common_options common;
	struct ssl_target ssl_target; /* where session.ssl points */
	struct key_target key_target; /* where secrets pass, if keys are asked for */
	struct preempt_model preempt; /* of this kernel, for --attach auto */
	struct session_options session;
};

/* Fills in *config from the command line.  -1 to go on, or the exit status after saying why. */
int config_parse(int argc, char **argv, struct config *config);

#endif
