/* SPDX-License-Identifier: BSD-2-Clause */
#include "suite.h"

#include <stddef.h>

/* clang-format off */
static const struct tls_suite suites[] = {
	{ 0x1301, TLS_AEAD_AES_128_GCM, false, true, "TLS_AES_128_GCM_SHA256" },
	{ 0x1302, TLS_AEAD_AES_256_GCM, true, true, "TLS_AES_256_GCM_SHA384" },
	{ 0x1303, TLS_AEAD_CHACHA20_POLY1305, false, true, "TLS_CHACHA20_POLY1305_SHA256" },
	{ 0x1304, TLS_AEAD_NONE, false, true, "TLS_AES_128_CCM_SHA256" },
	{ 0x1305, TLS_AEAD_NONE, false, true, "TLS_AES_128_CCM_8_SHA256" },
	{ 0xc02b, TLS_AEAD_AES_128_GCM, false, false, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" },
	{ 0xc02c, TLS_AEAD_AES_256_GCM, true, false, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" },
	{ 0xc02f, TLS_AEAD_AES_128_GCM, false, false, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" },
	{ 0xc030, TLS_AEAD_AES_256_GCM, true, false, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" },
	{ 0x009c, TLS_AEAD_AES_128_GCM, false, false, "TLS_RSA_WITH_AES_128_GCM_SHA256" },
	{ 0x009d, TLS_AEAD_AES_256_GCM, true, false, "TLS_RSA_WITH_AES_256_GCM_SHA384" },
	{ 0x009e, TLS_AEAD_AES_128_GCM, false, false, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256" },
	{ 0x009f, TLS_AEAD_AES_256_GCM, true, false, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384" },
	{ 0xcca8, TLS_AEAD_CHACHA20_POLY1305, false, false,
	  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256" },
	{ 0xcca9, TLS_AEAD_CHACHA20_POLY1305, false, false,
	  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256" },
	{ 0xccaa, TLS_AEAD_CHACHA20_POLY1305, false, false,
	  "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256" },
	{ 0x000a, TLS_AEAD_NONE, false, false, "TLS_RSA_WITH_3DES_EDE_CBC_SHA" },
	{ 0x002f, TLS_AEAD_NONE, false, false, "TLS_RSA_WITH_AES_128_CBC_SHA" },
	{ 0x0033, TLS_AEAD_NONE, false, false, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA" },
	{ 0x0035, TLS_AEAD_NONE, false, false, "TLS_RSA_WITH_AES_256_CBC_SHA" },
	{ 0x0039, TLS_AEAD_NONE, false, false, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA" },
	{ 0x003c, TLS_AEAD_NONE, false, false, "TLS_RSA_WITH_AES_128_CBC_SHA256" },
	{ 0x003d, TLS_AEAD_NONE, false, false, "TLS_RSA_WITH_AES_256_CBC_SHA256" },
	{ 0x0067, TLS_AEAD_NONE, false, false, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256" },
	{ 0x006b, TLS_AEAD_NONE, false, false, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256" },
	{ 0xc009, TLS_AEAD_NONE, false, false, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA" },
	{ 0xc00a, TLS_AEAD_NONE, false, false, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA" },
	{ 0xc013, TLS_AEAD_NONE, false, false, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA" },
	{ 0xc014, TLS_AEAD_NONE, false, false, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA" },
	{ 0xc023, TLS_AEAD_NONE, false, false, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256" },
	{ 0xc024, TLS_AEAD_NONE, true, false, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384" },
	{ 0xc027, TLS_AEAD_NONE, false, false, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256" },
	{ 0xc028, TLS_AEAD_NONE, true, false, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384" },
	{ 0xc09c, TLS_AEAD_NONE, false, false, "TLS_RSA_WITH_AES_128_CCM" },
	{ 0xc0ac, TLS_AEAD_NONE, false, false, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM" },
	{ 0xc0ad, TLS_AEAD_NONE, false, false, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM" },
};
/* clang-format on */

static const struct tls_suite unknown = { .name = "unknown" };

const struct tls_suite *tls_suite_find(uint16_t code)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (suites[i].code == code)
			return &suites[i];
	return &unknown;
}
