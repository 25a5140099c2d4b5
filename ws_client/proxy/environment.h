/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The environment's proxies.  libwebsockets obeys http_proxy for every
 * connection, to the own machine as well, and knows no no_proxy: a measured
 * connection would take a way that nobody asked for.  So these variables are
 * taken out of the environment, and the user is told which there were.
 */
#ifndef WS_CLIENT_PROXY_ENVIRONMENT_H
#define WS_CLIENT_PROXY_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* True for the name of a variable that names a proxy, in upper or lower case: http_proxy, ... */
bool environment_is_proxy(const char *name, size_t name_bytes);

/*
 * Takes them out of this process's environment, before any other thread is
 * there.  Writes the names of those that named something, as "http_proxy,
 * ALL_PROXY", to ret_names; never a value, which may hold a password.
 */
void environment_drop_proxies(char *ret_names, size_t names_bytes);

#endif
