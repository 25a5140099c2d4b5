/* SPDX-License-Identifier: BSD-2-Clause */
/* The closing report says of its messages what is so, and "every layer knows every message" only
 * then. */
#include "correlator/summary/reasons.h"

#include <stdio.h>

#include "tests/unit/correlator/world.h"

static const char everything[] = "none: every layer knows every message\n";

struct told {
	struct world *world;
	struct corr_stats *stats;
	char bytes[16384];
};

static struct told *open_told(bool has_user)
{
	struct told *told = calloc(1, sizeof(*told));

	assert_non_null(told);
	told->world = world_open();
	told->stats = calloc(1, sizeof(*told->stats));
	assert_non_null(told->stats);
	for (uint32_t i = 0; i < (has_user ? LANE_COUNT : LANE_USER); i++)
		world_add_lane(told->world, i, T0);
	world_register(told->world, COOKIE, 1);
	world_syn(told->world, T0 + 1, world_flow(1), BASE);
	return told;
}

static const char *text_of(struct told *told)
{
	struct corr_summary summary = { .engine = told->world->engine, .stats = told->stats };
	struct text text = { .bytes = told->bytes, .room_bytes = sizeof(told->bytes) - 1 };

	world_settle(told->world, T0 + SETTLED);
	corr_engine_end(told->world->engine, T0 + SETTLED);
	for (uint32_t i = 0; i < told->world->message_count; i++) {
		told->world->messages[i].stream = "";
		stats_add(told->stats, &told->world->messages[i]);
	}
	reasons_write(&text, &summary);
	told->bytes[text.size_bytes] = '\0';
	return told->bytes;
}

static void close_told(struct told *told)
{
	world_close(told->world);
	stats_close(told->stats);
	free(told->stats);
	free(told);
}

static void pass(struct told *told, uint64_t number)
{
	uint64_t now_ns = T0 + 1000 + number * 1000;

	world_segment(told->world, now_ns, number * 500, 500, 0);
	world_read(told->world, now_ns + 50, now_ns + 70, number * 500, 500);
}

static void every_message_known_is_said_so(void **state)
{
	struct told *told = open_told(true);

	(void)state;
	pass(told, 0);
	world_message(told->world, T0 + 1300, 0, 500);
	assert_non_null(strstr(text_of(told), everything));
	close_told(told);
}

/* Others saw plenty and the user layer told nothing: that is not "every message". */
static void without_a_message_it_is_not_said(void **state)
{
	for (int has_user = 0; has_user < 2; has_user++) {
		struct told *told = open_told(has_user);
		const char *text;

		(void)state;
		for (uint64_t i = 0; i < 10; i++)
			pass(told, i);
		text = text_of(told);
		assert_null(strstr(text, everything));
		assert_non_null(strstr(text, "no message was told by the user layer"));
		assert_true(!has_user == !strstr(text, "blind   the user layer saw nothing of "
						       "connection 1 (cookie 77), of which the "
						       "NIC layer saw 10 segments: not one message "
						       "was told"));
		close_told(told);
	}
}

/* A first connection in order, a second one that was read and never told of. */
static void with_an_unclaimed_connection_it_is_not_said(void **state)
{
	struct told *told = open_told(true);
	const char *text;

	(void)state;
	pass(told, 0);
	world_message(told->world, T0 + 1300, 0, 500);
	for (uint64_t i = 0; i < 5; i++)
		world_read_of(told->world, COOKIE + 1, world_flow(2), 7, T0 + 2000 + i,
			      T0 + 2001 + i, i * 500, 500);
	text = text_of(told);
	assert_null(strstr(text, everything));
	assert_non_null(strstr(text, "unclaimed 1 connections were read"));
	close_told(told);
}

/* Calls were counted that have no line: the lines are not all there was. */
static void with_untold_calls_it_is_not_said(void **state)
{
	static const enum prof_loss losses[] = { PROF_LOSS_SSL_UNBOUND, PROF_LOSS_SSL_UNRANGED,
						 PROF_LOSS_CLIENT_UNRANGED, PROF_LOSS_BPF_RESERVE,
						 PROF_LOSS_KTLS };

	(void)state;
	for (size_t i = 0; i <= sizeof(losses) / sizeof(losses[0]); i++) {
		struct told *told = open_told(true);
		const char *text;

		pass(told, 0);
		world_message(told->world, T0 + 1300, 0, 500);
		if (i < sizeof(losses) / sizeof(losses[0]))
			told->world->lanes[LANE_USER].loss_count[losses[i]] = 3;
		else
			told->world->lanes[LANE_USER].dropped_count = 3;
		text = text_of(told);
		assert_null(strstr(text, everything));
		assert_non_null(strstr(text, "untold  3 messages or calls have no line"));
		close_told(told);
	}
}

static void a_bound_is_told_with_its_reason(void **state)
{
	struct told *told = open_told(true);
	struct prof_event event = { .time_ns = T0 + 1300,
				    .conn_key = COOKIE,
				    .kind = PROF_EVENT_MESSAGE,
				    .flags = PROF_FLAG_LOOSE,
				    .message = { .end_offset = 500, .size_bytes = 500 } };
	const char *text;

	(void)state;
	pass(told, 0);
	corr_engine_event(told->world->engine, LANE_USER, &event);
	text = text_of(told);
	assert_null(strstr(text, everything));
	assert_non_null(strstr(text, "of class last-byte, because of one layer:\n"
				     "User    upper-bound            1  "));
	close_told(told);
}

static void a_message_without_a_range_is_told_with_its_reason(void **state)
{
	struct told *told = open_told(true);
	const char *text;

	(void)state;
	pass(told, 0);
	world_message(told->world, T0 + 1300, 0, 0);
	text = text_of(told);
	assert_null(strstr(text, everything));
	assert_non_null(strstr(text, "NIC     unranged               1  "));
	assert_non_null(strstr(text, "Kernel  unranged               1  "));
	close_told(told);
}

/* Every reason and every cause is a word for files and a sentence for people. */
static void reasons_and_causes_have_words(void **state)
{
	(void)state;
	for (int i = 0; i < CORR_REASON_COUNT; i++) {
		assert_true(*corr_reason_name(i) && *corr_reason_words(i));
		assert_null(strpbrk(corr_reason_name(i), " ,\"\n"));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(corr_reason_name(i), corr_reason_name(j));
	}
	for (int i = 0; i < CORR_CAUSE_COUNT; i++) {
		assert_true(*corr_cause_words(i) && *corr_cause_remedy(i));
		assert_null(strpbrk(corr_cause_name(i), " ,\"\n"));
	}
}

/* docs/reasons.md has a row for every reason, and one for every loss with these words. */
static void the_document_has_them_all(void **state)
{
	static const char *const layers[PROF_LAYER_COUNT] = { "", "NIC", "kernel", "user" };
	static char document[32768];
	FILE *file = fopen(REASONS_DOCUMENT, "r");
	char row[512];

	(void)state;
	assert_non_null(file);
	document[fread(document, 1, sizeof(document) - 1, file)] = '\0';
	(void)fclose(file);
	for (int i = CORR_REASON_NONE + 1; i < CORR_REASON_COUNT; i++) {
		(void)snprintf(row, sizeof(row), "`%s`", corr_reason_name(i));
		assert_non_null(strstr(document, row));
	}
	for (uint32_t i = 0; prof_loss_kind(i); i++) {
		const struct prof_loss_kind *kind = prof_loss_kind(i);

		(void)snprintf(row, sizeof(row), "| `%s` | %s | %s | %s |\n", kind->name,
			       layers[kind->layer], kind->unit, kind->words);
		assert_non_null(strstr(document, row));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_known_is_said_so),
		cmocka_unit_test(without_a_message_it_is_not_said),
		cmocka_unit_test(with_an_unclaimed_connection_it_is_not_said),
		cmocka_unit_test(with_untold_calls_it_is_not_said),
		cmocka_unit_test(a_bound_is_told_with_its_reason),
		cmocka_unit_test(a_message_without_a_range_is_told_with_its_reason),
		cmocka_unit_test(reasons_and_causes_have_words),
		cmocka_unit_test(the_document_has_them_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
