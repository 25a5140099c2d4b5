// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Takes the time away that TCP leaves in what it sends over a veth, so that it is stamped where
 * it arrives, before RPS queues it, as what comes from a network is (findings/linux_veth_tcp_stamp).
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int undated(struct __sk_buff *skb)
{
	(void)bpf_skb_set_tstamp(skb, 0, BPF_SKB_TSTAMP_UNSPEC);
	return 0; /* TC_ACT_OK */
}
