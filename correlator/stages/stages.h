/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NIC->Kernel taken apart, for one message: points in time in, stages out.
 * Pure arithmetic on integer ns.
 *
 * In the order in which they happen, each stage ends where the next begins:
 *
 *	hole            its last byte was at the NIC -> so were all before it
 *	nic_queue       -> TCP took up the segment that put it in order, without the time in which
 *			it could not, as the reader held the socket and had no processor
 *	queue_ready     -> the socket was told (sk_data_ready())
 *	ready_running   as long as the reader could run and had no processor, that time included
 *	running_read    -> tcp_recvmsg()
 *
 * A stage is known if both its ends are.  The known ones and `untold` always add up
 * to kernel - nic.  An end that lies after the read counts as the read: who is in
 * tcp_recvmsg() already waits for nothing of what follows.
 */
#ifndef CORR_STAGES_H
#define CORR_STAGES_H

#include "correlator/message/message.h"

/* When it happened, CLOCK_MONOTONIC ns; 0: not known. */
struct stages_points {
	uint64_t nic_ns;     /* arrival of its last byte */
	uint64_t whole_ns;   /* that, and every byte before it, had arrived */
	uint64_t queue_ns;   /* in TCP's queue, in order */
	uint64_t ready_ns;   /* the socket was told */
	uint64_t held_ns;    /* of the reader, between whole and queue, and it held the socket: the
				same */
	uint64_t waited_ns;  /* of the reader, between ready and kernel: for a processor */
	uint64_t kernel_ns;  /* tcp_recvmsg(): the one of entry and return that counts */
	enum corr_wait wait; /* NONE: what the reader did is not known */
};

struct stages_split {
	uint32_t stage_mask; /* bits by enum corr_stage */
	int64_t stage_ns[CORR_STAGE_COUNT];
	int64_t untold_ns; /* of NIC->Kernel; 0 where that is not known */
};

/* Total: any numbers give a split whose sum is exact modulo 2^64. */
void stages_split(const struct stages_points *points, struct stages_split *ret_split);

#endif
