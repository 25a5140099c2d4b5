/* SPDX-License-Identifier: BSD-2-Clause */
/* The stream names: entered once, never changed, found by index. */
#include <errno.h>
#include <string.h>

#include "bus_registry.h"
#include "shm/segment/bus_private.h"

/* How many names are there, at most as many as there is room for? */
static uint32_t used_count(const struct prof_bus *bus)
{
	/* Pairs with the release in enter(): names below it are whole. */
	uint32_t count = atomic_load_explicit(&bus->header->stream_used, memory_order_acquire);

	return count < bus->shape.stream_count ? count : bus->shape.stream_count;
}

static void copy_name(const struct bus_stream *stream, char ret_name[PROF_STREAM_NAME_BYTES])
{
	uint64_t words[BUS_STREAM_WORDS];

	for (size_t i = 0; i < BUS_STREAM_WORDS; i++)
		words[i] = atomic_load_explicit(&stream->words[i], memory_order_relaxed);
	memcpy(ret_name, words, sizeof(words));
	ret_name[PROF_STREAM_NAME_BYTES - 1] = '\0';
}

/* The name's index from first on, or used_count() if it is not there. */
static uint32_t find(const struct prof_bus *bus, const char *name, uint32_t first)
{
	uint32_t count = used_count(bus);
	char seen[PROF_STREAM_NAME_BYTES];

	for (uint32_t i = first; i < count; i++) {
		copy_name(bus_stream(bus, i), seen);
		if (strcmp(seen, name) == 0)
			return i;
	}
	return count;
}

/* Called with the registry's lock held. */
static int enter(struct prof_bus *bus, const char *name, uint32_t index)
{
	uint64_t words[BUS_STREAM_WORDS] = { 0 };
	struct bus_stream *stream;

	if (index >= bus->shape.stream_count)
		return -ENOSPC;
	stream = bus_stream(bus, index);
	memcpy(words, name, strlen(name));
	for (size_t i = 0; i < BUS_STREAM_WORDS; i++)
		atomic_store_explicit(&stream->words[i], words[i], memory_order_relaxed);
	BUS_PAUSE("stream");
	/* Pairs with the acquire in used_count(). */
	atomic_store_explicit(&bus->header->stream_used, index + 1, memory_order_release);
	return 0;
}

int prof_stream_intern(struct prof_bus *bus, const char *name, uint16_t *ret_index)
{
	uint32_t count = used_count(bus);
	uint32_t index;
	int err;

	if (!name || strnlen(name, PROF_STREAM_NAME_BYTES) == PROF_STREAM_NAME_BYTES)
		return -EINVAL;
	if (!*name) {
		*ret_index = 0;
		return 0;
	}
	index = find(bus, name, 1);
	if (index >= count) { /* perhaps entered by somebody meanwhile: again, alone */
		err = bus_registry_lock(bus);
		if (err)
			return err;
		index = find(bus, name, 1);
		if (index == used_count(bus)) {
			index = index ? index : 1; /* a count of 0 is a lie: 0 is taken */
			err = enter(bus, name, index);
		}
		bus_registry_unlock(bus);
		if (err)
			return err;
	}
	*ret_index = (uint16_t)index;
	return 0;
}

bool prof_stream_read(const struct prof_bus *bus, uint16_t index,
		      char ret_name[PROF_STREAM_NAME_BYTES])
{
	if (index == 0) {
		ret_name[0] = '\0';
		return true;
	}
	if (index >= used_count(bus))
		return false;
	copy_name(bus_stream(bus, index), ret_name);
	return true;
}
