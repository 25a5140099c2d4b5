/* SPDX-License-Identifier: BSD-2-Clause */
#include "lookout.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>

#include "conntrack.h"
#include "namespace.h"

/* Enough for every header we read. */
#define SNAP_BYTES 192

#define POLL_FRAME_COUNT_MAX 512
#define PORT_COUNT_MAX	     (2 * TRAIL_FLOW_COUNT_MAX)
#define CODE_COUNT_MAX	     (16 + 2 * PORT_COUNT_MAX)

int lookout_begin(struct lookout *lookout)
{
	memset(lookout, 0, sizeof(*lookout));
	lookout->namespace_count = 1;
	lookout->namespaces[0].fd = -1;
	return namespace_inode(0, &lookout->home_inode);
}

static bool knows_namespace(const struct lookout *lookout, uint64_t inode)
{
	for (size_t i = 1; i < lookout->namespace_count; i++) {
		if (lookout->namespaces[i].inode == inode)
			return true;
	}
	return inode == lookout->home_inode;
}

bool lookout_add(struct lookout *lookout, const struct prof_flow *ends, uint32_t pid)
{
	uint64_t inode;

	if (!trail_add(&lookout->trail, ends))
		return false;
	/* A process that is gone, or that we may not look at, is not looked for. */
	if (pid == 0 || namespace_inode(pid, &inode) < 0)
		return true;
	lookout->flow_inodes[lookout->trail.flow_count - 1] = inode;
	if (knows_namespace(lookout, inode) ||
	    lookout->namespace_count == LOOKOUT_NAMESPACE_COUNT_MAX)
		return true;
	lookout->namespaces[lookout->namespace_count].inode = inode;
	lookout->namespaces[lookout->namespace_count].pid = pid;
	lookout->namespaces[lookout->namespace_count++].fd = -1;
	return true;
}

/* The ports of all ends, without repetition. */
static size_t collect_ports(const struct trail *trail, uint16_t ports[PORT_COUNT_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < 2 * trail->flow_count; i++) {
		const struct prof_flow *ends = &trail->flows[i / 2].ends;
		uint16_t port = i % 2 ? ends->remote.port : ends->local.port;
		size_t at = 0;

		while (at < count && ports[at] != port)
			at++;
		ports[at] = port;
		count += at == count;
	}
	return count;
}

static void add_ports(struct sock_filter *code, size_t *count, size_t at, const uint16_t *ports,
		      size_t port_count, size_t left_count)
{
	code[(*count)++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_IND, (uint32_t)at);
	for (size_t i = 0; i < port_count; i++)
		code[(*count)++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, ports[i], (uint8_t)(left_count + port_count - i),
			0);
}

/*
 * TCP of those ports, as a cooked socket sees it: from the IP header on.  (Behind
 * IPv6's extension headers ports are not looked for.)
 */
static size_t write_filter(const struct trail *trail, struct sock_filter code[CODE_COUNT_MAX])
{
	uint16_t ports[PORT_COUNT_MAX];
	size_t port_count = collect_ports(trail, ports);
	const struct sock_filter head[] = {
		/* 0 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		/* 1 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
		/* 2 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x60, 5, 0),
		/* 3 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		/* 4 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 1, 0),
		/* 5 */ BPF_STMT(BPF_RET | BPF_K, 0),
		/* 6 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		/* 7 */ BPF_STMT(BPF_JMP | BPF_JA, 4),
		/* 8 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
		/* 9 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 1, 0),
		/* 10 */ BPF_STMT(BPF_RET | BPF_K, 0),
		/* 11 */ BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 40),
	};
	size_t count = sizeof(head) / sizeof(head[0]);

	memcpy(code, head, sizeof(head));
	/* A hit goes on to the last instruction, over what is left and the "no". */
	add_ports(code, &count, 0, ports, port_count, port_count + 1);
	add_ports(code, &count, 2, ports, port_count, 0);
	code[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	code[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SNAP_BYTES);
	return count;
}

/* In the thread's present namespace; of all interfaces, without their own headers. */
static int open_socket(const struct trail *trail)
{
	struct sock_filter code[CODE_COUNT_MAX];
	const struct sock_fprog program = {
		.len = (unsigned short)write_filter(trail, code),
		.filter = code,
	};
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	/* No protocol yet: nothing comes in before the filter is there. */
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		int err = -errno;

		(void)close(fd);
		return err;
	}
	return fd;
}

static int open_socket_in(const struct lookout *lookout, uint32_t pid)
{
	int home_fd = namespace_enter(pid);
	int fd;

	if (home_fd < 0)
		return home_fd;
	fd = open_socket(&lookout->trail);
	if (namespace_leave(home_fd) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -ESTALE;
}

int lookout_listen(struct lookout *lookout)
{
	lookout->namespaces[0].inode = lookout->home_inode;
	lookout->namespaces[0].fd = open_socket(&lookout->trail);
	for (size_t i = 1; i < lookout->namespace_count; i++) {
		int fd = open_socket_in(lookout, lookout->namespaces[i].pid);

		if (fd == -ESTALE)
			return fd;
		lookout->namespaces[i].fd = fd;
	}
	return lookout->namespaces[0].fd < 0 ? lookout->namespaces[0].fd : 0;
}

/* False if nothing more is there. */
static bool take_frame(struct lookout *lookout, size_t namespace_index)
{
	uint8_t bytes[SNAP_BYTES];
	struct sockaddr_ll from;
	socklen_t size = sizeof(from);
	ssize_t wire_bytes = recvfrom(lookout->namespaces[namespace_index].fd, bytes, sizeof(bytes),
				      MSG_TRUNC, (struct sockaddr *)&from, &size);
	size_t captured_bytes;
	struct packet_tcp tcp;
	enum packet_verdict verdict;

	if (wire_bytes < 0)
		return false;
	captured_bytes = (size_t)wire_bytes < sizeof(bytes) ? (size_t)wire_bytes : sizeof(bytes);
	verdict = packet_parse(PACKET_LINK_RAW, bytes, captured_bytes, (size_t)wire_bytes, &tcp);
	if (verdict == PACKET_TCP_DATA || verdict == PACKET_TCP_EMPTY)
		trail_see(&lookout->trail, &tcp,
			  (struct trail_place){
				  .namespace_inode = lookout->namespaces[namespace_index].inode,
				  .interface_index = (uint32_t)from.sll_ifindex },
			  from.sll_pkttype == PACKET_OUTGOING);
	return true;
}

void lookout_poll(struct lookout *lookout)
{
	for (size_t i = 0; i < lookout->namespace_count; i++) {
		for (size_t j = 0; j < POLL_FRAME_COUNT_MAX && lookout->namespaces[i].fd >= 0;
		     j++) {
			if (!take_frame(lookout, i))
				break;
		}
	}
}

void lookout_end(struct lookout *lookout)
{
	for (size_t i = 0; i < lookout->namespace_count; i++) {
		if (lookout->namespaces[i].fd >= 0)
			(void)close(lookout->namespaces[i].fd);
	}
	lookout->namespace_count = 0;
}

void lookout_name(const struct lookout *lookout, struct trail_place place, char *name,
		  size_t size_bytes)
{
	struct ifreq request = { .ifr_ifindex = (int)place.interface_index };

	name[0] = '\0';
	for (size_t i = 0; i < lookout->namespace_count; i++) {
		if (lookout->namespaces[i].inode == place.namespace_inode &&
		    ioctl(lookout->namespaces[i].fd, SIOCGIFNAME, &request) == 0)
			(void)snprintf(name, size_bytes, "%s", request.ifr_name);
	}
}

int lookout_refusal(const struct lookout *lookout, size_t flow_index, uint32_t *ret_pid)
{
	for (size_t i = 1; i < lookout->namespace_count; i++) {
		if (lookout->namespaces[i].inode != lookout->flow_inodes[flow_index])
			continue;
		*ret_pid = lookout->namespaces[i].pid;
		return lookout->namespaces[i].fd < 0 ? lookout->namespaces[i].fd : 0;
	}
	return 0;
}

uint32_t lookout_pid(const struct lookout *lookout, struct trail_place place)
{
	for (size_t i = 1; i < lookout->namespace_count; i++) {
		if (lookout->namespaces[i].inode == place.namespace_inode)
			return lookout->namespaces[i].pid;
	}
	return 0;
}

static bool is_in_table(const char *path, const struct prof_flow *ends, struct prof_flow *ret_other)
{
	char line[512];
	bool is_found = false;
	FILE *table = fopen(path, "re");

	if (!table)
		return false;
	while (!is_found && fgets(line, sizeof(line), table))
		is_found = conntrack_translates(line, ends, ret_other);
	(void)fclose(table);
	return is_found;
}

bool lookout_is_translated(const struct lookout *lookout, const struct prof_flow *ends,
			   struct prof_flow *ret_other)
{
	bool is_found = is_in_table("/proc/thread-self/net/nf_conntrack", ends, ret_other);

	for (size_t i = 1; i < lookout->namespace_count && !is_found; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/proc/%u/net/nf_conntrack",
			       lookout->namespaces[i].pid);
		is_found = is_in_table(path, ends, ret_other);
	}
	return is_found;
}
