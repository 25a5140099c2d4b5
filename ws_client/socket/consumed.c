/* SPDX-License-Identifier: BSD-2-Clause */
#include "consumed.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define TRY_COUNT_MAX 8 /* two questions are asked one after the other, and data comes between */

enum { STATE_ESTABLISHED = 1 }; /* include/net/tcp_states.h of the kernel */

static bool read_info(int fd, size_t least_bytes, struct tcp_info *ret_info)
{
	socklen_t info_bytes = sizeof(*ret_info);

	*ret_info = (struct tcp_info){ 0 };
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, ret_info, &info_bytes) == 0 &&
	       info_bytes >= least_bytes && ret_info->tcpi_state == STATE_ESTABLISHED;
}

static bool read_received(int fd, uint64_t *ret_bytes)
{
	struct tcp_info info;

	if (!read_info(fd,
		       offsetof(struct tcp_info, tcpi_bytes_received) +
			       sizeof(info.tcpi_bytes_received),
		       &info))
		return false;
	*ret_bytes = info.tcpi_bytes_received;
	return true;
}

bool consumed_read(int fd, uint64_t *ret_bytes)
{
	uint64_t before_bytes;
	uint64_t after_bytes;

	if (!read_received(fd, &before_bytes))
		return false;
	for (int i = 0; i < TRY_COUNT_MAX; i++) {
		int queued_bytes = 0;

		if (ioctl(fd, SIOCINQ, &queued_bytes) < 0 || !read_received(fd, &after_bytes))
			return false;
		if (after_bytes == before_bytes && queued_bytes >= 0 &&
		    (uint64_t)queued_bytes <= after_bytes) {
			*ret_bytes = after_bytes - (uint64_t)queued_bytes;
			return true;
		}
		before_bytes = after_bytes;
	}
	return false;
}

#define SENT_INFO_BYTES                                                                            \
	(offsetof(struct tcp_info, tcpi_bytes_retrans) +                                           \
	 sizeof(((struct tcp_info *)0)->tcpi_bytes_retrans))

bool sent_read(int fd, uint64_t *ret_bytes)
{
	struct tcp_info info;

	if (!read_info(fd, SENT_INFO_BYTES, &info))
		return false;
	/* All of one moment: the kernel has the socket locked. */
	*ret_bytes = info.tcpi_bytes_sent - info.tcpi_bytes_retrans + info.tcpi_notsent_bytes;
	return true;
}

bool sent_is(int fd, uint64_t expected_bytes)
{
	struct tcp_info before;
	struct tcp_info after;

	for (int i = 0; i < TRY_COUNT_MAX; i++) {
		int queued_bytes = 0;

		if (!read_info(fd, SENT_INFO_BYTES, &before) ||
		    ioctl(fd, SIOCOUTQ, &queued_bytes) < 0 ||
		    !read_info(fd, SENT_INFO_BYTES, &after) || !after.tcpi_bytes_acked)
			return false;
		/* Of what was acknowledged the SYN is one. */
		if (before.tcpi_bytes_acked == after.tcpi_bytes_acked && queued_bytes >= 0)
			return expected_bytes + 1 - (uint64_t)queued_bytes ==
			       (uint64_t)after.tcpi_bytes_acked;
	}
	return false;
}
