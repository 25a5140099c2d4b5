/* SPDX-License-Identifier: BSD-2-Clause */
#include "message.h"

#include "prof/loss.h"

static const char *const class_names[CORR_CLASS_COUNT] = {
	[CORR_CLASS_EXACT] = "exact",
	[CORR_CLASS_LAST_BYTE] = "last-byte",
	[CORR_CLASS_GRO] = "gro",
	[CORR_CLASS_NO_NIC] = "no-nic",
	[CORR_CLASS_NO_KERNEL] = "no-kernel",
	[CORR_CLASS_USER_ONLY] = "user-only",
	[CORR_CLASS_INVERTED] = "inverted",
	[CORR_CLASS_NO_USER] = "no-user",
};

static const struct {
	const char *name;
	const char *words;
} reasons[CORR_REASON_COUNT] = {
	[CORR_REASON_NONE] = { "none", "known" },
	[CORR_REASON_NOT_RUNNING] = { "not-running", "the layer is not running" },
	[CORR_REASON_STARTED_LATE] = { "started-late",
				       "its bytes passed before the producer was ready" },
	[CORR_REASON_GONE] = { "gone", "the producer had ended" },
	[CORR_REASON_SILENT] = { "silent", "the producer lives but stopped reporting" },
	[CORR_REASON_LOST] = { "lost", "events of this layer were lost at about that time" },
	[CORR_REASON_UNREGISTERED] = { "unregistered",
				       "nothing ties the socket to a connection on the wire" },
	[CORR_REASON_BASE_UNKNOWN] = { "base-unknown",
				       "the stream's first sequence number is not known" },
	[CORR_REASON_KTLS] = { "ktls", "the kernel decrypts this socket (kTLS)" },
	[CORR_REASON_UNSEEN] = { "unseen", "unknown: the layer had seen nothing of this "
					   "connection, and counted no loss" },
	[CORR_REASON_HOLE] = { "hole", "unknown: the layer saw the connection but not these "
				       "bytes, and counted no loss" },
	[CORR_REASON_EVICTED] = { "evicted", "the correlator had forgotten it: it ran out of "
					     "memory, or nobody asked for a minute" },
	[CORR_REASON_INVERTED] = { "inverted", "it was stamped after a later layer" },
	[CORR_REASON_JOINED] = { "joined-late", "seen so soon after the layer began to see the "
						"connection that it may be a repeat" },
	[CORR_REASON_TOO_EARLY] = { "too-early", "it had to be decided before the layer had "
						 "reported so far" },
	[CORR_REASON_PROBES_OFF] = { "probes-off",
				     "kernel.ftrace_enabled was 0: no probe was called" },
	[CORR_REASON_MPTCP] = { "mptcp", "the socket is MPTCP's: other sockets carry its bytes" },
	[CORR_REASON_ELSEWHERE] = { "read-elsewhere",
				    "its bytes were read another way than by tcp_recvmsg" },
	[CORR_REASON_MAYBE_ELSEWHERE] = { "maybe-elsewhere",
					  "unknown: at about that time bytes of some socket were "
					  "read another way" },
	[CORR_REASON_UNRANGED] = { "unranged", "where it lies in the TCP stream is not known" },
	[CORR_REASON_LOOSE] = { "upper-bound", "it ended there or before: latencies are at least "
					       "those shown" },
};

static const struct {
	const char *name;
	const char *words;
} stages[CORR_STAGE_COUNT] = {
	[CORR_STAGE_TOTAL] = { "total", "NIC->User" },
	[CORR_STAGE_KERNEL_USER] = { "kernel_user", "Kernel->User" },
	[CORR_STAGE_NIC_KERNEL] = { "nic_kernel", "NIC->Kernel" },
	[CORR_STAGE_KERNEL_RETURN] = { "kernel_return", "Kernel->Return" },
	[CORR_STAGE_RETURN_RECV] = { "return_recv", "Return->Recv" },
	[CORR_STAGE_RECV_USER] = { "recv_user", "Recv->User" },
	[CORR_STAGE_USER_PARSED] = { "user_parsed", "User->Parsed" },
	[CORR_STAGE_FIRST_LAST] = { "first_last", "First->Last byte" },
	[CORR_STAGE_HOL_WAIT] = { "hol_wait", "Head-of-line" },
	[CORR_STAGE_READ_WAIT] = { "read_wait", "Behind others" },
	[CORR_STAGE_WIRE_NIC] = { "wire_nic", "Wire->NIC" },
	[CORR_STAGE_HOLE] = { "hole", "Hole" },
	[CORR_STAGE_NIC_QUEUE] = { "nic_queue", "NIC->Queue" },
	[CORR_STAGE_QUEUE_READY] = { "queue_ready", "Queue->Ready" },
	[CORR_STAGE_READY_RUNNING] = { "ready_running", "Ready->Running" },
	[CORR_STAGE_RUNNING_READ] = { "running_read", "Running->Read" },
};

static const char *const wait_names[CORR_WAIT_COUNT] = {
	[CORR_WAIT_NONE] = "unknown",	   [CORR_WAIT_ASLEEP] = "asleep",
	[CORR_WAIT_RUNNABLE] = "runnable", [CORR_WAIT_BUSY] = "busy",
	[CORR_WAIT_LATE] = "late",	   [CORR_WAIT_PREEMPTED] = "preempted",
};

static const struct {
	const char *name;
	const char *words;
} untolds[CORR_UNTOLD_COUNT] = {
	[CORR_UNTOLD_NONE] = { "none", "told" },
	[CORR_UNTOLD_OFF] = { "off", "nobody looks: ebpf_loader runs without --stages" },
	[CORR_UNTOLD_NO_NIC] = { "no-nic", "the NIC layer does not know the message" },
	[CORR_UNTOLD_NO_KERNEL] = { "no-kernel", "the kernel layer does not know its read" },
	[CORR_UNTOLD_UNFOLLOWED] = { "unfollowed", "it was queued before its socket was followed, "
						   "which begins with the first read" },
	[CORR_UNTOLD_LOST] = { "stage-lost", "events of the stages were lost at about that time" },
	[CORR_UNTOLD_UNSEEN] = { "untold-bytes",
				 "unknown: no telling of its bytes was seen, and no "
				 "loss counted" },
	[CORR_UNTOLD_UNTAKEN] = { "untaken", "that TCP took up its segment was not seen" },
	[CORR_UNTOLD_HOLE] = { "unknown-hole", "when the bytes before it arrived is not known" },
	[CORR_UNTOLD_READER] = { "reader-unknown", "its reader was not followed yet, which begins "
						   "with a thread's first read" },
	[CORR_UNTOLD_NESTED] = { "nested",
				 "it was told in the middle of another socket's telling" },
	[CORR_UNTOLD_FORGOTTEN] = { "forgotten", "the correlator ran out of memory for it" },
};

static const char *const layer_names[PROF_LAYER_COUNT] = { "none", "NIC", "kernel", "user" };

const enum corr_stage corr_stage_order[CORR_STAGE_COUNT] = {
	CORR_STAGE_NIC_KERNEL,	  CORR_STAGE_KERNEL_USER, CORR_STAGE_TOTAL,
	CORR_STAGE_KERNEL_RETURN, CORR_STAGE_RETURN_RECV, CORR_STAGE_RECV_USER,
	CORR_STAGE_USER_PARSED,	  CORR_STAGE_FIRST_LAST,  CORR_STAGE_HOL_WAIT,
	CORR_STAGE_READ_WAIT,	  CORR_STAGE_WIRE_NIC,	  CORR_STAGE_HOLE,
	CORR_STAGE_NIC_QUEUE,	  CORR_STAGE_QUEUE_READY, CORR_STAGE_READY_RUNNING,
	CORR_STAGE_RUNNING_READ,
};

const char *corr_class_name(enum corr_class class_id)
{
	return class_names[class_id];
}

const char *corr_reason_name(enum corr_reason reason)
{
	return reasons[reason].name;
}

const char *corr_reason_words(enum corr_reason reason)
{
	return reasons[reason].words;
}

const char *corr_wait_name(enum corr_wait wait)
{
	return wait_names[wait];
}

const char *corr_untold_name(enum corr_untold untold)
{
	return untolds[untold].name;
}

const char *corr_untold_words(enum corr_untold untold)
{
	return untolds[untold].words;
}

const char *corr_stage_name(enum corr_stage stage)
{
	return stages[stage].name;
}

const char *corr_stage_words(enum corr_stage stage)
{
	return stages[stage].words;
}

const char *corr_stamp_name(uint32_t stamp_source)
{
	static const char *const names[] = {
		[PROF_STAMP_NONE] = "none",   [PROF_STAMP_CLOCK] = "clock",
		[PROF_STAMP_POLL] = "poll",   [PROF_STAMP_PACKET] = "kernel",
		[PROF_STAMP_NIC] = "adapter", [PROF_STAMP_FILE] = "file",
	};

	return stamp_source < sizeof(names) / sizeof(names[0]) ? names[stamp_source] : "other";
}

const char *corr_layer_name(uint32_t layer)
{
	return layer_names[layer];
}

const char *corr_loss_name(uint32_t kind)
{
	const struct prof_loss_kind *loss = prof_loss_kind(kind);

	return loss ? loss->name : "other";
}
