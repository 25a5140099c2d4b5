/* SPDX-License-Identifier: BSD-2-Clause */
#include "thread.h"

#include <signal.h>

int thread_start(pthread_t *ret_thread, void *(*work)(void *), void *context)
{
	sigset_t all;
	sigset_t before;
	int err;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(ret_thread, NULL, work, context);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}
