/* SPDX-License-Identifier: BSD-2-Clause */
#include "environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

bool environment_is_proxy(const char *name, size_t name_bytes)
{
	static const char *const names[] = {
		"http_proxy", "https_proxy", "ws_proxy",     "wss_proxy",    "all_proxy",
		"ftp_proxy",  "socks_proxy", "socks5_proxy", "socks_server",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == name_bytes && strncasecmp(name, names[i], name_bytes) == 0)
			return true;
	return false;
}

static void add_name(char *names, size_t names_bytes, const char *name, size_t name_bytes)
{
	size_t at = strlen(names);

	(void)snprintf(names + at, names_bytes - at, "%s%.*s", at ? ", " : "", (int)name_bytes,
		       name);
}

void environment_drop_proxies(char *ret_names, size_t names_bytes)
{
	char **at = environ;

	ret_names[0] = '\0';
	while (at && *at) {
		size_t name_bytes = strcspn(*at, "=");
		char name[32];

		if (!environment_is_proxy(*at, name_bytes)) {
			at++;
			continue;
		}
		(void)snprintf(name, sizeof(name), "%.*s", (int)name_bytes, *at);
		if ((*at)[name_bytes] && (*at)[name_bytes + 1])
			add_name(ret_names, names_bytes, name, name_bytes);
		if (unsetenv(name) < 0)
			return; /* a name without '=' in it cannot be refused */
		at = environ;	/* unsetenv() has moved the others */
	}
}
