/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet_filter.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>

/* Types are a few bits wide. */
#define NO_PACKET_TYPE UINT32_MAX

/* Less than any slot of the ring has room for, and enough for every header. */
#define MARKED_BYTES_MAX 175

#define HEAD_COUNT_MAX 8
#define TAIL_COUNT     11
#define CODE_COUNT_MAX (HEAD_COUNT_MAX + TAIL_COUNT)
#define MARK_COUNT     10 /* what the eBPF has besides */

#define LOAD_PACKET_TYPE	     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE))
#define LOAD_16(at)		     BPF_STMT(BPF_LD | BPF_H | BPF_ABS, at)
#define LOAD_8(at)		     BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at)
#define SKIP_IF(value, distance)     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, distance, 0)
#define SKIP_UNLESS(value, distance) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, distance)

/* The classic program; returns its length.  Jumps are relative to the next instruction. */
static size_t write_classic(enum packet_link link, bool is_loopback,
			    struct sock_filter code[CODE_COUNT_MAX])
{
	const uint32_t unwanted_type = is_loopback ? PACKET_OUTGOING : NO_PACKET_TYPE;
	const struct sock_filter ethernet[] = {
		LOAD_PACKET_TYPE,	  SKIP_IF(unwanted_type, 16), LOAD_16(12),
		SKIP_IF(ETH_P_8021Q, 13), SKIP_IF(ETH_P_8021AD, 12),  SKIP_IF(ETH_P_QINQ1, 11),
		SKIP_IF(ETH_P_IPV6, 4),	  SKIP_UNLESS(ETH_P_IP, 10),
	};
	const struct sock_filter raw[] = {
		LOAD_PACKET_TYPE, SKIP_IF(unwanted_type, 14),
		LOAD_8(0),	  BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
		SKIP_IF(0x60, 4), SKIP_UNLESS(0x40, 10),
	};
	const uint32_t ip_at = link == PACKET_LINK_ETHERNET ? ETH_HLEN : 0;
	const struct sock_filter tail[TAIL_COUNT] = {
		/* 0 */ LOAD_8(ip_at + 9), /* IPv4's protocol */
		/* 1 */ SKIP_IF(IPPROTO_TCP, 7),
		/* 2 */ BPF_STMT(BPF_JMP | BPF_JA, 7),
		/* 3 */ LOAD_8(ip_at + 6), /* IPv6's next header */
		/* 4 */ SKIP_IF(IPPROTO_UDP, 5),
		/* 5 */ SKIP_IF(IPPROTO_ICMPV6, 4),
		/* 6 */ SKIP_IF(IPPROTO_ESP, 3),
		/* 7 */ SKIP_IF(IPPROTO_GRE, 2),
		/* 8 */ SKIP_IF(IPPROTO_SCTP, 1),
		/* 9: admit */ BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		/* 10: drop */ BPF_STMT(BPF_RET | BPF_K, 0),
	};
	bool is_ethernet = link == PACKET_LINK_ETHERNET;
	size_t head_bytes = is_ethernet ? sizeof(ethernet) : sizeof(raw);
	size_t head_count = head_bytes / sizeof(code[0]);

	memcpy(code, is_ethernet ? ethernet : raw, head_bytes);
	memcpy(code + head_count, tail, sizeof(tail));
	return head_count + TAIL_COUNT;
}

static struct bpf_insn instruction(unsigned int opcode, unsigned int to, unsigned int from,
				   size_t offset, int32_t value)
{
	return (struct bpf_insn){ .code = (uint8_t)opcode,
				  .dst_reg = to & 0xfu,
				  .src_reg = from & 0xfu,
				  .off = (int16_t)offset,
				  .imm = value };
}

/* One instruction of the classic program in the other language, but for a return. */
static struct bpf_insn translate(const struct sock_filter *from)
{
	if (from->code == (BPF_LD | BPF_W | BPF_ABS))
		return instruction(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_0, BPF_REG_6,
				   offsetof(struct __sk_buff, pkt_type), 0);
	if (from->code == (BPF_JMP | BPF_JA))
		return instruction(from->code, 0, 0, from->k, 0);
	if (from->code == (BPF_JMP | BPF_JEQ | BPF_K) && from->jf)
		return instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, from->jf,
				   (int32_t)from->k);
	return instruction(from->code, BPF_REG_0, 0, from->jt, (int32_t)from->k);
}

/*
 * The same in eBPF, with the mark; returns its length.  The two returns at the
 * end of the classic program become jumps to what stands behind them.
 */
static size_t write_marking(const struct sock_filter *classic, size_t classic_count,
			    struct bpf_insn code[CODE_COUNT_MAX + MARK_COUNT])
{
	const struct bpf_insn mark[] = {
		/* admit: all of it, unless it is merged */
		instruction(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_1, BPF_REG_6,
			    offsetof(struct __sk_buff, gso_size), 0),
		instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_1, 0, 2, 0),
		instruction(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, -1),
		instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
		instruction(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_0, BPF_REG_6,
			    offsetof(struct __sk_buff, len), 0),
		instruction(BPF_JMP | BPF_JLE | BPF_K, BPF_REG_0, 0, 1, MARKED_BYTES_MAX),
		instruction(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, MARKED_BYTES_MAX),
		instruction(BPF_ALU | BPF_SUB | BPF_K, BPF_REG_0, 0, 0, 1),
		instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	const size_t mark_count = sizeof(mark) / sizeof(mark[0]);
	size_t count = 0;

	code[count++] = instruction(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0);
	for (size_t i = 0; i < classic_count - 2; i++)
		code[count++] = translate(&classic[i]);
	code[count++] = instruction(BPF_JMP | BPF_JA, 0, 0, 1, 0);
	code[count++] = instruction(BPF_JMP | BPF_JA, 0, 0, mark_count, 0);
	memcpy(code + count, mark, sizeof(mark));
	count += mark_count;
	code[count++] = instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	code[count++] = instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return count;
}

static int attach_marking(int fd, const struct sock_filter *classic, size_t classic_count)
{
	static const char license[] = "Dual BSD/GPL";
	struct bpf_insn code[CODE_COUNT_MAX + MARK_COUNT + 4];
	union bpf_attr attr;
	int program_fd;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insn_cnt = (uint32_t)write_marking(classic, classic_count, code);
	attr.insns = (uint64_t)(uintptr_t)code;
	attr.license = (uint64_t)(uintptr_t)license;
	program_fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (program_fd < 0)
		return -errno;
	err = setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program_fd, sizeof(program_fd)) < 0
		      ? -errno
		      : 0;
	(void)close(program_fd); /* the socket holds it */
	return err;
}

int packet_filter_attach(int fd, enum packet_link link, bool is_loopback, bool *ret_is_marking)
{
	struct sock_filter code[CODE_COUNT_MAX];
	const struct sock_fprog program = {
		.len = (unsigned short)write_classic(link, is_loopback, code),
		.filter = code,
	};

	*ret_is_marking = attach_marking(fd, code, program.len) == 0;
	if (*ret_is_marking)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}
