/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whoever may write the segment may also shrink its file, and touching what
 * is gone is SIGBUS.  Where nobody else handles that signal (the process would
 * die), we put an empty private page where the file's was and remember it:
 * prof_bus_check() then says so.
 *
 * The table is the library's only state of its own: a signal handler gets no
 * context pointer.
 */
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>

#include "bus_private.h"

#define GUARD_COUNT 64

enum guard_state { GUARD_FREE, GUARD_TAKEN, GUARD_ACTIVE };

struct guard {
	_Atomic uint32_t state;
	_Atomic uint32_t was_hit;
	_Atomic uintptr_t base;
	_Atomic uintptr_t size_bytes;
};

static struct guard guards[GUARD_COUNT];

/* Async-signal-safe: atomics and mmap(2). */
static bool cover_page(struct guard *guard, uintptr_t address)
{
	uintptr_t base;
	uintptr_t page;

	/* Pairs with the release in bus_guard_add(). */
	if (atomic_load_explicit(&guard->state, memory_order_acquire) != GUARD_ACTIVE)
		return false;
	base = atomic_load_explicit(&guard->base, memory_order_relaxed);
	if (address < base ||
	    address - base >= atomic_load_explicit(&guard->size_bytes, memory_order_relaxed))
		return false;
	page = base + (address - base) / BUS_PAGE_BYTES * BUS_PAGE_BYTES;
	if (mmap((void *)page, BUS_PAGE_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return false;
	atomic_store_explicit(&guard->was_hit, 1, memory_order_relaxed);
	return true;
}

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	uintptr_t address = (uintptr_t)info->si_addr;
	struct sigaction by_default = { .sa_handler = SIG_DFL };

	(void)context;
	for (size_t i = 0; i < GUARD_COUNT; i++)
		if (cover_page(&guards[i], address))
			return;
	/* Not ours: the instruction is repeated and the process dies as it would have. */
	(void)sigaction(number, &by_default, NULL);
}

static void install_handler(void)
{
	struct sigaction present;
	struct sigaction ours = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	(void)sigemptyset(&ours.sa_mask);
	if (sigaction(SIGBUS, NULL, &present) == 0 && !(present.sa_flags & SA_SIGINFO) &&
	    present.sa_handler == SIG_DFL)
		(void)sigaction(SIGBUS, &ours, NULL);
}

void bus_guard_add(struct prof_bus *bus)
{
	for (int i = 0; i < GUARD_COUNT; i++) {
		struct guard *guard = &guards[i];
		uint32_t expected = GUARD_FREE;

		if (!atomic_compare_exchange_strong_explicit(&guard->state, &expected, GUARD_TAKEN,
							     memory_order_acquire,
							     memory_order_relaxed))
			continue;
		atomic_store_explicit(&guard->base, (uintptr_t)bus->base, memory_order_relaxed);
		atomic_store_explicit(&guard->size_bytes, bus->at.size_bytes, memory_order_relaxed);
		atomic_store_explicit(&guard->was_hit, 0, memory_order_relaxed);
		/* Pairs with the acquire in cover_page(). */
		atomic_store_explicit(&guard->state, GUARD_ACTIVE, memory_order_release);
		bus->guard_index = i;
		install_handler();
		return;
	}
	/* More open buses than anybody has: those beyond are as unguarded as other mappings. */
}

void bus_guard_remove(struct prof_bus *bus)
{
	if (bus->guard_index < 0)
		return;
	/* Pairs with the acquire in bus_guard_add() of the next one. */
	atomic_store_explicit(&guards[bus->guard_index].state, GUARD_FREE, memory_order_release);
	bus->guard_index = -1;
}

bool bus_guard_was_hit(const struct prof_bus *bus)
{
	return bus->guard_index >= 0 &&
	       atomic_load_explicit(&guards[bus->guard_index].was_hit, memory_order_relaxed);
}
