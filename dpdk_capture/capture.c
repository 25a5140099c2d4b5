/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dpdk_capture/clock/clock_pair.h"
#include "dpdk_capture/lookout/namespace.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "take.h"

/* Well under the 100 ms that consumers allow. */
#define MARK_INTERVAL_NS ((int64_t)10 * PROF_NS_PER_MS)
#define SHOW_INTERVAL_NS ((int64_t)PROF_NS_PER_S)

/* So many empty polls before the program sleeps, and for how long at most. */
#define IDLE_POLL_COUNT 256
#define WAIT_US		1000

#define DRAIN_BURST_COUNT_MAX 2048
#define DRAIN_NAP_US	      100

static void count_source(struct capture *capture)
{
	capture->ops->count(capture->source, &capture->counters.source);
	counters_add_source(&capture->counters.source, &capture->before);
}

static void publish_losses(struct capture *capture)
{
	const struct counters *counters = &capture->counters;
	const struct source_counters *source = &counters->source;
	struct prof_producer *producer = capture->producer;

	prof_publish_loss(producer, PROF_LOSS_CAPTURE_DROP,
			  source->missed_count + source->ring_drop_count);
	prof_publish_loss(producer, PROF_LOSS_CAPTURE_ERROR,
			  source->error_count + source->unread_count);
	prof_publish_loss(producer, PROF_LOSS_CAPTURE_NOMBUF, source->nombuf_count);
	prof_publish_loss(producer, PROF_LOSS_TRUNCATED, counters->verdict_count[PACKET_TRUNCATED]);
	prof_publish_loss(producer, PROF_LOSS_FRAGMENT, counters->verdict_count[PACKET_FRAGMENT]);
	prof_publish_loss(producer, PROF_LOSS_MERGED_GUESSED, capture->selector->guessed_count);
	prof_publish_loss(producer, PROF_LOSS_TRANSLATED, capture->whereabouts.translated_count);
	prof_publish_loss(producer, PROF_LOSS_OTHER_INTERFACE,
			  capture->whereabouts.elsewhere_count);
}

static void show_counters(struct capture *capture)
{
	char text[COUNTERS_TEXT_BYTES];

	if (capture->keep)
		keep_count(capture->keep, &capture->counters.keep);
	capture->counters.keep.lost_count += whole_drop_count(capture->whole);
	capture->counters.merged_guessed_count = capture->selector->guessed_count;
	capture->counters.translated_count = capture->whereabouts.translated_count;
	capture->counters.elsewhere_count = capture->whereabouts.elsewhere_count;
	(void)fprintf(stderr, "dpdk_capture: %s\n",
		      counters_format(&capture->counters, text, sizeof(text)));
}

/* Whole frames come to the decoder itself, where the kernel keeps the interface. */
static bool is_listening(const struct capture *capture)
{
	return capture->decoder && capture->ops == &source_passive;
}

static int start_listening(struct capture *capture)
{
	const char *interface = capture->options.interface;
	int err = 0;

	if (is_listening(capture))
		err = decoder_listen(capture->decoder, interface, &capture->fault);
	if (err == 0 && capture->whole)
		err = whole_open(capture->whole, interface, &capture->fault);
	return err;
}

/* Opens the source where `whereabouts` says. */
static int open_source(struct capture *capture)
{
	uint32_t pid = capture->whereabouts.namespace_pid;
	int home_fd = pid ? namespace_enter(pid) : -1;
	char text[256];
	int err;

	if (pid && home_fd < 0)
		return fault_set(&capture->fault, home_fd, capture->whereabouts.interface,
				 "its network namespace cannot be entered", "");
	capture->options.interface = capture->whereabouts.interface;
	err = capture->ops->open(&capture->options, &capture->source, &capture->fault);
	if (err == 0)
		err = start_listening(capture);
	if (pid && namespace_leave(home_fd) < 0 && err == 0) {
		capture->ops->close(capture->source);
		err = fault_set(&capture->fault, -ESTALE, capture->whereabouts.interface,
				"there is no way back from its network namespace", "");
	}
	if (err)
		return err;
	capture->ops->describe(capture->source, text, sizeof(text));
	prof_complain("dpdk_capture", text, NULL, NULL);
	return 0;
}

/* What is left in the old source's ring is none of the connections we look for. */
static int listen_elsewhere(struct capture *capture)
{
	count_source(capture);
	capture->before = capture->counters.source;
	capture->ops->close(capture->source);
	capture->source = NULL;
	/* The driver's socket is looked for by its interface: there must be no other one. */
	if (is_listening(capture))
		(void)decoder_listen(capture->decoder, NULL, &capture->fault);
	if (capture->whole)
		(void)whole_open(capture->whole, NULL, &capture->fault);
	return open_source(capture);
}

static bool is_movable(const struct capture *capture)
{
	return capture->producer && capture->ops == &source_passive;
}

/* See whereabouts.h.  Returns 0 or -ENODEV, if the new place could not be listened at. */
static int look_around(struct capture *capture, uint64_t begun_ns)
{
	if (!is_movable(capture) ||
	    !whereabouts_poll(&capture->whereabouts, capture->selector, begun_ns))
		return 0;
	return listen_elsewhere(capture) < 0 ? -ENODEV : 0;
}

static void end_round(struct capture *capture, uint64_t begun_ns)
{
	struct selector_round round;

	if (!is_movable(capture))
		return;
	selector_end_round(capture->selector, &round);
	whereabouts_check(&capture->whereabouts, capture->registry.bus, &round, begun_ns);
}

/* Its files are read while we go on: not more than a mark's interval behind. */
static void write_kept(struct capture *capture, uint64_t begun_ns)
{
	int err;

	if (!capture->keep)
		return;
	if (wall_clock_is_due(&capture->wall, begun_ns))
		clock_pair_retake(&capture->wall);
	err = keep_flush(capture->keep);
	if (err)
		prof_complain("dpdk_capture", "--write", strerror(-err),
			      "no more frames are kept; events are published as before");
}

/* All up to then is on the bus.  The losses first: who believes the mark must know of them. */
static void promise(struct capture *capture, uint64_t up_to_ns)
{
	publish_losses(capture);
	capture->mark_ns = up_to_ns;
	prof_publish_mark(capture->producer, up_to_ns);
	if (capture->decoder)
		decoder_mark(capture->decoder, up_to_ns);
}

/*
 * begun_ns was read before the registry and the source were, and the source
 * had nothing older left: everything up to then is on the bus, but for what
 * the kernel has stamped and not yet put into its ring.
 */
static int keep_promises(struct capture *capture, uint64_t begun_ns)
{
	if (prof_delta_ns(capture->marked_ns, begun_ns) >= MARK_INTERVAL_NS &&
	    capture->burst.is_drained) {
		capture->marked_ns = begun_ns;
		prof_service_turn(&capture->service, begun_ns);
		write_kept(capture, begun_ns);
		count_source(capture);
		if (capture->producer)
			promise(capture, begun_ns - capture->ops->lag_ns(capture->source));
		if (look_around(capture, begun_ns) < 0)
			return -ENODEV;
	}
	if (prof_delta_ns(capture->counted_ns, begun_ns) < SHOW_INTERVAL_NS)
		return 0;
	capture->counted_ns = begun_ns;
	end_round(capture, begun_ns);
	if (capture->is_verbose)
		show_counters(capture);
	if (capture->ops->check && capture->ops->check(capture->source, &capture->fault) < 0)
		return -ENODEV;
	return capture->producer ? prof_bus_check(capture->registry.bus) : 0;
}

/* One turn.  Returns whether there was anything. */
static bool run_once(struct capture *capture, uint64_t begun_ns)
{
	struct burst *burst = &capture->burst;
	uint64_t gap_ns = (uint64_t)prof_delta_ns(capture->polled_ns, begun_ns);
	bool is_any;

	if (gap_ns > capture->counters.poll_gap_ns_max)
		capture->counters.poll_gap_ns_max = gap_ns;
	capture->polled_ns = begun_ns;
	if (capture->producer)
		registry_sync(&capture->registry, capture->selector, take_recalled, capture);
	capture->ops->poll(capture->source, begun_ns, burst);
	if (burst->frame_count) {
		take_burst(capture, burst);
		capture->ops->release(capture->source);
	}
	is_any = burst->frame_count > 0;
	return whole_poll(capture->whole, begun_ns) || is_any;
}

/*
 * What had arrived when we were told to stop is still taken, but no more than a full ring of it:
 * more may come for ever.  Returns up to when that is all there was; 0: it is not known.
 */
static uint64_t drain(struct capture *capture)
{
	uint64_t over_ns = prof_now_ns();
	uint64_t lag_ns = capture->ops->lag_ns(capture->source);

	for (uint32_t i = 0; i < DRAIN_BURST_COUNT_MAX; i++) {
		uint64_t begun_ns = prof_now_ns();
		bool is_any = run_once(capture, begun_ns);

		/* Of a file what is there is all that is left. */
		if (capture->burst.is_drained && begun_ns - over_ns >= lag_ns &&
		    (!is_any || !capture->options.file))
			return begun_ns - lag_ns;
		if (!is_any)
			(void)usleep(DRAIN_NAP_US);
	}
	return 0;
}

/* is_sound: the source had no trouble, so that its having nothing more means something. */
static void finish(struct capture *capture, bool is_sound)
{
	uint64_t up_to_ns = drain(capture);

	if (capture->whole)
		whole_drain(capture->whole);
	count_source(capture);
	if (capture->producer && is_sound && up_to_ns)
		promise(capture, up_to_ns);
	else if (capture->producer)
		publish_losses(capture);
	show_counters(capture);
	if (capture->message_dump)
		message_dump_finish(capture->message_dump);
}

/* At the end of a file: whether all of it could be read.  What could not is counted, too. */
static int check_file(struct capture *capture)
{
	uint64_t cut_count = capture->counters.verdict_count[PACKET_TRUNCATED];
	char why[96];

	if (capture->ops->check && capture->ops->check(capture->source, &capture->fault) < 0)
		return -ENODEV;
	if (!cut_count)
		return 0;
	(void)snprintf(why, sizeof(why), "%" PRIu64 " frames are cut off within their headers",
		       cut_count);
	(void)fault_set(&capture->fault, -ENODATA, capture->options.file, why,
			"capture whole headers (tcpdump -s 128, or more)");
	return -ENODEV;
}

int capture_run(struct capture *capture, const volatile sig_atomic_t *is_stopped)
{
	uint32_t idle_count = 0;
	int err = 0;

	capture->polled_ns = prof_now_ns();
	capture->counted_ns = capture->polled_ns;
	while (!*is_stopped && err == 0) {
		uint64_t begun_ns = prof_now_ns();

		if (capture->end_ns && prof_delta_ns(capture->end_ns, begun_ns) >= 0)
			break;
		idle_count = run_once(capture, begun_ns) ? 0 : idle_count + 1;
		err = keep_promises(capture, begun_ns);
		if (capture->burst.is_over)
			break;
		if (idle_count >= IDLE_POLL_COUNT) {
			if (!capture->producer)
				(void)fflush(stdout); /* a failure is seen at the end */
			capture->ops->wait(capture->source, WAIT_US);
			idle_count = IDLE_POLL_COUNT / 2;
		}
	}
	whereabouts_end(&capture->whereabouts);
	if (capture->source)
		finish(capture, err == 0);
	if (err == 0 && capture->burst.is_over)
		err = check_file(capture);
	if (!capture->producer && (fflush(stdout) != 0 || ferror(stdout)))
		err = -EPIPE;
	return err;
}
