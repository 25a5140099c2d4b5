/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recording format: everything the engine was told, in order, so that it
 * can be told again.  Pure: bytes in, bytes out.
 *
 * A recording is one file or several parts (FILE, FILE.1, FILE.2, ...).  All
 * numbers are little-endian.  A part begins with a header of 64 bytes:
 *
 *	 0  8 bytes  magic "WSLREC\r\n" (a transfer as text damages it visibly)
 *	 8  u32      version, 1
 *	12  u32      header size, 64
 *	16  u64      run: the same in all parts of a recording
 *	24  u32      part: 0, 1, 2, ...
 *	28  u32      unit of the live run's lines: 0 us, 1 ns
 *	32  u32      its interval in seconds, 0 none
 *	36  u32      bit 0: it printed no [CORR] lines
 *	40  u64      CLOCK_REALTIME ns at the beginning of the part, for people
 *	48  12 bytes 0
 *	60  u32      check of the 60 bytes before
 *
 * Then records follow, each a head of 8 bytes and its payload:
 *
 *	 0  u8   kind
 *	 1  u8   lane index, 0 where there is none
 *	 2  u16  payload size
 *	 4  u32  check of the 4 bytes before and the payload
 *
 *	kind      payload
 *	1 EVENT   56: struct prof_event
 *	2 LANE    288: facts of a lane, as encode_lane() lays them out
 *	3 MARK    16: u64 mark_ns, u64 read_ns; the lane's other facts are as before
 *	4 SOCKET  struct prof_socket
 *	5 STREAM  2 + n: u16 index, name without terminator
 *	6 ROUND   16: u64 now_ns, i64 wall_offset_ns
 *	7 END     8: u64 now_ns; the run ended here
 *	8 NEXT    0: the recording goes on in the next part
 *	9 HOST    n: name of the machine without terminator
 *	10 FACT   1 + n: u8 which (enum recording_fact), what explains latencies on
 *	          that machine, without terminator
 *
 * Every part begins with the lanes, sockets and names known by then, so it
 * can be replayed without those before it.  A reader ignores kinds it does not
 * know.  A file that ends within a record was cut short: what is before counts.
 */
#ifndef CORR_RECORDING_H
#define CORR_RECORDING_H

#include "prof/bus.h"

#define RECORDING_VERSION      1
#define RECORDING_HEADER_BYTES 64
#define RECORDING_HEAD_BYTES   8
#define RECORDING_EVENT_BYTES  (RECORDING_HEAD_BYTES + sizeof(struct prof_event))
#define RECORDING_LANE_BYTES   288
#define RECORDING_HOST_BYTES   64 /* with its terminator */
#define RECORDING_FACT_BYTES   128
/* The longest record that the functions below write. */
#define RECORDING_RECORD_BYTES_MAX (RECORDING_HEAD_BYTES + 320)

enum recording_kind {
	RECORDING_EVENT = 1,
	RECORDING_LANE,
	RECORDING_MARK,
	RECORDING_SOCKET,
	RECORDING_STREAM,
	RECORDING_ROUND,
	RECORDING_END,
	RECORDING_NEXT,
	RECORDING_HOST,
	RECORDING_FACT,
};

/* About the machine of the run; a recording older than these has none. */
enum recording_fact {
	RECORDING_FACT_KERNEL = 1,
	RECORDING_FACT_PROCESSOR,
	RECORDING_FACT_CLOCKSOURCE,
	RECORDING_FACT_GOVERNOR,
	RECORDING_FACT_HYPERVISOR,
	RECORDING_FACT_CORES,
	RECORDING_FACT_BOOT_OFFSET, /* a number: CLOCK_BOOTTIME minus CLOCK_MONOTONIC, in ns */
	RECORDING_FACT_END,
};

#define RECORDING_FACT_COUNT (RECORDING_FACT_END - 1)

struct recording_header {
	uint64_t run;
	uint64_t wall_ns;
	uint32_t part;
	uint32_t unit;
	uint32_t interval_s;
	bool is_quiet;
};

/* One input, whichever it is; `kind` selects the member. */
struct recording_record {
	uint8_t kind; /* enum recording_kind, or one that this version does not know */
	uint8_t lane_index;
	union {
		struct prof_event event;
		struct {
			struct prof_lane facts; /* MARK: only mark_ns */
			uint64_t read_ns;
		} lane;
		struct prof_socket socket;
		struct {
			uint16_t index;
			char name[PROF_STREAM_NAME_BYTES];
		} stream;
		char host[RECORDING_HOST_BYTES];
		struct {
			uint8_t which; /* enum recording_fact, or one of a later version */
			char words[RECORDING_FACT_BYTES];
		} fact;
		struct {
			uint64_t now_ns;
			int64_t wall_offset_ns;
		} round; /* END: only now_ns */
	};
};

enum recording_verdict {
	RECORDING_OK,
	RECORDING_SHORT,	   /* more bytes are needed */
	RECORDING_FOREIGN,	   /* header only: not a recording */
	RECORDING_VERSION_UNKNOWN, /* header only */
	RECORDING_DAMAGED,	   /* a check or a size is wrong */
};

void recording_encode_header(const struct recording_header *header,
			     uint8_t ret_bytes[RECORDING_HEADER_BYTES]);
enum recording_verdict recording_decode_header(const uint8_t *bytes, size_t size_bytes,
					       struct recording_header *ret_header);

/* Returns how many bytes were written, at most RECORDING_RECORD_BYTES_MAX. */
size_t recording_encode(const struct recording_record *record, uint8_t *ret_bytes);
/* The hot one, for one event. */
size_t recording_encode_event(uint32_t lane_index, const struct prof_event *event,
			      uint8_t *ret_bytes);

/*
 * The hot one, too: a record of RECORDING_EVENT_BYTES, whole and undamaged.  False, and
 * nothing said, for all else, which recording_decode() then has to tell apart.
 */
bool recording_decode_event(const uint8_t *bytes, size_t size_bytes, uint8_t *ret_lane_index,
			    struct prof_event *ret_event);

/* On RECORDING_OK *ret_size_bytes is how many bytes the record took. */
enum recording_verdict recording_decode(const uint8_t *bytes, size_t size_bytes,
					struct recording_record *ret_record,
					size_t *ret_size_bytes);

/* Sets the check of a record whose head and payload stand otherwise. */
void recording_seal(uint8_t *bytes);

/* True if b differs from a only in what a MARK tells, or in what nobody replays. */
bool recording_is_mark_enough(const struct prof_lane *a, const struct prof_lane *b);

#endif
