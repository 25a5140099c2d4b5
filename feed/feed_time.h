/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unit of a feed's times: what the URL asked for.
 */
#ifndef FEED_TIME_H
#define FEED_TIME_H

enum feed_time_unit { FEED_TIME_MS, FEED_TIME_US };

#endif
