/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends TCP segments that nobody asked for, through a packet socket, at a
 * given rate: the sequence numbers count the payload, so that a capture can
 * be checked to the last frame.
 *
 * usage: capture_sender INTERFACE FRAMES FRAMES_PER_SECOND PAYLOAD_BYTES
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "prof/cli.h"
#include "prof/clock.h"

#define BATCH_COUNT	32
#define HEADER_BYTES	54
#define FRAME_BYTES_MAX 65550

static void put_u16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	put_u16(at, value >> 16);
	put_u16(at + 2, value);
}

/* 10.99.0.1:40000 -> 10.99.0.2:443, to an address that nobody has. */
static void make_frame(uint8_t *frame, uint32_t payload_bytes, uint32_t seq)
{
	static const uint8_t head[HEADER_BYTES] = {
		2, 0,	 0, 0, 0,  2, 2, 0, 0,	0,  0,	  1,	8,  0,	0x45, 0, 0,    0,
		0, 0,	 0, 0, 64, 6, 0, 0, 10, 99, 0,	  1,	10, 99, 0,    2, 0x9c, 0x40,
		1, 0xbb, 0, 0, 0,  0, 0, 0, 0,	0,  0x50, 0x10, 1,  0,	0,    0, 0,    0,
	};

	memcpy(frame, head, sizeof(head));
	put_u16(frame + 16, 40 + payload_bytes);
	put_u32(frame + 38, seq);
}

static int open_socket(const char *interface)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = 0, /* sends only */
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		prof_complain("capture_sender", interface, strerror(errno), NULL);
		exit(1);
	}
	return fd;
}

/* Returns how many were sent. */
static uint32_t send_batch(int fd, uint8_t (*frames)[FRAME_BYTES_MAX], uint32_t count,
			   uint32_t frame_bytes)
{
	struct mmsghdr messages[BATCH_COUNT] = { 0 };
	struct iovec pieces[BATCH_COUNT];
	int sent;

	for (uint32_t i = 0; i < count; i++) {
		pieces[i] = (struct iovec){ .iov_base = frames[i], .iov_len = frame_bytes };
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	sent = sendmmsg(fd, messages, count, 0);
	if (sent < 0 && errno != ENOBUFS) {
		prof_complain("capture_sender", "send", strerror(errno), NULL);
		exit(1);
	}
	return sent < 0 ? 0 : (uint32_t)sent;
}

int main(int argc, char **argv)
{
	static uint8_t frames[BATCH_COUNT][FRAME_BYTES_MAX];
	uint32_t frame_count = 0;
	uint32_t rate = 1;
	uint32_t payload_bytes = 0;
	uint32_t sent_count = 0;
	uint64_t begun_ns;
	int fd;

	if (argc != 5 || prof_parse_u32(argv[2], 1, UINT32_MAX, &frame_count) ||
	    prof_parse_u32(argv[3], 1, 100000000, &rate) ||
	    prof_parse_u32(argv[4], 0, 65495, &payload_bytes))
		return PROF_EXIT_USAGE;
	fd = open_socket(argv[1]);
	begun_ns = prof_now_ns();
	while (sent_count < frame_count) {
		uint64_t due_ns = begun_ns + (uint64_t)sent_count * PROF_NS_PER_S / rate;
		uint32_t count = frame_count - sent_count;

		if (prof_delta_ns(due_ns, prof_now_ns()) < 0)
			continue;
		if (count > BATCH_COUNT)
			count = BATCH_COUNT;
		for (uint32_t i = 0; i < count; i++)
			make_frame(frames[i], payload_bytes, (sent_count + i) * payload_bytes);
		sent_count += send_batch(fd, frames, count, HEADER_BYTES + payload_bytes);
	}
	(void)printf("%u frames, %.0f a second\n", sent_count,
		     (double)sent_count * 1e9 / (double)prof_delta_ns(begun_ns, prof_now_ns()));
	return 0;
}
