/* SPDX-License-Identifier: BSD-2-Clause */
/* cmocka and the headers it wants to see before it. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * cmocka 2 deprecates assert_in_range() of cmocka 1.  Its assert_uint_in_range() converts to
 * signed numbers and back, which -Wconversion tells; none here comes near those limits.
 */
#ifndef assert_int_in_range
#define assert_int_in_range assert_in_range
#endif

#endif
