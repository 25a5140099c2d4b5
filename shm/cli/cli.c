/* SPDX-License-Identifier: BSD-2-Clause */
#include "prof/cli.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef PROF_VERSION
#define PROF_VERSION "unknown"
#endif

/* What getopt_long() returns for our rows: above every letter. */
enum { OPTION_BASE = 1000, OPTION_HELP = 900, OPTION_VERSION = 901 };

#define SHORT_TEXT_BYTES (2 * PROF_OPTION_COUNT_MAX + 4)
#define HELP_COLUMN	 28

void prof_claim_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void prof_complain(const char *program, const char *what, const char *why, const char *remedy)
{
	const char *parts[] = { program, what, why, remedy };
	bool is_first = true;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i] || !*parts[i])
			continue;
		(void)fprintf(stderr, "%s%s", is_first ? "" : ": ", parts[i]);
		is_first = false;
	}
	(void)fputc('\n', stderr);
}

const char *prof_version(void)
{
	return PROF_VERSION;
}

int prof_parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *ret_value)
{
	char *end;
	unsigned long long value;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno || value < min || value > max)
		return -ERANGE;
	*ret_value = (uint32_t)value;
	return 0;
}

int prof_parse_group(const char *text, uint32_t *ret_group_id)
{
	const struct group *group;

	if (prof_parse_u32(text, 0, UINT32_MAX - 1, ret_group_id) == 0)
		return 0;
	group = getgrnam(text);
	if (!group)
		return -ENOENT;
	*ret_group_id = (uint32_t)group->gr_gid;
	return 0;
}

void prof_options_add(struct prof_option_list *list, const struct prof_option *rows,
		      size_t row_count)
{
	assert(row_count <= PROF_OPTION_COUNT_MAX - list->count);
	memcpy(&list->rows[list->count], rows, row_count * sizeof(*rows));
	list->count += row_count;
}

static int complain_usage(const struct prof_cli *cli, const char *what, const char *why)
{
	char remedy[96];

	(void)snprintf(remedy, sizeof(remedy), "see %s --help", cli->program);
	prof_complain(cli->program, what, why, remedy);
	return PROF_EXIT_USAGE;
}

/* "--name" or "-x", as a person would type the option. */
static const char *option_text(const struct prof_option *option, char *text, size_t size_bytes)
{
	if (option->name)
		(void)snprintf(text, size_bytes, "--%s", option->name);
	else
		(void)snprintf(text, size_bytes, "-%c", option->letter);
	return text;
}

static int store_number(const struct prof_cli *cli, const struct prof_option *option,
			const char *text)
{
	char what[128];
	char why[96];
	char name[64];

	if (prof_parse_u32(text, option->min, option->max, option->value) == 0)
		return -1;
	(void)snprintf(what, sizeof(what), "%s '%.48s'", option_text(option, name, sizeof(name)),
		       text);
	(void)snprintf(why, sizeof(why), "not a whole number from %u to %u", option->min,
		       option->max);
	return complain_usage(cli, what, why);
}

static int store_group(const struct prof_cli *cli, const struct prof_option *option,
		       const char *text)
{
	struct prof_group *group = option->value;
	char what[128];
	char name[64];

	if (prof_parse_group(text, &group->id) == 0) {
		group->is_given = true;
		return -1;
	}
	(void)snprintf(what, sizeof(what), "%s '%.48s'", option_text(option, name, sizeof(name)),
		       text);
	return complain_usage(cli, what, "no such group");
}

/* As prof_bus_create() will want it: told here, it is wrong usage. */
static bool is_bus_name(const char *text)
{
	return text[0] == '/' && text[1] && !strchr(text + 1, '/') && strlen(text) <= 255;
}

static int store_text(const struct prof_cli *cli, const struct prof_option *option,
		      const char *text)
{
	struct prof_text_list *list = option->value;
	char what[128];
	char name[64];

	(void)snprintf(what, sizeof(what), "%s '%.48s'", option_text(option, name, sizeof(name)),
		       text);
	if (!*text)
		return complain_usage(cli, name, "its value is empty");
	if (option->kind == PROF_OPTION_BUS && !is_bus_name(text))
		return complain_usage(cli, what, "not a slash and a name without one");
	if (option->kind != PROF_OPTION_LIST) {
		*(const char **)option->value = text;
		return -1;
	}
	if (list->count == PROF_TEXT_LIST_MAX)
		return complain_usage(cli, name, "given too often");
	list->texts[list->count++] = text;
	return -1;
}

static int store_value(const struct prof_cli *cli, const struct prof_option *option,
		       const char *text)
{
	switch ((enum prof_option_kind)option->kind) {
	case PROF_OPTION_FLAG:
		*(bool *)option->value = true;
		return -1;
	case PROF_OPTION_TEXT:
	case PROF_OPTION_LIST:
	case PROF_OPTION_BUS:
		return store_text(cli, option, text);
	case PROF_OPTION_U32:
		return store_number(cli, option, text);
	case PROF_OPTION_GROUP:
		return store_group(cli, option, text);
	}
	return -1;
}

/* The option on the left, what it does in a column beside it, or below if it is too long. */
static void print_option(const struct prof_option *option)
{
	char left[96];
	const char *help = option->help;

	(void)snprintf(left, sizeof(left), "%c%c%s%s%s%s%s", option->letter ? '-' : ' ',
		       option->letter ? option->letter : ' ',
		       !option->name	? ""
		       : option->letter ? ", "
					: "  ",
		       option->name ? "--" : "", option->name ? option->name : "",
		       option->arg_name ? " " : "", option->arg_name ? option->arg_name : "");
	if (strlen(left) > HELP_COLUMN) {
		(void)printf("  %s\n", left);
		left[0] = '\0';
	}
	while (help) {
		const char *end = strchr(help, '\n');
		int size = end ? (int)(end - help) : (int)strlen(help);

		(void)printf("  %-*s %.*s\n", HELP_COLUMN, left, size, help);
		left[0] = '\0';
		help = end ? end + 1 : NULL;
	}
}

int prof_flush_output(const char *program)
{
	errno = EIO; /* if an earlier write failed, its reason is gone */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return PROF_EXIT_OK;
	prof_complain(program, "standard output", strerror(errno), "check rights and free space");
	return PROF_EXIT_FAILED;
}

static int print_help(const struct prof_cli *cli)
{
	static const struct prof_option own[] = {
		{ .name = "help", .letter = 'h', .help = "print this and exit" },
		{ .name = "version", .letter = 'V', .help = "print the version and exit" },
	};

	(void)printf("usage: %s %s\n\n%s\n\noptions:\n", cli->program, cli->synopsis, cli->summary);
	for (size_t i = 0; i < cli->option_count; i++)
		print_option(&cli->options[i]);
	print_option(&own[0]);
	print_option(&own[1]);
	return prof_flush_output(cli->program);
}

/* Writes the tables that getopt_long() wants. */
static void build_getopt(const struct prof_cli *cli, struct option *ret_long, char *ret_short)
{
	size_t long_count = 0;

	*ret_short++ = ':'; /* a missing value is told apart from an unknown option */
	for (size_t i = 0; i < cli->option_count; i++) {
		const struct prof_option *row = &cli->options[i];
		int has_arg = row->kind == PROF_OPTION_FLAG ? no_argument : required_argument;

		if (row->name)
			ret_long[long_count++] = (struct option){ row->name, has_arg, NULL,
								  OPTION_BASE + (int)i };
		if (row->letter) {
			*ret_short++ = row->letter;
			if (has_arg == required_argument)
				*ret_short++ = ':';
		}
	}
	ret_long[long_count++] = (struct option){ "help", no_argument, NULL, OPTION_HELP };
	ret_long[long_count++] = (struct option){ "version", no_argument, NULL, OPTION_VERSION };
	ret_long[long_count] = (struct option){ 0 };
	*ret_short++ = 'h';
	*ret_short++ = 'V';
	*ret_short = '\0';
}

static const struct prof_option *find_option(const struct prof_cli *cli, int code)
{
	if (code >= OPTION_BASE)
		return &cli->options[code - OPTION_BASE];
	for (size_t i = 0; i < cli->option_count; i++)
		if (cli->options[i].letter == code)
			return &cli->options[i];
	return NULL;
}

/* The option that getopt_long() has just refused, as it was typed. */
static const char *refused_option(char *const *argv, char *text, size_t size_bytes)
{
	if (optopt > 0 && optopt < OPTION_HELP)
		(void)snprintf(text, size_bytes, "-%c", optopt);
	else
		(void)snprintf(text, size_bytes, "%s", argv[optind - 1]);
	return text;
}

static int take_option(const struct prof_cli *cli, int code, char *const *argv)
{
	char typed[64];

	switch (code) {
	case 'h':
	case OPTION_HELP:
		return print_help(cli);
	case 'V':
	case OPTION_VERSION:
		(void)printf("%s %s\n", cli->program, PROF_VERSION);
		return prof_flush_output(cli->program);
	case ':':
		return complain_usage(cli, refused_option(argv, typed, sizeof(typed)),
				      "its value is missing");
	case '?':
		return complain_usage(cli, refused_option(argv, typed, sizeof(typed)),
				      "no such option");
	default:
		return store_value(cli, find_option(cli, code), optarg);
	}
}

static int take_positionals(const struct prof_cli *cli, int argc, char **argv)
{
	for (int i = optind; i < argc; i++) {
		size_t slot = (size_t)(i - optind);

		if (slot >= cli->positional_count_max)
			return complain_usage(cli, argv[i], "one argument too many");
		cli->positionals[slot] = argv[i];
	}
	return -1;
}

int prof_cli_parse(const struct prof_cli *cli, int argc, char **argv)
{
	struct option long_options[PROF_OPTION_COUNT_MAX + 3];
	char short_options[SHORT_TEXT_BYTES];

	assert(cli->option_count <= PROF_OPTION_COUNT_MAX);
	build_getopt(cli, long_options, short_options);
	opterr = 0; /* we say it in our own form */
	optind = 0; /* GNU: start afresh, also when a program parses twice */
	for (;;) {
		int code = getopt_long(argc, argv, short_options, long_options, NULL);
		int status;

		if (code < 0)
			return take_positionals(cli, argc, argv);
		status = take_option(cli, code, argv);
		if (status >= 0)
			return status;
	}
}
