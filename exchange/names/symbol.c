/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbol.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const spot_quotes[] = {
	"usdt", "usdc", "fdusd", "tusd", "busd", "usd1", "bfusd", "usde", "dai",
	"btc",	"eth",	"bnb",	 "sol",	 "xrp",	 "trx",	 "doge",  "dot",  "jpy",
	"eur",	"try",	"brl",	 "gbp",	 "aud",	 "pln",	 "ron",	  "czk",  "mxn",
	"ars",	"cop",	"zar",	 "uah",	 "idr",	 "ngn",	 "rub",	  "vai",
};

static const char *const linear_quotes[] = { "usdt", "usdc", "usd1", "busd", "bfusd", "btc" };
static const char *const coin_quotes[] = { "usd" };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Letters, digits, and whatever is not ASCII: names may be in any script. */
static bool is_name(const char *text, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++)
		if (!((text[i] >= 'a' && text[i] <= 'z') || is_digit(text[i]) ||
		      (unsigned char)text[i] >= 0x80))
			return false;
	return true;
}

/* Is it a base of at least one byte, and one of these quotes? */
static bool ends_in(const char *text, size_t size_bytes, const char *const *quotes, size_t count)
{
	if (!is_name(text, size_bytes))
		return false;
	for (size_t i = 0; i < count; i++) {
		size_t quote_bytes = strlen(quotes[i]);

		if (size_bytes > quote_bytes &&
		    memcmp(text + size_bytes - quote_bytes, quotes[i], quote_bytes) == 0)
			return true;
	}
	return false;
}

static bool is_date(const char *text, size_t size_bytes)
{
	if (size_bytes != 6)
		return false;
	for (size_t i = 0; i < size_bytes; i++)
		if (!is_digit(text[i]))
			return false;
	return true;
}

size_t symbol_pair_bytes(const char *symbol)
{
	return strcspn(symbol, "_");
}

static bool is_linear(const char *symbol)
{
	return ends_in(symbol, symbol_pair_bytes(symbol), linear_quotes, COUNT(linear_quotes));
}

bool symbol_is_coin(const char *symbol)
{
	/* "btcbusd" ends in both. */
	return !is_linear(symbol) &&
	       ends_in(symbol, symbol_pair_bytes(symbol), coin_quotes, COUNT(coin_quotes));
}

bool symbol_is_spot(const char *symbol)
{
	return ends_in(symbol, strlen(symbol), spot_quotes, COUNT(spot_quotes));
}

bool symbol_is_futures(const char *symbol)
{
	const char *contract = symbol + symbol_pair_bytes(symbol);

	if (is_linear(symbol))
		return *contract == '\0' || is_date(contract + 1, strlen(contract + 1));
	return symbol_is_coin(symbol) && *contract != '\0' &&
	       (strcmp(contract, "_perp") == 0 || is_date(contract + 1, strlen(contract + 1)));
}

bool symbol_is_pair(const char *symbol)
{
	return symbol[symbol_pair_bytes(symbol)] == '\0' &&
	       (is_linear(symbol) || symbol_is_coin(symbol));
}

bool symbol_is_asset(const char *symbol)
{
	return symbol_is_pair(symbol) && symbol_is_coin(symbol);
}

bool symbol_is_option(const char *symbol)
{
	size_t base_bytes = strcspn(symbol, "-");
	const char *strike;
	size_t strike_bytes;

	if (base_bytes == 0 || !is_name(symbol, base_bytes) || strlen(symbol) < base_bytes + 8 ||
	    !is_date(symbol + base_bytes + 1, 6) || symbol[base_bytes + 7] != '-')
		return false;
	strike = symbol + base_bytes + 8;
	strike_bytes = strspn(strike, "0123456789.");
	return strike_bytes > 0 && (strcmp(strike + strike_bytes, "-c") == 0 ||
				    strcmp(strike + strike_bytes, "-p") == 0);
}
