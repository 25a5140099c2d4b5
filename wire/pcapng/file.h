/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of blocks, written through a buffer.  Whoever may read it may read
 * traffic and keys: it is its owner's alone (0600), whatever it was before.
 */
#ifndef WIRE_PCAPNG_FILE_H
#define WIRE_PCAPNG_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "blocks.h"

struct pcapng_file;

/*
 * Makes the file anew, with its first block; program is what writes it.  What it
 * held before is gone with the first block that is written out.  0 and
 * the file, or a negative errno; -EINVAL if there is something else than a
 * plain file of one name (a link, a device): that is left alone.
 */
int pcapng_file_open(const char *path, const char *program, struct pcapng_file **ret_file);

void pcapng_file_interface(struct pcapng_file *file, uint16_t link_type, const char *name);
void pcapng_file_secrets(struct pcapng_file *file, const char *text, size_t size_bytes);
void pcapng_file_packet(struct pcapng_file *file, const struct pcapng_packet *packet);

/* Of all blocks so far, written out or not. */
uint64_t pcapng_file_bytes(const struct pcapng_file *file);

/* Writes out.  Returns the first error so far, a negative errno; nothing is written after it. */
int pcapng_file_flush(struct pcapng_file *file);

/* Writes out, closes, wipes, frees.  NULL is allowed.  Returns the first error. */
int pcapng_file_close(struct pcapng_file *file);

#endif
