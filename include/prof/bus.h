/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bus: a POSIX shared-memory segment through which producers (capture,
 * probes, applications) hand events to consumers (the correlator).
 *
 * It is a many-producer, many-consumer ring made of lanes.  A producer thread
 * owns one lane and writes to nothing else, so producers neither wait for nor
 * slow each other, and one that is killed or stopped stalls nobody.  A full
 * lane drops the new event and counts it.  Order is kept within a lane only;
 * consumers merge lanes by time with the help of the marks ("everything up to
 * T has been published").
 *
 * Beside the lanes lie the socket registry (which TCP connections are being
 * measured) and the stream names.
 *
 * Errors are negative errno values; prof_bus_explain() turns one into words.
 * Nothing here prints or exits.  Times are CLOCK_MONOTONIC ns (clock.h).
 *
 * Concurrency, unless a function says otherwise: a struct prof_bus may be used
 * by all threads of a process; a struct prof_producer and a struct
 * prof_consumer belong to the thread that attached them.
 */
#ifndef PROF_BUS_H
#define PROF_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prof/event.h"
#include "prof/flow.h"
#include "prof/loss.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PROF_BUS_NAME_DEFAULT "/ws_latency"

/* Largest values a segment may have; every field read from one is checked against them. */
#define PROF_LANE_COUNT_MAX 64
#define PROF_LANE_SLOT_COUNT_MAX (1u << 22)
#define PROF_SOCKET_COUNT_MAX 4096
#define PROF_STREAM_COUNT_MAX 4096

#define PROF_LANE_NAME_BYTES 24   /* producer's name with its terminator */
#define PROF_STREAM_NAME_BYTES 56 /* stream's name with its terminator */

struct prof_bus;
struct prof_producer;
struct prof_consumer;

/* 0 in a member means its default. */
struct prof_bus_options {
	uint32_t lane_count;   /* 16 */
	uint32_t slot_count;   /* events a lane holds, a power of two; 65,536 */
	uint32_t socket_count; /* 4,096 */
	uint32_t stream_count; /* 1,024 */
	bool is_group_shared;  /* mode 0660 instead of 0600 */
	uint32_t group_id;     /* owner group if is_group_shared */
};

/*
 * Creates the segment `name` (a leading slash and no other, as shm_open(3)
 * wants).  It appears in the file system complete or not at all.
 *
 * Returns 0 and gives the bus to the caller in *ret_bus, to be released with
 * prof_bus_close().  A segment that no living process uses is replaced.
 * Returns -EEXIST if one in use has that name, -EPROTO if something that is no
 * bus has it, -EINVAL for a bad name or option, -ENOMEM if /dev/shm is full, or
 * another negative errno; *ret_bus is then untouched.
 */
int prof_bus_create(const char *name, const struct prof_bus_options *options,
		    struct prof_bus **ret_bus);

/*
 * Opens an existing segment, waiting up to timeout_ms for it to appear.
 *
 * Returns 0 and the bus, -ENOENT if there is none by then, -EPROTO if the
 * file is not a bus or is damaged, -EPROTONOSUPPORT if it has another version
 * or layout, -ESTALE if it is from before the last reboot, -EACCES if it
 * belongs to somebody else, or another negative errno.
 */
int prof_bus_open(const char *name, uint32_t timeout_ms, struct prof_bus **ret_bus);

/*
 * Opens the segment if a living process uses it, creates it otherwise: what a
 * producer wants, so that programs can be started in any order.  Returns as
 * the two above do.  A segment nobody uses any more but with events that no
 * consumer has taken is replaced too.
 */
int prof_bus_join(const char *name, const struct prof_bus_options *options,
		  struct prof_bus **ret_bus);

/*
 * Unmaps the bus, whose producers and consumers must have been detached.  The
 * segment's name goes away with its last user, unless events wait in it for a
 * consumer to come.  NULL is allowed.  Always returns NULL.
 */
struct prof_bus *prof_bus_close(struct prof_bus *bus);

/*
 * Removes the segment's name whether or not it is in use.  Processes that have
 * it open keep it.  Returns 0, -ENOENT, or another negative errno.
 */
int prof_bus_unlink(const char *name);

/*
 * Is the segment still whole?  0, or -EIO if its file was cut short under us:
 * reads then see emptiness, what is published is lost, and the program should
 * say so and end.  Costs a system call; once a second is often enough.
 *
 * That a shrunk file is no SIGBUS is the work of a handler which opening a bus
 * installs if nobody handles that signal yet.  A program with a handler of its
 * own keeps it, and the consequence.
 */
int prof_bus_check(const struct prof_bus *bus);

/* How many lanes, events in a lane, sockets and streams this bus has room for. */
uint32_t prof_bus_lane_count(const struct prof_bus *bus);
uint32_t prof_bus_slot_count(const struct prof_bus *bus);
uint32_t prof_bus_socket_count(const struct prof_bus *bus);
uint32_t prof_bus_stream_count(const struct prof_bus *bus);

/* Words for an error of this library: what is wrong, and what to do about it. */
struct prof_bus_words {
	const char *why;
	const char *remedy;
};
struct prof_bus_words prof_bus_explain(int err);

/* ---- Producers -------------------------------------------------------- */

struct prof_producer_options {
	const char *name;      /* shown to people, cut to PROF_LANE_NAME_BYTES - 1 */
	enum prof_layer layer; /* of every event it will publish */
	uint64_t since_ns;     /* it has seen everything from here on; 0: from attaching */
};

/*
 * Claims a lane for the calling thread.  Only that thread may publish through
 * it, and the lane is given back when it detaches, ends or is killed.  A lane
 * nobody owned yet is preferred, then one that has been drained; only if there
 * is none, one that still holds a former owner's events, which stay in it.
 *
 * Returns 0 and the producer, to be released with prof_producer_detach();
 * -ENOSPC if every lane has a living owner, -ENOMEM if /dev/shm is full,
 * -EINVAL, or a negative errno.
 */
int prof_producer_attach(struct prof_bus *bus, const struct prof_producer_options *options,
			 struct prof_producer **ret_producer);

/* Gives the lane back; its events stay until taken.  NULL is allowed.  Returns NULL. */
struct prof_producer *prof_producer_detach(struct prof_producer *producer);

/*
 * Publishes one event.  Wait-free, no system call unless a consumer sleeps.
 * Returns false if the lane was full: the event is dropped and counted.
 */
bool prof_publish(struct prof_producer *producer, const struct prof_event *event);

/* Publishes events in order; returns how many fitted, the rest is dropped and counted. */
size_t prof_publish_burst(struct prof_producer *producer, const struct prof_event *events,
			  size_t event_count);

/*
 * Promises that everything this producer will ever say about times up to and
 * including up_to_ns has been published, and beats its heart.  For a READ the
 * time that counts is its return.  To be called at least every 100 ms, also
 * when there is nothing to publish: consumers decide by it.  A mark that goes
 * backwards is ignored.
 */
void prof_publish_mark(struct prof_producer *producer, uint64_t up_to_ns);

/* Sets the total of one kind of loss, as counted since attaching. */
void prof_publish_loss(struct prof_producer *producer, enum prof_loss loss, uint64_t total_count);

/* ---- Consumers -------------------------------------------------------- */

/* Attaches a consumer.  Returns 0, -ENOSPC if too many are attached, or a negative errno. */
int prof_consumer_attach(struct prof_bus *bus, struct prof_consumer **ret_consumer);

/* Detaches it.  NULL is allowed.  Returns NULL. */
struct prof_consumer *prof_consumer_detach(struct prof_consumer *consumer);

/*
 * Takes up to event_count_max committed events of one lane, oldest first.
 * What is taken is the taker's: no other consumer gets it.  Never waits.
 *
 * Returns how many were written to ret_events; 0 if there was nothing to take
 * or the lane index is out of range.  *ret_position (NULL allowed) becomes the
 * position of the first of them, which counts the lane's events from 0.  At
 * most 32 are taken at once.
 *
 * They count as processed when this consumer calls again (take, wait, detach).
 * If it dies before, they are in prof_lane.abandoned_count.  Whatever events
 * say must be checked before it is used: the bus passes on what it was given.
 */
size_t prof_take(struct prof_consumer *consumer, uint32_t lane_index,
		 struct prof_event *ret_events, size_t event_count_max, uint64_t *ret_position);

/*
 * Sleeps until a producer publishes or timeout_ms is over.  Spins and yields
 * a little first.  Returns true if something was published meanwhile.
 */
bool prof_consumer_wait(struct prof_consumer *consumer, uint32_t timeout_ms);

/* A lane as seen at one moment. */
struct prof_lane {
	uint32_t generation;  /* changes with each new owner; 0: never owned */
	bool is_owned;        /* an owner has it and is alive */
	bool is_owner_dead;   /* its owner died without detaching; not yet reclaimed */
	enum prof_layer layer;
	uint32_t pid;
	uint32_t tid;
	char name[PROF_LANE_NAME_BYTES];
	uint64_t since_ns;      /* complete from here on */
	uint64_t mark_ns;       /* complete up to here; 0: nothing promised yet */
	uint64_t heartbeat_ns;  /* when the owner last called prof_publish_mark() */
	uint64_t pushed_count;  /* events published into the lane since creation of the bus */
	uint64_t taken_count;   /* of those, taken by consumers */
	uint64_t dropped_count; /* not published because the lane was full, since creation */
	uint64_t abandoned_count; /* of those taken, by a consumer that died before its next call */
	uint64_t loss_count[PROF_LOSS_KIND_COUNT]; /* current owner's totals */
};

/*
 * Looks at a lane.  Returns false if the index is out of range or the lane
 * was never owned.  To know that everything up to a mark has been taken, read
 * the lane first and then take until it is empty.
 */
bool prof_lane_read(const struct prof_bus *bus, uint32_t lane_index, struct prof_lane *ret_lane);

/* ---- Sockets ---------------------------------------------------------- */

enum prof_socket_flag {
	PROF_SOCKET_TLS = 1 << 0,
	PROF_SOCKET_KTLS = 1 << 1,    /* the kernel decrypts: offsets cannot be known */
	PROF_SOCKET_CLOSED = 1 << 2,  /* closed_ns is valid; kept for consumers until reused */
	PROF_SOCKET_FOREIGN = 1 << 3, /* registered by the loader on behalf of somebody's client */
	PROF_SOCKET_BASE_KNOWN = 1 << 4, /* base_seq is valid */
	PROF_SOCKET_MPTCP = 1 << 5,	 /* MPTCP's: its bytes pass other sockets than this one */
};

/* A TCP connection under measurement. */
struct prof_socket {
	uint64_t cookie;        /* SO_COOKIE: identifies the socket until reboot; never 0 */
	struct prof_flow flow;  /* local: the receiving application's end */
	uint64_t registered_ns; /* set by prof_socket_register() */
	uint64_t closed_ns;     /* 0 while open */
	uint32_t base_seq;      /* sequence number of stream offset 0, if PROF_SOCKET_BASE_KNOWN */
	uint32_t pid;
	uint32_t tid;           /* thread that reads the socket, 0 unknown */
	int32_t fd;             /* in that process */
	uint32_t conn_number;   /* the client's own number of the connection */
	uint32_t flags;         /* enum prof_socket_flag bits */
	uint32_t generation;    /* of the registry entry; set by prof_socket_register() */
	uint32_t reserved;      /* written as 0 */
};

/*
 * Enters a socket into the registry, in the first free place, or else in the
 * one closed longest ago or left by a dead process.  Any thread.
 *
 * Returns 0 and the entry's index, -ENOSPC if every place has an open socket
 * of a living process, -EINVAL for a cookie of 0, -ETIMEDOUT if another
 * process holds the registry and does not go on (the same holds below).
 */
int prof_socket_register(struct prof_bus *bus, const struct prof_socket *socket,
			 uint32_t *ret_index);

/*
 * The things that are learnt later (of flags PROF_SOCKET_KTLS and PROF_SOCKET_MPTCP, added).  `generation` is the one read or
 * registered: a place that has been reused meanwhile is left alone and
 * -ESTALE returned; -ERANGE for a bad index.  Any process.
 */
int prof_socket_set_base(struct prof_bus *bus, uint32_t index, uint32_t generation,
			 uint32_t base_seq);
int prof_socket_add_flags(struct prof_bus *bus, uint32_t index, uint32_t generation,
			  uint32_t flags);
int prof_socket_close(struct prof_bus *bus, uint32_t index, uint32_t generation,
		      uint64_t closed_ns);

/* Reads an entry whole.  False if it is empty, out of range or being written for too long. */
bool prof_socket_read(const struct prof_bus *bus, uint32_t index, struct prof_socket *ret_socket);

/* Changes whenever the registry does: poll it instead of the entries. */
uint64_t prof_socket_epoch(const struct prof_bus *bus);

/* ---- Stream names ----------------------------------------------------- */

/*
 * The index of a stream's name ("btcusdt@aggTrade"), entering it if it is new.
 * Index 0 is the empty name.  Returns 0, -ENOSPC if the table is full, or
 * -EINVAL for a name that is too long.  Any thread; not for the hot path.
 */
int prof_stream_intern(struct prof_bus *bus, const char *name, uint16_t *ret_index);

/* Copies a stream's name, terminated.  False if there is none of that index. */
bool prof_stream_read(const struct prof_bus *bus, uint16_t index,
		      char ret_name[PROF_STREAM_NAME_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
