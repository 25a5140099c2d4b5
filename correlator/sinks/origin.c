/* SPDX-License-Identifier: BSD-2-Clause */
#include "sink.h"

#include <time.h>
#include <unistd.h>

#include "prof/clock.h"

void sink_origin_read(struct sink_origin *ret_origin)
{
	struct timespec now;

	*ret_origin = (struct sink_origin){ 0 };
	(void)clock_gettime(CLOCK_REALTIME, &now);
	ret_origin->wall_ns = (uint64_t)now.tv_sec * PROF_NS_PER_S + (uint64_t)now.tv_nsec;
	ret_origin->run = ret_origin->wall_ns * 2 + 1; /* never 0 */
	if (gethostname(ret_origin->host, sizeof(ret_origin->host) - 1) < 0)
		ret_origin->host[0] = '\0';
	host_read(&ret_origin->facts);
}
