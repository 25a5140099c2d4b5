/* SPDX-License-Identifier: BSD-2-Clause */
/* The report: one HTML page that holds everything it needs.  Written at the end. */
#include <errno.h>
#include <stdlib.h>

#include "annotate.h"
#include "correlator/page/facts.h"
#include "correlator/page/template.h"
#include "sink.h"

/* What is kept during the run. */
struct page {
	struct page_share *share;
	struct collect collect;
};

static int page_open(struct sink *sink)
{
	struct page *page = calloc(1, sizeof(*page));
	int err;

	if (!page)
		return -ENOMEM;
	err = sink_open_file(sink); /* before the run: better known now than after it */
	if (err) {
		free(page);
		return err;
	}
	page->share = sink->own;
	page->share->collect = &page->collect;
	sink->own = page;
	return 0;
}

static void page_message(struct sink *sink, const struct corr_message *message)
{
	struct page *page = sink->own;

	collect_add(&page->collect, message);
}

static int page_close(struct sink *sink, const struct corr_summary *summary)
{
	struct page *page = sink->own;
	struct text *text = sink_room(sink, FACTS_BYTES_MAX);
	const struct facts facts = { .summary = summary,
				     .collect = &page->collect,
				     .host_name = sink->origin->host,
				     .frames_file = page->share->frames_file,
				     .host = &sink->origin->facts,
				     .run = sink->origin->run,
				     .wall_ns = sink->origin->wall_ns };

	collect_finish(&page->collect);
	if (text) { /* always: nothing has been written yet */
		text_add_bytes(text, template_head.bytes, template_head.size_bytes);
		facts_write(text, &facts);
		text_add_bytes(text, template_tail.bytes, template_tail.size_bytes);
	}
	page->share->collect = NULL;
	free(page);
	sink->own = NULL;
	return sink_close_file(sink);
}

_Static_assert(FACTS_BYTES_MAX <= SINK_BUFFER_BYTES / 2, "the page is written in one go");

const struct sink_ops sink_page = {
	.name = "report",
	.open = page_open,
	.message = page_message,
	.close = page_close,
};
