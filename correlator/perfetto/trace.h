/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages as a Perfetto trace: protocol buffers as Perfetto publishes them
 * (protos/perfetto/trace), no clock but the stamps' own.
 *
 * Each connection has four tracks.  On "message" a slice reaches from the
 * message's first byte to parsed, with the stages it was in below it; on "NIC",
 * "kernel" and "user" are its segments, the tcp_recvmsg() that copied it and
 * its callback, joined by flow arrows.  Slices of one track must not overlap
 * unless one holds the other, so a track has as many lanes as it needs, which
 * Perfetto shows as one.  Pure.
 */
#ifndef CORR_PERFETTO_TRACE_H
#define CORR_PERFETTO_TRACE_H

#include "correlator/message/message.h"
#include "correlator/text/text.h"

/* Connections shown, and slices of one track at the same time. */
#define TRACE_CONN_COUNT_MAX 256
#define TRACE_LANE_COUNT_MAX 1024

/* Room that trace_message() needs at most. */
#define TRACE_MESSAGE_BYTES_MAX 8192

struct trace;

/* 0 and the trace, to be released with trace_close(); or -ENOMEM. */
int trace_open(struct trace **ret_trace);
/* NULL is allowed.  Returns NULL. */
struct trace *trace_close(struct trace *trace);

/* Writes what there is to show; false if a part had to be left out for the limits above. */
bool trace_message(struct trace *trace, const struct corr_message *message, struct text *text);

#endif
