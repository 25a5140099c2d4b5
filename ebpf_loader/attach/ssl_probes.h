/* SPDX-License-Identifier: BSD-2-Clause */
/* The probes on functions of OpenSSL's, in each library of a target. */
#ifndef EBPF_LOADER_SSL_PROBES_H
#define EBPF_LOADER_SSL_PROBES_H

#include <stdbool.h>

#include "ebpf_loader/library/ssl_target.h"

struct bpf_link;
struct probe;

/* Two for each function of each library: its return and its entry. */
#define SSL_LINK_COUNT (2 * SSL_FUNCTION_COUNT * PROBE_SSL_LIBRARY_COUNT_MAX)

/* Before the skeleton is loaded: its programs for that are, or are not. */
void ssl_probes_choose(const struct probe *skeleton, bool has_ssl);

/* What the probe must know of the libraries, before it is loaded. */
void ssl_probes_configure(const struct ssl_target *target, struct probe_config *config);

/*
 * Attaches them; `links` has room for SSL_LINK_COUNT and is NULLs.  0 or a
 * negative errno, and then *ret_failed is the library that would not have them.
 */
int ssl_probes_attach(const struct probe *skeleton, const struct ssl_target *target,
		      struct bpf_link **links, const struct ssl_library **ret_failed);

#endif
