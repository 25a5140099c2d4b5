/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments as lines of text. */
#ifndef CAPTURE_DUMP_H
#define CAPTURE_DUMP_H

#include <stdint.h>
#include <stdio.h>

#include "packet.h"

/* time_ns src_ip src_port dst_ip dst_port seq payload_bytes, tab-separated. */
void dump_segment(FILE *out, uint64_t time_ns, const struct packet_tcp *tcp);

#endif
