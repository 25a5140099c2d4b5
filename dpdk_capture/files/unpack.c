/* SPDX-License-Identifier: BSD-2-Clause */
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#define PACKED_BYTES (1u << 16)
#define MAGIC_BYTES  6

static const char cut_short[] = "its compressed data end too early";
static const char damaged[] = "its compressed data are damaged";

/* One way to unpack. */
struct packer {
	const char *name;
	uint8_t magic[MAGIC_BYTES];
	size_t magic_bytes;
	bool (*begin)(struct unpack *unpack); /* NULL: known, and not read */
	/* From `at` and left_bytes.  Returns how many bytes came out, or -EBADMSG. */
	int64_t (*next)(struct unpack *unpack, uint8_t *bytes, size_t size_bytes);
	void (*end)(struct unpack *unpack);
};

struct unpack {
	const struct packer *packer; /* NULL: plain */
	int fd;
	bool is_at_end;	 /* of the file */
	bool is_between; /* at the end of one compressed whole; another may follow */
	const char *why; /* the library's own words for what is wrong, or NULL */
	size_t left_bytes;
	const uint8_t *at;
	z_stream gzip;
	ZSTD_DStream *zstd;
	LZ4F_dctx *lz4;
	uint8_t packed[PACKED_BYTES];
};

static void take(struct unpack *unpack, size_t used_bytes)
{
	unpack->at += used_bytes;
	unpack->left_bytes -= used_bytes;
}

/* 15 bits of window, and gzip's header. */
static bool begin_gzip(struct unpack *unpack)
{
	return inflateInit2(&unpack->gzip, 15 + 16) == Z_OK;
}

static int64_t next_gzip(struct unpack *unpack, uint8_t *bytes, size_t size_bytes)
{
	z_stream *stream = &unpack->gzip;
	int status;

	if (unpack->is_between)
		(void)inflateReset(stream);		  /* cannot fail for one that was begun */
	stream->next_in = (Bytef *)(uintptr_t)unpack->at; /* only read */
	stream->avail_in = (uInt)unpack->left_bytes;
	stream->next_out = bytes;
	stream->avail_out = (uInt)size_bytes;
	status = inflate(stream, Z_NO_FLUSH);
	take(unpack, unpack->left_bytes - stream->avail_in);
	unpack->is_between = status == Z_STREAM_END;
	/* What came out before the damage is good; asked again, it says the same. */
	if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR &&
	    stream->avail_out == size_bytes) {
		unpack->why = stream->msg;
		return -EBADMSG;
	}
	return (int64_t)(size_bytes - stream->avail_out);
}

static void end_gzip(struct unpack *unpack)
{
	(void)inflateEnd(&unpack->gzip);
}

static bool begin_zstd(struct unpack *unpack)
{
	unpack->zstd = ZSTD_createDStream();
	return unpack->zstd != NULL;
}

static int64_t next_zstd(struct unpack *unpack, uint8_t *bytes, size_t size_bytes)
{
	ZSTD_inBuffer in = { .src = unpack->at, .size = unpack->left_bytes };
	ZSTD_outBuffer out = { .dst = bytes, .size = size_bytes };
	size_t status = ZSTD_decompressStream(unpack->zstd, &out, &in);

	if (ZSTD_isError(status)) {
		unpack->why = ZSTD_getErrorName(status);
		return -EBADMSG;
	}
	take(unpack, in.pos);
	unpack->is_between = status == 0;
	return (int64_t)out.pos;
}

static void end_zstd(struct unpack *unpack)
{
	(void)ZSTD_freeDStream(unpack->zstd);
}

static bool begin_lz4(struct unpack *unpack)
{
	return !LZ4F_isError(LZ4F_createDecompressionContext(&unpack->lz4, LZ4F_VERSION));
}

static int64_t next_lz4(struct unpack *unpack, uint8_t *bytes, size_t size_bytes)
{
	size_t in_bytes = unpack->left_bytes;
	size_t out_bytes = size_bytes;
	size_t status = LZ4F_decompress(unpack->lz4, bytes, &out_bytes, unpack->at, &in_bytes,
					NULL);

	if (LZ4F_isError(status)) {
		unpack->why = LZ4F_getErrorName(status);
		return -EBADMSG;
	}
	take(unpack, in_bytes);
	unpack->is_between = status == 0;
	return (int64_t)out_bytes;
}

static void end_lz4(struct unpack *unpack)
{
	(void)LZ4F_freeDecompressionContext(unpack->lz4);
}

static const struct packer packers[] = {
	{ "gzip", { 0x1f, 0x8b }, 2, begin_gzip, next_gzip, end_gzip },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, begin_zstd, next_zstd, end_zstd },
	{ "zstd", { 0x50, 0x2a, 0x4d, 0x18 }, 4, begin_zstd, next_zstd, end_zstd }, /* of pzstd */
	{ "lz4", { 0x04, 0x22, 0x4d, 0x18 }, 4, begin_lz4, next_lz4, end_lz4 },
	{ "it is compressed by lz4 -l", { 0x02, 0x21, 0x4c, 0x18 }, 4, NULL, NULL, NULL },
	{ "it is compressed by xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, NULL, NULL, NULL },
	{ "it is compressed by bzip2", { 'B', 'Z', 'h' }, 3, NULL, NULL, NULL },
	{ "it is a zip archive", { 'P', 'K', 3, 4 }, 4, NULL, NULL, NULL },
	{ "it is compressed by compress", { 0x1f, 0x9d }, 2, NULL, NULL, NULL },
	{ "it is compressed by 7-Zip", { '7', 'z', 0xbc, 0xaf, 0x27, 0x1c }, 6, NULL, NULL, NULL },
};

/* Reads behind what is left, which lies at the room's beginning.  0 or a negative errno. */
static int read_more(struct unpack *unpack)
{
	ssize_t got_bytes = read(unpack->fd, unpack->packed + unpack->left_bytes,
				 sizeof(unpack->packed) - unpack->left_bytes);

	if (got_bytes < 0)
		return -errno;
	unpack->is_at_end = got_bytes == 0;
	unpack->at = unpack->packed;
	unpack->left_bytes += (size_t)got_bytes;
	return 0;
}

/* Looks for more once everything is used up.  Returns 0 or a negative errno. */
static int fill(struct unpack *unpack)
{
	return unpack->left_bytes || unpack->is_at_end ? 0 : read_more(unpack);
}

/* As much as it takes to see what it is: a pipe may give less at first. */
static int fill_magic(struct unpack *unpack)
{
	int err = 0;

	while (err == 0 && unpack->left_bytes < MAGIC_BYTES && !unpack->is_at_end)
		err = read_more(unpack);
	return err;
}

static int choose(struct unpack *unpack, const char **ret_why)
{
	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		const struct packer *packer = &packers[i];

		if (unpack->left_bytes < packer->magic_bytes ||
		    memcmp(unpack->at, packer->magic, packer->magic_bytes) != 0)
			continue;
		if (!packer->begin) {
			*ret_why = packer->name;
			return -EPROTONOSUPPORT;
		}
		unpack->packer = packer;
		return packer->begin(unpack) ? 0 : -ENOMEM;
	}
	return 0;
}

void unpack_close(struct unpack *unpack)
{
	if (!unpack)
		return;
	if (unpack->packer)
		unpack->packer->end(unpack);
	if (unpack->fd >= 0)
		(void)close(unpack->fd);
	free(unpack);
}

int unpack_open(const char *path, struct unpack **ret_unpack, const char **ret_why)
{
	struct unpack *unpack = calloc(1, sizeof(*unpack));
	int err = 0;

	*ret_why = NULL;
	if (!unpack)
		return -ENOMEM;
	unpack->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					    : open(path, O_RDONLY | O_CLOEXEC);
	if (unpack->fd < 0)
		err = -errno;
	if (err == 0)
		err = fill_magic(unpack);
	if (err == 0)
		err = choose(unpack, ret_why);
	if (err) {
		unpack_close(unpack);
		return err;
	}
	*ret_unpack = unpack;
	return 0;
}

/* What was read to see what it is comes first; the rest is read where it is wanted. */
static int64_t read_plain(struct unpack *unpack, uint8_t *bytes, size_t size_bytes)
{
	if (!unpack->left_bytes && !unpack->is_at_end && size_bytes) {
		ssize_t got_bytes = read(unpack->fd, bytes, size_bytes);

		unpack->is_at_end = got_bytes == 0;
		return got_bytes < 0 ? -errno : got_bytes;
	}
	if (size_bytes > unpack->left_bytes)
		size_bytes = unpack->left_bytes;
	memcpy(bytes, unpack->at, size_bytes);
	take(unpack, size_bytes);
	return (int64_t)size_bytes;
}

int64_t unpack_read(struct unpack *unpack, uint8_t *bytes, size_t size_bytes, const char **ret_why)
{
	*ret_why = NULL;
	for (;;) {
		int64_t got_bytes;
		int err;

		if (!unpack->packer)
			return read_plain(unpack, bytes, size_bytes);
		err = fill(unpack);
		if (err)
			return err;
		if (unpack->left_bytes == 0 && unpack->is_at_end && unpack->is_between)
			return 0;
		/* At the end too: what has gone in may not all have come out. */
		got_bytes = unpack->packer->next(unpack, bytes, size_bytes);
		if (got_bytes == 0 && unpack->left_bytes == 0 && unpack->is_at_end)
			got_bytes = -ENODATA;
		if (got_bytes < 0)
			*ret_why = got_bytes == -ENODATA ? cut_short
				   : unpack->why	 ? unpack->why
							 : damaged;
		if (got_bytes)
			return got_bytes;
	}
}

const char *unpack_name(const struct unpack *unpack)
{
	return unpack->packer ? unpack->packer->name : "plain";
}
