/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys_only.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "ebpf_loader/attach/caps.h"
#include "prof/clock.h"
#include "prof/service.h"

#define PROGRAM "ebpf_loader"

#define WAIT_MS 100 /* a signal and a secret end it at once */

int keys_only_run(const struct config *config, struct keys *keys,
		  const volatile sig_atomic_t *is_stopping)
{
	struct pollfd ring = { .fd = keys_fd(keys), .events = POLLIN };
	int64_t duration_ns = (int64_t)config->common.duration_s * PROF_NS_PER_S;
	struct prof_service service = { 0 };
	uint64_t begin_ns = prof_now_ns();
	uint64_t now_ns = begin_ns;
	uint64_t unwritten_count = 0;
	int err = caps_drop();

	if (err)
		prof_complain(PROGRAM, "cannot drop capabilities", strerror(-err), NULL);
	(void)fprintf(stderr, PROGRAM ": attached to no read (--attach none)\n");
	while (!*is_stopping && (!duration_ns || prof_delta_ns(begin_ns, now_ns) < duration_ns)) {
		prof_service_turn(&service, now_ns);
		(void)poll(&ring, 1, WAIT_MS);
		if (ring.revents && keys_turn(keys) == 0)
			key_layer_check(&config->keys, keys, &unwritten_count);
		now_ns = prof_now_ns();
	}
	key_layer_finish(keys);
	return PROF_EXIT_OK;
}
