/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What others said, made fit for a terminal.  Pure.
 */
#ifndef WS_CLIENT_PRINTABLE_H
#define WS_CLIENT_PRINTABLE_H

/*
 * Puts '?' in place of every byte that is not to get there: controls, what
 * turns the direction of writing, what is not UTF-8.
 */
void printable_make(char *text);

#endif
