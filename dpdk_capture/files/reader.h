/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture files as others write them, pcap and pcapng, cut into frames.
 *
 * The caller shows the file's next bytes, as many as it happens to have, and
 * is told how many of them are used up, or how many more it takes.  Read are:
 * pcap of both byte orders, with stamps in microseconds or nanoseconds, of
 * version 2.x, and Kuznetzov's variant of it; pcapng of both byte orders, any
 * number of sections, each with interfaces of their own link type and clock,
 * and the packets of enhanced, simple and obsolete blocks.
 *
 * Pure; all memory is in the struct.
 */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dpdk_capture/parse/link.h"

/* A block or record with a frame in it that is longer is not believed. */
#define READER_FRAME_BYTES_MAX (16u << 20)

#define READER_INTERFACE_COUNT_MAX 4096

/* Why a frame was not read, where that is not its link type. */
#define READER_UNREAD_INTERFACE UINT32_MAX	 /* the file does not describe its interface */
#define READER_UNREAD_TABLE	(UINT32_MAX - 1) /* ... does, after more than there is room for */

/* What there is to know about an interface to read its frames. */
struct reader_interface {
	uint16_t file_type;  /* LINKTYPE_... */
	uint8_t resolution;  /* 10^-n s, or 2^-n s with the highest bit set */
	uint32_t snap_bytes; /* 0: none given */
	int64_t offset_s;
};

/* READER_SECRETS: a key log that stands in the file, among the bytes that were shown. */
struct reader_secrets {
	const char *text;
	size_t size_bytes;
};

struct reader {
	enum { READER_NEW, READER_PCAP, READER_PCAPNG } format;
	bool is_big_endian;
	bool is_modified;	/* pcap of Kuznetzov's kind: longer record headers */
	uint16_t minor;		/* of pcap's version */
	uint64_t skip_bytes;	/* of a block that holds nothing for us, still to come */
	size_t want_bytes;	/* after READER_MORE: how many it takes */
	const char *why;	/* after READER_BAD */
	struct reader_secrets secrets; /* after READER_SECRETS */
	uint32_t unread_type;	/* after READER_UNREAD: the link's, or one of READER_UNREAD_... */
	size_t interface_count; /* of the section; those beyond the table's end too */
	struct reader_interface interfaces[READER_INTERFACE_COUNT_MAX];
};

struct reader_frame {
	uint64_t wall_time_ns;
	bool is_stamped;  /* pcapng's simple packets are not */
	uint32_t tick_ns; /* what its clock resolves, at least 1 */
	enum packet_link link;
	const uint8_t *bytes; /* among those that were shown */
	uint32_t captured_bytes;
	uint32_t wire_bytes;
};

enum reader_step {
	READER_FRAME,	/* *ret_frame is filled */
	READER_SECRETS, /* reader->secrets is filled */
	READER_NOTHING, /* used up, and no frame in it */
	READER_UNREAD,	/* a frame that cannot be read: its link, its interface or its stamp */
	READER_MORE,	/* not enough: show want_bytes, or the file ends within something */
	READER_BAD,	/* no capture file, or no longer one: `why` */
};

/* Begin with a struct that is all zeroes.  *ret_used_bytes is set always, and at most size_bytes.
 */
enum reader_step reader_step(struct reader *reader, const uint8_t *bytes, size_t size_bytes,
			     size_t *ret_used_bytes, struct reader_frame *ret_frame);

/* "pcap" or "pcapng", once it is known. */
const char *reader_format_name(const struct reader *reader);

#endif
