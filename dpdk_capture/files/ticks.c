/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats.h"

#include "prof/clock.h"

#define IS_BINARY    0x80u
#define EXPONENT     0x7fu
#define DECIMALS_NS  9
#define POWER_10_MAX 19 /* 10^19 is the last one of 64 bits */

static uint64_t power_10(unsigned int exponent)
{
	uint64_t power = 1;

	while (exponent--)
		power *= 10;
	return power;
}

static bool multiply(uint64_t a, uint64_t b, uint64_t *ret_product)
{
	if (b && a > UINT64_MAX / b)
		return false;
	*ret_product = a * b;
	return true;
}

static bool decimal_to_ns(unsigned int exponent, uint64_t ticks, uint64_t *ret_ns)
{
	if (exponent <= DECIMALS_NS)
		return multiply(ticks, power_10(DECIMALS_NS - exponent), ret_ns);
	exponent -= DECIMALS_NS;
	*ret_ns = exponent > POWER_10_MAX ? 0 : ticks / power_10(exponent);
	return true;
}

/*
 * The part below a second in two halves, so that nothing overflows and nothing
 * is lost: (high * 2^32 + low) * 10^9 / 2^exponent, floored twice, which is
 * the same as once.
 */
static uint64_t fraction_to_ns(unsigned int exponent, uint64_t fraction)
{
	uint64_t high = fraction >> 32;
	uint64_t low = fraction & UINT32_MAX;

	if (exponent <= 32)
		return low * PROF_NS_PER_S >> exponent;
	exponent -= 32;
	return exponent > 63 ? 0 : (high * PROF_NS_PER_S + (low * PROF_NS_PER_S >> 32)) >> exponent;
}

static bool binary_to_ns(unsigned int exponent, uint64_t ticks, uint64_t *ret_ns)
{
	uint64_t seconds = exponent > 63 ? 0 : ticks >> exponent;
	uint64_t fraction = exponent > 63 ? ticks : ticks & ((UINT64_C(1) << exponent) - 1);

	if (!multiply(seconds, PROF_NS_PER_S, ret_ns))
		return false;
	*ret_ns += fraction_to_ns(exponent, fraction);
	return true;
}

bool ticks_to_ns(const struct reader_interface *interface, uint64_t ticks, uint64_t *ret_ns)
{
	unsigned int exponent = interface->resolution & EXPONENT;
	uint64_t offset_s = interface->offset_s < 0 ? -(uint64_t)interface->offset_s
						    : (uint64_t)interface->offset_s;
	uint64_t offset_ns;
	bool is_ok = interface->resolution & IS_BINARY ? binary_to_ns(exponent, ticks, ret_ns)
						       : decimal_to_ns(exponent, ticks, ret_ns);

	if (!is_ok || !multiply(offset_s, PROF_NS_PER_S, &offset_ns))
		return false;
	if (interface->offset_s < 0 ? offset_ns > *ret_ns : offset_ns > UINT64_MAX - *ret_ns)
		return false;
	*ret_ns = interface->offset_s < 0 ? *ret_ns - offset_ns : *ret_ns + offset_ns;
	return true;
}

uint32_t tick_ns(const struct reader_interface *interface)
{
	struct reader_interface plain = { .resolution = interface->resolution };
	uint64_t ns;

	if (!ticks_to_ns(&plain, 1, &ns) || ns > UINT32_MAX)
		return UINT32_MAX;
	return ns ? (uint32_t)ns : 1;
}
