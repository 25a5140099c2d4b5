/* SPDX-License-Identifier: BSD-2-Clause */
#include "ssl_target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf_functions.h"
#include "getter.h"
#include "prof/cli.h"

/* Files of code that a process has mapped; browsers have some two hundred. */
#define FILE_COUNT_MAX 512

/* Behind the probed functions: those whose code tells where a count lies. */
enum {
	GETTER_BIO = SSL_FUNCTION_COUNT, /* SSL_get_rbio() */
	GETTER_COUNT,			 /* BIO_number_read() */
	LOOKED_UP_COUNT,
};

static const char *const names[LOOKED_UP_COUNT] = {
	[SSL_FUNCTION_READ] = "SSL_read",	[SSL_FUNCTION_READ_EX] = "SSL_read_ex",
	[SSL_FUNCTION_PEEK] = "SSL_peek",	[SSL_FUNCTION_PEEK_EX] = "SSL_peek_ex",
	[SSL_FUNCTION_FREE] = "SSL_free",	[SSL_FUNCTION_CLEAR] = "SSL_clear",
	[SSL_FUNCTION_SET_BIO] = "SSL_set_bio", [SSL_FUNCTION_SET0_RBIO] = "SSL_set0_rbio",
	[SSL_FUNCTION_SET_FD] = "SSL_set_fd",	[SSL_FUNCTION_SET_RFD] = "SSL_set_rfd",
	[GETTER_BIO] = "SSL_get_rbio",		[GETTER_COUNT] = "BIO_number_read",
};

struct bytes {
	void *at;
	size_t size_bytes;
};

/* Where a BIO keeps its count, told by the libcrypto files looked at so far. */
struct counts {
	uint32_t offset; /* 0: none has told */
	bool is_disputed;
};

/* Reads a file.  0 and what is to be released with munmap(), or a negative errno. */
static int map_file(const char *path, struct bytes *ret_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat about;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &about) < 0)
		err = -errno;
	else if (!S_ISREG(about.st_mode) || about.st_size == 0)
		err = -EINVAL;
	if (!err) {
		ret_bytes->size_bytes = (size_t)about.st_size;
		ret_bytes->at = mmap(NULL, ret_bytes->size_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
		if (ret_bytes->at == MAP_FAILED)
			err = -errno;
	}
	(void)close(fd);
	return err;
}

static uint32_t learn(const struct bytes *bytes, const struct elf_function *function)
{
	uint32_t offset = 0;

	if (function->file_offset)
		(void)getter_learn((const uint8_t *)bytes->at + function->file_offset,
				   (size_t)function->size_bytes, &offset);
	return offset;
}

static void note_count(struct counts *counts, uint32_t offset)
{
	if (!offset)
		return;
	counts->is_disputed |= counts->offset && counts->offset != offset;
	counts->offset = offset;
}

/* Takes a file up as one of the target's libraries, if it has SSL_read().  False if not. */
static bool take_file(struct ssl_target *target, struct counts *counts, const char *path,
		      const char *name, const struct bytes *bytes)
{
	struct elf_function functions[LOOKED_UP_COUNT];
	struct ssl_library *library = &target->libraries[target->library_count];
	uint32_t count_offset;

	for (int i = 0; i < LOOKED_UP_COUNT; i++)
		functions[i] = (struct elf_function){ .name = names[i] };
	if (!elf_find_functions(bytes->at, bytes->size_bytes, functions, LOOKED_UP_COUNT))
		return false;
	count_offset = learn(bytes, &functions[GETTER_COUNT]);
	note_count(counts, count_offset);
	if (!functions[SSL_FUNCTION_READ].file_offset)
		return count_offset != 0;
	if (target->library_count == PROBE_SSL_LIBRARY_COUNT_MAX) {
		target->left_out_count++;
		return true;
	}
	(void)snprintf(library->name, sizeof(library->name), "%s", name);
	(void)snprintf(library->path, sizeof(library->path), "%s", path);
	for (int i = 0; i < SSL_FUNCTION_COUNT; i++)
		library->offsets[i] = functions[i].file_offset;
	library->layout.bio_offset = learn(bytes, &functions[GETTER_BIO]);
	library->layout.count_offset = count_offset;
	target->library_count++;
	return true;
}

/*
 * A library that leaves counting to a libcrypto elsewhere goes by those that were
 * looked at, if they are of one mind, as OpenSSL from 3.0 to 4.0 is.
 */
static void settle_layouts(struct ssl_target *target, const struct counts *counts)
{
	for (uint32_t i = 0; i < target->library_count; i++) {
		struct probe_ssl_layout *layout = &target->libraries[i].layout;

		if (!layout->count_offset && !counts->is_disputed)
			layout->count_offset = counts->offset;
		if (!layout->bio_offset)
			layout->count_offset = 0;
	}
}

/* The very file that is mapped there, whatever its name has become. */
static int map_mapped(uint32_t pid, const struct maps_file *file, char *path,
		      struct bytes *ret_bytes)
{
	struct stat about;

	(void)snprintf(path, MAPS_PATH_BYTES, "/proc/%u/map_files/%llx-%llx", pid,
		       (unsigned long long)file->start_address,
		       (unsigned long long)file->end_address);
	if (map_file(path, ret_bytes) == 0)
		return 0;
	/* Without the right for that: by its name, from the process's own root. */
	(void)snprintf(path, MAPS_PATH_BYTES, "/proc/%u/root%.480s", pid, file->path);
	if (stat(path, &about) < 0)
		return -errno;
	return about.st_ino == file->inode ? map_file(path, ret_bytes) : -ESTALE;
}

struct search {
	struct ssl_target *target;
	struct counts counts;
	uint64_t inodes[FILE_COUNT_MAX]; /* looked at */
	uint32_t inode_count;
};

static bool is_new(struct search *search, uint64_t inode)
{
	for (uint32_t i = 0; i < search->inode_count; i++)
		if (search->inodes[i] == inode)
			return false;
	if (search->inode_count == FILE_COUNT_MAX)
		return false;
	search->inodes[search->inode_count++] = inode;
	return true;
}

static void look_at(struct search *search, const struct maps_file *file)
{
	struct ssl_target *target = search->target;
	char path[MAPS_PATH_BYTES];
	struct bytes bytes;

	if (!file->is_code || !is_new(search, file->inode) ||
	    map_mapped(target->pid, file, path, &bytes) < 0)
		return;
	if (!take_file(target, &search->counts, path, file->path, &bytes))
		absence_note_file(&target->absence, file->path, bytes.at, bytes.size_bytes);
	(void)munmap(bytes.at, bytes.size_bytes);
}

static int search_process(struct ssl_target *target)
{
	struct search search = { .target = target };
	struct maps_file file;
	char line[1024];
	FILE *maps;

	(void)snprintf(line, sizeof(line), "/proc/%u/maps", target->pid);
	maps = fopen(line, "re");
	if (!maps)
		return errno == ENOENT ? -ESRCH : -errno;
	while (fgets(line, sizeof(line), maps))
		if (maps_parse_line(line, &file))
			look_at(&search, &file);
	(void)fclose(maps);
	settle_layouts(target, &search.counts);
	return target->library_count ? 0 : -ENOENT;
}

/* Asks the libcrypto files in the folder of a libssl. */
static void ask_beside(const char *path, struct counts *counts)
{
	const char *slash = strrchr(path, '/');
	struct elf_function function = { .name = names[GETTER_COUNT] };
	char beside[MAPS_PATH_BYTES];
	struct dirent *entry;
	struct bytes bytes;
	DIR *folder;

	(void)snprintf(beside, sizeof(beside), "%.*s", slash ? (int)(slash - path) + 1 : 2,
		       slash ? path : "./");
	folder = opendir(beside);
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "libcrypto", 9) != 0)
			continue;
		(void)snprintf(beside, sizeof(beside), "%.*s%.200s",
			       slash ? (int)(slash - path) + 1 : 0, path, entry->d_name);
		if (map_file(beside, &bytes) < 0)
			continue;
		if (elf_find_functions(bytes.at, bytes.size_bytes, &function, 1))
			note_count(counts, learn(&bytes, &function));
		(void)munmap(bytes.at, bytes.size_bytes);
	}
	if (folder)
		(void)closedir(folder);
}

static int search_file(struct ssl_target *target, const char *path)
{
	struct counts counts = { 0 };
	struct bytes bytes;
	int err = map_file(path, &bytes);

	if (err)
		return err;
	(void)take_file(target, &counts, path, path, &bytes);
	(void)munmap(bytes.at, bytes.size_bytes);
	if (!counts.offset)
		ask_beside(path, &counts);
	settle_layouts(target, &counts);
	return target->library_count ? 0 : -ENOENT;
}

int ssl_target_find(const char *pid_or_path, const char *symbol_file, struct ssl_target *ret_target)
{
	char path[64];

	memset(ret_target, 0, sizeof(*ret_target));
	if (prof_parse_u32(pid_or_path, 1, INT32_MAX, &ret_target->pid) < 0)
		return search_file(ret_target, symbol_file ? symbol_file : pid_or_path);
	if (!symbol_file)
		return search_process(ret_target);
	(void)snprintf(path, sizeof(path), "/proc/%u", ret_target->pid);
	if (access(path, F_OK) < 0)
		return -ESRCH;
	return search_file(ret_target, symbol_file);
}
