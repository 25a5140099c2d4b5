/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "ebpf_loader/keys/key_absence.h"
#include "ebpf_loader/keys/key_line.h"

static struct keys_record make(enum keys_kind kind, const char *label, size_t secret_bytes)
{
	struct keys_record record = { .kind = (__u16)kind,
				      .label_bytes = (__u16)strlen(label),
				      .secret_bytes = (__u16)secret_bytes };

	memcpy(record.label, label, strlen(label));
	if (kind != KEYS_TLS13)
		memset(record.client_random, 0xab, sizeof(record.client_random));
	memset(record.secret, 0x5c, sizeof(record.secret));
	return record;
}

static void expect_line(const struct keys_record *record, const char *label, const char *digits,
			int secret_bytes)
{
	char wanted[KEY_LINE_BYTES_MAX] = "";
	char line[KEY_LINE_BYTES_MAX];
	size_t at = (size_t)snprintf(wanted, sizeof(wanted), "%s ", label);

	for (int i = 0; i < KEYS_RANDOM_BYTES; i++)
		at += (size_t)snprintf(wanted + at, sizeof(wanted) - at, "%s", digits);
	wanted[at++] = ' ';
	for (int i = 0; i < secret_bytes; i++)
		at += (size_t)snprintf(wanted + at, sizeof(wanted) - at, "5c");
	wanted[at++] = '\n';
	assert_int_equal(key_line_write(record, line), at);
	assert_string_equal(line, wanted);
}

static void each_kind_has_its_line(void **state)
{
	struct keys_record record = make(KEYS_LOGGED, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", 48);

	(void)state;
	expect_line(&record, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "ab", 48);
	record = make(KEYS_TLS13, "", 32);
	expect_line(&record, "SERVER_TRAFFIC_SECRET_0", "00", 32);
	record = make(KEYS_TLS12, "", 48);
	expect_line(&record, "CLIENT_RANDOM", "ab", 48);
}

static void the_longest_label_has_room(void **state)
{
	struct keys_record record = make(KEYS_LOGGED, "", 48);
	char line[KEY_LINE_BYTES_MAX];

	(void)state;
	record.label_bytes = KEYS_LABEL_BYTES_MAX;
	memset(record.label, 'A', sizeof(record.label));
	assert_int_equal(key_line_write(&record, line), KEY_LINE_BYTES_MAX - 1);
	record.label_bytes++;
	assert_int_equal(key_line_write(&record, line), 0);
}

/* Whoever is watched chooses what comes: nothing but a secret's line may go into the file. */
static void what_is_no_secret_has_no_line(void **state)
{
	static const char *const labels[] = { "", "A\nB", "A B", "a", "A\xff" };
	char line[KEY_LINE_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct keys_record record = make(KEYS_LOGGED, labels[i], 32);

		assert_int_equal(key_line_write(&record, line), 0);
	}
	for (unsigned int kind = 0; kind < 8; kind++) {
		for (unsigned int size_bytes = 0; size_bytes < 0x10000; size_bytes++) {
			struct keys_record record = make(KEYS_LOGGED, "A", 0);
			bool is_long = size_bytes == 48;
			bool is_short = size_bytes == 32;

			record.kind = (__u16)kind;
			record.secret_bytes = (__u16)size_bytes;
			assert_int_equal(key_line_write(&record, line) > 0,
					 (is_long && kind <= KEYS_TLS12) ||
						 (is_short && kind < KEYS_TLS12));
		}
	}
}

static void expect_absence(const char *name, const char *bytes, const char *why, const char *remedy)
{
	struct key_absence absence = { 0 };
	struct key_absence_words words;

	key_absence_note(&absence, name, bytes, strlen(bytes));
	words = key_absence_explain(&absence);
	assert_non_null(strstr(words.why, why));
	assert_non_null(strstr(words.remedy, remedy));
}

static void what_cannot_be_had_is_told_with_what_works_instead(void **state)
{
	(void)state;
	expect_absence("/lib/libgnutls.so.30", "", "GnuTLS", "SSLKEYLOGFILE");
	expect_absence("/lib/libssl3.so", "", "NSS", "SSLKEYLOGFILE");
	expect_absence("/lib/libcrypto.so.1.1", "", "older than 3.0", "--ssl");
	expect_absence("/jvm/lib/server/libjvm.so", "", "Java", "agent");
	expect_absence("/bin/app", "..rustls-0.20..", "rustls", "KeyLogFile");
	expect_absence("/bin/app", "Go buildinf:", "Go program", "KeyLogWriter");
	expect_absence("/bin/app", "../ssl/ssl_lib.c", "linked into it", "build with symbols");
	expect_absence("/bin/app", "", "no file it has mapped", "once it has connected");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_has_its_line),
		cmocka_unit_test(the_longest_label_has_room),
		cmocka_unit_test(what_is_no_secret_has_no_line),
		cmocka_unit_test(what_cannot_be_had_is_told_with_what_works_instead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
