/* SPDX-License-Identifier: BSD-2-Clause */
#include "keep.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dpdk_capture/parse/link.h"
#include "wire/pcapng/file.h"

struct keep {
	struct keep_options options;
	struct pcapng_file *file;
	uint32_t part;
	int error;
	bool is_told;
	uint32_t interface_count;
	uint32_t interfaces[PACKET_LINK_UNKNOWN]; /* of each link: its number + 1; 0: none yet */
	struct keep_counters counters;
	struct young young;
};

static const char *part_path(const struct keep *keep, uint32_t part, char path[PATH_MAX])
{
	if (part == 0)
		(void)snprintf(path, PATH_MAX, "%s", keep->options.path);
	else
		(void)snprintf(path, PATH_MAX, "%s.%u", keep->options.path, part);
	return path;
}

static int open_part(struct keep *keep)
{
	char path[PATH_MAX];

	memset(keep->interfaces, 0, sizeof(keep->interfaces));
	keep->interface_count = 0;
	return pcapng_file_open(part_path(keep, keep->part, path), "dpdk_capture", &keep->file);
}

/* Parts of an earlier run would be taken for this one's. */
static void remove_old_parts(const struct keep *keep)
{
	char path[PATH_MAX];

	for (uint32_t part = 1; unlink(part_path(keep, part, path)) == 0; part++)
		;
}

int keep_open(const struct keep_options *options, struct keep **ret_keep, struct fault *ret_fault)
{
	struct keep *keep = calloc(1, sizeof(*keep));
	int err;

	if (!keep)
		return fault_set(ret_fault, -ENOMEM, "--write", strerror(ENOMEM), "");
	keep->options = *options;
	err = open_part(keep);
	if (err) {
		free(keep);
		return fault_set(ret_fault, err, options->path,
				 err == -EINVAL ? "is no plain file, or has other names as well"
						: strerror(-err),
				 "name another file for --write");
	}
	remove_old_parts(keep);
	*ret_keep = keep;
	return 0;
}

static void fail(struct keep *keep, int err)
{
	if (!keep->error)
		keep->error = err;
}

static void next_part(struct keep *keep)
{
	char path[PATH_MAX];
	int err = pcapng_file_close(keep->file);

	keep->file = NULL;
	keep->part++;
	if (!err)
		err = open_part(keep);
	if (err)
		fail(keep, err);
	else if (keep->part >= keep->options.part_count_max)
		(void)unlink(part_path(keep, keep->part - keep->options.part_count_max, path));
}

static void put(void *context, const struct kept_frame *frame)
{
	struct keep *keep = context;
	struct pcapng_packet packet = { .wall_time_ns = frame->wall_time_ns,
					.captured_bytes = frame->captured_bytes,
					.wire_bytes = frame->wire_bytes,
					.bytes = frame->bytes };

	if (!keep->error && pcapng_file_bytes(keep->file) >= keep->options.part_bytes_max)
		next_part(keep);
	if (keep->error) {
		keep->counters.lost_count++;
		return;
	}
	if (!keep->interfaces[frame->link]) {
		pcapng_file_interface(keep->file, link_to_file(frame->link), "capture");
		keep->interfaces[frame->link] = ++keep->interface_count;
	}
	packet.interface_index = keep->interfaces[frame->link] - 1;
	pcapng_file_packet(keep->file, &packet);
	keep->counters.written_count++;
	keep->counters.cut_count += frame->captured_bytes < frame->wire_bytes;
}

void keep_frame(struct keep *keep, const struct kept_frame *frame)
{
	put(keep, frame);
}

void keep_young(struct keep *keep, uint64_t flow_id, bool is_opening,
		const struct kept_frame *frame)
{
	if (is_opening)
		young_forget(&keep->young, flow_id);
	young_add(&keep->young, flow_id, frame);
}

void keep_recall(struct keep *keep, uint64_t flow_id)
{
	young_recall(&keep->young, flow_id, put, keep);
}

int keep_flush(struct keep *keep)
{
	if (keep->file)
		fail(keep, pcapng_file_flush(keep->file));
	if (!keep->error || keep->is_told)
		return 0;
	keep->is_told = true;
	return keep->error;
}

void keep_count(const struct keep *keep, struct keep_counters *ret_counters)
{
	*ret_counters = keep->counters;
}

int keep_close(struct keep *keep)
{
	int err;

	if (!keep)
		return 0;
	err = pcapng_file_close(keep->file);
	if (!keep->error)
		keep->error = err;
	err = keep->error;
	free(keep);
	return err;
}
