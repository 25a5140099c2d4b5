/* SPDX-License-Identifier: BSD-2-Clause */
#include "handover.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>

#include "prof/clock.h"

/* A burst of frames that come while we do not poll: some 20,000 small ones. */
#define BUFFER_BYTES (32 << 20)

#define BATCH_COUNT 64

/*
 * Frames of several receive queues come in another order than that of their stamps, hardly by
 * more than 10 ms, unless a processor is taken away between the socket and the ring; what is older
 * was dropped from the ring.  It is waited for as long as few others wait.
 */
#define DISORDER_NS	((int64_t)10 * PROF_NS_PER_MS)
#define DISORDER_NS_MAX ((int64_t)PROF_NS_PER_S)
#define FEW_PAIR_COUNT	BATCH_COUNT

int handover_open(struct handover *ret_handover)
{
	const int flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
			  SOF_TIMESTAMPING_RAW_HARDWARE;
	const int buffer_bytes = BUFFER_BYTES;
	const int on = 1;

	memset(ret_handover, 0, sizeof(*ret_handover));
	/* Protocol 0: nothing comes before it is bound. */
	ret_handover->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ret_handover->fd < 0)
		return -errno;
	if (setsockopt(ret_handover->fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes,
		       sizeof(buffer_bytes)) < 0)
		(void)setsockopt(ret_handover->fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes,
				 sizeof(buffer_bytes)); /* what the kernel allows has to do */
	/* What we send has no stamp of the adapter's, here; since Linux 4.20. */
	(void)setsockopt(ret_handover->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	return setsockopt(ret_handover->fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) < 0
		       ? -errno
		       : 0;
}

int handover_listen(struct handover *handover, uint32_t interface_index)
{
	const struct sockaddr_ll address = { .sll_family = AF_PACKET,
					     .sll_protocol = htons(ETH_P_ALL),
					     .sll_ifindex = (int)interface_index };

	return bind(handover->fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno
											  : 0;
}

static struct handover_pair *pair_at(struct handover *handover, uint32_t place)
{
	return &handover->pairs[(handover->first_index + place) % HANDOVER_PAIR_COUNT];
}

static void drop_first(struct handover *handover)
{
	handover->first_index = (handover->first_index + 1) % HANDOVER_PAIR_COUNT;
	handover->pair_count--;
}

bool handover_add(struct handover *handover, uint64_t device_ns, uint64_t wall_ns)
{
	if (handover->pair_count == HANDOVER_PAIR_COUNT)
		return false;
	*pair_at(handover, handover->pair_count++) = (struct handover_pair){ .device_ns = device_ns,
									     .wall_ns = wall_ns };
	return true;
}

static uint64_t ns_of(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * PROF_NS_PER_S + (uint64_t)time->tv_nsec;
}

/* Both stamps of a message; one without is of no use. */
static void take_stamps(struct handover *handover, struct msghdr *message)
{
	struct scm_timestamping stamps;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part;
	     part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPING ||
		    part->cmsg_len < CMSG_LEN(sizeof(stamps)))
			continue;
		memcpy(&stamps, CMSG_DATA(part), sizeof(stamps));
		/* The third is the adapter's (Documentation/networking/timestamping.rst, 2.1). */
		if (ns_of(&stamps.ts[0]) && ns_of(&stamps.ts[2]))
			(void)handover_add(handover, ns_of(&stamps.ts[2]), ns_of(&stamps.ts[0]));
	}
}

void handover_read(struct handover *handover)
{
	_Alignas(struct cmsghdr) char controls[BATCH_COUNT]
					      [CMSG_SPACE(sizeof(struct scm_timestamping)) + 64];
	struct mmsghdr messages[BATCH_COUNT];
	int count = BATCH_COUNT;

	while (handover->fd >= 0 && count == BATCH_COUNT &&
	       handover->pair_count <= HANDOVER_PAIR_COUNT - BATCH_COUNT) {
		for (int i = 0; i < BATCH_COUNT; i++)
			messages[i].msg_hdr = (struct msghdr){
				.msg_control = controls[i], .msg_controllen = sizeof(controls[i])
			};
		count = recvmmsg(handover->fd, messages, BATCH_COUNT, MSG_DONTWAIT | MSG_TRUNC,
				 NULL);
		for (int i = 0; i < count; i++)
			take_stamps(handover, &messages[i].msg_hdr);
	}
}

/* What has been asked for, and what will not be. */
static void drop_old(struct handover *handover, uint64_t device_ns)
{
	while (handover->pair_count > 0) {
		const struct handover_pair *first = pair_at(handover, 0);
		int64_t age_ns_max = handover->pair_count > FEW_PAIR_COUNT ? DISORDER_NS
									   : DISORDER_NS_MAX;

		if (first->device_ns && prof_delta_ns(first->device_ns, device_ns) < age_ns_max)
			return;
		drop_first(handover);
	}
}

/* Full of what nobody asks for, as when the adapter's clock was set back: begin anew. */
static void make_room(struct handover *handover)
{
	if (handover->pair_count > HANDOVER_PAIR_COUNT - BATCH_COUNT)
		handover->pair_count = 0;
}

static struct handover_pair *find_pair(struct handover *handover, uint64_t device_ns)
{
	for (uint32_t i = 0; i < handover->pair_count; i++) {
		struct handover_pair *pair = pair_at(handover, i);

		if (pair->device_ns == device_ns)
			return pair;
	}
	return NULL;
}

bool handover_find(struct handover *handover, uint64_t device_ns, uint64_t *ret_wall_ns)
{
	struct handover_pair *pair;

	drop_old(handover, device_ns);
	pair = find_pair(handover, device_ns);
	if (!pair) {
		handover_read(handover);
		pair = find_pair(handover, device_ns);
	}
	if (!pair) {
		make_room(handover);
		return false;
	}
	*ret_wall_ns = pair->wall_ns;
	pair->device_ns = 0;
	return true;
}

void handover_close(struct handover *handover)
{
	if (handover->fd >= 0)
		(void)close(handover->fd);
	handover->fd = -1;
}
