/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The proxy that --proxy names: http://[USER[:PASSWORD]@]HOST[:PORT], spoken
 * to by CONNECT (RFC 9110, 9.3.6), or socks5://..., by SOCKS (RFC 1928).  User
 * and password may be escaped as in any URL (RFC 3986, 2.1).  Pure.
 */
#ifndef WS_CLIENT_PROXY_URL_H
#define WS_CLIENT_PROXY_URL_H

#include <stdbool.h>
#include <stdint.h>

#define PROXY_HOST_BYTES   256
#define PROXY_SECRET_BYTES 256 /* SOCKS takes 255 of user and of password */

enum proxy_kind { PROXY_HTTP, PROXY_SOCKS5 };

/* Texts are terminated; the port is in host order. */
struct proxy {
	enum proxy_kind kind;
	uint16_t port;
	bool has_user;
	char host[PROXY_HOST_BYTES]; /* without the brackets of an IPv6 address */
	char user[PROXY_SECRET_BYTES];
	char password[PROXY_SECRET_BYTES];
};

enum proxy_verdict {
	PROXY_OK,
	PROXY_BAD_SCHEME,
	PROXY_TLS_SCHEME, /* https: TLS to the proxy itself */
	PROXY_OLD_SCHEME, /* socks4: knows no names and no IPv6 */
	PROXY_BAD_HOST,
	PROXY_BAD_PORT,
	PROXY_BAD_USER, /* too long, or with a control character, or ':' in the user */
	PROXY_HAS_PATH,
};

/*
 * Takes a URL apart.  A port that is not there is 80, of SOCKS 1080.
 * *ret_proxy is the caller's, and valid after PROXY_OK only.
 */
enum proxy_verdict proxy_parse(const char *url, struct proxy *ret_proxy);

/* Words for a verdict. */
const char *proxy_verdict_text(enum proxy_verdict verdict);

#endif
