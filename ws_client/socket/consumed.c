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

static bool read_received(int fd, uint64_t *ret_bytes)
{
	struct tcp_info info = { 0 };
	socklen_t info_bytes = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &info_bytes) < 0 ||
	    info_bytes < offsetof(struct tcp_info, tcpi_bytes_received) +
				 sizeof(info.tcpi_bytes_received) ||
	    info.tcpi_state != STATE_ESTABLISHED)
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
