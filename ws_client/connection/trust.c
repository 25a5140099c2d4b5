/* SPDX-License-Identifier: BSD-2-Clause */
#include "trust.h"

#include <libwebsockets.h>
#include <openssl/x509_vfy.h>

#include "feed/target.h"

int trust_flags(bool is_insecure)
{
	if (!is_insecure)
		return LCCSCF_USE_SSL;
	return LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK |
	       LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE;
}

void trust_prepare(SSL *ssl, const char *host, bool is_insecure)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (!target_is_address(host))
		return;
	/* An address is not asked for as a name (RFC 6066, 3). */
	(void)SSL_set_tlsext_host_name(ssl, NULL);
	/* libwebsockets 4.1 looks for an address among the DNS names only. */
	if (!is_insecure && X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
		(void)X509_VERIFY_PARAM_set1_host(param, NULL, 0); /* clears: cannot fail */
}

void trust_judge(X509_STORE_CTX *store, bool is_good, bool is_insecure, int *verify_error)
{
	if (is_good)
		return;
	if (is_insecure)
		X509_STORE_CTX_set_error(store, X509_V_OK);
	else if (*verify_error == X509_V_OK)
		*verify_error = X509_STORE_CTX_get_error(store);
}
