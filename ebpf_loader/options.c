/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ebpf_loader/attach/target.h"
#include "prof/bus.h"

#define PROGRAM "ebpf_loader"

static int parse_attach(const char *text, enum attach_kind *ret_kind)
{
	static const struct {
		const char *name;
		enum attach_kind kind;
	} kinds[] = {
		{ "auto", ATTACH_AUTO },
		{ "fentry", ATTACH_FENTRY },
		{ "kprobe", ATTACH_KPROBE },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(text, kinds[i].name) == 0) {
			*ret_kind = kinds[i].kind;
			return 0;
		}
	}
	return -EINVAL;
}

/* Which sockets it looks at, and how. */
static void add_aim_rows(struct prof_option_list *list, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "attach",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "auto|fentry|kprobe|none",
		  .help = "how to attach (default auto: fentry, or kprobe where the kernel\n"
			  "preempts; both once it skips one); none: not at all, for --keys\n"
			  "alone",
		  .value = &config->attach },
		{ .name = "pid",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "every TCP socket of this process, registered or not",
		  .value = &config->pid,
		  .min = 1,
		  .max = 4194304 },
		{ .name = "port",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "every TCP socket with this local or remote port",
		  .value = &config->port,
		  .min = 1,
		  .max = 65535 },
		{ .name = "all",
		  .kind = PROF_OPTION_FLAG,
		  .help = "every TCP socket of this machine",
		  .value = &config->is_all },
		{ .name = "ssl",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "PID|PATH",
		  .help = "publish each SSL_read of this process, or of every process that\n"
			  "uses this libssl, as a message: for clients that are not ours",
		  .value = &config->ssl },
		{ .name = "ssl-symbol-file",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "FILE",
		  .help = "where --ssl finds SSL_read, if not in a libssl of the process",
		  .value = &config->ssl_symbol_file },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* What it tells of them, and what all programs take. */
static void add_telling_rows(struct prof_option_list *list, struct config *config)
{
	const struct prof_option rows[] = {
		{ .name = "stages",
		  .kind = PROF_OPTION_FLAG,
		  .help = "take NIC->Kernel apart: TCP's queue, the socket told, the reader\n"
			  "woken and on a processor",
		  .value = &config->has_stages },
		{ .name = "sends",
		  .kind = PROF_OPTION_FLAG,
		  .help = "tell what the sockets send, too: which bytes each call of\n"
			  "tcp_sendmsg_locked took",
		  .value = &config->has_sends },
		{ .name = "keys",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "FILE",
		  .help = "append the TLS secrets of --pid, --go or --ssl to this key-log file,\n"
			  "for dpdk_capture --keylog; made with mode 0600",
		  .value = &config->keys.path },
		{ .name = "go",
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "PATH",
		  .help = "--keys of every process that runs this Go program, or of --pid's",
		  .value = &config->keys.go },
		{ .name = "stats",
		  .kind = PROF_OPTION_FLAG,
		  .help = "print rates and the probe's run time every second",
		  .value = &config->has_stats },
		PROF_COMMON_OPTION_ROWS(&config->common),
	};

	PROF_OPTIONS_ADD(list, rows);
}

static int parse_command_line(int argc, char **argv, struct config *config)
{
	struct prof_option_list list = { 0 };
	struct prof_cli cli;

	add_aim_rows(&list, config);
	add_telling_rows(&list, config);
	cli = (struct prof_cli){
		.program = PROGRAM,
		.synopsis =
			"[--attach auto|fentry|kprobe|none] [--pid N] [--port N] [--all] "
			"[--ssl PID|PATH] [--keys FILE] [--go PATH] [--stages] [--sends] [--stats]",
		.summary = "Publishes every tcp_recvmsg() on the sockets registered on the bus.",
		.options = list.rows,
		.option_count = list.count,
	};

	return prof_cli_parse(&cli, argc, argv);
}

static int complain_process(const char *option, uint32_t pid, int err)
{
	char what[48];

	(void)snprintf(what, sizeof(what), "%s %u", option, pid);
	prof_complain(PROGRAM, what, err == -ESRCH ? "there is no such process" : strerror(-err),
		      "pgrep finds processes by name");
	return PROF_EXIT_FAILED;
}

/* Where to look for the process of --pid. */
static int find_process(struct config *config)
{
	struct target target;
	int err;

	if (!config->pid)
		return -1;
	err = target_find(config->pid, &target);
	if (err)
		return complain_process("--pid", config->pid, err);
	config->session.pid = target.pid;
	config->session.pid_ns_dev = target.ns_dev;
	config->session.pid_ns_inode = target.ns_inode;
	return -1;
}

static int complain_ssl(const struct config *config, int err)
{
	const struct ssl_target *target = &config->ssl_target;
	const char *file = config->ssl_symbol_file ? config->ssl_symbol_file : config->ssl;
	struct absence_words words;
	char what[48];

	if (err == -ESRCH)
		return complain_process("--ssl", target->pid, err);
	if (err == -ENOENT && target->pid && !config->ssl_symbol_file) {
		absence_explain(&target->absence, &words);
		(void)snprintf(what, sizeof(what), "--ssl %u", target->pid);
		prof_complain(PROGRAM, what, words.why, words.remedy);
	} else if (err == -ENOENT && access(file, F_OK) == 0) {
		prof_complain(
			PROGRAM, file, "there is no SSL_read in it",
			"name the file that has it, a libssl or a program that is not stripped");
	} else {
		prof_complain(PROGRAM, file, strerror(-err),
			      "--ssl takes a process's number or the path of its libssl");
	}
	return PROF_EXIT_FAILED;
}

/* Where to look for SSL_read(); a process named there is that of --pid too. */
static int find_ssl(struct config *config)
{
	int err;

	if (!config->ssl)
		return -1;
	err = ssl_target_find(config->ssl, config->ssl_symbol_file, &config->ssl_target);
	if (err)
		return complain_ssl(config, err);
	if (!config->pid)
		config->pid = config->ssl_target.pid;
	config->session.ssl = &config->ssl_target;
	return -1;
}

/* --attach none leaves out what all else is told from. */
static int check_keys_only(const struct config *config)
{
	if (!config->keys.path) {
		prof_complain(PROGRAM, "--attach none", "there is nothing left to do",
			      "add --keys FILE");
		return PROF_EXIT_USAGE;
	}
	if (config->is_all || config->port || config->ssl || config->has_stages ||
	    config->has_sends || config->has_stats) {
		prof_complain(PROGRAM, "--attach none",
			      "reads are not probed, which another option takes",
			      "leave out --all, --port, --ssl, --stages, --sends and --stats");
		return PROF_EXIT_USAGE;
	}
	return -1;
}

/* -1 to go on, or the exit status after saying why. */
static int take_attach(struct config *config)
{
	config->is_keys_only = strcmp(config->attach, "none") == 0;
	if (config->is_keys_only)
		return check_keys_only(config);
	if (parse_attach(config->attach, &config->session.attach) == 0)
		return -1;
	prof_complain(PROGRAM, config->attach, "not a way to attach",
		      "--attach takes auto, fentry, kprobe or none");
	return PROF_EXIT_USAGE;
}

int config_parse(int argc, char **argv, struct config *config)
{
	int status;

	*config = (struct config){ .attach = "auto", .common.bus_name = PROF_BUS_NAME_DEFAULT };
	status = parse_command_line(argc, argv, config);
	if (status >= 0)
		return status;
	status = take_attach(config);
	if (status >= 0)
		return status;
	if (config->ssl_symbol_file && !config->ssl) {
		prof_complain(PROGRAM, "--ssl-symbol-file", "there is no --ssl that would use it",
			      NULL);
		return PROF_EXIT_USAGE;
	}
	if (config->is_all && (config->pid || config->port)) {
		prof_complain(PROGRAM, "--all", "cannot be combined with --pid or --port", NULL);
		return PROF_EXIT_USAGE;
	}
	if (config->is_all || config->pid || config->port || config->ssl)
		config->session.mode = PROBE_MODE_MATCHING;
	if (config->session.attach == ATTACH_AUTO && !config->is_keys_only)
		preempt_gather(&config->preempt);
	config->session.is_preemptible = config->preempt.is_preemptible;
	config->session.port = config->port;
	status = find_ssl(config);
	if (status < 0)
		status = find_process(config);
	if (status < 0)
		status = key_layer_find(&config->keys, config->pid,
					config->ssl_target.pid ? NULL : config->ssl,
					&config->key_target);
	return status;
}
