/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet_socket.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_packet.h>
#include <linux/net_tstamp.h>

#include "capabilities.h"

int packet_socket_check(const char *name, bool *ret_is_loopback, enum packet_link *ret_link,
			struct fault *ret_fault)
{
	struct ifreq request = { 0 };
	char what[96];
	int err = 0;
	int fd;

	(void)snprintf(what, sizeof(what), "interface '%.64s'", name);
	if (strlen(name) >= sizeof(request.ifr_name) || if_nametoindex(name) == 0)
		return fault_set(ret_fault, -ENODEV, what, "there is none of that name here",
				 "ip link shows those of this network namespace");
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		err = -errno;
		(void)fault_set(ret_fault, err, what, strerror(-err), "");
		capabilities_blame(ret_fault);
		return err;
	}
	memcpy(request.ifr_name, name, strlen(name));
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		err = -errno;
	else if (!(request.ifr_flags & IFF_UP))
		err = fault_set(ret_fault, -ENETDOWN, what, "is down", "ip link set it up");
	*ret_is_loopback = request.ifr_flags & IFF_LOOPBACK;
	*ret_link = PACKET_LINK_ETHERNET;
	if (err == 0 && ioctl(fd, SIOCGIFHWADDR, &request) == 0)
		*ret_link = link_of_hardware(request.ifr_hwaddr.sa_family);
	if (err == 0 && *ret_link == PACKET_LINK_UNKNOWN)
		err = fault_set(ret_fault, -EPROTONOSUPPORT, what,
				"its frames begin neither with an Ethernet header nor with IP's",
				"listen where they do: ip -d link shows what lies below it");
	(void)close(fd);
	return err;
}

bool packet_socket_carries_default_route(const char *interface)
{
	char line[256];
	char name[IF_NAMESIZE];
	unsigned int destination;
	bool is_found = false;
	FILE *routes = fopen("/proc/self/net/route", "re");

	if (!routes)
		return false;
	while (!is_found && fgets(line, sizeof(line), routes))
		is_found = sscanf(line, "%15s %x", name, &destination) == 2 && destination == 0 &&
			   strcmp(name, interface) == 0;
	(void)fclose(routes);
	return is_found;
}

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
