/* SPDX-License-Identifier: BSD-2-Clause */
/* Round trips, and tick to order, as Prometheus reads them. */
#ifndef CORR_METRICS_TRIPS_TEXT_H
#define CORR_METRICS_TRIPS_TEXT_H

#include "page.h"

void metrics_add_trips(const struct page *page, const struct metrics_trips *trips);

void metrics_add_orders(const struct page *page, const struct metrics_orders *orders);

#endif
