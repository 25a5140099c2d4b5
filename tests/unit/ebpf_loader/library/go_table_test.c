/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs as each Go lays out its table of functions, made here; real ones in the VM's tests. */
#include "tests/unit/unit.h"

#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ebpf_loader/library/go_table.h"

#define WANTED "crypto/tls.(*Config).writeKeyLog"

enum {
	FILE_BYTES = 65536,
	ADDRESS = 0x400000, /* of the file's first byte */
	TEXT = 0x1000,
	TABLE = 0x4000,
	FUNCTION_COUNT = 300, /* which have 9,600 bytes */
	WANTED_NUMBER = 270,
};

/* Of a function, from where code begins: no two stretches of code look alike. */
static uint32_t place_of(uint32_t number)
{
	return 32 * number + 16 * (number * UINT32_C(2654435761) >> 20 & 1);
}

struct program {
	uint8_t bytes[FILE_BYTES];
};

static void put(struct program *program, size_t offset, const void *bytes, size_t size_bytes)
{
	assert_true(offset + size_bytes <= FILE_BYTES);
	memcpy(program->bytes + offset, bytes, size_bytes);
}

static void put_word(struct program *program, size_t number, uint64_t word)
{
	put(program, TABLE + 8 + 8 * number, &word, sizeof(word));
}

/* ELF's own tables: one segment, which is the whole file, and .text. */
static void put_elf(struct program *program)
{
	static const char names[] = "\0.text\0.shstrtab";
	const Elf64_Phdr segment = { .p_type = PT_LOAD,
				     .p_flags = PF_R | PF_X,
				     .p_vaddr = ADDRESS,
				     .p_filesz = FILE_BYTES,
				     .p_memsz = FILE_BYTES };
	const Elf64_Shdr sections[] = {
		{ .sh_name = 0 },
		{ .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_addr = ADDRESS + TEXT },
		{ .sh_name = 7, .sh_type = SHT_STRTAB, .sh_offset = 0x400 },
	};
	Elf64_Ehdr head = {
		.e_phoff = 0x100, .e_shoff = 0x200, .e_phnum = 1, .e_shnum = 3, .e_shstrndx = 2
	};

	memcpy(head.e_ident, ELFMAG, SELFMAG);
	head.e_ident[EI_CLASS] = ELFCLASS64;
	head.e_ident[EI_DATA] = ELFDATA2LSB;
	put(program, 0, &head, sizeof(head));
	put(program, 0x100, &segment, sizeof(segment));
	put(program, 0x200, sections, sizeof(sections));
	put(program, 0x400, names, sizeof(names));
}

/* Code begins at `start`: each function is preceded by int3. */
static void put_code(struct program *program, size_t start)
{
	memset(program->bytes + start, 0x90, place_of(FUNCTION_COUNT));
	for (uint32_t i = 1; i <= FUNCTION_COUNT; i++)
		memset(program->bytes + start + place_of(i) - 4, 0xcc, 4);
}

/* Bytes from the table's beginning: where its parts are put here. */
enum { ENTRIES = 0x2000, NAMES = 0x4000 };

static int32_t put_names(struct program *program, size_t number)
{
	char name[64];
	int32_t at = (int32_t)(number * 40);

	(void)snprintf(name, sizeof(name), "main.function%zu", number);
	if (number == WANTED_NUMBER)
		(void)snprintf(name, sizeof(name), WANTED);
	put(program, TABLE + NAMES + (size_t)at, name, strlen(name) + 1);
	return at;
}

/* From Go 1.18 on: 4-byte entries from where code begins. */
static struct program *make_new(uint8_t magic, size_t start, uint64_t told_start)
{
	struct program *program = calloc(1, sizeof(*program));
	const uint8_t head[] = { magic, 0xff, 0xff, 0xff, 0, 0, 1, 8 };

	assert_non_null(program);
	put_elf(program);
	put_code(program, start);
	put(program, TABLE, head, sizeof(head));
	put_word(program, 0, FUNCTION_COUNT);
	put_word(program, 2, told_start);
	put_word(program, 3, NAMES);
	put_word(program, 7, ENTRIES);
	for (uint32_t i = 0; i < FUNCTION_COUNT; i++) {
		uint32_t entry[2] = { place_of(i), 0xa00 + i * 8 };
		int32_t name = put_names(program, i);

		put(program, TABLE + ENTRIES + i * 8, entry, sizeof(entry));
		put(program, TABLE + ENTRIES + entry[1], &entry[0], 4);
		put(program, TABLE + ENTRIES + entry[1] + 4, &name, 4);
	}
	return program;
}

/* Before: addresses.  1.16 has its parts apart, 1.2 counts from the table's beginning. */
static struct program *make_old(uint8_t magic)
{
	struct program *program = calloc(1, sizeof(*program));
	const uint8_t head[] = { magic, 0xff, 0xff, 0xff, 0, 0, 1, 8 };
	bool is_apart = magic == 0xfa;
	size_t entries = is_apart ? ENTRIES : 16;

	assert_non_null(program);
	put_elf(program);
	put_code(program, TEXT);
	put(program, TABLE, head, sizeof(head));
	put_word(program, 0, FUNCTION_COUNT);
	if (is_apart) {
		put_word(program, 2, NAMES);
		put_word(program, 6, ENTRIES);
	}
	for (uint32_t i = 0; i < FUNCTION_COUNT; i++) {
		uint64_t address = ADDRESS + TEXT + place_of(i);
		uint64_t place = 0x8000 + i * 16;
		uint64_t entry[2] = { address, is_apart ? place - ENTRIES : place };
		int32_t name = put_names(program, i) + (is_apart ? 0 : NAMES);

		put(program, TABLE + entries + i * 16, entry, sizeof(entry));
		put(program, TABLE + place, &address, 8);
		put(program, TABLE + place + 8, &name, 4);
	}
	return program;
}

static void expect_found(struct program *program, size_t start)
{
	assert_int_equal(go_table_find(program->bytes, FILE_BYTES, WANTED),
			 start + place_of(WANTED_NUMBER));
	assert_int_equal(go_table_find(program->bytes, FILE_BYTES, "main.function7"),
			 start + place_of(7));
	assert_int_equal(go_table_find(program->bytes, FILE_BYTES, "main.function"), 0);
	free(program);
}

static void the_tables_of_all_versions_are_read(void **state)
{
	(void)state;
	expect_found(make_old(0xfb), TEXT);
	expect_found(make_old(0xfa), TEXT);
	expect_found(make_new(0xf0, TEXT, ADDRESS + TEXT), TEXT);
	expect_found(make_new(0xf1, TEXT, ADDRESS + TEXT), TEXT);
}

static void where_code_begins_is_found_out_if_the_table_does_not_say(void **state)
{
	(void)state;
	expect_found(make_new(0xf1, TEXT, 0), TEXT);
	/* What C's linker put first. */
	expect_found(make_new(0xf1, TEXT + 0x90, 0), TEXT + 0x90);
}

static void code_that_fits_no_beginning_gives_nothing(void **state)
{
	struct program *program = make_new(0xf1, TEXT, 0);

	(void)state;
	memset(program->bytes + TEXT, 0x90, place_of(FUNCTION_COUNT));
	assert_int_equal(go_table_find(program->bytes, FILE_BYTES, WANTED), 0);
	free(program);
}

static void a_table_of_an_unknown_kind_gives_nothing(void **state)
{
	struct program *program = make_new(0xf2, TEXT, ADDRESS + TEXT);

	(void)state;
	assert_int_equal(go_table_find(program->bytes, FILE_BYTES, WANTED), 0);
	free(program);
}

/* What is cut off is not looked for beyond the end: the sanitizers watch. */
static void every_cut_gives_the_right_place_or_nothing(void **state)
{
	struct program *program = make_new(0xf1, TEXT, 0);

	(void)state;
	for (size_t size_bytes = 0; size_bytes < FILE_BYTES; size_bytes += 509) {
		uint8_t *part = malloc(size_bytes + 1);
		uint64_t offset;

		assert_non_null(part);
		memcpy(part, program->bytes, size_bytes);
		offset = go_table_find(part, size_bytes, WANTED);
		assert_true(offset == 0 || offset == TEXT + place_of(WANTED_NUMBER));
		free(part);
	}
	free(program);
}

static void numbers_out_of_all_proportion_give_nothing(void **state)
{
	(void)state;
	for (size_t word = 0; word < 8; word++) {
		struct program *program = make_new(0xf1, TEXT, 0);

		put_word(program, word, UINT64_MAX - 3);
		(void)go_table_find(program->bytes, FILE_BYTES, WANTED);
		put_word(program, word, FILE_BYTES - 1);
		(void)go_table_find(program->bytes, FILE_BYTES, WANTED);
		free(program);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tables_of_all_versions_are_read),
		cmocka_unit_test(where_code_begins_is_found_out_if_the_table_does_not_say),
		cmocka_unit_test(code_that_fits_no_beginning_gives_nothing),
		cmocka_unit_test(a_table_of_an_unknown_kind_gives_nothing),
		cmocka_unit_test(every_cut_gives_the_right_place_or_nothing),
		cmocka_unit_test(numbers_out_of_all_proportion_give_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
