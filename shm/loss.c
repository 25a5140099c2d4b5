/* SPDX-License-Identifier: BSD-2-Clause */
#include "prof/loss.h"

#include <stddef.h>

static const struct prof_loss_kind kinds[PROF_LOSS_KIND_COUNT] = {
	[PROF_LOSS_BPF_RESERVE] = { "bpf-ring-full", PROF_LAYER_KERNEL, "reads",
				    "the probes' ring buffer was full" },
	[PROF_LOSS_PROBE_MISSED] = { "probe-missed", PROF_LAYER_KERNEL, "calls",
				     "more calls waited at once than the kretprobe has room for" },
	[PROF_LOSS_READ_UNPAIRED] = { "read-unpaired", PROF_LAYER_KERNEL, "calls",
				      "the entry or the return of a call was not seen" },
	[PROF_LOSS_CAPTURE_DROP] = { "capture-drop", PROF_LAYER_NIC, "frames",
				     "dropped before they could be polled" },
	[PROF_LOSS_CAPTURE_ERROR] = { "capture-error", PROF_LAYER_NIC, "frames",
				      "received with errors" },
	[PROF_LOSS_CAPTURE_NOMBUF] = { "capture-no-buffer", PROF_LAYER_NIC, "frames",
				       "there was no buffer to receive into" },
	[PROF_LOSS_TRUNCATED] = { "truncated", PROF_LAYER_NIC, "frames", "headers were cut short" },
	[PROF_LOSS_FRAGMENT] = { "ip-fragment", PROF_LAYER_NIC, "frames",
				 "IP fragments carry no usable TCP header" },
	[PROF_LOSS_KTLS] = { "ktls-socket", PROF_LAYER_USER, "messages",
			     "the kernel decrypts their socket (kTLS): where they lie in the TCP "
			     "stream is not known" },
	[PROF_LOSS_MALFORMED] = { "malformed", PROF_LAYER_USER, "messages", "could not be parsed" },
	[PROF_LOSS_READ_ELSEWHERE] = { "read-elsewhere", PROF_LAYER_KERNEL, "bytes",
				       "read another way than through tcp_recvmsg: splice, "
				       "io_uring's or TCP's zero copy, kTLS, sockmap" },
	[PROF_LOSS_PREEMPT_SKIPPED] = { "skipped-while-preempted", PROF_LAYER_KERNEL, "calls",
					"the kernel skipped the probe's program, because another "
					"was interrupted in the middle" },
	[PROF_LOSS_PROBES_OFF] = { "probes-off", PROF_LAYER_KERNEL, "seconds",
				   "kernel.ftrace_enabled was 0: no probe was called" },
	[PROF_LOSS_MPTCP] = { "mptcp-socket", PROF_LAYER_KERNEL, "sockets",
			      "MPTCP moves their bytes: reads do not pass tcp_recvmsg" },
	[PROF_LOSS_SSL_UNBOUND] = { "ssl-unbound", PROF_LAYER_USER, "calls",
				    "no socket could be tied to the SSL_read(): it has no line" },
	[PROF_LOSS_SSL_UNRANGED] = { "ssl-unranged", PROF_LAYER_USER, "calls",
				     "where in the TCP stream the SSL_read() ended is not known" },
	[PROF_LOSS_CLIENT_UNRANGED] = { "client-unranged", PROF_LAYER_USER, "messages",
					"where in the TCP stream they lie is not known" },
	[PROF_LOSS_MERGED_GUESSED] = { "merged-guessed", PROF_LAYER_NIC, "frames",
				       "taken for merged ones, the connection's MSS being "
				       "unknown" },
	[PROF_LOSS_TRANSLATED] = { "address-translated", PROF_LAYER_NIC, "sockets",
				   "their address is translated (NAT): the wire shows another" },
	[PROF_LOSS_OTHER_INTERFACE] = { "other-interface", PROF_LAYER_NIC, "sockets",
					"their frames pass another interface or namespace" },
	[PROF_LOSS_STAGE] = { "stage-lost", PROF_LAYER_KERNEL, "events",
			      "what --stages had to tell found no room: stages are n/a there" },
	[PROF_LOSS_UNDECODED] = { "undecoded", PROF_LAYER_NIC, "segments or records",
				  "captured in part, the decoder's queue or ring was full, or no "
				  "secret opened them: messages in them are missing" },
};

const struct prof_loss_kind *prof_loss_kind(uint32_t loss)
{
	return loss < PROF_LOSS_KIND_COUNT && kinds[loss].name ? &kinds[loss] : NULL;
}
