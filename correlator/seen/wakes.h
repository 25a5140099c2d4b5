/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads that read from sockets under measurement, and when each was woken, or put
 * aside, and got a processor.  Fixed memory: the latest wake-ups of each are remembered.
 */
#ifndef CORR_WAKES_H
#define CORR_WAKES_H

#include "correlator/message/message.h"
#include "prof/event.h"

#define WAKES_GAP_COUNT 16

struct wake {
	uint64_t waking_ns;
	uint64_t running_ns;
	uint64_t cookie; /* of the socket whose telling woke it; 0: something else did */
	bool is_resumed; /* it did not sleep: its processor was taken from it at waking_ns */
};

struct wakes_thread {
	uint32_t tid; /* 0: the place is free */
	bool is_followed;
	uint64_t since_ns;   /* is_followed: since when */
	uint64_t wake_total; /* the latest wake_count of them are kept */
};

/* A time in which events were lost. */
struct wakes_gap {
	uint64_t from_ns;
	uint64_t to_ns;
};

struct wakes {
	struct wakes_thread *threads;
	struct wake *places;   /* thread by thread */
	uint32_t thread_count; /* powers of two, both */
	uint32_t wake_count;
	uint64_t crowded_count; /* threads that found no place */
	uint64_t gap_total;
	struct wakes_gap gaps[WAKES_GAP_COUNT];
	bool is_watching; /* an event has come */
};

bool wakes_open(struct wakes *wakes, uint32_t thread_count, uint32_t wake_count);
void wakes_close(struct wakes *wakes);

/* A WOKEN event. */
void wakes_add(struct wakes *wakes, const struct prof_event *event);

/* Events of that time are missing. */
void wakes_note_gap(struct wakes *wakes, uint64_t from_ns, uint64_t to_ns);

struct wakes_answer {
	enum corr_wait wait;	 /* NONE: not known, */
	enum corr_untold untold; /* and why */
	uint64_t waited_ns; /* between the telling and the read: without a processor, but able to
			       run */
};

/* What the thread did when the socket was told at ready_ns of what it read at read_ns. */
struct wakes_question {
	uint32_t tid;
	uint64_t cookie;
	uint64_t ready_ns;
	uint64_t read_ns;
};

void wakes_ask(const struct wakes *wakes, const struct wakes_question *question,
	       struct wakes_answer *ret_answer);

/* Of that time the thread was put aside for so long, as far as is remembered; 0 if not followed. */
uint64_t wakes_aside_ns(const struct wakes *wakes, uint32_t tid, uint64_t from_ns, uint64_t to_ns);

/* Were events lost in that time? */
bool wakes_is_gap(const struct wakes *wakes, uint64_t from_ns, uint64_t to_ns);

#endif
