/* SPDX-License-Identifier: BSD-2-Clause */
#include "cert.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S	       86400L
#define LIFE_DAYS      30
#define SAN_BYTES_MAX  65536
#define HOST_BYTES_MAX 253

int cert_parse_kind(const char *text, enum cert_kind *ret_kind)
{
	static const char *const kinds[] = { "good", "expired", "wrong-host", "unknown-ca" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(text, kinds[i]) == 0) {
			*ret_kind = (enum cert_kind)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int join(char *path, const char *folder, const char *name)
{
	int size = snprintf(path, PATH_MAX, "%s/%s", folder, name);

	return size < 0 || size >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int cert_open_folder(const char *folder, struct cert_files *ret_files)
{
	const char *base = getenv("TMPDIR");
	char *path = ret_files->folder;
	struct stat state;

	memset(ret_files, 0, sizeof(*ret_files));
	if (!folder) {
		if (join(path, base && *base ? base : "/tmp", "exchange.XXXXXX") < 0)
			return -ENAMETOOLONG;
		if (!mkdtemp(path))
			return -errno;
		ret_files->is_temporary = true;
	} else {
		if (snprintf(path, PATH_MAX, "%s", folder) >= PATH_MAX)
			return -ENAMETOOLONG;
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return -errno;
		if (stat(path, &state) < 0)
			return -errno;
		if (!S_ISDIR(state.st_mode))
			return -ENOTDIR;
	}
	if (join(ret_files->ca, path, "ca.pem") < 0 ||
	    join(ret_files->server, path, "server.pem") < 0 ||
	    join(ret_files->key, path, "server.key") < 0)
		return -ENAMETOOLONG;
	return 0;
}

bool cert_is_there(const struct cert_files *files)
{
	return access(files->ca, R_OK) == 0 && access(files->server, R_OK) == 0 &&
	       access(files->key, R_OK) == 0;
}

bool cert_is_usable(const struct cert_files *files)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	bool is_usable = ctx && SSL_CTX_use_certificate_chain_file(ctx, files->server) == 1 &&
			 SSL_CTX_use_PrivateKey_file(ctx, files->key, SSL_FILETYPE_PEM) == 1 &&
			 SSL_CTX_check_private_key(ctx) == 1;

	SSL_CTX_free(ctx);
	ERR_clear_error();
	return is_usable;
}

bool cert_is_host(const char *host)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:*";
	size_t size_bytes = strlen(host);

	return size_bytes > 0 && size_bytes <= HOST_BYTES_MAX &&
	       strspn(host, allowed) == size_bytes;
}

void cert_remove(const struct cert_files *files)
{
	if (!files->is_temporary)
		return;
	(void)unlink(files->ca);
	(void)unlink(files->server);
	(void)unlink(files->key);
	(void)rmdir(files->folder);
}

/* A file of our own, never one that somebody put there for us to write into. */
static FILE *create_file(const char *path, mode_t mode)
{
	FILE *file;
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return NULL;
	file = fdopen(fd, "w");
	if (!file)
		(void)close(fd);
	return file;
}

static int close_file(FILE *file, int is_written)
{
	int err = is_written ? 0 : -EPROTO;

	if (fclose(file) != 0 && err == 0)
		err = -errno;
	return err;
}

static int write_cert(const char *path, X509 *cert)
{
	FILE *file = create_file(path, 0644);

	return file ? close_file(file, PEM_write_X509(file, cert)) : -errno;
}

static int write_key(const char *path, EVP_PKEY *key)
{
	FILE *file = create_file(path, 0600);

	if (!file)
		return -errno;
	return close_file(file, PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;
	bool is_added;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (!extension)
		return false;
	is_added = X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	return is_added;
}

static bool set_serial(X509 *cert)
{
	unsigned char random[8];
	uint64_t serial = 0;

	if (RAND_bytes(random, sizeof(random)) != 1)
		return false;
	for (size_t i = 0; i < sizeof(random); i++)
		serial = serial << 8 | random[i];
	return ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1 | 1);
}

/* The subject is a name of our own: OpenSSL 4 hands the certificate's out for reading only. */
static bool set_subject(X509 *cert, const char *name)
{
	X509_NAME *subject = X509_NAME_new();
	bool is_set = subject &&
		      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
						 (const unsigned char *)name, -1, -1, 0) &&
		      X509_set_subject_name(cert, subject);

	X509_NAME_free(subject);
	return is_set;
}

/* Not valid before yesterday: the clocks of two machines may differ. */
static X509 *new_cert(const char *name, EVP_PKEY *key, long begin_s, long end_s)
{
	X509 *cert = X509_new();

	if (!cert)
		return NULL;
	if (X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), begin_s) &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), end_s) && X509_set_pubkey(cert, key) &&
	    set_subject(cert, name))
		return cert;
	X509_free(cert);
	return NULL;
}

static X509 *make_ca(EVP_PKEY *key)
{
	X509 *ca = new_cert("exchange throw-away CA", key, -DAY_S, LIFE_DAYS * DAY_S);

	if (ca && X509_set_issuer_name(ca, X509_get_subject_name(ca)) &&
	    add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	    add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	    add_extension(ca, ca, NID_subject_key_identifier, "hash") &&
	    X509_sign(ca, key, EVP_sha256()) > 0)
		return ca;
	X509_free(ca);
	return NULL;
}

static X509 *make_server(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, enum cert_kind kind,
			 const char *names)
{
	long begin_s = kind == CERT_EXPIRED ? -LIFE_DAYS * DAY_S : -DAY_S;
	long end_s = kind == CERT_EXPIRED ? -DAY_S : LIFE_DAYS * DAY_S;
	X509 *cert = new_cert("exchange", key, begin_s, end_s);

	if (cert && X509_set_issuer_name(cert, X509_get_subject_name(ca)) &&
	    add_extension(cert, ca, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(cert, ca, NID_key_usage, "critical,digitalSignature") &&
	    add_extension(cert, ca, NID_ext_key_usage, "serverAuth") &&
	    add_extension(cert, ca, NID_subject_key_identifier, "hash") &&
	    add_extension(cert, ca, NID_authority_key_identifier, "keyid") &&
	    add_extension(cert, ca, NID_subject_alt_name, names) &&
	    X509_sign(cert, ca_key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

/* Adds ",IP:address" or ",DNS:name"; what does not fit or has a comma is left out. */
static void add_name(char *names, const char *host)
{
	uint8_t binary[sizeof(struct in6_addr)];
	size_t used_bytes = strlen(names);
	bool is_address = inet_pton(AF_INET, host, binary) == 1 ||
			  inet_pton(AF_INET6, host, binary) == 1;

	if (strchr(host, ',') || used_bytes + strlen(host) + sizeof(",DNS:") > SAN_BYTES_MAX)
		return;
	(void)snprintf(names + used_bytes, SAN_BYTES_MAX - used_bytes, ",%s:%s",
		       is_address ? "IP" : "DNS", host);
}

static void add_own_addresses(char *names)
{
	struct ifaddrs *list;

	if (getifaddrs(&list) < 0)
		return;
	for (const struct ifaddrs *at = list; at; at = at->ifa_next) {
		char host[INET6_ADDRSTRLEN];
		struct sockaddr_in6 v6;
		struct sockaddr_in v4;

		if (at->ifa_addr && at->ifa_addr->sa_family == AF_INET) {
			memcpy(&v4, at->ifa_addr, sizeof(v4));
			if (inet_ntop(AF_INET, &v4.sin_addr, host, sizeof(host)))
				add_name(names, host);
		} else if (at->ifa_addr && at->ifa_addr->sa_family == AF_INET6) {
			memcpy(&v6, at->ifa_addr, sizeof(v6));
			if (inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof(host)))
				add_name(names, host);
		}
	}
	freeifaddrs(list);
}

static void list_names(char *names, enum cert_kind kind, const char *host,
		       const struct prof_text_list *more_hosts)
{
	if (kind == CERT_WRONG_HOST) {
		(void)snprintf(names, SAN_BYTES_MAX, "DNS:somebody-else.invalid");
		return;
	}
	(void)snprintf(names, SAN_BYTES_MAX, "DNS:localhost,IP:127.0.0.1,IP:::1");
	if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0)
		add_own_addresses(names);
	else
		add_name(names, host);
	for (size_t i = 0; i < more_hosts->count; i++)
		add_name(names, more_hosts->texts[i]);
}

static int write_all(const struct cert_files *files, X509 *shown_ca, X509 *server, EVP_PKEY *key)
{
	int err;

	if (!shown_ca || !server)
		return -EPROTO;
	err = write_key(files->key, key);
	if (err == 0)
		err = write_cert(files->server, server);
	return err == 0 ? write_cert(files->ca, shown_ca) : err;
}

int cert_write(const struct cert_files *files, enum cert_kind kind, const char *host,
	       const struct prof_text_list *more_hosts)
{
	EVP_PKEY *ca_key = EVP_EC_gen("P-256");
	EVP_PKEY *other_key = EVP_EC_gen("P-256");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	char *names = calloc(1, SAN_BYTES_MAX);
	X509 *server = NULL;
	X509 *other = NULL;
	X509 *ca = NULL;
	int err = -EPROTO;

	if (!ca_key || !other_key || !key || !names)
		goto out_free;
	list_names(names, kind, host, more_hosts);
	ca = make_ca(ca_key);
	other = make_ca(other_key); /* of the same name: only the key tells them apart */
	if (!ca || !other)
		goto out_free;
	server = make_server(key, ca, ca_key, kind, names);
	err = write_all(files, kind == CERT_UNKNOWN_CA ? other : ca, server, key);
out_free:
	X509_free(server);
	X509_free(other);
	X509_free(ca);
	free(names);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	EVP_PKEY_free(ca_key);
	return err;
}
