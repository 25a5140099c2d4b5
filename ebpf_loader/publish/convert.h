/* SPDX-License-Identifier: BSD-2-Clause */
/* The probe's records in the profiler's own terms.  Pure. */
#ifndef EBPF_LOADER_CONVERT_H
#define EBPF_LOADER_CONVERT_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "ebpf/probe.h"
#include "ebpf_loader/bind/binder.h"
#include "prof/event.h"
#include "prof/flow.h"
#include "sockets.h"

/* What a record of the ring turned out to be. */
enum record_verdict {
	RECORD_READ,
	RECORD_SOCKET,
	RECORD_CLOSE,
	RECORD_SSL_CALL,
	RECORD_TLS,
	RECORD_ELSEWHERE,
	RECORD_MALFORMED, /* too short, of no known kind, or impossible values */
};

/* Looks at size_bytes of a record, aligned as the ring aligns (8 bytes). */
enum record_verdict record_classify(const void *record, size_t size_bytes);

/* The event a read becomes; every byte of *ret_event is written. */
void read_to_event(const struct probe_read *read, uint64_t flow_id, struct prof_event *ret_event);

/*
 * The read that a position told becomes: from where the socket's latest read ended, or from
 * its first byte.  False if nothing was read since, or if that is not known.
 */
bool elsewhere_to_read(const struct probe_elsewhere *told, const struct socket_entry *entry,
		       struct probe_read *ret_read);

/*
 * Bytes known to be gone, at most UINT32_MAX of them, since the socket's latest read and by
 * found_ns; every byte of *ret_event is written.
 */
void unseen_to_event(const struct socket_entry *entry, uint64_t start_offset, uint32_t size_bytes,
		     uint64_t found_ns, struct prof_event *ret_event);

/*
 * The message an SSL_read() that returned what lies in `range` becomes, as the
 * connection's number message_index; every byte of *ret_event is written.
 */
void ssl_call_to_event(const struct probe_ssl_call *call, const struct bind_range *range,
		       uint32_t message_index, struct prof_event *ret_event);

/* The connection of a socket told by the probe. */
void socket_to_flow(const struct probe_socket *socket, struct prof_flow *ret_flow);

#endif
