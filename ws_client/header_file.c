/* SPDX-License-Identifier: BSD-2-Clause */
#include "header_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prof/cli.h"
#include "ws_client/tell/report.h"

#define LINE_BYTES (HEADERS_BYTES + 2)

static void complain(const char *path, unsigned int line_number, const char *why,
		     const char *remedy)
{
	char what[256];

	if (line_number)
		(void)snprintf(what, sizeof(what), "--header-file %.200s, line %u", path,
			       line_number);
	else
		(void)snprintf(what, sizeof(what), "--header-file %.200s", path);
	prof_complain(CLIENT_PROGRAM, what, why, remedy);
}

/* Keys are in it. */
static void warn_of_readers(int fd, const char *path)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    (status.st_mode & (S_IRGRP | S_IROTH)))
		complain(path, 0, "others on this machine can read it", "chmod 600 it");
}

static int read_lines(struct headers *headers, FILE *file, const char *path)
{
	static char line[LINE_BYTES]; /* what stays in it is wiped at the end */
	unsigned int number = 0;
	int err = 0;

	while (!err && fgets(line, sizeof(line), file)) {
		enum headers_verdict verdict = HEADERS_OK;

		number++;
		if (!strchr(line, '\n') && !feof(file)) /* or a byte in it is 0 */
			verdict = strlen(line) < sizeof(line) - 1 ? HEADERS_BAD_VALUE
								  : HEADERS_TOO_LARGE;
		line[strcspn(line, "\n")] = '\0';
		if (verdict == HEADERS_OK && strspn(line, " \t\r") < strlen(line) && line[0] != '#')
			verdict = headers_add(headers, line);
		if (verdict != HEADERS_OK) {
			complain(path, number, headers_verdict_text(verdict),
				 "write it like 'X-MBX-APIKEY: KEY'");
			err = -EINVAL;
		}
	}
	explicit_bzero(line, sizeof(line));
	return err;
}

int header_file_read(struct headers *headers, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	int err = file ? 0 : -errno;

	if (!file) {
		complain(path, 0, strerror(-err), "check its name and rights");
		if (fd >= 0)
			(void)close(fd);
		return err;
	}
	(void)setvbuf(file, NULL, _IONBF, 0); /* no copy of it stays behind */
	warn_of_readers(fd, path);
	err = read_lines(headers, file, path);
	if (!err && ferror(file)) {
		err = -EIO;
		complain(path, 0, "cannot be read", "check that it is a file");
	}
	(void)fclose(file);
	return err;
}
