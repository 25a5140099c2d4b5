/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines: one table of options fills a struct, gives --help and
 * --version, and refuses what is wrong in one line.
 */
#ifndef PROF_CLI_H
#define PROF_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum prof_exit {
	PROF_EXIT_OK = 0,
	PROF_EXIT_FAILED = 1,
	PROF_EXIT_USAGE = 2,
	PROF_EXIT_SKIPPED = 77, /* tests only */
};

enum prof_option_kind {
	PROF_OPTION_FLAG,  /* value: bool *, set to true */
	PROF_OPTION_TEXT,  /* value: const char **, points into argv */
	PROF_OPTION_LIST,  /* value: struct prof_text_list *, may be repeated */
	PROF_OPTION_U32,   /* value: uint32_t *, a whole decimal number min..max */
	PROF_OPTION_BUS,   /* value: const char **, a bus's name, points into argv */
	PROF_OPTION_GROUP, /* value: struct prof_group *, a group's name or number */
};

#define PROF_TEXT_LIST_MAX 1024

/* Texts point into argv. */
struct prof_text_list {
	size_t count;
	const char *texts[PROF_TEXT_LIST_MAX];
};

struct prof_group {
	bool is_given;
	uint32_t id;
};

struct prof_option {
	const char *name;     /* long name, without the dashes; NULL: letter only */
	char letter;	      /* short name, 0: none */
	uint8_t kind;	      /* enum prof_option_kind */
	const char *arg_name; /* how --help calls the value; see shm/cli/completion.sh */
	const char *help;     /* one sentence; "\n" starts a new line */
	void *value;	      /* as the kind says */
	uint32_t min;	      /* PROF_OPTION_U32 */
	uint32_t max;
};

#define PROF_OPTION_COUNT_MAX 48

/* A table too long for one array, put together part by part; begins as { 0 }. */
struct prof_option_list {
	size_t count;
	struct prof_option rows[PROF_OPTION_COUNT_MAX];
};

struct prof_cli {
	const char *program;		   /* as in messages */
	const char *synopsis;		   /* what follows the program's name */
	const char *summary;		   /* what it does, one or more lines */
	const struct prof_option *options; /* an array, or a list's rows */
	size_t option_count;
	size_t positional_count_max;
	const char **positionals; /* room for that many; NULL where not given */
};

/* What every program takes (DESIGN: "Command lines others script against"). */
struct prof_common_options {
	const char *bus_name;
	struct prof_group bus_group; /* a segment we create is shared with it */
	uint32_t duration_s;	     /* 0: until stopped */
	bool is_verbose;
};

/* The rows for them, to be put into a program's table: one option a row. */
/* clang-format off */
#define PROF_COMMON_OPTION_ROWS(common)                                                            \
	{ .name = "bus", .kind = PROF_OPTION_BUS,  .arg_name = "NAME",                             \
	  .help = "shared-memory bus (default /ws_latency)", .value = &(common)->bus_name },       \
	{ .name = "bus-group", .kind = PROF_OPTION_GROUP, .arg_name = "GROUP",                     \
	  .help = "a bus made anew can be used by this group, not by us alone",                    \
	  .value = &(common)->bus_group },                                                         \
	{ .name = "duration", .kind = PROF_OPTION_U32, .arg_name = "SECONDS",                      \
	  .help = "stop after so many seconds (default: when interrupted)",                        \
	  .value = &(common)->duration_s, .min = 1, .max = 31536000 },                             \
	{ .name = "verbose", .letter = 'v', .kind = PROF_OPTION_FLAG,                              \
	  .help = "say more on stderr", .value = &(common)->is_verbose }
/* clang-format on */

/* Appends rows to a list.  More than PROF_OPTION_COUNT_MAX in all are our own mistake: asserted. */
void prof_options_add(struct prof_option_list *list, const struct prof_option *rows,
		      size_t row_count);

/* The same for an array of them. */
#define PROF_OPTIONS_ADD(list, rows)                                                               \
	prof_options_add((list), (rows), sizeof(rows) / sizeof((rows)[0]))

/*
 * Parses a command line.  Options and positionals may be mixed; "--" ends the
 * options.  --help and --version are answered on stdout.
 *
 * Returns -1 to go on, or the exit status to leave with: PROF_EXIT_OK after
 * --help or --version, PROF_EXIT_USAGE after one line on stderr.
 */
int prof_cli_parse(const struct prof_cli *cli, int argc, char **argv);

/*
 * Reads a whole decimal number min..max: no sign, no space, nothing after it.
 * Returns 0, -EINVAL or -ERANGE; *ret_value is written on success only.
 */
int prof_parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *ret_value);

/* Reads a group's name or number.  Returns 0, or -ENOENT if there is no group of that name. */
int prof_parse_group(const char *text, uint32_t *ret_group_id);

/* What --version prints after the program's name. */
const char *prof_version(void);

/*
 * First of all in main(): if standard input, output or error were closed, the
 * next socket or file would get its number, and what is printed.  In its place
 * stands what can only fail: it is opened the wrong way round.
 */
void prof_claim_standard_fds(void);

/*
 * Sends off what was printed.  Returns PROF_EXIT_OK, or PROF_EXIT_FAILED after
 * one line on stderr if any of it since the start could not be written.
 */
int prof_flush_output(const char *program);

/*
 * One line on stderr: "program: what: why: remedy".  A part that is NULL or
 * empty is left out.
 */
void prof_complain(const char *program, const char *what, const char *why, const char *remedy);

#endif
