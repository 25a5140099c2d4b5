/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

#include "prof/cli.h"
#include "prof/clock.h"

#define PROGRAM "ebpf_loader"

/* "splice 100, kTLS 20"; returns their sum. */
static uint64_t list_ways(const uint64_t bytes[PROBE_WAY_COUNT], char *text, size_t size_bytes)
{
	static const char *const names[PROBE_WAY_COUNT] = {
		[PROBE_WAY_PLAIN] = "splice, zero copy or a call not seen entering",
		[PROBE_WAY_TLS] = "kTLS",
		[PROBE_WAY_MPTCP] = "MPTCP",
		[PROBE_WAY_ULP] = "another protocol on top",
		[PROBE_WAY_SOCKMAP] = "sockmap",
		[PROBE_WAY_KERNEL_USER] = "a reader in the kernel (KCM)",
	};
	uint64_t sum_bytes = 0;
	size_t used = 0;

	text[0] = '\0';
	for (int way = 0; way < PROBE_WAY_COUNT; way++) {
		if (!bytes[way] || used >= size_bytes)
			continue;
		used += (size_t)snprintf(text + used, size_bytes - used, "%s%s: %" PRIu64,
					 sum_bytes ? "; " : "", names[way], bytes[way]);
		sum_bytes += bytes[way];
	}
	return sum_bytes;
}

/* What did not pass tcp_recvmsg(): seen when it left, or known only to be gone. */
static void report_elsewhere(const struct publisher_totals *totals)
{
	char seen[320];
	char unseen[320];
	uint64_t seen_bytes = list_ways(totals->elsewhere_bytes, seen, sizeof(seen));
	uint64_t unseen_bytes = list_ways(totals->unseen_bytes, unseen, sizeof(unseen));

	if (seen_bytes)
		(void)fprintf(stderr,
			      PROGRAM ": read another way and seen: %" PRIu64 " bytes in %" PRIu64
				      " reads (%s)\n",
			      seen_bytes, totals->elsewhere_count, seen);
	if (unseen_bytes || totals->gap_bytes)
		(void)fprintf(stderr,
			      PROGRAM ": read another way, unseen: %" PRIu64 " bytes (%s%sbetween "
				      "reads: %" PRIu64 ")\n",
			      unseen_bytes + totals->gap_bytes, unseen, unseen_bytes ? "; " : "",
			      totals->gap_bytes);
	if (totals->late_count)
		(void)fprintf(stderr,
			      PROGRAM ": %" PRIu64 " connections older than this program were read "
				      "another way first: how much is not known\n",
			      totals->late_count);
}

void report_totals(const struct publisher_totals *totals)
{
	const __u64 *count = totals->probe.count;

	(void)fprintf(stderr,
		      PROGRAM ": %" PRIu64 " reads, %" PRIu64 " bytes, %" PRIu64
			      " sockets; %llu peeks, %llu empty calls\n",
		      totals->read_count, totals->read_bytes, totals->socket_count,
		      count[PROBE_COUNT_PEEKED], count[PROBE_COUNT_EMPTY]);
	(void)fprintf(stderr,
		      PROGRAM ": lost: ring full %llu, bus full %" PRIu64 ", missed %" PRIu64
			      ", unpaired %llu, contested %llu, no base %llu, untracked %llu, "
			      "untold %llu, skipped while preempted %" PRIu64 "\n",
		      count[PROBE_COUNT_RESERVE_FAILED], totals->bus_dropped_count,
		      totals->exhausted_count, count[PROBE_COUNT_UNPAIRED],
		      count[PROBE_COUNT_CONTESTED], count[PROBE_COUNT_UNBASED],
		      count[PROBE_COUNT_UNTRACKED], count[PROBE_COUNT_UNTOLD],
		      totals->skipped_call_count);
	if (count[PROBE_COUNT_STOOD_IN])
		(void)fprintf(stderr,
			      PROGRAM
			      ": %llu returns that were skipped are seen all the same, by a "
			      "trace point\n",
			      count[PROBE_COUNT_STOOD_IN]);
	if (count[PROBE_COUNT_SSL_READ] || count[PROBE_COUNT_SSL_NESTED])
		(void)fprintf(stderr,
			      PROGRAM ": %" PRIu64
				      " SSL_read calls; lost: ring full %llu, socket not known "
				      "%" PRIu64 ", place in the stream not known %" PRIu64
				      ", TLS within TLS %llu, kTLS %" PRIu64 "\n",
			      totals->ssl_read_count, count[PROBE_COUNT_SSL_RESERVE_FAILED],
			      totals->ssl_unbound_count, totals->ssl_unranged_count,
			      count[PROBE_COUNT_SSL_NESTED], totals->ssl_ktls_count);
	report_elsewhere(totals);
	if (totals->unregistered_count)
		(void)fprintf(stderr, PROGRAM ": %" PRIu64 " sockets without a place\n",
			      totals->unregistered_count);
	if (totals->malformed_count || totals->unknown_count || totals->base_wrong_count)
		(void)fprintf(stderr,
			      PROGRAM ": please report: malformed %" PRIu64 ", unknown socket "
				      "%" PRIu64 ", other base %" PRIu64 "\n",
			      totals->malformed_count, totals->unknown_count,
			      totals->base_wrong_count);
}

void report_stages(const struct stage_totals *totals)
{
	const __u64 *count;

	if (!totals)
		return;
	count = totals->counts.count;
	(void)fprintf(stderr,
		      PROGRAM ": stages: %llu tellings = %" PRIu64
			      " published + %llu without data + "
			      "%llu lost (ring full) + %" PRIu64 " lost (bus full)\n",
		      count[STAGE_COUNT_TOLD], totals->ready_count, count[STAGE_COUNT_TOLD_NOTHING],
		      count[STAGE_COUNT_TOLD_LOST], totals->ready_dropped_count);
	(void)fprintf(stderr,
		      PROGRAM ": stages: %llu wake-ups, %llu of them lost (ring full), %" PRIu64
			      " of other events lost (bus full); %llu threads followed; %" PRIu64
			      " programs skipped\n",
		      count[STAGE_COUNT_RUN], count[STAGE_COUNT_RUN_LOST],
		      totals->other_dropped_count, count[STAGE_COUNT_FOLLOWED],
		      totals->skipped_count);
	if (count[STAGE_COUNT_OTHER_READY] || count[STAGE_COUNT_NESTED] ||
	    count[STAGE_COUNT_DISPLACED])
		(void)fprintf(stderr,
			      PROGRAM ": stages: %llu times data was queued past "
				      "sock_def_readable, %llu tellings within tellings, %llu "
				      "sockets displaced\n",
			      count[STAGE_COUNT_OTHER_READY], count[STAGE_COUNT_NESTED],
			      count[STAGE_COUNT_DISPLACED]);
	if (totals->malformed_count)
		(void)fprintf(stderr, PROGRAM ": please report: malformed stages %" PRIu64 "\n",
			      totals->malformed_count);
}

static void report_no_calls(const struct ssl_target *target)
{
	struct absence_words words;

	absence_suspect(&target->absence, &words);
	prof_complain(PROGRAM, "TCP is read, and the probed SSL_read was not called once",
		      words.why, words.remedy);
}

void report_sight(enum blind_sight sight, const struct ssl_target *target)
{
	switch (sight) {
	case BLIND_FTRACE_OFF:
		prof_complain(PROGRAM, "the probes on tcp_recvmsg are not run",
			      "kernel.ftrace_enabled is 0",
			      "sysctl kernel.ftrace_enabled=1: reads are seen from then on");
		break;
	case BLIND_FTRACE_ON:
		(void)fprintf(stderr, PROGRAM ": kernel.ftrace_enabled is 1 again\n");
		break;
	case BLIND_NO_CALLS:
		report_no_calls(target);
		break;
	case BLIND_NOTHING_NEW:
		break;
	}
}

void report_interval(struct report_interval *last, const struct publisher_totals *totals,
		     struct session_cost cost, uint64_t now_ns)
{
	double seconds = (double)prof_delta_ns(last->time_ns, now_ns) / PROF_NS_PER_S;
	uint64_t run_count = cost.run_count - last->cost.run_count;
	uint64_t run_time_ns = cost.run_time_ns - last->cost.run_time_ns;

	(void)fprintf(stderr,
		      PROGRAM
		      ": %.0f reads/s, %.0f bytes/s; probe: %.0f runs/s of %.0f ns, %.3f %% of "
		      "one CPU\n",
		      (double)(totals->read_count - last->read_count) / seconds,
		      (double)(totals->read_bytes - last->read_bytes) / seconds,
		      (double)run_count / seconds,
		      run_count ? (double)run_time_ns / (double)run_count : 0.0,
		      (double)run_time_ns / seconds / PROF_NS_PER_S * 100);
	*last = (struct report_interval){
		.time_ns = now_ns,
		.read_count = totals->read_count,
		.read_bytes = totals->read_bytes,
		.cost = cost,
	};
}
