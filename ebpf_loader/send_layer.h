/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes out, for the loader's main program: begun if the kernel lets it, and summed up. */
#ifndef EBPF_LOADER_SEND_LAYER_H
#define EBPF_LOADER_SEND_LAYER_H

#include "ebpf_loader/beside/beside.h"
#include "ebpf_loader/publish/publisher.h"
#include "ebpf_loader/sends/send_probes.h"

/* The programs, beside the probe; NULL if this kernel does not take them, told. */
struct send_probes *send_layer_open(const struct beside_options *options);

/* The closing line; nothing of NULL. */
void send_layer_report(const struct send_probes *probes, const struct publisher_totals *totals);

#endif
