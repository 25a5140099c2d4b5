/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A simulator of everything that feeds the correlator, with the true answer
 * known: TCP streams cut, lost, copied, overlapped and reordered on the wire,
 * read by an application, and seen by producers that lose events, start late,
 * die and come back.  Deterministic: a seed is a story.
 */
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "correlator/engine/engine.h"

/* The sender repeats something at most so long after it passed. */
#define SIM_COPY_NS	   UINT64_C(10000000)
#define SIM_T0		   UINT64_C(1000000000000)
#define SIM_CONN_COUNT_MAX 16
#define SIM_LIFE_COUNT_MAX 4
#define SIM_GAP_COUNT_MAX  65536

enum sim_lane { SIM_NIC, SIM_KERNEL, SIM_USER, SIM_LANE_COUNT };

/* One event as it really happened, and whether its producer managed to publish it. */
struct sim_event {
	uint64_t order_ns; /* when it is published: stamp, or a read's return */
	struct prof_event event;
	uint32_t conn_index;
	bool is_published;
};

struct sim_list {
	struct sim_event *events;
	uint32_t *order; /* indices into events, in order of publication */
	uint32_t count;
	uint32_t room;
};

/* The truth about one message. */
struct sim_message {
	uint64_t start;
	uint64_t end;
	uint64_t user_ns;
	uint64_t hol_ns; /* how long its last byte waited for earlier ones */
	uint32_t conn_index;
	uint32_t event;	      /* its own, in lists[SIM_USER] */
	uint32_t cover_begin; /* segments that first brought its bytes: covers[begin, + count) */
	uint32_t cover_count;
	uint32_t last_segment; /* of byte end - 1, in lists[SIM_NIC] */
	uint32_t read_first;   /* in lists[SIM_KERNEL], inclusive */
	uint32_t read_last;
	bool is_loose;	  /* published as a bound */
	bool is_unranged; /* published without a range */
	bool is_emitted;
};

struct sim_conn {
	uint64_t cookie;
	struct prof_socket socket;
	uint64_t flow_id;
	uint32_t base_seq;
	uint64_t start_offset; /* where we join */
	uint64_t offset;
	uint64_t now_ns;	/* of the sender */
	uint64_t app_ns;	/* of the application */
	uint64_t ready_ns;	/* latest first arrival of all bytes so far */
	uint32_t message_begin; /* in messages: [begin, + count) */
	uint32_t message_count;
	uint32_t emitted_count;
	uint32_t syn;	       /* event, UINT32_MAX if the stream was joined in the middle */
	uint32_t next_emitted; /* messages must come in order */
	bool is_plain;
	bool is_blocking;
	bool is_registered;
	bool is_reuse;		   /* of another connection's addresses and ports */
	bool has_read;		   /* a read has been published */
	uint64_t first_paired_ns;  /* NIC time of the first message that was paired */
	uint64_t first_segment_ns; /* first published data segment; 0 none */
};

/* When a layer's producer was alive: [since, dead). */
struct sim_life {
	uint64_t since_ns;
	uint64_t dead_ns;
};

/* How nasty the story is; probabilities in 1/65536. */
struct sim_options {
	uint64_t seed;
	uint32_t message_count;
	uint32_t conn_count;
	uint32_t lost, copied, reordered, merged;
	uint32_t dropped[SIM_LANE_COUNT]; /* begins a run of dropped events */
	uint32_t hiccups;		  /* NIC stamps that come late */
	uint32_t elsewhere;		  /* reads that go another way than where we look */
	uint32_t loose, unranged;	  /* messages whose range is a bound, or not known */
	uint32_t life_count[SIM_LANE_COUNT];
	bool is_capture_drop; /* NIC losses are told as capture drops */
};

struct sim {
	struct sim_options options;
	uint64_t random;
	struct sim_list lists[SIM_LANE_COUNT];
	struct sim_message *messages;
	uint32_t message_count;
	uint32_t *covers;
	uint32_t cover_count;
	uint32_t cover_room;
	uint32_t conn_count;
	struct sim_conn conns[SIM_CONN_COUNT_MAX];
	struct sim_life lives[SIM_LANE_COUNT][SIM_LIFE_COUNT_MAX];
	uint64_t end_ns;

	/* What the engine was told so far, and what came of it. */
	struct corr_engine *engine;
	uint32_t gap_count; /* spans in which the NIC layer may have lost something */
	struct sim_life gaps[SIM_GAP_COUNT_MAX];
	uint64_t class_counts[CORR_CLASS_COUNT];
	uint64_t doubted_count; /* seen, but not paired for fear of a lost original */
	uint64_t unknown_count; /* a layer does not know it, and no reason could be proved */
	uint64_t failure_count;
};

uint64_t sim_random(struct sim *sim);
/* Uniform in [low, high]. */
uint64_t sim_between(struct sim *sim, uint64_t low, uint64_t high);
bool sim_chance(struct sim *sim, uint32_t of_65536);

uint32_t sim_add_event(struct sim *sim, enum sim_lane lane, uint32_t conn_index, uint64_t order_ns,
		       const struct prof_event *event);

/* sim_stream.c: what one connection sends and how it is read, until count messages are made. */
void sim_make_conn(struct sim *sim, uint32_t conn_index, uint32_t message_count);
/* sim_feed.c: who published what; feeds the engine. */
void sim_feed(struct sim *sim);
/* Was a producer there to publish it? */
bool sim_is_alive(const struct sim *sim, enum sim_lane lane, const struct sim_event *event);
/* sim_check.c: compares a result with the truth. */
void sim_check(void *context, const struct corr_message *message);
void sim_check_end(struct sim *sim);

#endif
