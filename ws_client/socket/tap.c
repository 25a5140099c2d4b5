/* SPDX-License-Identifier: BSD-2-Clause */
#include "tap.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inflow.h"

#define FD_COUNT_MAX 4096

/*
 * By descriptor.  The third exception to "no global state": recv() has no
 * context pointer.  Empty for everything that is not a plain connection.
 */
static struct inflow *plain_inflows[FD_COUNT_MAX];

int tap_plain(int fd, struct inflow *inflow)
{
	if (fd < 0 || fd >= FD_COUNT_MAX)
		return -ERANGE;
	plain_inflows[fd] = inflow;
	return 0;
}

/* In place of the C library's; the system call is all that does. */
ssize_t recv(int fd, void *buffer, size_t size_bytes, int flags)
{
	ssize_t received = syscall(SYS_recvfrom, fd, buffer, size_bytes, flags, NULL, NULL);
	struct inflow *inflow = fd >= 0 && fd < FD_COUNT_MAX ? plain_inflows[fd] : NULL;

	if (!inflow || !size_bytes)
		return received;
	if (received <= 0)
		inflow_note_plain_failure(inflow, received);
	else if (!(flags & MSG_PEEK))
		inflow_take_plain(inflow, buffer, (size_t)received);
	return received;
}

/*
 * In place of OpenSSL's.  SSL_read_ex() is the same but for the form of its
 * answer; SSL_get_error(), which tells the failures apart, takes either.
 */
int SSL_read(SSL *ssl, void *buffer, int size_bytes)
{
	struct inflow *inflow = inflow_of(ssl);
	size_t received_bytes = 0;
	int result;

	if (size_bytes < 0)
		return -1;
	result = SSL_read_ex(ssl, buffer, (size_t)size_bytes, &received_bytes);
	if (result <= 0 && inflow)
		inflow_note_failure(inflow, ssl, result);
	if (result <= 0)
		return SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN ? 0 : -1;
	if (inflow)
		inflow_take_decrypted(inflow, ssl, buffer, received_bytes);
	return (int)received_bytes;
}
