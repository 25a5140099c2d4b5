/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload_filter.h"

#include <assert.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>

#define ADMIT_BYTES 0x40000u /* more than any frame has */

/* Of the program: places that jumps go to, until it is known where they lie. */
enum place { NEXT, DROP, ADMIT, IPV4, IPV6, PORTS, PLACE_COUNT };

struct program {
	struct sock_filter *code;
	size_t count;
	size_t at[PLACE_COUNT];
};

static void add(struct program *program, unsigned int opcode, uint32_t value)
{
	assert(program->count < PAYLOAD_CODE_COUNT_MAX);
	program->code[program->count++] = (struct sock_filter){ .code = (uint16_t)opcode,
								.k = value };
}

/* A comparison; where it goes is kept as a place until resolve(). */
static void add_if(struct program *program, uint32_t value, enum place then, enum place otherwise)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, value);
	program->code[program->count - 1].jt = (uint8_t)then;
	program->code[program->count - 1].jf = (uint8_t)otherwise;
}

static void add_jump(struct program *program, enum place to)
{
	add(program, BPF_JMP | BPF_JA, to);
}

static void set_place(struct program *program, enum place place)
{
	program->at[place] = program->count;
}

static uint32_t distance(const struct program *program, size_t from, uint32_t place)
{
	return place == NEXT ? 0 : (uint32_t)(program->at[place] - from - 1);
}

static void resolve(struct program *program)
{
	for (size_t i = 0; i < program->count; i++) {
		struct sock_filter *code = &program->code[i];

		if (code->code == (BPF_JMP | BPF_JA)) {
			code->k = distance(program, i, code->k);
		} else if (BPF_CLASS(code->code) == BPF_JMP) {
			code->jt = (uint8_t)distance(program, i, code->jt);
			code->jf = (uint8_t)distance(program, i, code->jf);
		}
	}
}

static void add_link(struct program *program, enum packet_link link)
{
	if (link == PACKET_LINK_ETHERNET) {
		add(program, BPF_LD | BPF_H | BPF_ABS, 12);
		add_if(program, ETH_P_8021Q, ADMIT, NEXT);
		add_if(program, ETH_P_8021AD, ADMIT, NEXT);
		add_if(program, ETH_P_IPV6, IPV6, NEXT);
		add_if(program, ETH_P_IP, IPV4, DROP);
		return;
	}
	add(program, BPF_LD | BPF_B | BPF_ABS, 0);
	add(program, BPF_ALU | BPF_AND | BPF_K, 0xf0);
	add_if(program, 0x60, IPV6, NEXT);
	add_if(program, 0x40, IPV4, DROP);
}

/* Its ports go to the scratch memory's words 0 and 1. */
static void add_ipv4(struct program *program, uint32_t ip_at, bool is_all)
{
	set_place(program, IPV4);
	add(program, BPF_LD | BPF_B | BPF_ABS, ip_at + 9);
	add_if(program, IPPROTO_TCP, is_all ? ADMIT : NEXT, DROP);
	add(program, BPF_LDX | BPF_B | BPF_MSH, ip_at);
	add(program, BPF_LD | BPF_H | BPF_IND, ip_at);
	add(program, BPF_ST, 0);
	add(program, BPF_LD | BPF_H | BPF_IND, ip_at + 2);
	add(program, BPF_ST, 1);
	add_jump(program, PORTS);
}

/* Without extension headers, which nobody puts before TCP. */
static void add_ipv6(struct program *program, uint32_t ip_at, bool is_all)
{
	set_place(program, IPV6);
	add(program, BPF_LD | BPF_B | BPF_ABS, ip_at + 6);
	add_if(program, IPPROTO_TCP, is_all ? ADMIT : NEXT, DROP);
	add(program, BPF_LD | BPF_H | BPF_ABS, ip_at + 40);
	add(program, BPF_ST, 0);
	add(program, BPF_LD | BPF_H | BPF_ABS, ip_at + 42);
	add(program, BPF_ST, 1);
}

static void add_ports(struct program *program, const struct payload_wanted *wanted)
{
	set_place(program, PORTS);
	for (uint32_t end = 0; end < 2; end++) {
		add(program, BPF_LD | BPF_MEM, end);
		for (uint32_t i = 0; i < wanted->port_count; i++)
			add_if(program, wanted->ports[i], ADMIT, NEXT);
	}
}

size_t payload_filter_write(const struct payload_wanted *wanted, enum packet_link link,
			    bool is_loopback, struct sock_filter code[PAYLOAD_CODE_COUNT_MAX])
{
	struct program program = { .code = code };
	uint32_t ip_at = link == PACKET_LINK_ETHERNET ? ETH_HLEN : 0;

	if (is_loopback) {
		add(&program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
		add_if(&program, PACKET_OUTGOING, DROP, NEXT);
	}
	add_link(&program, link);
	add_ipv4(&program, ip_at, wanted->is_all);
	add_ipv6(&program, ip_at, wanted->is_all);
	add_ports(&program, wanted);
	set_place(&program, DROP);
	add(&program, BPF_RET | BPF_K, 0);
	set_place(&program, ADMIT);
	add(&program, BPF_RET | BPF_K, ADMIT_BYTES);
	resolve(&program);
	return program.count;
}

void payload_want(struct payload_wanted *wanted, uint16_t port)
{
	for (uint32_t i = 0; i < wanted->port_count; i++) {
		if (wanted->ports[i] == port)
			return;
	}
	if (wanted->port_count == PAYLOAD_PORT_COUNT_MAX)
		wanted->is_all = true;
	else
		wanted->ports[wanted->port_count++] = port;
}

bool payload_is_same(const struct payload_wanted *a, const struct payload_wanted *b)
{
	return a->is_all == b->is_all && a->port_count == b->port_count &&
	       memcmp(a->ports, b->ports, a->port_count * sizeof(a->ports[0])) == 0;
}
