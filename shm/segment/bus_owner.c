/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bus_layout.h"
#include "bus_owner.h"

#define RELEASE_ATTEMPTS 8

/*
 * The part of the mutex that is shared: the futex word and, in glibc, a
 * recursion count that mutexes of our type do not use.
 */
#ifdef __GLIBC__
static_assert(offsetof(pthread_mutex_t, __data.__lock) == 0, "the futex word comes first");
static_assert(offsetof(pthread_mutex_t, __data.__owner) == BUS_OWNER_BYTES,
	      "what glibc trusts lies in the private page");
#endif

static pthread_mutex_t *mutex_of(void *page)
{
	return (pthread_mutex_t *)(void *)((char *)page + BUS_PAGE_BYTES - BUS_OWNER_BYTES);
}

static int make_template(pthread_mutex_t *ret_mutex)
{
	pthread_mutexattr_t attr;
	int err = pthread_mutexattr_init(&attr);

	if (err)
		return -err;
	err = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	if (!err)
		err = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	if (!err) /* so that a release by the wrong thread is refused */
		err = pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	if (!err)
		err = pthread_mutex_init(ret_mutex, &attr);
	(void)pthread_mutexattr_destroy(&attr);
	return -err;
}

int bus_owner_prepare(void *page)
{
	char *private_page = (char *)page + BUS_PAGE_BYTES;
	pthread_mutex_t template;
	void *mapped = mmap(private_page, BUS_PAGE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	int err;

	if (mapped == MAP_FAILED)
		return -errno;
	err = make_template(&template);
	if (err)
		return err;
	memcpy(private_page, (const char *)&template + BUS_OWNER_BYTES,
	       sizeof(template) - BUS_OWNER_BYTES);
	return 0;
}

/* Turns a lock's result into ours; a dead owner's mutex is made usable again. */
static int settle(void *page, int err, bool *ret_is_orphaned)
{
	*ret_is_orphaned = err == EOWNERDEAD;
	if (err == EOWNERDEAD)
		err = pthread_mutex_consistent(mutex_of(page));
	return -err;
}

int bus_owner_take(void *page)
{
	bool is_orphaned;

	return settle(page, pthread_mutex_trylock(mutex_of(page)), &is_orphaned);
}

int bus_owner_take_within(void *page, uint32_t timeout_ms, bool *ret_is_orphaned)
{
	struct timespec until;

	/* pthread_mutex_timedlock() knows CLOCK_REALTIME only; a step shifts our limit. */
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	return settle(page, pthread_mutex_timedlock(mutex_of(page), &until), ret_is_orphaned);
}

static _Atomic uint32_t *futex_word(void *page)
{
	return (void *)((char *)page + BUS_PAGE_BYTES - BUS_OWNER_BYTES);
}

int bus_owner_release(void *page)
{
	int err = pthread_mutex_unlock(mutex_of(page));

	/*
	 * EPERM: the word no longer names us, so it was overwritten.  The mutex is still on
	 * our thread's list, from which only an unlock removes it.
	 */
	for (int i = 0; err == EPERM && i < RELEASE_ATTEMPTS; i++) {
		atomic_store_explicit(futex_word(page), (uint32_t)gettid(), memory_order_relaxed);
		err = pthread_mutex_unlock(mutex_of(page));
	}
	return -err;
}

enum bus_owner_state bus_owner_state(const void *page)
{
	const _Atomic uint32_t *word = (const void *)((const char *)page + BUS_PAGE_BYTES -
						      BUS_OWNER_BYTES);
	/* Pairs with nothing: the kernel writes it, and what it guards has its own order. */
	uint32_t value = atomic_load_explicit(word, memory_order_relaxed);

	if (value & FUTEX_OWNER_DIED)
		return BUS_OWNER_DEAD;
	return value & FUTEX_TID_MASK ? BUS_OWNER_ALIVE : BUS_OWNER_NONE;
}
