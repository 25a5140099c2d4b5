// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test's adapter: a pair of Ethernet interfaces, wire0 and wire1, whose every
 * received packet is stamped by a clock of the pair's own, of which the test
 * knows everything.  For the test's VM alone; never load it on a host.
 *
 * Parameters, to be changed while it runs (/sys/module/prof_adapter/parameters):
 *   drift_ppb    how much faster the clock ticks than CLOCK_MONOTONIC
 *   step_ns      written: the clock is set by so much
 *   skip_every   each so many-th packet is left without a stamp; 0: none
 *   slow_ns      how long a read of the clock takes besides, on either side
 *   lie_every    each so many-th read of the clock is 5 us wrong; 0: none
 *   fail_reads   1: the clock cannot be read, as of an adapter that is gone
 *   rest_us      the clock refuses to be read again so soon; 0: it does not
 *   precise      1: both clocks are read at once, as of an adapter with PCIe PTM
 *   granted      the filter that is set whatever is asked for, unless it is none; 0: what is asked for
 *   hide_raw     1: the driver does not report that it can stamp
 *
 * debugfs prof_adapter/truth: a struct truth for each TCP segment with payload that was received.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/net_tstamp.h>
#include <linux/netdevice.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <linux/timekeeping.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define TS_INFO struct kernel_ethtool_ts_info
#else
#define TS_INFO struct ethtool_ts_info
#endif

#define TRUTH_COUNT_MAX 400000
#define LIE_NS		5000

/* In the byte order of the machine. */
struct truth {
	u64 time_ns; /* CLOCK_MONOTONIC when it was stamped */
	u32 seq;     /* of its first byte */
	u32 is_stamped;
};

struct wire {
	struct net_device *peer;
	int rx_filter;
	unsigned int count;
};

static long long drift_ppb;
static unsigned int skip_every, lie_every, slow_ns, fail_reads, precise, granted, hide_raw, rest_us;
static struct net_device *devices[2];
static struct ptp_clock *clock;
static struct dentry *folder;
static struct debugfs_blob_wrapper truth_file;
static struct truth *truths;
static u32 truth_count;
static unsigned int read_count;

/* The clock showed base_device_ns at base_ns and has ticked at its rate since. */
static DEFINE_SPINLOCK(clock_lock);
static u64 base_ns, base_device_ns;

static u64 device_at(u64 now_ns)
{
	s64 span_ns = now_ns - base_ns;

	/* Rebased often enough that the product fits. */
	return base_device_ns + span_ns + div_s64(span_ns * drift_ppb, NSEC_PER_SEC);
}

/* Both clocks of one instant. */
static u64 read_clock(u64 *ret_now_ns)
{
	unsigned long flags;
	u64 now_ns, device_ns;

	spin_lock_irqsave(&clock_lock, flags);
	now_ns = ktime_get_ns();
	device_ns = device_at(now_ns);
	if (now_ns - base_ns > NSEC_PER_SEC) {
		base_ns = now_ns;
		base_device_ns = device_ns;
	}
	spin_unlock_irqrestore(&clock_lock, flags);
	if (ret_now_ns)
		*ret_now_ns = now_ns;
	return device_ns;
}

static void rebase(s64 step_ns)
{
	unsigned long flags;
	u64 now_ns;

	spin_lock_irqsave(&clock_lock, flags);
	now_ns = ktime_get_ns();
	base_device_ns = device_at(now_ns) + step_ns;
	base_ns = now_ns;
	spin_unlock_irqrestore(&clock_lock, flags);
}

static int set_step(const char *text, const struct kernel_param *param)
{
	s64 step_ns;
	int err = kstrtos64(text, 10, &step_ns);

	if (!err)
		rebase(step_ns);
	return err;
}

static int set_drift(const char *text, const struct kernel_param *param)
{
	rebase(0);
	return kstrtos64(text, 10, &drift_ppb);
}

static const struct kernel_param_ops drift_ops = { .set = set_drift };
static const struct kernel_param_ops step_ops = { .set = set_step };

module_param_cb(drift_ppb, &drift_ops, NULL, 0200);
module_param_cb(step_ns, &step_ops, NULL, 0200);
module_param(skip_every, uint, 0600);
module_param(lie_every, uint, 0600);
module_param(slow_ns, uint, 0600);
module_param(fail_reads, uint, 0600);
module_param(rest_us, uint, 0600);
module_param(precise, uint, 0600);
module_param(granted, uint, 0600);
module_param(hide_raw, uint, 0600);

/* Who reads it waits for who else does (ptp_chardev.c). */
static u64 last_read_ns;

static bool is_refused(void)
{
	u64 now_ns = ktime_get_ns();

	if (now_ns - last_read_ns < (u64)rest_us * NSEC_PER_USEC)
		return true;
	last_read_ns = now_ns;
	return false;
}

static int gettime(struct ptp_clock_info *info, struct timespec64 *ret_time,
		   struct ptp_system_timestamp *ret_system)
{
	bool is_lie = lie_every && ++read_count % lie_every == 0;
	u64 device_ns;

	if (fail_reads)
		return -ENODEV;
	if (is_refused())
		return -EBUSY;
	ptp_read_system_prets(ret_system);
	ndelay(slow_ns);
	device_ns = read_clock(NULL);
	ndelay(slow_ns);
	ptp_read_system_postts(ret_system);
	*ret_time = ns_to_timespec64(device_ns + (is_lie ? LIE_NS : 0));
	return 0;
}

/* Of one instant, but for the ns by which the wall clock may be slewed meanwhile. */
static int getcrosststamp(struct ptp_clock_info *info, struct system_device_crosststamp *ret_stamp)
{
	u64 now_ns;

	if (!precise || fail_reads)
		return -EOPNOTSUPP;
	ret_stamp->device = ns_to_ktime(read_clock(&now_ns));
	ret_stamp->sys_realtime = ktime_mono_to_real(ns_to_ktime(now_ns));
	ret_stamp->sys_monoraw = 0;
	return 0;
}

static int refuse_rate(struct ptp_clock_info *info, long scaled_ppm)
{
	return -EOPNOTSUPP;
}

static int refuse_step(struct ptp_clock_info *info, s64 step_ns)
{
	return -EOPNOTSUPP;
}

static int refuse_time(struct ptp_clock_info *info, const struct timespec64 *time)
{
	return -EOPNOTSUPP;
}

static struct ptp_clock_info clock_info = {
	.owner = THIS_MODULE,
	.name = "prof_adapter",
	.max_adj = 0,
	.adjfine = refuse_rate,
	.adjtime = refuse_step,
	.settime64 = refuse_time,
	.gettimex64 = gettime,
	.getcrosststamp = getcrosststamp,
};

/* The first byte's number, if it is TCP over IPv4 with payload. */
static bool find_seq(const struct sk_buff *skb, u32 *ret_seq)
{
	const struct ethhdr *ethernet = (const struct ethhdr *)skb->data;
	const struct iphdr *ip = (const struct iphdr *)(ethernet + 1);
	const struct tcphdr *tcp;

	if (skb->len < sizeof(*ethernet) + sizeof(*ip) + sizeof(*tcp) ||
	    ethernet->h_proto != htons(ETH_P_IP) || ip->protocol != IPPROTO_TCP)
		return false;
	tcp = (const struct tcphdr *)((const u8 *)ip + ip->ihl * 4);
	*ret_seq = ntohl(tcp->seq);
	return ntohs(ip->tot_len) > ip->ihl * 4 + tcp->doff * 4;
}

static void remember(u32 seq, u64 now_ns, bool is_stamped)
{
	unsigned long flags;

	spin_lock_irqsave(&clock_lock, flags);
	if (truth_count < TRUTH_COUNT_MAX) {
		truths[truth_count++] = (struct truth){ now_ns, seq, is_stamped };
		truth_file.size = truth_count * sizeof(*truths);
	}
	spin_unlock_irqrestore(&clock_lock, flags);
}

static void stamp(struct sk_buff *skb, struct wire *receiver)
{
	bool is_stamped = receiver->rx_filter == HWTSTAMP_FILTER_ALL &&
			  !(skip_every && ++receiver->count % skip_every == 0);
	u64 now_ns, device_ns = read_clock(&now_ns);
	u32 seq;

	skb_hwtstamps(skb)->hwtstamp = is_stamped ? ns_to_ktime(device_ns) : 0;
	if (find_seq(skb, &seq))
		remember(seq, now_ns, is_stamped);
}

static netdev_tx_t transmit(struct sk_buff *skb, struct net_device *device)
{
	struct net_device *peer = ((struct wire *)netdev_priv(device))->peer;
	/* Its own copy: the sender still holds what lies beside the bytes. */
	struct sk_buff *copy = skb_copy(skb, GFP_ATOMIC);

	if (copy && netif_running(peer)) {
		stamp(copy, netdev_priv(peer));
		if (dev_forward_skb(peer, copy) == NET_RX_SUCCESS)
			dev_sw_netstats_rx_add(peer, skb->len);
	} else {
		kfree_skb(copy);
	}
	dev_kfree_skb(skb);
	return NETDEV_TX_OK;
}

static int control(struct net_device *device, struct ifreq *request, int command)
{
	struct wire *wire = netdev_priv(device);
	struct hwtstamp_config config = { .rx_filter = wire->rx_filter };

	if (command == SIOCSHWTSTAMP) {
		if (copy_from_user(&config, request->ifr_data, sizeof(config)))
			return -EFAULT;
		if (granted && config.rx_filter)
			config.rx_filter = granted;
		wire->rx_filter = config.rx_filter;
	} else if (command != SIOCGHWTSTAMP) {
		return -EOPNOTSUPP;
	}
	return copy_to_user(request->ifr_data, &config, sizeof(config)) ? -EFAULT : 0;
}

static int tell_stamps(struct net_device *device, TS_INFO *info)
{
	info->so_timestamping = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	if (!hide_raw)
		info->so_timestamping |= SOF_TIMESTAMPING_RX_HARDWARE |
					 SOF_TIMESTAMPING_RAW_HARDWARE;
	info->phc_index = ptp_clock_index(clock);
	info->rx_filters = BIT(HWTSTAMP_FILTER_NONE) | BIT(HWTSTAMP_FILTER_ALL);
	return 0;
}

static const struct net_device_ops device_ops = {
	.ndo_start_xmit = transmit,
	.ndo_eth_ioctl = control,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static const struct ethtool_ops tool_ops = {
	.get_ts_info = tell_stamps,
	.get_link = ethtool_op_get_link,
};

static void set_up(struct net_device *device)
{
	ether_setup(device);
	device->netdev_ops = &device_ops;
	device->ethtool_ops = &tool_ops;
	device->min_mtu = ETH_MIN_MTU;
	eth_hw_addr_random(device);
}

static void take_down(void)
{
	/* Both first: each sends to the other. */
	for (int i = 0; i < 2; i++)
		if (devices[i])
			unregister_netdev(devices[i]);
	for (int i = 0; i < 2; i++)
		if (devices[i])
			free_netdev(devices[i]);
	if (clock)
		ptp_clock_unregister(clock);
	debugfs_remove(folder);
	vfree(truths);
}

static int bring_up(void)
{
	clock = ptp_clock_register(&clock_info, NULL);
	if (IS_ERR_OR_NULL(clock)) {
		clock = NULL;
		return -ENODEV;
	}
	for (int i = 0; i < 2; i++) {
		struct net_device *device = alloc_netdev(sizeof(struct wire), "wire%d",
							 NET_NAME_ENUM, set_up);
		int err = device ? register_netdev(device) : -ENOMEM;

		if (err) {
			if (device)
				free_netdev(device);
			return err;
		}
		devices[i] = device;
	}
	((struct wire *)netdev_priv(devices[0]))->peer = devices[1];
	((struct wire *)netdev_priv(devices[1]))->peer = devices[0];
	return 0;
}

static int __init adapter_init(void)
{
	int err;

	truths = vzalloc(TRUTH_COUNT_MAX * sizeof(*truths));
	if (!truths)
		return -ENOMEM;
	base_ns = ktime_get_ns();
	base_device_ns = ktime_get_real_ns();
	truth_file.data = truths;
	folder = debugfs_create_dir("prof_adapter", NULL);
	debugfs_create_blob("truth", 0400, folder, &truth_file);
	err = bring_up();
	if (err)
		take_down();
	return err;
}

module_init(adapter_init);
module_exit(take_down);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A test's Ethernet adapter whose clock's error is known");
