/* SPDX-License-Identifier: BSD-2-Clause */
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#ifndef TCP_REPAIR
#define TCP_REPAIR	 19
#define TCP_REPAIR_QUEUE 20
#define TCP_QUEUE_SEQ	 21
#endif
enum { QUEUE_RECEIVE = 1, QUEUE_SEND = 2 }; /* TCP_REPAIR_QUEUE */

_Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "probe_scenarios: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void loopback(int family, struct sockaddr_storage *ret_address, socklen_t *ret_bytes)
{
	struct sockaddr_in *four = (struct sockaddr_in *)(void *)ret_address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)ret_address;

	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		four->sin_port = htons(WRITER_PORT);
		*ret_bytes = sizeof(*four);
	} else {
		six->sin6_addr = in6addr_loopback;
		six->sin6_port = htons(WRITER_PORT);
		*ret_bytes = sizeof(*six);
	}
}

static void set_endpoint(struct prof_endpoint *endpoint, const struct sockaddr_storage *address)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;

	if (address->ss_family == AF_INET)
		prof_endpoint_set_ipv4(endpoint, &four->sin_addr, ntohs(four->sin_port));
	else
		prof_endpoint_set_ipv6(endpoint, &six->sin6_addr, ntohs(six->sin6_port));
}

static void learn_flow(struct connection *connection)
{
	struct sockaddr_storage address;
	socklen_t bytes = sizeof(address);

	if (getsockname(connection->reader_fd, (struct sockaddr *)&address, &bytes) < 0)
		die("getsockname");
	set_endpoint(&connection->flow.local, &address);
	bytes = sizeof(address);
	if (getpeername(connection->reader_fd, (struct sockaddr *)&address, &bytes) < 0)
		die("getpeername");
	set_endpoint(&connection->flow.remote, &address);
}

static int open_sniffer(void)
{
	struct timeval patience = { .tv_sec = 5 };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));

	if (fd < 0)
		die("packet socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		die("SO_RCVTIMEO");
	return fd;
}

/* Waits for the SYN-ACK to the reader and returns the number of the byte after it. */
static uint32_t sniff_base(int fd, const struct connection *connection)
{
	uint8_t packet[256];
	struct tcphdr tcp;

	for (;;) {
		ssize_t got = recv(fd, packet, sizeof(packet), 0);
		size_t head_bytes = connection->family == AF_INET ? (packet[0] & 15u) * 4u
								  : sizeof(struct ip6_hdr);
		unsigned int version = connection->family == AF_INET ? 4 : 6;

		if (got < 0)
			die("no SYN-ACK seen on the wire");
		if (packet[0] >> 4 != version || (size_t)got < head_bytes + sizeof(tcp))
			continue;
		memcpy(&tcp, packet + head_bytes, sizeof(tcp));
		if (tcp.syn && tcp.ack && ntohs(tcp.dest) == connection->flow.local.port &&
		    ntohs(tcp.source) == connection->flow.remote.port)
			return ntohl(tcp.seq) + 1;
	}
}

void connection_open(struct connection *connection, int family)
{
	struct sockaddr_storage address;
	socklen_t bytes;
	int sniffer = open_sniffer();
	int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;
	/* With the 12 bytes of the timestamp option taken off, a multiple of 4. */
	int segment = 1012;

	memset(connection, 0, sizeof(*connection));
	connection->family = family;
	loopback(family, &address, &bytes);
	if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(listener, (struct sockaddr *)&address, bytes) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &bytes) < 0)
		die("listener");
	connection->reader_fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection->reader_fd < 0 ||
	    setsockopt(connection->reader_fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment)) <
		    0 ||
	    connect(connection->reader_fd, (struct sockaddr *)&address, bytes) < 0)
		die("connect");
	connection->writer_fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (connection->writer_fd < 0 ||
	    setsockopt(connection->writer_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
		die("accept");
	learn_flow(connection);
	connection->base_seq = sniff_base(sniffer, connection);
	(void)close(listener);
	(void)close(sniffer);
}

static void set_queue(int fd, int queue, uint32_t seq)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof(queue)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &seq, sizeof(seq)) < 0)
		die("TCP_QUEUE_SEQ");
}

static int open_repaired(const struct sockaddr_in *address, uint32_t send_seq, uint32_t receive_seq)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one)) < 0)
		die("TCP_REPAIR");
	set_queue(fd, QUEUE_SEND, send_seq);
	set_queue(fd, QUEUE_RECEIVE, receive_seq);
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		die("bind");
	return fd;
}

void connection_open_at(struct connection *connection, uint32_t base_seq)
{
	struct sockaddr_in reader = { .sin_family = AF_INET,
				      .sin_port = htons((uint16_t)(20000 + getpid() % 10000)),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in writer = reader;
	const int off = 0;
	const int on = 1;

	writer.sin_port = htons(WRITER_PORT);
	memset(connection, 0, sizeof(*connection));
	connection->family = AF_INET;
	connection->base_seq = base_seq;
	connection->reader_fd = open_repaired(&reader, 1000, base_seq);
	connection->writer_fd = open_repaired(&writer, base_seq, 1000);
	if (connect(connection->reader_fd, (struct sockaddr *)&writer, sizeof(writer)) < 0 ||
	    connect(connection->writer_fd, (struct sockaddr *)&reader, sizeof(reader)) < 0)
		die("connect repaired");
	if (setsockopt(connection->reader_fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)) < 0 ||
	    setsockopt(connection->writer_fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)) < 0)
		die("end of TCP_REPAIR");
	/* The end of TCP_REPAIR takes SO_REUSEADDR with it. */
	if (setsockopt(connection->reader_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(connection->writer_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		die("SO_REUSEADDR");
	learn_flow(connection);
}

void connection_close(struct connection *connection)
{
	if (connection->writer_fd >= 0)
		(void)close(connection->writer_fd);
	(void)close(connection->reader_fd);
}

void connection_write(struct connection *connection, size_t size_bytes)
{
	uint32_t words[4096];

	while (size_bytes > 0) {
		size_t part_bytes = size_bytes < sizeof(words) ? size_bytes : sizeof(words);
		ssize_t sent;

		for (size_t i = 0; i < part_bytes / 4; i++)
			words[i] = htonl((uint32_t)(connection->written_bytes / 4 + i));
		sent = send(connection->writer_fd, words, part_bytes, MSG_NOSIGNAL);
		if (sent < 0 || sent % 4)
			die("send");
		connection->written_bytes += (uint64_t)sent;
		size_bytes -= (size_t)sent;
	}
}

uint64_t stream_offset_of(const void *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return UINT64_C(4) * ntohl(word);
}
