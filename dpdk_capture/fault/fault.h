/* SPDX-License-Identifier: BSD-2-Clause */
/* Why something did not work, from where it is known to where it is said. */
#ifndef CAPTURE_FAULT_H
#define CAPTURE_FAULT_H

/* What went wrong, for prof_complain(). */
struct fault {
	char what[96];
	char why[160];
	char remedy[192];
};

/* Fills a fault; remedy may be "".  Returns err. */
int fault_set(struct fault *fault, int err, const char *what, const char *why, const char *remedy);

#endif
