/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where frames come from: passive (the kernel keeps the interface), inline
 * (DPDK owns it and hands every frame on) or offline (a capture file), behind
 * one table of operations.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dpdk_capture/fault/fault.h"
#include "dpdk_capture/select/selector.h"
#include "source_counters.h"

#define BURST_FRAME_COUNT_MAX 64

/* One frame; the bytes stay valid until the burst is released. */
struct frame {
	const uint8_t *bytes;
	const struct sighting *sighting; /* of the burst's; frames that were seen alike share one */
	uint32_t captured_bytes;
	uint8_t link;	     /* enum packet_link: what `bytes` begin with */
	uint32_t wire_bytes; /* at least captured_bytes; more where the source knows */
};

struct burst {
	size_t frame_count;
	bool is_drained; /* nothing older than the beginning of the poll is left */
	bool is_over;	 /* nothing will ever come again */
	/*
	 * Times of a file from before this machine's boot, or from after now,
	 * have no place on its clock: all are given so much later (modulo 2^64,
	 * so that it may be earlier).  0 as a rule.
	 */
	uint64_t shift_ns;
	struct frame frames[BURST_FRAME_COUNT_MAX];
	struct sighting sightings[BURST_FRAME_COUNT_MAX]; /* as many as the source needs */
};

struct source_options {
	const char *interface; /* passive: the kernel's interface */
	const char *exception; /* inline: what the kernel's side is to be called; NULL: none */
	const char *file;      /* offline */
	bool is_wall_time;     /* offline: leave the file's stamps as they are */
	/* offline: what is to become of secrets in the file; NULL: nothing */
	void (*take_secrets)(void *context, const char *text, size_t size_bytes);
	void *secrets_context;
	uint8_t stamps; /* enum adapter_wish */
	bool is_busy;	/* never sleep */
	bool is_verbose;
	bool is_forced;		    /* inline: even the interface of the default route */
	uint32_t inline_slot_bytes; /* inline: as net_af_packet was told */
	uint32_t inline_slot_count;
};

/* The table of operations.  All are called by one thread. */
struct source_ops {
	/*
	 * After EAL is up.  Returns 0 and the source's own state, or a
	 * negative errno and *ret_fault.
	 */
	int (*open)(const struct source_options *options, void **ret_state,
		    struct fault *ret_fault);
	/*
	 * Takes what has arrived.  release() must follow if there was anything.
	 * begun_ns was read before: what a poll at begun_ns found nothing more
	 * of cannot have been there by then, which bounds the stamp's error.
	 */
	void (*poll)(void *state, uint64_t begun_ns, struct burst *ret_burst);
	/* Frees the frames of the last burst, or hands them on. */
	void (*release)(void *state);
	/* Sleeps until something may have arrived, or timeout_us is over. */
	void (*wait)(void *state, uint32_t timeout_us);
	void (*count)(void *state, struct source_counters *ret_counters);
	/* "passive: veth0, stamps: kernel packet stamps", cut to size_bytes. */
	void (*describe)(void *state, char *text, size_t size_bytes);
	/*
	 * By how much a frame's stamp may lie before the poll that finds the
	 * frame, for marks: 0 where the poll itself is the stamp.
	 */
	uint64_t (*lag_ns)(void *state);
	/*
	 * Once a second: 0, or a negative errno and *ret_fault if nothing will
	 * come any more.  Also when the source is over: likewise if it has not
	 * given all there was.  NULL where neither can be.
	 */
	int (*check)(void *state, struct fault *ret_fault);
	/* Restores what was changed.  NULL is allowed. */
	void (*close)(void *state);
};

extern const struct source_ops source_passive;
extern const struct source_ops source_inline;
extern const struct source_ops source_offline;

#endif
