/* SPDX-License-Identifier: BSD-2-Clause */
/* For Wireshark: frames with their secrets, and the messages' stages as comments.  Written at the
 * end. */
#include "annotate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "correlator/annotate/frames.h"
#include "correlator/annotate/secrets.h"
#include "sink.h"
#include "wire/pcapng/file.h"

struct annotate {
	const struct annotate_options *options;
	struct sink *sink;
	struct pcapng_file *file;
	struct marks *marks;
	struct place *place;
	struct secrets *secrets;
	uint32_t interface_count;
	uint32_t interfaces[PACKET_LINK_UNKNOWN]; /* of each link: its number + 1; 0: none yet */
};

static void release(struct annotate *annotate)
{
	annotate->place = place_destroy(annotate->place);
	annotate->marks = marks_destroy(annotate->marks);
	if (annotate->secrets)
		explicit_bzero(annotate->secrets, sizeof(*annotate->secrets));
	free(annotate->secrets);
	free(annotate);
}

static int annotate_open(struct sink *sink)
{
	struct annotate *annotate = calloc(1, sizeof(*annotate));
	struct marks_options marks_options;
	int err;

	if (!annotate)
		return -ENOMEM;
	annotate->options = sink->own;
	annotate->sink = sink;
	marks_options = annotate->options->marks;
	marks_options.unit = sink->unit;
	annotate->marks = marks_create(&marks_options);
	err = annotate->marks ? pcapng_file_open(sink->path, "event_correlator", &annotate->file)
			      : -ENOMEM;
	if (err) {
		release(annotate);
		return err;
	}
	sink->own = annotate;
	sink->error = 0;
	return 0;
}

static void annotate_socket(struct sink *sink, const struct prof_socket *socket)
{
	struct annotate *annotate = sink->own;

	marks_socket(annotate->marks, socket);
}

static void annotate_message(struct sink *sink, const struct corr_message *message)
{
	struct annotate *annotate = sink->own;

	marks_message(annotate->marks, message);
}

/* ---- At the end ------------------------------------------------------------ */

#define WANTED_COUNT_MAX (STALLS_ROW_COUNT_MAX + COLLECT_LOWEST_COUNT_MAX)

_Static_assert(WANTED_COUNT_MAX <= MARK_WANTED_COUNT_MAX, "all that the page shows is marked");

/* The page's messages are marked, too, and it is told their frames' numbers. */
static int want_messages_of_page(struct annotate *annotate)
{
	struct page_share *page = annotate->options->page;
	struct collect *collect = page->collect;
	struct marks_wanted *wanted;
	size_t count = 0;

	if (!collect)
		return 0;
	wanted = calloc(WANTED_COUNT_MAX, sizeof(*wanted));
	if (!wanted)
		return -ENOMEM;
	collect_finish(collect);
	for (uint32_t i = 0; i < collect->stalls.row_count; i++) {
		struct stall *stall = collect->stalls.rows[i];

		wanted[count++] = (struct marks_wanted){ &stall->slowest, &stall->frame_number,
							 false };
	}
	for (uint32_t i = 0; i < collect->lowest_count; i++) {
		struct collect_lowest *lowest = &collect->lowest[i];

		wanted[count++] = (struct marks_wanted){ &lowest->message, &lowest->frame_number,
							 false };
	}
	marks_want(annotate->marks, wanted, count);
	free(wanted);
	page->frames_file = strrchr(annotate->sink->path, '/');
	page->frames_file = page->frames_file ? page->frames_file + 1 : annotate->sink->path;
	return 0;
}

/*
 * In front of all else: where a file begins with secrets, editcap, mergecap and reordercap (4.0)
 * take it for one without an interface, and refuse it.
 */
static void declare(struct annotate *annotate, uint8_t link)
{
	if (annotate->interfaces[link])
		return;
	pcapng_file_interface(annotate->file, link_to_file(link), "frames");
	annotate->interfaces[link] = ++annotate->interface_count;
}

static void look(void *context, const struct place_frame *frame)
{
	struct annotate *annotate = context;

	declare(annotate, frame->link);
	place_look(annotate->place, frame);
}

static void take(void *context, const struct place_frame *frame)
{
	struct annotate *annotate = context;

	place_take(annotate->place, frame);
}

static bool is_wanted(const void *context, const uint8_t *random)
{
	return place_knows_random(context, random);
}

/* They stand before the frames that need them there, and so they do here. */
static void take_secrets(void *context, const char *text, size_t size_bytes)
{
	struct annotate *annotate = context;
	struct secrets *secrets = annotate->secrets;
	size_t before_bytes = secrets->text_bytes;

	secrets_feed(secrets, text, size_bytes);
	secrets_end(secrets);
	if (secrets->text_bytes > before_bytes)
		pcapng_file_secrets(annotate->file, secrets->text + before_bytes,
				    secrets->text_bytes - before_bytes);
}

static void write_packet(void *context, uint8_t link, const struct pcapng_packet *packet)
{
	struct annotate *annotate = context;
	struct pcapng_packet own = *packet;

	own.interface_index = annotate->interfaces[link] - 1;
	pcapng_file_packet(annotate->file, &own);
}

/* A log that is a fifo would make us wait for ever. */
static int read_key_file(struct annotate *annotate, const char *path)
{
	char bytes[4096];
	ssize_t size_bytes;
	struct stat facts;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &facts) < 0 || !S_ISREG(facts.st_mode))
		err = -EINVAL;
	while (!err && (size_bytes = read(fd, bytes, sizeof(bytes))) != 0) {
		if (size_bytes < 0)
			err = -errno;
		else
			secrets_feed(annotate->secrets, bytes, (size_t)size_bytes);
	}
	secrets_end(annotate->secrets);
	explicit_bzero(bytes, sizeof(bytes));
	(void)close(fd);
	return err;
}

static void tell(const struct annotate *annotate, const struct frames_reader *frames,
		 const struct place_counters *counters)
{
	const struct marks *marks = annotate->marks;
	struct sink *sink = annotate->sink;
	struct text text = { .bytes = sink->note, .room_bytes = sizeof(sink->note) - 1 };
	const struct {
		uint64_t count;
		const char *words;
	} rows[] = {
		{ counters->torn_count,
		  " that others cannot decrypt: their connection's beginning, "
		  "or a part, is not among the frames" },
		{ counters->cut_count, " frames captured in part only (tcpdump: give -s 0)" },
		{ counters->beyond_count, " that others cannot decrypt: beyond --annotate-size" },
		{ counters->odd_count, " brought by another segment than in the run" },
		{ counters->missing_count, " left out: their frames are not there" },
		{ marks->unplaced_count, " left out: no range, or not seen by the NIC layer" },
		{ marks->crowded_count, " left out: the slowest 65536 are kept" },
		{ frames->unread_count, " frames without a stamp or of an unknown link" },
	};

	text_add_u64(&text, counters->mark_count);
	text_add(&text, " messages on ");
	text_add_u64(&text, counters->frame_count);
	text_add(&text, " frames");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].count)
			continue;
		text_add(&text, "; ");
		text_add_u64(&text, rows[i].count);
		text_add(&text, rows[i].words);
	}
	if (frames->note[0]) {
		text_add(&text, "; ");
		text_add(&text, frames->note);
	}
	sink->note[text.size_bytes] = '\0';
}

/* *ret_path: what an error is about. */
static int write_all(struct annotate *annotate, const char **ret_path)
{
	const struct annotate_options *options = annotate->options;
	const struct place_options place_options = { .bytes_max = options->bytes_max,
						     .give = write_packet,
						     .context = annotate };
	struct frames_reader frames = { .paths = options->frames,
					.take = look,
					.context = annotate,
					.stop_count = annotate->sink->is_stopped };
	struct place_counters counters;
	int err = want_messages_of_page(annotate);

	if (err)
		return err;
	marks_sort(annotate->marks);
	annotate->place = place_create(annotate->marks, &place_options);
	annotate->secrets = calloc(1, sizeof(*annotate->secrets));
	if (!annotate->place || !annotate->secrets)
		return -ENOMEM;
	annotate->secrets->is_wanted = is_wanted;
	annotate->secrets->context = annotate->place;
	err = frames_read(&frames, ret_path);
	for (size_t i = 0; !err && i < options->key_files->count; i++) {
		*ret_path = options->key_files->texts[i];
		err = read_key_file(annotate, *ret_path);
	}
	if (err)
		return err;
	frames = (struct frames_reader){ .paths = options->frames,
					 .take_secrets = take_secrets,
					 .take = take,
					 .context = annotate,
					 .stop_count = annotate->sink->is_stopped };
	if (!annotate->interface_count)
		declare(annotate, PACKET_LINK_ETHERNET);
	if (annotate->secrets->text_bytes)
		pcapng_file_secrets(annotate->file, annotate->secrets->text,
				    annotate->secrets->text_bytes);
	err = frames_read(&frames, ret_path);
	place_finish(annotate->place, &counters);
	tell(annotate, &frames, &counters);
	return err;
}

static int annotate_close(struct sink *sink, const struct corr_summary *summary)
{
	struct annotate *annotate = sink->own;
	const char *path = sink->path;
	int err;
	int file_err;

	(void)summary;
	err = write_all(annotate, &path);
	file_err = pcapng_file_close(annotate->file);
	if (err)
		sink->path = path;
	release(annotate);
	sink->own = NULL;
	return err ? err : file_err;
}

const struct sink_ops sink_annotate = {
	.name = "frames with comments",
	.open = annotate_open,
	.socket = annotate_socket,
	.message = annotate_message,
	.close = annotate_close,
};
