/* SPDX-License-Identifier: BSD-2-Clause */
#include "go_table.h"

#include <string.h>

#include "elf_file.h"

/* The head: magic, two zeroes, size of an instruction's unit, size of a pointer; then words. */
#define HEAD_BYTES 8u
#define WORD_BYTES 8u

/* More functions than any program has; each costs a comparison. */
#define FUNCTION_COUNT_MAX (1u << 22)

/* How tables are found out to be one: candidates looked at in a file. */
#define TABLE_COUNT_MAX 64

/* What stands between two functions on x86-64: the linker fills up with int3. */
#define PADDING 0xcc

/* Functions looked at to find out where code begins, and how far beyond .text it may. */
#define SAMPLE_COUNT	256
#define START_BYTES_MAX 65536
#define START_STEP	16

/* Where what stands in the table, by the Go that made it. */
struct layout {
	uint8_t magic;	      /* its lowest byte; the others are 0xff */
	bool is_relative;     /* entries count from where code begins, in 4 bytes */
	uint8_t start_word;   /* number of the word; 0: none */
	uint8_t names_word;   /* 0: names count from the table's beginning */
	uint8_t entries_word; /* 0: entries stand behind their number, count from the beginning */
};

static const struct layout layouts[] = {
	{ .magic = 0xfb },				       /* 1.2 */
	{ .magic = 0xfa, .names_word = 2, .entries_word = 6 }, /* 1.16 */
	{ .magic = 0xf0, true, 2, 3, 7 },		       /* 1.18 */
	{ .magic = 0xf1, true, 2, 3, 7 },		       /* 1.20 */
};

struct table {
	const struct elf_file *file;
	const struct layout *layout;
	uint64_t begin; /* all of these are offsets in the file */
	uint64_t names;
	uint64_t entries;
	uint64_t function_count;
	uint64_t start_address; /* of code; 0: the table does not say */
};

static bool get_word(const struct table *table, uint64_t number, uint64_t *ret_word)
{
	return elf_file_get(table->file, table->begin + HEAD_BYTES + number * WORD_BYTES, ret_word,
			    sizeof(*ret_word));
}

/* An offset from the table's beginning that stands in a word; false beyond the file. */
static bool get_place(const struct table *table, uint64_t number, uint64_t *ret_offset)
{
	uint64_t word;

	if (!get_word(table, number, &word) || word > table->file->size_bytes)
		return false;
	*ret_offset = table->begin + word;
	return true;
}

static const struct layout *layout_of(const uint8_t *head)
{
	if (memcmp(head + 1, "\xff\xff\xff\0\0", 5) != 0 || head[7] != WORD_BYTES ||
	    (head[6] != 1 && head[6] != 4))
		return NULL;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].magic == head[0])
			return &layouts[i];
	return NULL;
}

/* False if no table begins there. */
static bool open_table(const struct elf_file *file, uint64_t offset, struct table *table)
{
	const struct layout *layout;
	uint8_t head[HEAD_BYTES];

	*table = (struct table){ .file = file, .begin = offset };
	if (!elf_file_get(file, offset, head, sizeof(head)))
		return false;
	layout = table->layout = layout_of(head);
	if (!layout || !get_word(table, 0, &table->function_count) ||
	    table->function_count > FUNCTION_COUNT_MAX)
		return false;
	table->names = offset;
	table->entries = offset + HEAD_BYTES + WORD_BYTES;
	if (layout->start_word && !get_word(table, layout->start_word, &table->start_address))
		return false;
	if (layout->names_word && !get_place(table, layout->names_word, &table->names))
		return false;
	return !layout->entries_word || get_place(table, layout->entries_word, &table->entries);
}

struct function {
	uint64_t entry; /* address, or bytes from where code begins */
	int32_t name;	/* bytes from the table's names */
};

static bool get_function(const struct table *table, uint64_t number, struct function *ret_function)
{
	uint64_t base = table->layout->entries_word ? table->entries : table->begin;
	uint64_t wide[2];
	uint32_t narrow[2];
	uint64_t place;

	if (table->layout->is_relative) {
		if (!elf_file_get(table->file, table->entries + number * sizeof(narrow), narrow,
				  sizeof(narrow)))
			return false;
		ret_function->entry = narrow[0];
		place = base + narrow[1] + sizeof(uint32_t);
	} else {
		if (!elf_file_get(table->file, table->entries + number * sizeof(wide), wide,
				  sizeof(wide)) ||
		    wide[1] > table->file->size_bytes)
			return false;
		ret_function->entry = wide[0];
		place = base + wide[1] + WORD_BYTES;
	}
	return elf_file_get(table->file, place, &ret_function->name, sizeof(ret_function->name));
}

/* The first functions' entries, but for the first one's, before which there is nothing. */
static bool get_sample(const struct table *table, uint64_t ret_entries[SAMPLE_COUNT])
{
	struct function function;

	for (uint64_t i = 0; i < SAMPLE_COUNT; i++) {
		if (!get_function(table, i + 1, &function))
			return false;
		ret_entries[i] = function.entry;
	}
	return true;
}

/* How many of the sample have padding before them, if code began at that address. */
static uint64_t count_padded(const struct elf_file *file, const uint64_t entries[SAMPLE_COUNT],
			     uint64_t start_address)
{
	uint64_t count = 0;
	uint8_t before;

	/* Those that are none soon tell. */
	for (uint64_t i = 0; i < SAMPLE_COUNT && i - count <= SAMPLE_COUNT / 2; i++) {
		uint64_t offset = elf_file_code_offset(file, start_address + entries[i]);

		count += offset && elf_file_get(file, offset - 1, &before, 1) && before == PADDING;
	}
	return count;
}

/* The address near that of .text from which most functions are padded, if it is the only one. */
static uint64_t best_start(const struct table *table, uint64_t text_address)
{
	uint64_t entries[SAMPLE_COUNT];
	uint64_t best_count = SAMPLE_COUNT / 2;
	uint64_t best = 0;

	if (!get_sample(table, entries))
		return 0;
	for (uint64_t at = 0; at < START_BYTES_MAX; at += START_STEP) {
		uint64_t count = count_padded(table->file, entries, text_address + at);

		if (count >= best_count)
			best = count > best_count ? text_address + at : 0;
		if (count > best_count)
			best_count = count;
	}
	return best;
}

/*
 * From Go 1.26 on, and in position-independent programs whose table is yet to be
 * relocated, the table does not say where code begins: it does at .text, or, where
 * C's linker put something before it, soon behind that.
 */
static uint64_t find_start(const struct table *table)
{
	const struct elf_file *file = table->file;
	Elf64_Shdr names;
	Elf64_Shdr section;

	if (table->function_count <= SAMPLE_COUNT ||
	    !elf_file_section(file, file->head.e_shstrndx, &names))
		return 0;
	for (uint64_t i = 0; elf_file_section(file, i, &section); i++) {
		if (elf_file_is_text(file, names.sh_offset + section.sh_name, ".text"))
			return best_start(table, section.sh_addr);
	}
	return 0;
}

static uint64_t find_function(const struct table *table, const char *name)
{
	struct function function;

	for (uint64_t i = 0; i < table->function_count; i++) {
		uint64_t start = 0;

		if (!get_function(table, i, &function))
			return 0;
		if (function.name < 0 ||
		    !elf_file_is_text(table->file, table->names + (uint64_t)function.name, name))
			continue;
		if (table->layout->is_relative) {
			start = table->start_address ? table->start_address : find_start(table);
			if (!start)
				return 0;
		}
		return elf_file_code_offset(table->file, start + function.entry);
	}
	return 0;
}

uint64_t go_table_find(const void *bytes, size_t size_bytes, const char *name)
{
	struct elf_file file;
	struct table table;
	size_t table_count = 0;

	if (!elf_file_open(&file, bytes, size_bytes))
		return 0;
	/* Its section has one of two names, or none where sections were stripped, too. */
	for (size_t at = 0; at + HEAD_BYTES <= size_bytes; at += 8) {
		uint64_t offset;

		if (memcmp(file.bytes + at + 1, "\xff\xff\xff", 3) != 0 ||
		    !open_table(&file, at, &table))
			continue;
		offset = find_function(&table, name);
		if (offset && offset < size_bytes)
			return offset;
		if (++table_count == TABLE_COUNT_MAX)
			return 0;
	}
	return 0;
}
