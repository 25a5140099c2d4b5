/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages as a Perfetto trace: protocol buffers as Perfetto publishes them
 * (protos/perfetto/trace), no clock but the stamps' own.
 *
 * Each connection has five tracks.  On "message" a slice reaches from the
 * message's first byte to parsed, with the stages it was in below it; on "NIC",
 * "kernel" and "user" are its segments, the tcp_recvmsg() that copied it and
 * its callback, joined by flow arrows.  Messages that came in one segment, or by
 * one read, have one slice together there, with an arrow of each.  Slices of one track must not
 * overlap unless one holds the other, so a track has as many lanes as it needs, which Perfetto
 * shows as one.  Pure.
 */
#ifndef CORR_PERFETTO_TRACE_H
#define CORR_PERFETTO_TRACE_H

#include "correlator/message/message.h"
#include "correlator/message/order.h"
#include "correlator/message/trip.h"
#include "correlator/text/text.h"

/* Connections shown, and slices of one track at the same time. */
#define TRACE_CONN_COUNT_MAX 256
#define TRACE_LANE_COUNT_MAX 1024

/* Messages that share a segment or a read: beyond it they share a second slice. */
#define TRACE_FLOW_COUNT_MAX 256

/* Room that trace_message(), trace_trip() and trace_end() need at most. */
#define TRACE_MESSAGE_BYTES_MAX 16384

struct trace;

/* 0 and the trace, to be released with trace_close(); or -ENOMEM. */
int trace_open(struct trace **ret_trace);

/*
 * CLOCK_BOOTTIME minus CLOCK_MONOTONIC, by which other traces of the machine are
 * related to this one, before the first message; INT64_MAX: nobody knows.
 */
void trace_set_boot_offset(struct trace *trace, int64_t boot_offset_ns);

/* NULL is allowed.  Returns NULL. */
struct trace *trace_close(struct trace *trace);

/* Writes what there is to show; false if a part had to be left out for the limits above. */
bool trace_message(struct trace *trace, const struct corr_message *message, struct text *text);

/*
 * The same of a round trip: on "trips" a slice from the write to the answer, with its parts
 * below it, and theirs below them.  A part that lies outside of the one around it is left out.
 */
bool trace_trip(struct trace *trace, const struct corr_trip *trip, struct text *text);

/*
 * The same of an order: on "trips", from its hand-over to the library, or the call that took
 * it, until it has left, with an arrow from the message that it was for.
 */
bool trace_order(struct trace *trace, const struct corr_order *order, struct text *text);

/*
 * What is held back of one connection, index 0 and on, as messages may have shared
 * it.  False past the last connection.
 */
bool trace_end(struct trace *trace, uint32_t conn_index, struct text *text);

#endif
