/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop: take frames, pick segments, publish or print them, promise marks. */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <signal.h>

#include "counters.h"
#include "dpdk_capture/clock/wall_clock.h"
#include "dpdk_capture/decode/decoder.h"
#include "dpdk_capture/decode/patience.h"
#include "dpdk_capture/dump/message_dump.h"
#include "dpdk_capture/keep/keep.h"
#include "dpdk_capture/keep/whole.h"
#include "dpdk_capture/lookout/registry.h"
#include "dpdk_capture/lookout/whereabouts.h"
#include "dpdk_capture/sources/source.h"
#include "prof/bus.h"
#include "prof/service.h"

struct capture {
	const struct source_ops *ops;
	void *source;
	struct selector *selector;
	struct prof_producer *producer;	   /* NULL: print instead */
	struct message_dump *message_dump; /* not NULL: print messages, not segments */
	struct decoder *decoder;	   /* not NULL: publish messages, too */
	bool is_offering;		   /* the segments are offered to it */
	bool is_patient;		   /* a full bus is waited for */
	struct patience patience;
	struct keep *keep;	 /* not NULL: keep the frames */
	struct keep *burst_keep; /* it, unless the source's frames are cut: then `whole` feeds it */
	struct whole *whole;
	struct wall_clock wall; /* what takes times to stamps of kept frames */
	struct registry registry;
	bool is_verbose;
	uint64_t end_ns; /* 0: until stopped */
	uint64_t mark_ns;
	uint64_t marked_ns;  /* when */
	uint64_t counted_ns; /* when the counters were last shown */
	uint64_t polled_ns;  /* when the source was last polled */
	struct counters counters;
	struct burst burst;
	struct fault fault;	       /* of the source, while running */
	struct source_options options; /* that the source was opened with */
	struct source_counters before; /* of sources before this one */
	struct prof_service service;
	struct whereabouts whereabouts; /* of a passive source; it may move */
};

/*
 * Runs until *is_stopped, end_ns, or the source is over.  Returns 0,
 * -EPIPE if what it prints cannot be written, -ENODEV with `fault` filled if
 * the source is gone, or what prof_bus_check() says.
 */
int capture_run(struct capture *capture, const volatile sig_atomic_t *is_stopped);

#endif
