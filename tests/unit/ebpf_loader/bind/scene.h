/* SPDX-License-Identifier: BSD-2-Clause */
/* A binder and what it is told: records, reads, and calls of SSL_read(). */
#ifndef TESTS_BIND_SCENE_H
#define TESTS_BIND_SCENE_H

#include "ebpf_loader/bind/binder.h"

#include "tests/unit/unit.h"

#define SSL_ONE	 0x5000u
#define SSL_TWO	 0x6000u
#define PID	 77u
#define OVERHEAD 17u

/* A binder, and the clock of what is told it. */
struct scene {
	struct binder *binder;
	uint64_t now_ns;
};

static inline int set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ .binder = binder_create(BINDER_STREAM_COUNT), .now_ns = 1000 };
	*state = &scene;
	return scene.binder ? 0 : -1;
}

static inline int tear_down(void **state)
{
	struct scene *scene = *state;

	return binder_free(scene->binder) ? -1 : 0;
}

/* Returns where the record ends. */
static inline uint64_t tell_record(struct scene *scene, uint64_t cookie, uint64_t offset,
				   uint32_t type, uint32_t size_bytes)
{
	const struct probe_tls_record record = {
		.kind = PROBE_RECORD_TLS,
		.type = (uint16_t)type,
		.handshake_type = type == TLS_TYPE_HANDSHAKE ? TLS_SERVER_HELLO : 0,
		.cookie = cookie,
		.offset = offset,
		.size_bytes = size_bytes,
		.pid = PID,
	};

	binder_note_record(scene->binder, &record);
	return offset + size_bytes;
}

/* What the probe says where there is no record. */
static inline void tell_no_record(struct scene *scene, uint64_t cookie, enum probe_tls_told told,
				  uint64_t end_offset)
{
	const struct probe_tls_record record = {
		.kind = PROBE_RECORD_TLS,
		.type = (uint16_t)told,
		.cookie = cookie,
		.read_end = end_offset,
		.pid = PID,
	};

	binder_note_record(scene->binder, &record);
}

/* A record of application data with so many bytes of plain text; returns where it ends. */
static inline uint64_t tell_data(struct scene *scene, uint64_t cookie, uint64_t offset,
				 uint32_t plain_bytes)
{
	return tell_record(scene, cookie, offset, TLS_TYPE_DATA, 5 + plain_bytes + OVERHEAD);
}

/* A call in which the socket was read from .. to; to 0: it was not. */
static inline struct probe_ssl_call call_of(struct scene *scene, uint64_t ssl,
					    uint64_t returned_bytes, uint64_t cookie, uint64_t from,
					    uint64_t to)
{
	struct probe_ssl_call call = {
		.kind = PROBE_RECORD_SSL_CALL,
		.pid = PID,
		.function = PROBE_SSL_READ,
		.ssl = ssl,
		.enter_ns = scene->now_ns,
		.return_ns = scene->now_ns + 20,
		.requested_bytes = 16384,
		.returned_bytes = returned_bytes,
	};

	if (to) {
		binder_note_read(scene->binder, cookie, to);
		call.read_cookie = cookie;
		call.read_start_offset = from;
		call.read_end_offset = to;
		call.read_ns = scene->now_ns + 10;
	}
	scene->now_ns += 100;
	return call;
}

static inline void expect_range(struct scene *scene, const struct probe_ssl_call *call,
				uint64_t cookie, uint64_t start_offset, uint64_t end_offset)
{
	struct bind_range range = { 0 };

	assert_int_equal(binder_take_call(scene->binder, call, &range), BIND_RANGED);
	assert_int_equal(range.cookie, cookie);
	assert_int_equal(range.start_offset, start_offset);
	assert_int_equal(range.end_offset, end_offset);
}

static inline void expect_none(struct scene *scene, const struct probe_ssl_call *call,
			       enum bind_verdict verdict)
{
	struct bind_range range = { 0 };

	assert_int_equal(binder_take_call(scene->binder, call, &range), verdict);
	assert_int_equal(range.cookie, 0);
}

/* One call that reads one record without read-ahead: its header, then its body. */
static inline uint64_t read_one(struct scene *scene, uint64_t ssl, uint64_t cookie, uint64_t offset,
				uint32_t plain_bytes, uint64_t start_offset)
{
	uint64_t end = tell_data(scene, cookie, offset, plain_bytes);
	struct probe_ssl_call call = call_of(scene, ssl, plain_bytes, cookie, offset + 5, end);

	expect_range(scene, &call, cookie, start_offset, end);
	return end;
}

/* A call of a client that feeds OpenSSL: its BIO's count went from .. to. */
static inline struct probe_ssl_call fed_call(struct scene *scene, uint64_t ssl,
					     uint64_t returned_bytes, uint64_t from, uint64_t to)
{
	struct probe_ssl_call call = call_of(scene, ssl, returned_bytes, 0, 0, 0);

	call.enter_position = from;
	call.return_position = to;
	return call;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
