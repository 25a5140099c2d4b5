/* SPDX-License-Identifier: BSD-2-Clause */
#include "tap.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inflow.h"
#include "outflow.h"

#define FD_COUNT_MAX 4096

/*
 * By descriptor.  The third exception to "no global state": recv() has no
 * context pointer.  Empty for everything that is not a plain connection.
 */
static struct inflow *plain_inflows[FD_COUNT_MAX];

/* Nor has connect(): the socket for the next one, plus 1; 0: none. */
static int handed_over;

int tap_plain(int fd, struct inflow *inflow)
{
	if (fd < 0 || fd >= FD_COUNT_MAX)
		return -ERANGE;
	plain_inflows[fd] = inflow;
	return 0;
}

void tap_hand_over(int fd)
{
	handed_over = fd + 1;
}

int tap_take_back(void)
{
	int fd = handed_over - 1;

	handed_over = 0;
	return fd;
}

typedef int connect_function(int fd, const struct sockaddr *address, socklen_t address_bytes);

/* The C library's, or that of whoever was preloaded before it, as proxychains is. */
static int connect_really(int fd, const struct sockaddr *address, socklen_t address_bytes)
{
	static connect_function *next;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "connect"); /* POSIX wants this form of cast */
	if (next)
		return next(fd, address, address_bytes);
	return (int)syscall(SYS_connect, fd, address, address_bytes);
}

/*
 * A connection that is there at once is looked at again like all others, once
 * it can be written to: libwebsockets 4.1 would begin TLS before it has told
 * us which connection that is.
 */
static int in_progress(void)
{
	errno = EINPROGRESS;
	return -1;
}

/* In place of the C library's, whose header has the argument as a union of pointers. */
int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t address_bytes)
{
	int ours = tap_take_back();
	int status;

	if (ours < 0) {
		status = connect_really(fd, address.__sockaddr__, address_bytes);
		return status == 0 && address.__sockaddr__->sa_family != AF_UNIX &&
				       fcntl(fd, F_GETFL) & O_NONBLOCK
			       ? in_progress()
			       : status;
	}
	if (dup3(ours, fd, O_CLOEXEC) < 0)
		return -1;
	(void)close(ours);
	return in_progress();
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

/* In place of OpenSSL's, as SSL_read() is. */
int SSL_write(SSL *ssl, const void *buffer, int size_bytes)
{
	struct inflow *inflow = inflow_of(ssl);
	struct outflow *outflow = inflow ? inflow->outflow : NULL;
	size_t written_bytes = 0;
	int result;

	if (size_bytes < 0)
		return -1;
	if (outflow)
		outflow_begin_write(outflow);
	result = SSL_write_ex(ssl, buffer, (size_t)size_bytes, &written_bytes);
	if (result <= 0)
		return -1;
	if (outflow)
		outflow_end_write(outflow, ssl, buffer, written_bytes);
	return (int)written_bytes;
}

/* In place of the C library's, as recv() is. */
ssize_t send(int fd, const void *buffer, size_t size_bytes, int flags)
{
	ssize_t sent = syscall(SYS_sendto, fd, buffer, size_bytes, flags, NULL, 0);
	struct inflow *inflow = fd >= 0 && fd < FD_COUNT_MAX ? plain_inflows[fd] : NULL;

	if (sent > 0 && inflow && inflow->outflow)
		outflow_take_plain(inflow->outflow, buffer, (size_t)sent);
	return sent;
}
