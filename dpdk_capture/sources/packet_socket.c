/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet_socket.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/if_packet.h>
#include <linux/net_tstamp.h>

static bool is_bound_to(int fd, unsigned int interface_index)
{
	struct sockaddr_ll address = { 0 };
	socklen_t size = sizeof(address);

	return getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
	       address.sll_family == AF_PACKET &&
	       (unsigned int)address.sll_ifindex == interface_index;
}

int packet_socket_find(unsigned int interface_index, struct packet_socket *ret_socket)
{
	DIR *directory = opendir("/proc/self/fd");
	int err = -ENOENT;

	if (!directory)
		return -errno;
	for (const struct dirent *entry; err && (entry = readdir(directory));) {
		char *end;
		long fd = strtol(entry->d_name, &end, 10);

		if (end == entry->d_name || !is_bound_to((int)fd, interface_index))
			continue;
		*ret_socket = (struct packet_socket){ .fd = (int)fd };
		err = 0;
	}
	(void)closedir(directory);
	return err;
}

int packet_socket_stamp_early(const struct packet_socket *socket)
{
	int on = 1;

	return setsockopt(socket->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ? -errno : 0;
}

int packet_socket_stamp_by_adapter(const struct packet_socket *socket)
{
	int wanted = SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_SOFTWARE;

	return setsockopt(socket->fd, SOL_PACKET, PACKET_TIMESTAMP, &wanted, sizeof(wanted)) < 0
		       ? -errno
		       : 0;
}

bool packet_socket_is_orphaned(const struct packet_socket *socket)
{
	struct sockaddr_ll address = { 0 };
	socklen_t size = sizeof(address);

	return getsockname(socket->fd, (struct sockaddr *)&address, &size) == 0 &&
	       address.sll_ifindex <= 0;
}

uint64_t packet_socket_drop_count(struct packet_socket *socket)
{
	struct tpacket_stats stats = { 0 };
	socklen_t size = sizeof(stats);

	/* The kernel begins at 0 again after each look. */
	if (getsockopt(socket->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0)
		socket->drop_count += stats.tp_drops;
	return socket->drop_count;
}

void packet_socket_wait(const struct packet_socket *socket, uint32_t timeout_us)
{
	struct pollfd pollfd = { .fd = socket->fd, .events = POLLIN };
	struct timespec timeout = {
		.tv_sec = timeout_us / 1000000,
		.tv_nsec = (long)(timeout_us % 1000000) * 1000,
	};

	(void)ppoll(&pollfd, 1, &timeout, NULL); /* woken early is as good */
}
