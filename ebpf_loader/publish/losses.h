/* SPDX-License-Identifier: BSD-2-Clause */
/* The loader's totals as the losses that everybody shows. */
#ifndef EBPF_LOADER_LOSSES_H
#define EBPF_LOADER_LOSSES_H

#include "prof/bus.h"
#include "totals.h"

/* Says what the kernel layer has lost so far. */
void losses_publish(struct prof_producer *producer, const struct publisher_totals *totals);

/* Says what the user layer of --ssl has. */
void losses_publish_ssl(struct prof_producer *producer, const struct publisher_totals *totals);

#endif
