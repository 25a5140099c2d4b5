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
 * cmocka 2 deprecates assert_in_range() and assert_in_set() of cmocka 1.  Its assert_uint_in_range() converts to
 * signed numbers and back, which -Wconversion tells; none here comes near those limits.  By the
 * old names nothing builds with cmocka 1 either.
 */
#ifndef assert_int_in_range
#define assert_int_in_range(value, least, most)                                                    \
	_assert_in_range(cast_to_largest_integral_type(value),                                     \
			 cast_to_largest_integral_type(least),                                     \
			 cast_to_largest_integral_type(most), __FILE__, __LINE__)
#undef assert_in_range
#undef assert_in_set
#endif

#endif
