/* SPDX-License-Identifier: BSD-2-Clause */
#include "getter.h"

#include <string.h>

/* Getters have some ten instructions. */
#define STEP_COUNT_MAX 64

/* x86-64's numbers of them. */
enum {
	REG_RAX = 0,
	REG_RSP = 4,
	REG_RBP = 5,
	REG_RDI = 7,
	REG_COUNT = 16,
};

/* What a register holds. */
enum kind {
	KIND_UNKNOWN,
	KIND_NUMBER,
	KIND_OBJECT, /* the pointer that was given */
	KIND_MEMBER, /* eight bytes of what it points to */
};

struct value {
	enum kind kind;
	uint32_t number; /* itself, or the member's offset */
};

struct machine {
	const uint8_t *code;
	size_t size_bytes;
	size_t at;
	struct value regs[REG_COUNT];
	bool is_zero; /* the flag */
	bool is_flag_known;
};

/* An instruction's operands. */
struct operands {
	uint8_t reg;
	uint8_t base; /* of the other one: a register, or the memory it points to */
	bool is_memory;
	bool is_wide;	 /* eight bytes */
	uint32_t offset; /* of the memory from its base */
};

static bool next_byte(struct machine *machine, uint8_t *ret_byte)
{
	if (machine->at >= machine->size_bytes)
		return false;
	*ret_byte = machine->code[machine->at++];
	return true;
}

static bool next_number(struct machine *machine, size_t size_bytes, int32_t *ret_number)
{
	uint32_t number = 0;

	for (size_t i = 0; i < size_bytes; i++) {
		uint8_t byte;

		if (!next_byte(machine, &byte))
			return false;
		number |= (uint32_t)byte << 8 * i;
	}
	*ret_number = size_bytes == 1 ? (int8_t)number : (int32_t)number;
	return true;
}

/* The byte that says what is worked on, and a displacement after it. */
static bool next_operands(struct machine *machine, uint8_t rex, struct operands *ret_operands)
{
	uint8_t byte;
	int32_t offset = 0;

	if (!next_byte(machine, &byte))
		return false;
	ret_operands->reg = (uint8_t)((byte >> 3 & 7) | (rex & 4) << 1);
	ret_operands->base = (uint8_t)((byte & 7) | (rex & 1) << 3);
	ret_operands->is_memory = byte >> 6 != 3;
	ret_operands->is_wide = rex & 8;
	if (ret_operands->is_memory &&
	    ((byte & 7) == REG_RSP || (byte >> 6 == 0 && (byte & 7) == REG_RBP)))
		return false; /* indexed, or at a fixed place */
	if ((byte >> 6 == 1 && !next_number(machine, 1, &offset)) ||
	    (byte >> 6 == 2 && !next_number(machine, 4, &offset)))
		return false;
	ret_operands->offset = (uint32_t)offset;
	return offset >= 0 || !ret_operands->is_memory;
}

/* What the other operand is: a register's value, or a member of the object. */
static struct value look(const struct machine *machine, const struct operands *operands)
{
	const struct value *base = &machine->regs[operands->base];

	if (!operands->is_memory)
		return *base;
	if (base->kind != KIND_OBJECT)
		return (struct value){ KIND_UNKNOWN, 0 };
	if (!operands->is_wide)
		return (struct value){ KIND_NUMBER, 0 };
	return (struct value){ KIND_MEMBER, operands->offset };
}

/* The flag after comparing with a number; a pointer or a member is none that code asks for. */
static void compare(struct machine *machine, struct value value, uint32_t number)
{
	machine->is_flag_known = value.kind != KIND_UNKNOWN;
	machine->is_zero = value.kind == KIND_NUMBER && value.number == number;
}

static bool jump(struct machine *machine, size_t size_bytes, bool is_taken)
{
	int32_t distance;

	if (!next_number(machine, size_bytes, &distance))
		return false;
	if (is_taken)
		machine->at += (size_t)(int64_t)distance;
	return machine->at < machine->size_bytes;
}

/* After 0f: jumps over a distance, hints. */
static bool step_long(struct machine *machine, uint8_t rex)
{
	struct operands operands;
	uint8_t opcode;

	if (!next_byte(machine, &opcode))
		return false;
	if (opcode == 0x84 || opcode == 0x85)
		return machine->is_flag_known &&
		       jump(machine, 4, machine->is_zero == (opcode == 0x84));
	if (opcode == 0x1e || opcode == 0x1f) /* endbr64, nop */
		return next_operands(machine, rex, &operands);
	return false;
}

/* Comparing with a number; or making room on the stack, which nobody looks at. */
static bool step_number(struct machine *machine, const struct operands *operands, uint32_t number)
{
	uint8_t kind = operands->reg & 7;

	if (kind == 7) {
		compare(machine, look(machine, operands), number);
		return true;
	}
	machine->is_flag_known = false;
	return (kind == 0 || kind == 5) && !operands->is_memory && operands->base == REG_RSP;
}

/* Instructions with two operands. */
static bool step_pair(struct machine *machine, uint8_t opcode, uint8_t rex)
{
	struct operands operands;
	int32_t number = 0;

	if (!next_operands(machine, rex, &operands))
		return false;
	switch (opcode) {
	case 0x31: /* xor */
	case 0x33:
		if (operands.is_memory || operands.reg != operands.base)
			return false;
		machine->regs[operands.reg] = (struct value){ KIND_NUMBER, 0 };
		return true;
	case 0x85: /* test */
		if (operands.is_memory || operands.reg != operands.base)
			return false;
		compare(machine, machine->regs[operands.reg], 0);
		return true;
	case 0x8b: /* mov, to a register */
		machine->regs[operands.reg] = look(machine, &operands);
		return true;
	case 0x89: /* mov, from one */
		if (operands.is_memory)
			return false;
		machine->regs[operands.base] = machine->regs[operands.reg];
		return true;
	default: /* 83: add, sub or cmp, with a number */
		if (!next_number(machine, 1, &number))
			return false;
		return step_number(machine, &operands, (uint32_t)number);
	}
}

/* False where the code cannot be followed further: at its end, or what is not known here. */
static bool step(struct machine *machine)
{
	uint8_t opcode;
	uint8_t rex = 0;

	if (!next_byte(machine, &opcode))
		return false;
	if (opcode == 0xf3 && !next_byte(machine, &opcode)) /* of endbr64, of ret */
		return false;
	if (opcode >> 4 == 4) {
		rex = opcode;
		if (!next_byte(machine, &opcode))
			return false;
	}
	if (opcode >> 3 == 10) /* push: a frame of its own, what is not to be lost */
		return true;
	if (opcode >> 3 == 11) { /* pop */
		machine->regs[(opcode & 7) | (rex & 1) << 3].kind = KIND_UNKNOWN;
		return true;
	}
	switch (opcode) {
	case 0x0f:
		return step_long(machine, rex);
	case 0x31:
	case 0x33:
	case 0x83:
	case 0x85:
	case 0x89:
	case 0x8b:
		return step_pair(machine, opcode, rex);
	case 0x74:
	case 0x75:
		return machine->is_flag_known &&
		       jump(machine, 1, machine->is_zero == (opcode == 0x74));
	case 0xeb:
		return jump(machine, 1, true);
	case 0xe9:
		return jump(machine, 4, true);
	case 0x90:
		return true;
	default:
		return false;
	}
}

/* Does the function end there? */
static bool is_return(const struct machine *machine, size_t at)
{
	if (at < machine->size_bytes && machine->code[at] == 0xf3)
		at++;
	return at < machine->size_bytes && machine->code[at] == 0xc3;
}

bool getter_learn(const uint8_t *code, size_t size_bytes, uint32_t *ret_offset)
{
	struct machine machine = { .code = code, .size_bytes = size_bytes };
	const struct value *result = &machine.regs[REG_RAX];

	machine.regs[REG_RDI] = (struct value){ KIND_OBJECT, 0 };
	for (int i = 0; i < STEP_COUNT_MAX; i++) {
		size_t at = machine.at;

		if (step(&machine))
			continue;
		if (!is_return(&machine, at) || result->kind != KIND_MEMBER)
			return false;
		*ret_offset = result->number;
		return true;
	}
	return false;
}
