/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of the sinks that show something while the run goes on. */
#ifndef CORR_THREAD_H
#define CORR_THREAD_H

#include <pthread.h>

/*
 * Starts one that gets no signals: they are for the thread that runs the
 * correlator.  0 or a negative errno.
 */
int thread_start(pthread_t *ret_thread, void *(*work)(void *), void *context);

#endif
