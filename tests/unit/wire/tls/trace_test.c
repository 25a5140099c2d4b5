/* SPDX-License-Identifier: BSD-2-Clause */
/* The trace of a simple handshake that RFC 8448, 3, gives. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "wire/tls/connection.h"
#include "wire/tls_records.h"

static const char client_hello[] =
	"16030100c4"
	"010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113"
	"031302010000910000000b0009000006736572766572ff01000100000a00140012001d001700180019010001"
	"010102010301040023000000330026002400"
	"1d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c002b0003020304000d"
	"0020001e040305030603020308040805080604010501060102010402050206020202002d00020101001c0002"
	"4001";

static const char server_hello[] =
	"160303005a"
	"020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e"
	"00330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b0002"
	"0304";

/* The client's, under the handshake's keys: of a kind that passes by before record 0 comes. */
static const char finished[] =
	"170303003575ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc44d87f38f80338ac98fc46de"
	"b384bd1caeacab6867d726c40546";

static const char ticket[] =
	"17030300de3a6b8f90414a97d6959c3487680de5134a2b240e6cffac116e95d41d6af8f6b580dcf3d11d63c7"
	"58db289a015940252f55713e061dc13e078891a38efbcf5753ad8ef170ad3c7353d16d9da773b9ca7f2b9fa1"
	"b6c0d4a3d03f75e09c30ba1e62972ac46f75f7b981be63439b2999ce13064615139891d5e4c5b406f16e3fc1"
	"81a77ca475840025db2f0a77f81b5ab05b94c01346755f69232c86519d86cbeeac87aac347d143f9605d64f6"
	"50db4d023e70e952ca49fe5137121c74bc2697687e248746d6df353005f3bce18696129c8153556b3b6c6779"
	"b37bf15985684f";

static const char application_data[] =
	"17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb"
	"501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d";

static const char alert[] = "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9";

static const char keys[] = "SERVER_TRAFFIC_SECRET_0 "
			   "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 "
			   "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643\n";

struct trace {
	struct tls_connection connection;
	struct key_log log;
	uint8_t plain[TLS_RECORD_BODY_BYTES_MAX];
	size_t plain_bytes;
};

static struct trace *trace_new(bool is_begun)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	struct key_log_line line = { 0 };

	assert_non_null(trace);
	key_log_feed(&trace->log, &line, keys, sizeof(keys) - 1);
	tls_connection_begin(&trace->connection, is_begun);
	return trace;
}

static void trace_free(struct trace *trace)
{
	tls_connection_clear(&trace->connection);
	free(trace);
}

static enum tls_verdict take(struct trace *trace, size_t half_index, const char *hex)
{
	uint8_t bytes[512];
	struct tls_record record = { .bytes = bytes,
				     .size_bytes = strlen(hex) / 2,
				     .plain = trace->plain };
	enum tls_verdict verdict;

	for (size_t i = 0; i < record.size_bytes; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	verdict = tls_connection_take(&trace->connection, half_index, &trace->log, &record);
	trace->plain_bytes = record.plain_bytes;
	return verdict;
}

static void expect_fifty_bytes(const struct trace *trace)
{
	assert_int_equal(trace->plain_bytes, 50);
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(trace->plain[i], i);
}

static void the_keys_are_those_of_the_trace(void **state)
{
	static const uint8_t key_bytes[16] = { 0x9f, 0x02, 0x28, 0x3b, 0x6c, 0x9c, 0x07, 0xef,
					       0xc2, 0x6b, 0xb9, 0xf2, 0xac, 0x92, 0xe3, 0x56 };
	static const uint8_t iv[12] = { 0xcf, 0x78, 0x2b, 0x88, 0xdd, 0x83,
					0x54, 0x9a, 0xad, 0xf1, 0xe9, 0x84 };
	struct trace *trace = trace_new(true);
	struct tls_key key;

	(void)state;
	assert_true(
		tls_key_of_secret(TLS_AEAD_AES_128_GCM, false, trace->log.secrets[0].bytes, &key));
	assert_memory_equal(key.bytes, key_bytes, sizeof(key_bytes));
	assert_memory_equal(key.iv, iv, sizeof(iv));
	trace_free(trace);
}

static void the_trace_is_understood(void **state)
{
	struct trace *trace = trace_new(true);

	(void)state;
	assert_int_equal(take(trace, 0, client_hello), TLS_SILENT);
	assert_int_equal(take(trace, 1, server_hello), TLS_SILENT);
	assert_int_equal(trace->connection.suite->code, 0x1301);
	assert_true(trace->connection.is_tls13);
	assert_int_equal(trace->connection.server_index, 1);
	assert_int_equal(take(trace, 1, finished), TLS_SILENT);
	assert_int_equal(take(trace, 1, ticket), TLS_SILENT);
	assert_int_equal(take(trace, 1, application_data), TLS_PLAIN);
	expect_fifty_bytes(trace);
	assert_int_equal(take(trace, 1, alert), TLS_SILENT);
	assert_int_equal(trace->connection.halves[1].number, 3);
	trace_free(trace);
}

/* Number 1 is in the tag alone. */
static void its_record_is_numbered_by_its_tag(void **state)
{
	struct trace *trace = trace_new(false);

	(void)state;
	assert_int_equal(take(trace, 1, finished), TLS_UNPROVEN);
	assert_int_equal(take(trace, 1, application_data), TLS_PLAIN);
	expect_fifty_bytes(trace);
	assert_int_equal(trace->connection.halves[1].number, 2);
	assert_int_equal(take(trace, 1, alert), TLS_SILENT);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_are_those_of_the_trace),
		cmocka_unit_test(the_trace_is_understood),
		cmocka_unit_test(its_record_is_numbered_by_its_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
