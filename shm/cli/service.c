/* SPDX-License-Identifier: BSD-2-Clause */
#include "prof/service.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "prof/clock.h"

/* One datagram to $NOTIFY_SOCKET; '@' stands for the NUL of an abstract name. */
static bool tell(const char *words)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t path_bytes = path ? strlen(path) : 0;
	bool is_told;
	int fd;

	if (path_bytes < 2 || path_bytes >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, path_bytes);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	is_told = sendto(fd, words, strlen(words), MSG_NOSIGNAL | MSG_DONTWAIT,
			 (const struct sockaddr *)&address,
			 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_bytes)) >= 0;
	(void)close(fd);
	return is_told;
}

/* Half of what it allows us, as it wants; it may be another process that is meant. */
static int64_t read_interval_ns(void)
{
	const char *limit = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (!limit || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	return strtoll(limit, NULL, 10) * (PROF_NS_PER_US / 2);
}

static void begin(struct prof_service *service, uint64_t now_ns)
{
	service->is_begun = true;
	service->is_silent = !tell("READY=1");
	service->interval_ns = service->is_silent ? 0 : read_interval_ns();
	service->told_ns = now_ns;
}

void prof_service_turn(struct prof_service *service, uint64_t now_ns)
{
	if (!service->is_begun)
		begin(service, now_ns);
	if (service->interval_ns <= 0 ||
	    prof_delta_ns(service->told_ns, now_ns) < service->interval_ns)
		return;
	service->told_ns = now_ns;
	(void)tell("WATCHDOG=1"); /* the next one may find room */
}
