/* SPDX-License-Identifier: BSD-2-Clause */
/* A page as gzip (RFC 1952), by zlib. */
#ifndef CORR_SQUEEZE_H
#define CORR_SQUEEZE_H

#include <stdbool.h>

#include "correlator/text/text.h"

/* Writes it to *into, whose room is its own.  False if it has no room there, or zlib no memory. */
bool squeeze(const struct text *page, struct text *into);

#endif
