/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where results go.  A sink is a row of operations and a file of its own; it
 * sees messages and statistics, never events.  To add one: write its file,
 * declare its table below, give it an option in main.c.
 */
#ifndef CORR_SINK_H
#define CORR_SINK_H

#include <signal.h>

#include "correlator/page/host.h"
#include "correlator/summary/summary.h"
#include "prof/bus.h"

/* What may wait for a slow reader; it also has to hold the closing report. */
#define SINK_BUFFER_BYTES ((size_t)4 * 1024 * 1024)

/* Which run on which machine, and when. */
struct sink_origin {
	char host[64];		 /* "" if unknown */
	uint64_t run;		 /* 0 if unknown */
	uint64_t wall_ns;	 /* CLOCK_REALTIME when it began; 0 if unknown */
	struct host_facts facts; /* each "" if unknown */
	uint32_t epoch;		 /* changes with the host's name and the run */
};

/* A run that begins here and now: a number that no other has, and this machine. */
void sink_origin_read(struct sink_origin *ret_origin);

/* What a reason has been told for. */
enum sink_noted {
	SINK_NOTED_NIC,
	SINK_NOTED_KERNEL,
	SINK_NOTED_DOUBT_NIC,
	SINK_NOTED_DOUBT_KERNEL,
	SINK_NOTED_DOUBT_USER,
	SINK_NOTED_CLOCKS,
	SINK_NOTED_COUNT,
};

struct sink {
	const struct sink_ops *ops;
	const char *path; /* file, or prefix of files; NULL or "-": standard output */
	bool to_stderr;	  /* instead of standard output, which is another sink's */
	enum corr_unit unit;
	bool is_quiet;		 /* summaries only */
	uint64_t part_bytes_max; /* then it goes on in PATH.1, PATH.2, ...; 0: never */
	uint32_t part_count_max; /* older ones are removed; 0: none */
	bool is_patient; /* waits for a slow reader instead of dropping: nobody waits for us */

	/* Set by run_add_sink(). */
	const struct sink_origin *origin;
	const volatile sig_atomic_t *is_stopped; /* then patience has an end; NULL: never */

	/* Filled in by the sink. */
	void *own;	/* whatever it keeps beyond this */
	char note[512]; /* for people, once it is open and once it is closed; "": nothing to say */
	bool is_done;	/* the person in front of it has asked for the run to end */
	int fd;
	bool is_regular; /* a file proper */
	bool is_prompt;	 /* that, or a device that takes everything: it never makes us wait */
	bool is_old;	 /* it still holds what it held before: we may yet fail to start */
	int error;	 /* negative errno of the first failed write; nothing is written after it */
	const char *head;    /* what each part begins with; NULL: nothing */
	bool parts_itself;   /* its parts begin and end with more than that: sink_next_part() */
	uint64_t part_bytes; /* of the part, written */
	uint32_t part;
	struct text text; /* waits to be written, but for the first sent_bytes */
	size_t sent_bytes;
	uint64_t dropped_count; /* messages and lines for which there was no room */
	uint64_t omitted_count; /* messages not shown whole, for a limit of its own */
	uint32_t noted_mask[SINK_NOTED_COUNT]; /* bit 1 << enum corr_reason: told */
};

/* A function that a sink has no use for is NULL. */
struct sink_ops {
	const char *name;
	/* 0 or a negative errno; nothing to close after a failure. */
	int (*open)(struct sink *sink);
	/* What is known of a socket, then and again when that changes; before its messages. */
	void (*socket)(struct sink *sink, const struct prof_socket *socket);
	void (*message)(struct sink *sink, const struct corr_message *message);
	void (*trip)(struct sink *sink, const struct corr_trip *trip);
	void (*order)(struct sink *sink, const struct corr_order *order);
	void (*interval)(struct sink *sink, const struct corr_interval *interval);
	/* For what is shown while the run goes on: how things stand at now_ns. */
	void (*round)(struct sink *sink, const struct corr_summary *summary, uint64_t now_ns);
	/* The last call.  0 or the first error of all writes. */
	int (*close)(struct sink *sink, const struct corr_summary *summary);
};

extern const struct sink_ops sink_lines; /* [CORR] lines and the closing report */
extern const struct sink_ops sink_jsonl;
extern const struct sink_ops sink_trips; /* JSON lines, too */
extern const struct sink_ops sink_csv;
extern const struct sink_ops sink_hgrm;
extern const struct sink_ops sink_page; /* own: struct page_share *, likewise */
extern const struct sink_ops sink_perfetto;
extern const struct sink_ops sink_samples;  /* own: struct samples *, set by whoever adds it */
extern const struct sink_ops sink_annotate; /* own: struct annotate_options *, likewise */
extern const struct sink_ops sink_metrics;  /* path: ADDR:PORT */
extern const struct sink_ops sink_top;	    /* path: the title */

/* For sinks: a buffered file.  Opens path (or standard output). */
int sink_open_file(struct sink *sink);
/* Is it time for a new part?  With what waits to be written. */
bool sink_is_part_full(const struct sink *sink);

/* Begins one: between two messages. */
void sink_next_part(struct sink *sink);

/*
 * Room for size_bytes more text, with which a new part may begin; NULL, and counted,
 * if the reader is too slow.
 */
struct text *sink_room(struct sink *sink, size_t size_bytes);
/* Writes out as much as the reader takes without making us wait, or all if patient. */
void sink_flush(struct sink *sink);
/*
 * Writes out, closes, releases.  Waits 5 s at most for a reader that does not
 * move, or if patient until the run is told to stop.  Returns the first error.
 */
int sink_close_file(struct sink *sink);

#endif
