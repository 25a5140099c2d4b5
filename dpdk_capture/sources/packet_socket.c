/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet_socket.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>

/* Types are a few bits wide. */
#define NO_PACKET_TYPE UINT32_MAX

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

int packet_socket_filter(const struct packet_socket *socket, bool is_loopback)
{
	const uint32_t unwanted_type = is_loopback ? PACKET_OUTGOING : NO_PACKET_TYPE;
	/* Jumps are relative to the next instruction; 17 admits, 18 drops. */
	struct sock_filter code[] = {
		/* 0 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		/* 1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, unwanted_type, 16, 0),
		/* 2 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		/* 3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021Q, 13, 0),
		/* 4 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021AD, 12, 0),
		/* 5 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_QINQ1, 11, 0),
		/* 6 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 3, 0),
		/* 7 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 10),
		/* 8 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 9),
		/* 9 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 7, 8),
		/* 10 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 6),
		/* 11 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 5, 0),
		/* 12 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 5, 0),
		/* 13 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 4, 0),
		/* 14 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ESP, 3, 0),
		/* 15 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_GRE, 2, 0),
		/* 16 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_SCTP, 1, 0),
		/* 17 */ BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		/* 18 */ BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	return setsockopt(socket->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0
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
