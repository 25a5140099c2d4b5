/* SPDX-License-Identifier: BSD-2-Clause */
#include "blind.h"

static const struct {
	const char *name;
	const char *words;
	const char *remedy;
} causes[CORR_CAUSE_COUNT] = {
	[CORR_CAUSE_PROBES_OFF] = { "probes-off", "kernel.ftrace_enabled is or was 0",
				    "sysctl kernel.ftrace_enabled=1" },
	[CORR_CAUSE_KTLS] = { "ktls", "the kernel decrypts the socket (kTLS)",
			      "turn kTLS off in the client" },
	[CORR_CAUSE_MPTCP] = { "mptcp", "the socket is MPTCP's",
			       "let the client connect by plain TCP" },
	[CORR_CAUSE_ELSEWHERE] = { "read-elsewhere",
				   "its bytes are read another way than by tcp_recvmsg",
				   "let the client read by read() or recv()" },
	[CORR_CAUSE_SKIPPED] = { "skipped-while-preempted", "the kernel skips the probes' programs",
				 "try the other --attach of ebpf_loader" },
	[CORR_CAUSE_NEVER_CALLED] = { "never-called", "no probe has ever been called",
				      "look at kernel.ftrace_enabled, and at run_profiler.sh "
				      "--check" },
	[CORR_CAUSE_OTHER_READS] = { "other-reads",
				     "only reads of other sockets are seen: these bytes may be "
				     "read by splice, io_uring or another kernel part",
				     "see ebpf_loader's own words" },
	[CORR_CAUSE_READS_STOPPED] = { "reads-stopped", "its reads were seen before, and no longer",
				       "look at kernel.ftrace_enabled, and at how the client "
				       "reads now" },
	[CORR_CAUSE_TRANSLATED] = { "address-translated",
				    "its address is translated (NAT) before the wire",
				    "capture where the socket's own address is seen" },
	[CORR_CAUSE_OTHER_INTERFACE] = { "other-interface",
					 "another interface or namespace carries its frames",
					 "dpdk_capture --iface that one" },
	[CORR_CAUSE_NO_FRAME] = { "no-frame",
				  "not one segment was seen: another interface or namespace "
				  "carries the frames, or the address is translated (NAT)",
				  "see dpdk_capture's own words; --iface another" },
	[CORR_CAUSE_OTHER_FRAMES] = { "other-frames",
				      "only other connections are seen: another interface carries "
				      "this one, or its address is translated (NAT)",
				      "see dpdk_capture's own words; --iface another" },
	[CORR_CAUSE_FRAMES_STOPPED] = { "frames-stopped",
					"its frames were seen before, and no longer: they may pass "
					"another interface now",
					"see dpdk_capture's own words" },
	[CORR_CAUSE_USER_KTLS] = { "ktls-calls",
				   "the kernel decrypts the socket (kTLS): which of its bytes a "
				   "call returned is not known",
				   "turn kTLS off in the client" },
	[CORR_CAUSE_USER_MPTCP] = { "mptcp-calls",
				    "the socket is MPTCP's: which bytes on the wire a call "
				    "returned is not known",
				    "let the client connect by plain TCP" },
	[CORR_CAUSE_UNBOUND] = { "ssl-unbound",
				 "SSL_read() calls are seen and no socket can be tied to them",
				 "see ebpf_loader's own words" },
	[CORR_CAUSE_UNRANGED] = { "unranged",
				  "messages are seen and their place in the TCP stream is not "
				  "known",
				  "see the words of the client or of ebpf_loader --ssl" },
	[CORR_CAUSE_NO_MESSAGE] = { "no-message",
				    "not one message was told: whoever reads is not watched, or "
				    "none was whole",
				    "see the words of the client or of ebpf_loader --ssl" },
	[CORR_CAUSE_OTHER_MESSAGES] = { "other-messages",
					"only messages of other connections were told: whoever "
					"reads this one is not watched, or none was whole",
					"see the words of the client or of ebpf_loader --ssl" },
	[CORR_CAUSE_MESSAGES_STOPPED] = { "messages-stopped",
					  "its messages were told before, and no longer: whoever "
					  "reads is not watched any more, or none is whole",
					  "see the words of the client or of ebpf_loader --ssl" },
};

const char *corr_cause_name(enum corr_cause cause)
{
	return causes[cause].name;
}

const char *corr_cause_words(enum corr_cause cause)
{
	return causes[cause].words;
}

const char *corr_cause_remedy(enum corr_cause cause)
{
	return causes[cause].remedy;
}
