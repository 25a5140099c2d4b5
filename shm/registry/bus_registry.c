/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket registry: a table of seqlocks, written under one robust mutex.
 *
 * An entry's seq is odd while it is being written.  Every word is stored with
 * release and loaded with acquire, so that a reader which saw a word of a new
 * value also sees the odd number that was stored before it.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "bus_registry.h"
#include "prof/clock.h"
#include "shm/segment/bus_owner.h"
#include "shm/segment/bus_private.h"

#ifndef LOCK_LIMIT_MS /* tests of hostile memory lower it */
#define LOCK_LIMIT_MS 200
#endif
#define READ_ATTEMPTS 1000

static bool entry_read(const struct bus_socket *entry, struct prof_socket *ret_socket)
{
	uint64_t words[BUS_SOCKET_WORDS];

	for (int attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
		uint64_t before = atomic_load_explicit(&entry->seq, memory_order_acquire);

		if (before & 1)
			continue;
		for (size_t i = 0; i < BUS_SOCKET_WORDS; i++)
			words[i] = atomic_load_explicit(&entry->words[i], memory_order_acquire);
		if (atomic_load_explicit(&entry->seq, memory_order_relaxed) != before)
			continue;
		memcpy(ret_socket, words, sizeof(words));
		return true;
	}
	return false;
}

static void entry_write(struct prof_bus *bus, struct bus_socket *entry,
			const struct prof_socket *socket)
{
	uint64_t words[BUS_SOCKET_WORDS];
	uint64_t seq = atomic_load_explicit(&entry->seq, memory_order_relaxed) | 1;

	memcpy(words, socket, sizeof(words));
	atomic_store_explicit(&entry->seq, seq, memory_order_relaxed);
	for (size_t i = 0; i < BUS_SOCKET_WORDS; i++) {
		atomic_store_explicit(&entry->words[i], words[i], memory_order_release);
		BUS_PAUSE("socket");
	}
	atomic_store_explicit(&entry->seq, seq + 1, memory_order_release);
	/* Pairs with the acquire in prof_socket_epoch(): the entry has changed. */
	(void)atomic_fetch_add_explicit(&bus->header->socket_epoch, 1, memory_order_release);
}

/* Empties what a writer left half-written when it died; keeps the count of generations. */
static void clean_up_after_dead(struct prof_bus *bus)
{
	for (uint32_t i = 0; i < bus->shape.socket_count; i++) {
		struct bus_socket *entry = bus_socket(bus, i);
		struct prof_socket socket = { 0 };
		uint64_t words[BUS_SOCKET_WORDS];

		if (!(atomic_load_explicit(&entry->seq, memory_order_relaxed) & 1))
			continue;
		for (size_t j = 0; j < BUS_SOCKET_WORDS; j++)
			words[j] = atomic_load_explicit(&entry->words[j], memory_order_relaxed);
		memcpy(&socket, words, sizeof(socket));
		socket = (struct prof_socket){ .generation = socket.generation + 1 };
		entry_write(bus, entry, &socket);
	}
}

int bus_registry_lock(struct prof_bus *bus)
{
	bool is_orphaned = false;
	int err;

	/* Ours first: within a process a bus_owner page serves one thread at a time. */
	(void)pthread_mutex_lock(&bus->mutex);
	if (bus->is_header_stuck) {
		(void)pthread_mutex_unlock(&bus->mutex);
		return -ETIMEDOUT;
	}
	err = bus_owner_take_within(bus->header, LOCK_LIMIT_MS, &is_orphaned);
	if (err) {
		(void)pthread_mutex_unlock(&bus->mutex);
		return err == -EDEADLK ? -ETIMEDOUT : err; /* a futex word that lies */
	}
	if (is_orphaned)
		clean_up_after_dead(bus);
	return 0;
}

void bus_registry_unlock(struct prof_bus *bus)
{
	if (bus_owner_release(bus->header))
		bus->is_header_stuck = true;
	(void)pthread_mutex_unlock(&bus->mutex);
}

static bool process_is_gone(uint32_t pid)
{
	if (pid == 0 || pid > INT32_MAX)
		return true;
	return kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

/* How gladly a place is given to a new socket; the highest number first. */
static uint64_t place_rank(const struct prof_socket *socket)
{
	if (!socket->cookie)
		return UINT64_MAX;
	if (socket->flags & PROF_SOCKET_CLOSED)
		return UINT64_MAX - 1 - socket->closed_ns; /* closed longest ago first */
	return process_is_gone(socket->pid) ? 1 : 0;
}

/* Returns the index of the best place, or -ENOSPC. */
static int find_place(const struct prof_bus *bus, uint32_t *ret_generation)
{
	uint64_t best_rank = 0;
	int best = -ENOSPC;

	for (uint32_t i = 0; i < bus->shape.socket_count; i++) {
		struct prof_socket socket;
		uint64_t rank;

		if (!entry_read(bus_socket(bus, i), &socket))
			continue;
		rank = place_rank(&socket);
		if (rank > best_rank) {
			best_rank = rank;
			best = (int)i;
			*ret_generation = socket.generation;
		}
		if (rank == UINT64_MAX)
			break;
	}
	return best;
}

int prof_socket_register(struct prof_bus *bus, const struct prof_socket *socket,
			 uint32_t *ret_index)
{
	struct prof_socket entry = *socket;
	uint32_t generation = 0;
	int index;
	int err;

	if (!socket->cookie)
		return -EINVAL;
	err = bus_registry_lock(bus);
	if (err)
		return err;
	index = find_place(bus, &generation);
	if (index >= 0) {
		entry.registered_ns = prof_now_ns();
		entry.generation = generation + 1 ? generation + 1 : 1;
		entry_write(bus, bus_socket(bus, (uint32_t)index), &entry);
		*ret_index = (uint32_t)index;
	}
	bus_registry_unlock(bus);
	return index < 0 ? index : 0;
}

/* Locks the registry and reads an entry of that generation; -ESTALE and unlocked if it is gone. */
static int begin_change(struct prof_bus *bus, uint32_t index, uint32_t generation,
			struct prof_socket *ret_socket)
{
	int err;

	if (index >= bus->shape.socket_count)
		return -ERANGE;
	err = bus_registry_lock(bus);
	if (err)
		return err;
	if (!entry_read(bus_socket(bus, index), ret_socket) || !ret_socket->cookie ||
	    ret_socket->generation != generation) {
		bus_registry_unlock(bus);
		return -ESTALE;
	}
	return 0;
}

int prof_socket_set_base(struct prof_bus *bus, uint32_t index, uint32_t generation,
			 uint32_t base_seq)
{
	struct prof_socket socket;
	int err = begin_change(bus, index, generation, &socket);

	if (err)
		return err;
	socket.base_seq = base_seq;
	socket.flags |= PROF_SOCKET_BASE_KNOWN;
	entry_write(bus, bus_socket(bus, index), &socket);
	bus_registry_unlock(bus);
	return 0;
}

int prof_socket_add_flags(struct prof_bus *bus, uint32_t index, uint32_t generation, uint32_t flags)
{
	struct prof_socket socket;
	int err = begin_change(bus, index, generation, &socket);

	if (err)
		return err;
	socket.flags |= flags & (PROF_SOCKET_KTLS | PROF_SOCKET_MPTCP);
	entry_write(bus, bus_socket(bus, index), &socket);
	bus_registry_unlock(bus);
	return 0;
}

int prof_socket_close(struct prof_bus *bus, uint32_t index, uint32_t generation, uint64_t closed_ns)
{
	struct prof_socket socket;
	int err = begin_change(bus, index, generation, &socket);

	if (err)
		return err;
	socket.closed_ns = closed_ns;
	socket.flags |= PROF_SOCKET_CLOSED;
	entry_write(bus, bus_socket(bus, index), &socket);
	bus_registry_unlock(bus);
	return 0;
}

bool prof_socket_read(const struct prof_bus *bus, uint32_t index, struct prof_socket *ret_socket)
{
	struct prof_socket socket;

	if (index >= bus->shape.socket_count || !entry_read(bus_socket(bus, index), &socket) ||
	    !socket.cookie)
		return false;
	*ret_socket = socket;
	return true;
}

uint64_t prof_socket_epoch(const struct prof_bus *bus)
{
	/* Pairs with the release in entry_write(). */
	return atomic_load_explicit(&bus->header->socket_epoch, memory_order_acquire);
}
