/* SPDX-License-Identifier: BSD-2-Clause */
/* dpdk_capture's own options. */
#ifndef CAPTURE_CONFIG_H
#define CAPTURE_CONFIG_H

#include "command_line.h"
#include "dpdk_capture/tokens/token_keys.h"
#include "prof/cli.h"

struct config {
	struct prof_common_options common;
	const char *interface;
	const char *exception;
	const char *file;
	const char *idle;
	const char *write_path;
	uint32_t write_mib; /* 0: not given, as the next one */
	uint32_t write_part_count;
	const char *stamps;
	uint32_t port;
	bool is_all;
	bool is_dump;
	bool is_message_dump;
	bool is_decoding; /* by --decode or --keylog */
	struct prof_text_list key_files;
	struct prof_text_list order_ids;
	bool is_telling_pings;
	struct token_keys token_keys; /* from `order_ids` */
	bool is_survey;
	bool is_forced;
	bool is_busy; /* from `idle` */
};

/*
 * Divides and parses the command line.  Returns -1 to go on, or an exit
 * status; complaints have been printed then.
 */
int config_parse(int argc, char **argv, struct config *ret_config, struct word_list *ret_eal);

#endif
