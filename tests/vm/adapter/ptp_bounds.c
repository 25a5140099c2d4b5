/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A real driver's clock and its stamps of PTP frames, by the same reads and arithmetic that
 * dpdk_capture has: frames of IEEE 802.3 (Sync, IEEE 1588-2019 annex E) go from one adapter to
 * another; each converted stamp must lie between the moment before it was sent and the moment
 * after it was received, within its uncertainty.
 *
 * usage: ptp_bounds FROM TO COUNT [REGISTERS]
 *
 * REGISTERS: resource0 of the receiving card, if it is QEMU's igb.  A card stamps the next frame
 * once the driver has read the stamp of the last one (RXSTMPH); the model waits for a read of
 * RXSATRH (igb_get_rxsatrh(), hw/net/igb_core.c), which igb of Linux never reads: so it is read
 * here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>

#include "dpdk_capture/adapter/phc.h"
#include "dpdk_capture/adapter/stamping.h"
#include "prof/clock.h"

#define READ_COUNT  5
#define FRAME_BYTES 60
#define COUNT_MAX   10000
#define SILENCE_MAX 5 /* seconds */

#define REGISTERS_BYTES 0x20000
#define RXSATRH_AT	0xb630 /* e1000_regs.h of Linux */

static const uint8_t sync_frame[FRAME_BYTES] = {
	0x01, 0x1b, 0x19, 0, 0, 0, /* to all */
	0x02, 0,    0,	  0, 0, 1, 0x88, 0xf7, 0x00, 0x02, 0, 44,
};

struct outcome {
	int sent, received, stamped, sure, outside;
	uint64_t within_ns[COUNT_MAX];
};

/* NULL: not to be read. */
static const volatile uint32_t *map_register(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char *registers = path ? mmap(NULL, REGISTERS_BYTES, PROT_READ, MAP_SHARED, fd, 0) : NULL;

	if (registers == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	return path ? (const volatile uint32_t *)(registers + RXSATRH_AT) : NULL;
}

static int listen_at(const char *interface, int protocol)
{
	const struct sockaddr_ll address = { .sll_family = AF_PACKET,
					     .sll_protocol = htons((uint16_t)protocol),
					     .sll_ifindex = (int)if_nametoindex(interface) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons((uint16_t)protocol));

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		perror(interface);
		exit(1);
	}
	return fd;
}

/* A card keeps out the groups that nobody has joined. */
static void join_group(int fd, const char *interface)
{
	struct packet_mreq group = { .mr_ifindex = (int)if_nametoindex(interface),
				     .mr_type = PACKET_MR_MULTICAST,
				     .mr_alen = ETH_ALEN };

	memcpy(group.mr_address, sync_frame, ETH_ALEN);
	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		perror("PACKET_ADD_MEMBERSHIP");
}

static void ask_for_ptp(int fd, const char *interface)
{
	struct hwtstamp_config config = { .rx_filter = HWTSTAMP_FILTER_PTP_V2_L2_EVENT };
	struct ifreq request = { .ifr_data = (char *)&config };
	const int flags = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
	const struct timeval patience = { .tv_sec = 1 };

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (ioctl(fd, SIOCSHWTSTAMP, &request) < 0) {
		perror("SIOCSHWTSTAMP");
		exit(1);
	}
	(void)printf("asked for PTP over Ethernet, granted filter %d\n", config.rx_filter);
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

/* The adapter's stamp of the next frame; false if none came, 0 if it has none. */
static bool receive(int fd, uint64_t *ret_device_ns)
{
	char control[256];
	uint8_t frame[256];
	struct iovec part = { frame, sizeof(frame) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };

	*ret_device_ns = 0;
	if (recvmsg(fd, &message, 0) < 0)
		return false;
	for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at)) {
		struct scm_timestamping stamps;

		if (at->cmsg_type != SCM_TIMESTAMPING)
			continue;
		memcpy(&stamps, CMSG_DATA(at), sizeof(stamps));
		*ret_device_ns = (uint64_t)stamps.ts[2].tv_sec * PROF_NS_PER_S +
				 (uint64_t)stamps.ts[2].tv_nsec;
	}
	return true;
}

static void mark(struct phc *phc, struct device_clock *clock)
{
	struct device_read reads[READ_COUNT];
	size_t count = phc_read(phc, reads, READ_COUNT);

	(void)device_clock_take(clock, reads, count);
}

static void send_one(int from, int to, struct phc *phc, struct device_clock *clock,
		     struct outcome *outcome)
{
	uint64_t before_ns = prof_now_ns();
	uint64_t device_ns;
	uint64_t after_ns;
	uint64_t time_ns;
	uint64_t within_ns;

	outcome->sent += send(from, sync_frame, sizeof(sync_frame), 0) == sizeof(sync_frame);
	if (!receive(to, &device_ns))
		return;
	after_ns = prof_now_ns();
	mark(phc, clock);
	outcome->received++;
	outcome->stamped += device_ns != 0;
	if (!device_ns ||
	    device_clock_convert(clock, device_ns, &time_ns, &within_ns) != DEVICE_SURE)
		return;
	outcome->within_ns[outcome->sure++] = within_ns;
	outcome->outside += prof_delta_ns(before_ns, time_ns) < -(int64_t)within_ns ||
			    prof_delta_ns(time_ns, after_ns) < -(int64_t)within_ns;
}

static int by_size(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

int main(int argc, char **argv)
{
	static struct outcome outcome;
	struct device_clock clock;
	struct phc phc = { .fd = -1 };
	int count = argc == 4 || argc == 5 ? atoi(argv[3]) : 0;
	const volatile uint32_t *unlock = map_register(argc == 5 ? argv[4] : NULL);
	int err = count > 0 && count <= COUNT_MAX ? phc_open(argv[2], &phc) : -EINVAL;
	int from;
	int to;

	if (err) {
		(void)fprintf(stderr, "ptp_bounds: its clock: %s\n", strerror(-err));
		return 1;
	}
	from = listen_at(argv[1], 0);
	to = listen_at(argv[2], 0x88f7);
	join_group(to, argv[2]);
	ask_for_ptp(to, argv[2]);
	device_clock_init(&clock, PHC_RESOLUTION_NS);
	mark(&phc, &clock);
	for (int i = 0; i < count && outcome.sent - outcome.received < SILENCE_MAX; i++) {
		if (unlock)
			(void)*unlock;
		send_one(from, to, &phc, &clock, &outcome);
	}
	qsort(outcome.within_ns, (size_t)outcome.sure, sizeof(outcome.within_ns[0]), by_size);
	(void)printf(
		"/dev/ptp%d read %s: %d frames sent, %d received, %d stamped, %d sure, %d outside; "
		"uncertainty %" PRIu64 " ns in the median\n",
		phc.index, phc_way_text(phc.way), outcome.sent, outcome.received, outcome.stamped,
		outcome.sure, outcome.outside, outcome.within_ns[outcome.sure / 2]);
	return outcome.outside || outcome.sure != outcome.sent;
}
