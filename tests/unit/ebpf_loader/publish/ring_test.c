/* SPDX-License-Identifier: BSD-2-Clause */
/* A memory file laid out as the kernel lays out a ring buffer stands in for the map. */
#include "ebpf_loader/publish/ring.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define BUSY	  (1u << 31)
#define DISCARDED (1u << 30)

enum { RING_BYTES = 65536 }; /* a multiple of every page size in use */

struct fixture {
	int fd;
	size_t page_bytes;
	uint8_t *pages; /* reader's position, producers' position, data */
	struct ring *ring;
	uint64_t taken_sum;
	size_t taken_count;
};

/*
 * The kernel maps the data twice; a file cannot, so the second copy is real
 * bytes behind the first and write_record() writes both.
 */
static int open_ring(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .page_bytes = (size_t)sysconf(_SC_PAGESIZE) };
	fixture.fd = memfd_create("ring", MFD_CLOEXEC);
	if (fixture.fd < 0 ||
	    ftruncate(fixture.fd, (off_t)(2 * fixture.page_bytes + 2 * RING_BYTES)) < 0)
		return -1;
	fixture.pages = mmap(NULL, 2 * fixture.page_bytes + 2 * RING_BYTES, PROT_READ | PROT_WRITE,
			     MAP_SHARED, fixture.fd, 0);
	if (fixture.pages == MAP_FAILED || ring_open(fixture.fd, RING_BYTES, &fixture.ring) < 0)
		return -1;
	*state = &fixture;
	return 0;
}

static int close_ring(void **state)
{
	struct fixture *fixture = *state;

	fixture->ring = ring_close(fixture->ring);
	(void)munmap(fixture->pages, 2 * fixture->page_bytes + 2 * RING_BYTES);
	return close(fixture->fd);
}

static uint64_t *end_of(struct fixture *fixture)
{
	return (uint64_t *)(void *)(fixture->pages + fixture->page_bytes);
}

static void put(struct fixture *fixture, uint64_t position, const void *bytes, size_t size_bytes)
{
	uint8_t *data = fixture->pages + 2 * fixture->page_bytes;

	for (size_t i = 0; i < size_bytes; i++) {
		size_t at = (position + i) % RING_BYTES;

		data[at] = ((const uint8_t *)bytes)[i];
		data[at + RING_BYTES] = data[at];
	}
}

/* Appends a record that holds one number; returns where its head is. */
static uint64_t write_record(struct fixture *fixture, uint64_t number, uint32_t size_bytes,
			     uint32_t flags)
{
	uint64_t position = *end_of(fixture);
	uint32_t head[2] = { size_bytes | flags, 0 };

	put(fixture, position, head, sizeof(head));
	put(fixture, position + 8, &number, sizeof(number));
	*end_of(fixture) = position + 8 + ((size_bytes + 7) & ~7u);
	return position;
}

static void add_number(void *context, const void *record, size_t size_bytes)
{
	struct fixture *fixture = context;
	uint64_t number;

	assert_true(size_bytes >= sizeof(number));
	memcpy(&number, record, sizeof(number));
	fixture->taken_sum += number;
	fixture->taken_count++;
}

static size_t take_all(struct fixture *fixture)
{
	return ring_take(fixture->ring, ring_end(fixture->ring), 1000000, add_number, fixture);
}

static void records_come_once_whole_and_over_many_laps(void **state)
{
	struct fixture *fixture = *state;
	uint64_t sum = 0;

	for (uint64_t number = 1; number <= 100000; number++) {
		(void)write_record(fixture, number, 8 + (uint32_t)(number % 57), 0);
		sum += number;
		if (number % 100 == 0)
			assert_int_equal(take_all(fixture), 100);
	}
	assert_int_equal(fixture->taken_sum, sum);
	assert_int_equal(ring_position(fixture->ring), ring_end(fixture->ring));
	assert_int_equal(take_all(fixture), 0);
}

static void a_record_still_being_written_holds_the_reader(void **state)
{
	struct fixture *fixture = *state;
	uint32_t head = 16;
	uint64_t busy;

	(void)write_record(fixture, 1, 16, 0);
	busy = write_record(fixture, 2, 16, BUSY);
	(void)write_record(fixture, 3, 16, 0);
	assert_int_equal(take_all(fixture), 1);
	assert_int_equal(ring_position(fixture->ring), busy);
	assert_int_equal(take_all(fixture), 0);
	put(fixture, busy, &head, sizeof(head));
	assert_int_equal(take_all(fixture), 2);
	assert_int_equal(fixture->taken_sum, 6);
}

static void discarded_records_are_stepped_over(void **state)
{
	struct fixture *fixture = *state;

	(void)write_record(fixture, 1, 16, DISCARDED);
	(void)write_record(fixture, 2, 16, 0);
	(void)write_record(fixture, 4, 16, DISCARDED);
	assert_int_equal(take_all(fixture), 1);
	assert_int_equal(fixture->taken_sum, 2);
	assert_int_equal(ring_position(fixture->ring), ring_end(fixture->ring));
}

static void nothing_is_taken_beyond_the_given_end_or_count(void **state)
{
	struct fixture *fixture = *state;
	uint64_t end;

	for (uint64_t number = 0; number < 10; number++)
		(void)write_record(fixture, 1, 8, 0);
	end = ring_end(fixture->ring);
	for (uint64_t number = 0; number < 10; number++)
		(void)write_record(fixture, 1, 8, 0);
	assert_int_equal(ring_take(fixture->ring, end, 4, add_number, fixture), 4);
	assert_int_equal(ring_take(fixture->ring, end, 1000, add_number, fixture), 6);
	assert_int_equal(ring_position(fixture->ring), end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_come_once_whole_and_over_many_laps,
						open_ring, close_ring),
		cmocka_unit_test_setup_teardown(a_record_still_being_written_holds_the_reader,
						open_ring, close_ring),
		cmocka_unit_test_setup_teardown(discarded_records_are_stepped_over, open_ring,
						close_ring),
		cmocka_unit_test_setup_teardown(nothing_is_taken_beyond_the_given_end_or_count,
						open_ring, close_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
