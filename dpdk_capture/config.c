/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "prof/bus.h"

static int refuse(const char *what, const char *why, const char *remedy)
{
	prof_complain("dpdk_capture", what, why, remedy);
	return PROF_EXIT_USAGE;
}

/* --order-id and --pings are for what --decode reads. */
static int check_order_ids(struct config *config)
{
	const char *text;
	const char *why = token_keys_parse(&config->order_ids, &config->token_keys, &text);

	if (why) {
		char what[80];

		(void)snprintf(what, sizeof(what), "--order-id '%.60s'", text);
		return refuse(what, why, "see --help");
	}
	config->token_keys.takes_pings = config->is_telling_pings;
	if ((config->order_ids.count || config->is_telling_pings) && !config->is_decoding)
		return refuse(config->is_telling_pings ? "--pings" : "--order-id",
			      "messages are not published", "use --decode or --keylog");
	return -1;
}

/* What the table of options cannot say. */
static int check(struct config *config, const struct word_list *eal)
{
	int source_count = !!config->interface + !!config->exception + !!config->file;
	bool has_device = command_line_value(eal, "--vdev") || command_line_value(eal, "-a") ||
			  command_line_value(eal, "--allow");

	if (source_count > 1)
		return refuse("--iface, --exception, --pcap", "given together", "choose one");
	if (config->exception && !has_device)
		return refuse("--exception", "no device whose frames it would take",
			      "name it: -a PCI or --vdev=net_af_packet0,iface=IF");
	if (has_device && (config->interface || config->file))
		return refuse("a device (-a, --vdev) and --iface or --pcap", "given together",
			      "choose one");
	if (config->is_message_dump && !config->file)
		return refuse("--dump-messages", "no capture file", "name it: --pcap FILE");
	if (config->is_message_dump && config->is_dump)
		return refuse("--dump, --dump-messages", "given together", "choose one");
	if (config->is_decoding && config->is_message_dump)
		return refuse("--decode, --dump-messages", "given together", "choose one");
	if ((config->is_decoding || config->key_files.count) && config->is_dump)
		return refuse("--dump", "prints segments, of which nothing is decoded",
			      "use --dump-messages, or neither");
	config->is_decoding |= config->key_files.count && !config->is_message_dump;
	if (!config->write_path && (config->write_mib || config->write_part_count))
		return refuse("--write-size, --write-keep", "no file", "name it: --write FILE");
	if (config->write_path && (config->is_dump || config->is_message_dump))
		return refuse("--write", "given with --dump or --dump-messages", "choose one");
	if (config->idle && strcmp(config->idle, "busy") != 0 && strcmp(config->idle, "poll") != 0)
		return refuse("--idle", "neither 'poll' nor 'busy'", "choose one");
	if (config->stamps && strcmp(config->stamps, "adapter") != 0 &&
	    strcmp(config->stamps, "kernel") != 0)
		return refuse("--stamps", "neither 'adapter' nor 'kernel'", "choose one");
	config->is_busy = config->idle && strcmp(config->idle, "busy") == 0;
	return check_order_ids(config);
}

/* One option a row. */
/* clang-format off */

/* Where frames come from, and which are taken. */
static void add_source_rows(struct prof_option_list *list, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "iface", .kind = PROF_OPTION_TEXT, .arg_name = "IF",
		  .help = "passive: listen beside the kernel on this interface\n"
			  "(default: where registered sockets' traffic is seen)",
		  .value = &config->interface },
		{ .name = "exception", .kind = PROF_OPTION_TEXT, .arg_name = "IF",
		  .help = "inline: DPDK owns the device named by -a or --vdev; every\n"
			  "frame is handed on to and from this new interface",
		  .value = &config->exception },
		{ .name = "pcap", .kind = PROF_OPTION_TEXT, .arg_name = "FILE",
		  .help = "offline: read a capture file (pcap or pcapng, also\n"
			  "compressed; - is standard input), then end",
		  .value = &config->file },
		{ .name = "port", .kind = PROF_OPTION_U32, .arg_name = "N",
		  .help = "also TCP connections of this port that nobody registered",
		  .value = &config->port, .min = 1, .max = 65535 },
		{ .name = "all", .kind = PROF_OPTION_FLAG, .help = "all TCP connections",
		  .value = &config->is_all },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* What is read in them: printed, or published. */
static void add_decoding_rows(struct prof_option_list *list, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "dump", .kind = PROF_OPTION_FLAG,
		  .help = "print segments instead of publishing them, tab-separated:\n"
			  "time_ns src_ip src_port dst_ip dst_port seq payload_bytes\n"
			  "(all of them, or those of --port; empty ones too)",
		  .value = &config->is_dump },
		{ .name = "dump-messages", .kind = PROF_OPTION_FLAG,
		  .help = "print the WebSocket messages in the file of --pcap instead,\n"
			  "whatever the client, tab-separated: time_ns first_ns src_ip\n"
			  "src_port dst_ip dst_port start end seq opcode payload_bytes\n"
			  "stream exchange_ms; \"-\" where unknown",
		  .value = &config->is_message_dump },
		{ .name = "decode", .kind = PROF_OPTION_FLAG,
		  .help = "publish the WebSocket messages in what is captured, too,\n"
			  "whatever the client: they become lines of class no-user, or\n"
			  "are held against what the user layer tells; with --pcap all\n"
			  "connections in the file",
		  .value = &config->is_decoding },
		{ .name = "keylog", .kind = PROF_OPTION_LIST, .arg_name = "FILE",
		  .help = "TLS secrets for that, as SSLKEYLOGFILE makes them, followed\n"
			  "as they grow; implies --decode; a pcapng's own are used too;\n"
			  "may be repeated",
		  .value = &config->key_files },
		{ .name = "order-id", .kind = PROF_OPTION_LIST, .arg_name = "KEY=KEY",
		  .help = "tick to order, for whatever client: a message of the client's\n"
			  "with the first JSON key is an order, for the message in which\n"
			  "the second one has the same value (KEY alone: the last that\n"
			  "its thread had, see ebpf_loader --sends); for what is\n"
			  "decoded; may be repeated",
		  .value = &config->order_ids },
		{ .name = "pings", .kind = PROF_OPTION_FLAG,
		  .help = "the pings of whatever client, each with its pong; likewise",
		  .value = &config->is_telling_pings },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* The frames themselves. */
static void add_keeping_rows(struct prof_option_list *list, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "write", .kind = PROF_OPTION_TEXT, .arg_name = "FILE",
		  .help = "keep the frames of the connections that are published, for\n"
			  "event_correlator --annotate and Wireshark (pcapng, mode 0600),\n"
			  "in FILE, FILE.1, FILE.2 and so on",
		  .value = &config->write_path },
		{ .name = "write-size", .kind = PROF_OPTION_U32, .arg_name = "MIB",
		  .help = "of each of these files (default 64)",
		  .value = &config->write_mib, .min = 1, .max = 1048576 },
		{ .name = "write-keep", .kind = PROF_OPTION_U32, .arg_name = "N",
		  .help = "keep the newest N of them (default 16)",
		  .value = &config->write_part_count, .min = 1, .max = 1000000 },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* Whose clock they are stamped by. */
static void add_stamp_rows(struct prof_option_list *list, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "stamps", .kind = PROF_OPTION_TEXT, .arg_name = "adapter|kernel",
		  .help = "passive: by the adapter's own clock, told to stamp each packet\n"
			  "while we run, or by the kernel (default: the adapter's if it is\n"
			  "set so already); inline: adapter, if the driver offers stamps",
		  .value = &config->stamps },
		{ .name = "check-adapters", .kind = PROF_OPTION_FLAG,
		  .help = "print which adapters here could stamp packets, and end",
		  .value = &config->is_survey },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* How it runs, and what all programs take. */
static void add_running_rows(struct prof_option_list *list, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "idle", .kind = PROF_OPTION_TEXT, .arg_name = "poll|busy",
		  .help = "when nothing comes: sleep in the kernel (default) or spin",
		  .value = &config->idle },
		{ .name = "force", .kind = PROF_OPTION_FLAG,
		  .help = "take an interface even if the default route leaves by it",
		  .value = &config->is_forced },
		PROF_COMMON_OPTION_ROWS(&config->common),
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* clang-format on */

int config_parse(int argc, char **argv, struct config *ret_config, struct word_list *ret_eal)
{
	struct prof_option_list list = { 0 };
	struct prof_cli cli;
	struct word_list own;
	int status;

	add_source_rows(&list, ret_config);
	add_decoding_rows(&list, ret_config);
	add_keeping_rows(&list, ret_config);
	add_stamp_rows(&list, ret_config);
	add_running_rows(&list, ret_config);
	cli = (struct prof_cli){
		.program = "dpdk_capture",
		.synopsis = "[EAL options] -- [--iface IF | --exception IF | --pcap FILE]\n"
			    "                    [--port N] [--all] [--dump | --dump-messages | "
			    "--decode]\n"
			    "                    [--keylog FILE]... [--order-id KEY=KEY]... "
			    "[--pings] [--write FILE]\n"
			    "                    [options]",
		.summary = "Stamps TCP segments at the network interface and publishes them on the "
			   "bus.",
		.options = list.rows,
		.option_count = list.count,
	};

	memset(ret_config, 0, sizeof(*ret_config));
	ret_config->common.bus_name = PROF_BUS_NAME_DEFAULT;
	if (!command_line_split(argc, argv, cli.options, cli.option_count, ret_eal, &own))
		return refuse("command line", "too many words", "give fewer");
	status = prof_cli_parse(&cli, own.count, own.words);
	return status >= 0 ? status : check(ret_config, ret_eal);
}
