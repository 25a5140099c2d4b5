/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody who may write the segment writes nonsense into it, shrinks its
 * file, or puts something else in its place, while we use it.  Whatever the
 * library answers is fine, but it has to answer: no crash, no hang, nothing
 * out of range.
 *
 *   hostile_bus [--seed N] [CORRUPTIONS]
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prof/bus.h"
#include "prof/cli.h"
#include "shm/segment/bus_layout.h"

#define PROGRAM			"hostile_bus"
#define HANG_LIMIT_S		60
#define CORRUPTIONS_PER_SEGMENT 50

#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, __VA_ARGS__);                                        \
			(void)fputc('\n', stderr);                                                 \
			exit(PROF_EXIT_FAILED);                                                    \
		}                                                                                  \
	} while (0)

static const struct bus_shape shape = {
	.lane_count = 3,
	.slot_count = 64,
	.socket_count = 8,
	.stream_count = 8,
};

struct scene {
	char name[64];
	char path[128];
	struct prof_bus *bus;
	struct prof_producer *producer;
	struct prof_consumer *consumer;
	uint8_t *bytes; /* the enemy's own mapping */
	struct bus_offsets at;
};

static uint64_t rand_state;

static uint64_t next_random(void)
{
	/* xorshift64 (Marsaglia 2003): repeatable everywhere. */
	rand_state ^= rand_state << 13;
	rand_state ^= rand_state >> 7;
	rand_state ^= rand_state << 17;
	return rand_state;
}

static uint32_t below(uint64_t limit)
{
	return (uint32_t)(next_random() % limit);
}

static void open_scene(struct scene *scene)
{
	const struct prof_bus_options options = {
		shape.lane_count, shape.slot_count, shape.socket_count, shape.stream_count, false, 0
	};
	const struct prof_producer_options who = { .name = "victim", .layer = PROF_LAYER_NIC };
	int fd;

	(void)prof_bus_unlink(scene->name);
	CHECK(prof_bus_create(scene->name, &options, &scene->bus) == 0, "no bus");
	CHECK(prof_producer_attach(scene->bus, &who, &scene->producer) == 0, "no lane");
	CHECK(prof_consumer_attach(scene->bus, &scene->consumer) == 0, "no place");
	scene->at = bus_shape_offsets(&shape);
	fd = open(scene->path, O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0, "no file");
	scene->bytes = mmap(NULL, scene->at.size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(scene->bytes != MAP_FAILED, "no memory");
	(void)close(fd);
}

static void close_scene(struct scene *scene)
{
	scene->producer = prof_producer_detach(scene->producer);
	scene->consumer = prof_consumer_detach(scene->consumer);
	scene->bus = prof_bus_close(scene->bus);
	(void)munmap(scene->bytes, scene->at.size_bytes);
}

static uint64_t nasty_value(uint64_t present)
{
	const uint64_t values[] = {
		0,
		1,
		UINT64_MAX,
		INT64_MAX,
		UINT32_MAX,
		(uint64_t)INT64_MAX + 1,
		present + 1,
		present - 1,
		present + 64,
		present - 64,
		present << 32,
		(uint64_t)getpid(),
		next_random(),
		present ^ UINT64_C(1) << below(64),
	};

	return values[below(sizeof(values) / sizeof(values[0]))];
}

/* The offset of a word that somebody reads and believes. */
static size_t target_offset(const struct scene *scene)
{
	size_t lane = scene->at.lanes + below(shape.lane_count) * 2 * (size_t)BUS_PAGE_BYTES;
	size_t consumer = scene->at.consumers + below(2) * 2 * (size_t)BUS_PAGE_BYTES;
	size_t slot = scene->at.slots + below(shape.lane_count * shape.slot_count) * (size_t)64;
	size_t entry = scene->at.sockets + below(shape.socket_count) * sizeof(struct bus_socket);

	switch (below(12)) {
	case 0: /* magic to boot id */
		return below(8) * (size_t)8;
	case 1:
		return offsetof(struct bus_header, sleeping);
	case 2:
		return offsetof(struct bus_header, stream_used);
	case 3:
		return lane + offsetof(struct bus_lane_control, head);
	case 4:
		return lane + below(8) * 8; /* identity */
	case 5:
		return lane + offsetof(struct bus_lane_control, mark_ns) + below(19) * 8;
	case 6:
		return slot + offsetof(struct prof_slot, turn);
	case 7:
		return entry; /* seq */
	case 8:
		return entry + 8 + below(BUS_SOCKET_WORDS) * 8;
	case 9:
		return scene->at.streams + below(shape.stream_count * 8) * 8;
	case 10:
		return consumer + below(8 + PROF_LANE_COUNT_MAX) * 8;
	default: /* the locks */
		return (size_t[]){ 0, lane, consumer }[below(3)] + BUS_PAGE_BYTES - BUS_OWNER_BYTES;
	}
}

static void corrupt(struct scene *scene)
{
	size_t offset = target_offset(scene);
	uint64_t value;

	if (below(4) == 0) /* anywhere */
		offset = next_random() % (scene->at.size_bytes / 8) * 8;
	memcpy(&value, scene->bytes + offset, sizeof(value));
	value = nasty_value(value);
	memcpy(scene->bytes + offset, &value, sizeof(value));
}

static void use_producer(struct scene *scene)
{
	struct prof_event events[70] = { { .time_ns = 1 } };

	(void)prof_publish(scene->producer, &events[0]);
	CHECK(prof_publish_burst(scene->producer, events, 70) <= 70, "burst");
	prof_publish_mark(scene->producer, next_random());
	prof_publish_loss(scene->producer, (enum prof_loss)below(20), 1);
}

static void use_consumer(struct scene *scene)
{
	struct prof_event events[40];

	for (uint32_t i = 0; i <= shape.lane_count; i++) {
		uint32_t max_count = below(40);

		for (int j = 0; j < 10; j++)
			CHECK(prof_take(scene->consumer, i, events, max_count, NULL) <= max_count,
			      "take");
	}
	(void)prof_consumer_wait(scene->consumer, 0);
}

static void look_at_lanes(const struct prof_bus *bus)
{
	for (uint32_t i = 0; i <= shape.lane_count; i++) {
		struct prof_lane lane;

		if (!prof_lane_read(bus, i, &lane))
			continue;
		CHECK((unsigned int)lane.layer < PROF_LAYER_COUNT, "layer");
		CHECK(memchr(lane.name, '\0', sizeof(lane.name)), "name without an end");
		CHECK(lane.pushed_count - lane.taken_count <= shape.slot_count, "fill");
	}
}

static void use_registry(struct prof_bus *bus)
{
	struct prof_socket socket = { .cookie = next_random() | 1, .pid = (uint32_t)getpid() };
	char name[PROF_STREAM_NAME_BYTES];
	uint16_t stream_index = 0;
	uint32_t index = below(10);

	if (prof_socket_register(bus, &socket, &index) == 0)
		CHECK(index < shape.socket_count, "socket index");
	if (prof_socket_read(bus, index, &socket))
		(void)prof_socket_close(bus, index, socket.generation, 1);
	(void)prof_socket_set_base(bus, below(10), 1, 1);
	(void)prof_socket_epoch(bus);
	(void)snprintf(name, sizeof(name), "n%u", below(20));
	if (prof_stream_intern(bus, name, &stream_index) == 0)
		CHECK(stream_index < shape.stream_count, "stream index");
	if (prof_stream_read(bus, (uint16_t)below(10), name))
		CHECK(memchr(name, '\0', sizeof(name)), "stream without an end");
}

static void come_and_go(struct scene *scene)
{
	const struct prof_producer_options who = { .name = "guest", .layer = PROF_LAYER_USER };
	struct prof_producer *producer = NULL;
	struct prof_consumer *consumer = NULL;
	struct prof_bus *bus = NULL;

	(void)prof_bus_check(scene->bus);
	if (prof_producer_attach(scene->bus, &who, &producer) == 0)
		(void)prof_publish(producer, &(struct prof_event){ 0 });
	(void)prof_consumer_attach(scene->bus, &consumer);
	producer = prof_producer_detach(producer);
	consumer = prof_consumer_detach(consumer);
	if (prof_bus_open(scene->name, 0, &bus) != 0)
		return;
	if (prof_bus_lane_count(bus) == shape.lane_count &&
	    prof_bus_slot_count(bus) == shape.slot_count)
		look_at_lanes(bus);
	bus = prof_bus_close(bus);
}

static void use_everything(struct scene *scene)
{
	use_producer(scene);
	use_consumer(scene);
	look_at_lanes(scene->bus);
	use_registry(scene->bus);
	if (below(8) == 0)
		come_and_go(scene);
}

/* The file gets shorter under us, sometimes longer again. */
static void shrink(struct scene *scene)
{
	off_t size_bytes = (off_t)(next_random() % scene->at.size_bytes);

	CHECK(truncate(scene->path, size_bytes) == 0, "truncate");
	if (below(2))
		CHECK(truncate(scene->path, (off_t)scene->at.size_bytes) == 0, "truncate");
	else
		CHECK(prof_bus_check(scene->bus) == -EIO, "a short file was not noticed");
	use_everything(scene);
	come_and_go(scene);
}

/* A file of the right name with a header of nonsense, or none, or cut short. */
static void plant(const struct scene *scene)
{
	struct bus_header header = { 0 };
	uint64_t *words = (uint64_t *)(void *)&header;
	struct prof_bus *bus = NULL;
	int fd;
	int err;

	fd = open(scene->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CHECK(fd >= 0, "no file: %s", strerror(errno));
	header.magic = below(8) ? BUS_MAGIC : next_random();
	header.version = below(8) ? BUS_VERSION : 1 + below(9);
	header.layout_hash = below(8) ? bus_layout_hash() : below(9);
	header.lane_count = below(2) ? shape.lane_count : (uint32_t)nasty_value(1);
	header.slot_count = below(2) ? shape.slot_count : (uint32_t)nasty_value(64);
	header.socket_count = below(2) ? shape.socket_count : (uint32_t)nasty_value(8);
	header.stream_count = below(2) ? shape.stream_count : (uint32_t)nasty_value(8);
	header.size_bytes = below(2) ? scene->at.size_bytes : nasty_value(scene->at.size_bytes);
	words[6] = next_random(); /* boot id */
	CHECK(write(fd, &header, sizeof(header)) == (ssize_t)sizeof(header), "write");
	CHECK(ftruncate(fd, below(4) ? (off_t)scene->at.size_bytes : (off_t)below(100000) + 1) == 0,
	      "truncate");
	(void)close(fd);
	err = prof_bus_open(scene->name, 0, &bus);
	CHECK(err < 0 && !bus, "nonsense was accepted");
	err = prof_bus_join(scene->name, NULL, &bus);
	CHECK(!err || !bus, "an error and a bus");
	bus = prof_bus_close(bus);
	(void)prof_bus_unlink(scene->name);
}

static void attack(struct scene *scene, uint32_t corruption_count)
{
	uint32_t shrink_count = 0;
	uint32_t plant_count = 0;

	for (uint32_t i = 0; i < corruption_count;) {
		(void)alarm(HANG_LIMIT_S); /* a hang ends the test by its signal */
		open_scene(scene);
		for (uint32_t j = 0; j < CORRUPTIONS_PER_SEGMENT && i < corruption_count;
		     j++, i++) {
			corrupt(scene);
			use_everything(scene);
		}
		if (below(4) == 0) {
			shrink(scene);
			shrink_count++;
		}
		close_scene(scene);
		(void)prof_bus_unlink(scene->name);
		plant(scene);
		plant_count++;
	}
	(void)printf("corruptions %u truncations %u planted_files %u crashes 0 hangs 0\n",
		     corruption_count, shrink_count, plant_count);
}

int main(int argc, char **argv)
{
	struct scene scene = { 0 };
	const char *corruptions = NULL;
	uint32_t corruption_count = 20000;
	uint32_t seed = 1;
	const struct prof_option rows[] = {
		{ .name = "seed",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "of the random numbers",
		  .value = &seed,
		  .min = 1,
		  .max = UINT32_MAX },
	};
	const struct prof_cli cli = { .program = PROGRAM,
				      .synopsis = "[--seed N] [CORRUPTIONS]",
				      .summary = "Corrupts a bus in use.",
				      .options = rows,
				      .option_count = 1,
				      .positional_count_max = 1,
				      .positionals = &corruptions };
	int status = prof_cli_parse(&cli, argc, argv);

	if (status >= 0)
		return status;
	if (corruptions && prof_parse_u32(corruptions, 1, UINT32_MAX, &corruption_count) < 0) {
		prof_complain(PROGRAM, corruptions, "not a number of corruptions", NULL);
		return PROF_EXIT_USAGE;
	}
	rand_state = seed;
	(void)signal(SIGBUS, SIG_DFL); /* as in a program of ours; a sanitizer has it else */
	(void)snprintf(scene.name, sizeof(scene.name), "/prof-hostile-%ld", (long)getpid());
	(void)snprintf(scene.path, sizeof(scene.path), "/dev/shm%s", scene.name);
	attack(&scene, corruption_count);
	return PROF_EXIT_OK;
}
