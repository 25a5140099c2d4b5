/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Laid before DPDK by LD_PRELOAD: a port that has none gets a clock of its own, of which
 * everything is known, and stamps each packet that it receives by it.  (Debian's DPDK comes
 * without what a driver of one's own would be built with.)
 *
 * A packet is said to have been on the wire up to WIRE_NS_MAX before the poll that found it.
 * To SHIM_TRUTH goes a line for each TCP segment: number of its first byte, CLOCK_MONOTONIC ns
 * when it was on the wire, whether it was stamped.
 *
 * Environment: SHIM_HZ ticks a second (1000000000: ns), SHIM_DRIFT_PPB, SHIM_TIMESYNC=1: no ticks,
 * the clock of IEEE 1588 instead; each so many-th, 0 never: SHIM_BARE_EVERY packet has no stamp,
 * SHIM_LIE_EVERY read is 5 us off; SHIM_STEP_AFTER packets the clock is set by SHIM_STEP_NS once.
 */
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#define WIRE_NS_MAX 200000
#define LIE_NS	    5000
#define NS_PER_S    1000000000
#define TCP_SEQ_AT  (14 + 20 + 4) /* Ethernet, IPv4 without options */
#define BASE_NS	    INT64_C(777000000000)

static int field_offset;
static uint64_t field_flag;
static FILE *truth;
static uint64_t packet_count;
static uint64_t read_count;
static int64_t step_ns;
static int64_t begun_ns;

static int64_t setting(const char *name, int64_t otherwise)
{
	const char *words = getenv(name);

	return words ? strtoll(words, NULL, 10) : otherwise;
}

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* What the clock shows at a time, in ns of its own. */
static int64_t device_ns_at(int64_t time_ns)
{
	int64_t span_ns = time_ns - begun_ns;

	return BASE_NS + span_ns + span_ns / 1000 * setting("SHIM_DRIFT_PPB", 0) / 1000000 +
	       step_ns;
}

/* In the unit of the port. */
static uint64_t raw_at(int64_t time_ns)
{
	int64_t hz = setting("SHIM_TIMESYNC", 0) ? NS_PER_S : setting("SHIM_HZ", NS_PER_S);
	int64_t device_ns = device_ns_at(time_ns);

	return (uint64_t)(device_ns / NS_PER_S * hz + device_ns % NS_PER_S * hz / NS_PER_S);
}

static bool is_each(uint64_t number, const char *name)
{
	int64_t every = setting(name, 0);

	return every && number % (uint64_t)every == 0;
}

static uint64_t read_now(void)
{
	return raw_at(now_ns() + (is_each(++read_count, "SHIM_LIE_EVERY") ? LIE_NS : 0));
}

/* ---- In the place of DPDK's -------------------------------------------------- */

int rte_eth_read_clock(uint16_t port_id, uint64_t *ret_clock)
{
	(void)port_id;
	if (setting("SHIM_TIMESYNC", 0))
		return -ENOTSUP;
	*ret_clock = read_now();
	return 0;
}

int rte_eth_timesync_enable(uint16_t port_id)
{
	(void)port_id;
	return 0;
}

int rte_eth_timesync_read_time(uint16_t port_id, struct timespec *ret_time)
{
	uint64_t raw = read_now();

	(void)port_id;
	*ret_time = (struct timespec){ .tv_sec = (time_t)(raw / NS_PER_S),
				       .tv_nsec = (long)(raw % NS_PER_S) };
	return 0;
}

int rte_eth_dev_info_get(uint16_t port_id, struct rte_eth_dev_info *ret_info)
{
	int (*get)(uint16_t, struct rte_eth_dev_info *);
	void *found = real("rte_eth_dev_info_get");
	int err;

	memcpy(&get, &found, sizeof(get));
	err = get(port_id, ret_info);
	ret_info->rx_offload_capa |= RTE_ETH_RX_OFFLOAD_TIMESTAMP;
	return err;
}

int rte_eth_dev_configure(uint16_t port_id, uint16_t rx_count, uint16_t tx_count,
			  const struct rte_eth_conf *conf)
{
	int (*configure)(uint16_t, uint16_t, uint16_t, const struct rte_eth_conf *);
	void *found = real("rte_eth_dev_configure");
	struct rte_eth_conf own = *conf;

	memcpy(&configure, &found, sizeof(configure));
	own.rxmode.offloads &= ~RTE_ETH_RX_OFFLOAD_TIMESTAMP;
	return configure(port_id, rx_count, tx_count, &own);
}

static void stamp(struct rte_mbuf *buffer, int64_t wire_ns)
{
	bool is_stamped = !is_each(++packet_count, "SHIM_BARE_EVERY");
	uint32_t seq_be;

	if ((int64_t)packet_count == setting("SHIM_STEP_AFTER", 0))
		step_ns = setting("SHIM_STEP_NS", 0);
	memcpy(&seq_be, rte_pktmbuf_mtod_offset(buffer, const char *, TCP_SEQ_AT), sizeof(seq_be));
	(void)fprintf(truth, "%" PRIu32 " %" PRId64 " %d\n", rte_be_to_cpu_32(seq_be), wire_ns,
		      is_stamped);
	buffer->ol_flags &=
		~field_flag; /* net_pcap sets it, asked or not, for the file's own stamps */
	if (!is_stamped)
		return;
	*RTE_MBUF_DYNFIELD(buffer, (uintptr_t)field_offset,
			   rte_mbuf_timestamp_t *) = raw_at(wire_ns);
	buffer->ol_flags |= field_flag;
}

/* They came one after the other, the last of them just now. */
static uint16_t stamp_all(uint16_t port_id, uint16_t queue, struct rte_mbuf *buffers[],
			  uint16_t count, uint16_t count_max, void *context)
{
	int64_t polled_ns = now_ns();

	(void)port_id;
	(void)queue;
	(void)count_max;
	(void)context;
	for (uint16_t i = 0; i < count; i++)
		stamp(buffers[i], polled_ns - WIRE_NS_MAX * (count - i) / count);
	if (count)
		(void)fflush(truth);
	return count;
}

int rte_eth_dev_start(uint16_t port_id)
{
	int (*start)(uint16_t);
	void *found = real("rte_eth_dev_start");

	memcpy(&start, &found, sizeof(start));
	begun_ns = now_ns() - NS_PER_S;
	truth = fopen(getenv("SHIM_TRUTH"), "w");
	if (!truth || rte_mbuf_dyn_rx_timestamp_register(&field_offset, &field_flag) < 0 ||
	    !rte_eth_add_rx_callback(port_id, 0, stamp_all, NULL))
		return -EIO;
	return start(port_id);
}
