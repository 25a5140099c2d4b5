/* SPDX-License-Identifier: BSD-2-Clause */
/* A process's files: their names, their functions, and what their code tells. */
#include <elf.h>
#include <string.h>

#include "ebpf_loader/library/absence.h"
#include "ebpf_loader/library/elf_functions.h"
#include "ebpf_loader/library/getter.h"
#include "ebpf_loader/library/maps.h"
#include "tests/unit/unit.h"

static void a_mapped_file_is_told_by_its_place_and_its_inode(void **state)
{
	struct maps_file file;

	(void)state;
	assert_true(maps_parse_line("7f00-7f10 r-xp 00000000 08:01 123      "
				    "/usr/lib/a b/libssl.so.3\n",
				    &file));
	assert_string_equal(file.path, "/usr/lib/a b/libssl.so.3");
	assert_int_equal(file.start_address, 0x7f00);
	assert_int_equal(file.end_address, 0x7f10);
	assert_int_equal(file.inode, 123);
	assert_true(file.is_code);
	assert_false(file.is_deleted);
	assert_true(
		maps_parse_line("7f0-7f1 r--p 0 08:01 1 /usr/lib/libssl.so.3 (deleted)\n", &file));
	assert_string_equal(file.path, "/usr/lib/libssl.so.3");
	assert_true(file.is_deleted);
	assert_false(file.is_code);
}

static void what_is_no_file_is_not_taken_for_one(void **state)
{
	char line[MAPS_PATH_BYTES + 64];
	struct maps_file file;

	(void)state;
	assert_false(maps_parse_line("7f0-7f1 r-xp 0 00:00 0 [stack]\n", &file));
	assert_false(maps_parse_line("7f0-7f1 r-xp 0 00:00 0\n", &file));
	assert_false(maps_parse_line("/usr/lib/libssl.so.3\n", &file));
	assert_false(maps_parse_line("", &file));
	memcpy(line, "7f0-7f1 r-xp 0 08:01 1 /", 24);
	memset(line + 24, 'x', sizeof(line) - 25);
	line[sizeof(line) - 1] = '\0';
	assert_false(maps_parse_line(line, &file));
}

/* A file with one segment of code, and symbols. */
struct image {
	Elf64_Ehdr head;
	Elf64_Phdr segment;
	Elf64_Shdr sections[3];
	Elf64_Sym symbols[4];
	char names[32];
	uint8_t code[16];
};

static struct image an_image(void)
{
	struct image image = {
		.head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB },
			  .e_phoff = offsetof(struct image, segment),
			  .e_phnum = 1,
			  .e_shoff = offsetof(struct image, sections),
			  .e_shnum = 3 },
		.segment = { .p_type = PT_LOAD,
			     .p_flags = PF_R | PF_X,
			     .p_offset = offsetof(struct image, code),
			     .p_vaddr = 0x4000,
			     .p_filesz = sizeof(image.code) },
		.names = "\0SSL_read\0SSL_read_ex\0SSL_free",
	};

	image.sections[1] = (Elf64_Shdr){ .sh_type = SHT_DYNSYM,
					  .sh_link = 2,
					  .sh_offset = offsetof(struct image, symbols),
					  .sh_size = sizeof(image.symbols) };
	image.sections[2] = (Elf64_Shdr){ .sh_offset = offsetof(struct image, names) };
	for (uint32_t i = 1; i < 4; i++)
		image.symbols[i] = (Elf64_Sym){ .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
						.st_shndx = 1,
						.st_size = 4,
						.st_value = 0x4000 + 4 * i };
	image.symbols[1].st_name = 1;
	image.symbols[2].st_name = 10;
	image.symbols[3].st_name = 22;
	return image;
}

static void functions_are_found_where_the_file_has_their_code(void **state)
{
	struct elf_function wanted[] = { { .name = "SSL_read_ex" },
					 { .name = "SSL_read" },
					 { .name = "SSL_peek" },
					 { .name = "SSL_free" } };
	struct image image = an_image();

	(void)state;
	image.symbols[3].st_shndx = SHN_UNDEF; /* it uses that one of another file */
	assert_int_equal(elf_find_functions(&image, sizeof(image), wanted, 4), 2);
	assert_int_equal(wanted[0].file_offset, offsetof(struct image, code) + 8);
	assert_int_equal(wanted[0].size_bytes, 4);
	assert_int_equal(wanted[1].file_offset, offsetof(struct image, code) + 4);
	assert_int_equal(wanted[2].file_offset, 0);
	assert_int_equal(wanted[3].file_offset, 0);
}

static void a_file_cut_short_or_of_another_kind_has_none(void **state)
{
	struct elf_function wanted = { .name = "SSL_free" };
	struct image image = an_image();

	(void)state;
	for (size_t size_bytes = 0; size_bytes < offsetof(struct image, code) + 12; size_bytes++)
		assert_int_equal(elf_find_functions(&image, size_bytes, &wanted, 1), 0);
	assert_int_equal(elf_find_functions(&image, sizeof(image), &wanted, 1), 1);
	image.segment.p_flags = PF_R; /* data */
	assert_int_equal(elf_find_functions(&image, sizeof(image), &wanted, 1), 0);
	image = an_image();
	image.head.e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(elf_find_functions(&image, sizeof(image), &wanted, 1), 0);
}

/* What compilers made of them: Debian's OpenSSL 3.0.19, 3.5.9, and by hand after others. */
static const uint8_t rbio_3_0[] = { 0x48, 0x8b, 0x47, 0x10, 0x31, 0xff, 0xc3 };
static const uint8_t count_3_0[] = { 0x31, 0xc0, 0x48, 0x85, 0xff, 0x74, 0x04,
				     0x48, 0x8b, 0x47, 0x60, 0x31, 0xff, 0xc3 };
static const uint8_t framed[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48, 0x89, 0xe5, 0x48,
				  0x85, 0xff, 0x74, 0x09, 0x48, 0x8b, 0x87, 0x00, 0x01,
				  0x00, 0x00, 0x5d, 0xc3, 0x31, 0xc0, 0x5d, 0xc3 };
/* test rdi; je; mov eax,[rdi]; test eax; jne; mov rax,[rdi+0x50]; ret; ... */
static const uint8_t kinds[] = { 0x48, 0x85, 0xff, 0x74, 0x0b, 0x8b, 0x07, 0x85, 0xc0, 0x75,
				 0x05, 0x48, 0x8b, 0x47, 0x50, 0xc3, 0x31, 0xc0, 0xc3 };

/* OpenSSL 3.5.9 in Node 26.12.1, by clang 20. */
static const uint8_t kept[] = { 0x55, 0x48, 0x89, 0xe5, 0x53, 0x50, 0x48, 0x85, 0xff, 0x74, 0x41,
				0x8b, 0x0f, 0x85, 0xc9, 0x74, 0x15, 0x84, 0xc9, 0x78, 0x16, 0x31,
				0xc0, 0x84, 0xc9, 0x79, 0x21, 0x48, 0x83, 0xc4, 0x08, 0x5b, 0x5d,
				0xe9, 0xba, 0x1d, 0x03, 0x00, 0x48, 0x89, 0xf8, 0xeb, 0x16, 0x48,
				0x89, 0xfb, 0xe8, 0x7d, 0xa3, 0x03, 0x00, 0x48, 0x89, 0xdf, 0x8b,
				0x0b, 0x84, 0xc9, 0x78, 0xdf, 0x48, 0x85, 0xc0, 0x74, 0x0b, 0x48,
				0x8b, 0x40, 0x50, 0x48, 0x83, 0xc4, 0x08, 0x5b, 0x5d, 0xc3 };

static void a_getter_tells_where_its_member_lies(void **state)
{
	uint32_t offset = 0;

	(void)state;
	assert_true(getter_learn(rbio_3_0, sizeof(rbio_3_0), &offset));
	assert_int_equal(offset, 16);
	assert_true(getter_learn(count_3_0, sizeof(count_3_0), &offset));
	assert_int_equal(offset, 96);
	assert_true(getter_learn(framed, sizeof(framed), &offset));
	assert_int_equal(offset, 256);
	assert_true(getter_learn(kinds, sizeof(kinds), &offset));
	assert_int_equal(offset, 0x50);
	offset = 0;
	assert_true(getter_learn(kept, sizeof(kept), &offset));
	assert_int_equal(offset, 0x50);
}

static void code_that_does_more_tells_nothing(void **state)
{
	const uint8_t call[] = { 0xe8, 0, 0, 0, 0, 0xc3 };
	const uint8_t number[] = { 0x31, 0xc0, 0xc3 };
	const uint8_t pointer[] = { 0x48, 0x89, 0xf8, 0xc3 };
	const uint8_t inner[] = { 0x48, 0x8b, 0x07, 0x48, 0x8b, 0x40, 0x08, 0xc3 };
	const uint8_t other[] = { 0x48, 0x8b, 0x46, 0x08, 0xc3 };
	/* mov rax,[rdi+8]; pop rax; ret, and adding to what is not the stack's end */
	const uint8_t popped[] = { 0x48, 0x8b, 0x47, 0x08, 0x58, 0xc3 };
	const uint8_t added[] = { 0x48, 0x8b, 0x47, 0x08, 0x48, 0x83, 0xc0, 0x08, 0xc3 };
	const uint8_t round[] = { 0xeb, 0xfe };
	uint32_t offset = 7;

	(void)state;
	assert_false(getter_learn(call, sizeof(call), &offset));
	assert_false(getter_learn(number, sizeof(number), &offset));
	assert_false(getter_learn(pointer, sizeof(pointer), &offset));
	assert_false(getter_learn(inner, sizeof(inner), &offset));
	assert_false(getter_learn(other, sizeof(other), &offset));
	assert_false(getter_learn(popped, sizeof(popped), &offset));
	assert_false(getter_learn(added, sizeof(added), &offset));
	assert_false(getter_learn(round, sizeof(round), &offset));
	for (size_t size_bytes = 0; size_bytes < sizeof(count_3_0); size_bytes++)
		assert_false(getter_learn(count_3_0, size_bytes, &offset));
	assert_int_equal(offset, 7);
}

static void why_there_is_no_ssl_read_is_what_was_found(void **state)
{
	static const char stripped[] = "..ssl/record/rec_layer_s3.c..";
	struct absence absence = { .hidden_in = "" };
	struct absence_words words;

	(void)state;
	absence_note_file(&absence, "/bin/true", "nothing", 7);
	absence_explain(&absence, &words);
	assert_non_null(strstr(words.why, "no file it has mapped"));
	absence_note_file(&absence, "/usr/lib/libssl3.so", "", 0);
	absence_explain(&absence, &words);
	assert_non_null(strstr(words.why, "NSS"));
	absence_note_file(&absence, "/usr/lib/libgnutls.so.30", "", 0);
	absence_explain(&absence, &words);
	assert_non_null(strstr(words.why, "GnuTLS"));
	absence_note_file(&absence, "/opt/bot", stripped, sizeof(stripped));
	absence_explain(&absence, &words);
	assert_non_null(strstr(words.why, "/opt/bot statically, and it is stripped"));
	assert_null(strstr(words.remedy, "--ssl-symbol-file"));
	absence_suspect(&absence, &words);
	assert_non_null(strstr(words.why, "/opt/bot has an OpenSSL of its own"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mapped_file_is_told_by_its_place_and_its_inode),
		cmocka_unit_test(what_is_no_file_is_not_taken_for_one),
		cmocka_unit_test(functions_are_found_where_the_file_has_their_code),
		cmocka_unit_test(a_file_cut_short_or_of_another_kind_has_none),
		cmocka_unit_test(a_getter_tells_where_its_member_lies),
		cmocka_unit_test(code_that_does_more_tells_nothing),
		cmocka_unit_test(why_there_is_no_ssl_read_is_what_was_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
