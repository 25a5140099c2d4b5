/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many small messages a second the exchange puts through TLS to one
 * client that does nothing but read and count them.
 *
 * Starts the exchange, subscribes to one aggTrade stream at the rate asked
 * for, and counts whole frames for a few seconds after a second of warm-up.
 */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prof/cli.h"
#include "prof/clock.h"

#define PROGRAM	     "bench_exchange"
#define BUFFER_BYTES 65536
#define TARGET_HZ    100000.0
#define WARM_UP_NS   (1 * (int64_t)PROF_NS_PER_S)
#define FRAME_BYTES  4 /* of header: a payload of 126 to 65535 bytes */

struct run {
	uint32_t rate_hz;
	uint32_t duration_s;
	pid_t pid;
	FILE *output; /* of the exchange */
	char ca[512];
	struct sockaddr_in address;
};

struct count {
	uint64_t messages;
	uint64_t bytes;
	double elapsed_s;
	double own_cpu_s;
};

static int complain(const char *what, const char *why)
{
	prof_complain(PROGRAM, what, why, NULL);
	return -1;
}

static int start_exchange(struct run *run)
{
	char line[1024];
	char host[64];
	char rate[16];
	unsigned int port;
	int ends[2];

	(void)snprintf(rate, sizeof(rate), "%u", run->rate_hz);
	if (pipe(ends) < 0)
		return complain("pipe", "failed");
	run->pid = fork();
	if (run->pid < 0)
		return complain("fork", "failed");
	if (run->pid == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)close(ends[0]);
		(void)execl(EXCHANGE, "exchange", "--listen", "127.0.0.1:0", "--rate", rate,
			    (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	run->output = fdopen(ends[0], "r");
	if (!run->output || !fgets(line, sizeof(line), run->output) ||
	    sscanf(line, "exchange: listening on %63[0-9.]:%u ca=%511s", host, &port, run->ca) != 3)
		return complain(EXCHANGE, "did not start");
	run->address = (struct sockaddr_in){ .sin_family = AF_INET,
					     .sin_port = htons((uint16_t)port) };
	return inet_pton(AF_INET, host, &run->address.sin_addr) == 1 ? 0 : -1;
}

static SSL *open_tls(const struct run *run, SSL_CTX *context)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SSL *ssl = SSL_new(context);

	if (fd < 0 || !ssl || SSL_CTX_load_verify_locations(context, run->ca, NULL) != 1 ||
	    connect(fd, (const struct sockaddr *)&run->address, sizeof(run->address)) < 0 ||
	    SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1 ||
	    SSL_get_verify_result(ssl) != X509_V_OK)
		return NULL;
	return ssl;
}

static int subscribe(SSL *ssl)
{
	static const char request[] = "GET /market/ws/btcusdt@aggTrade HTTP/1.1\r\n"
				      "Host: localhost\r\nUpgrade: websocket\r\n"
				      "Sec-WebSocket-Version: 13\r\n"
				      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
	char answer[1024];
	int size = 0;

	if (SSL_write(ssl, request, sizeof(request) - 1) <= 0)
		return complain("handshake", "not sent");
	/* The answer is a record of its own. */
	size = SSL_read(ssl, answer, sizeof(answer) - 1);
	if (size < 12 || memcmp(answer, "HTTP/1.1 101", 12) != 0)
		return complain("handshake", "refused");
	return 0;
}

/* Counts the frames that end in these bytes; keeps what it needs for the next call. */
struct frames {
	uint8_t header[FRAME_BYTES];
	size_t header_bytes;
	size_t left_bytes;
	uint64_t count;
};

static bool count_frames(struct frames *frames, const uint8_t *bytes, size_t size_bytes)
{
	while (size_bytes > 0) {
		size_t take_bytes;

		if (frames->header_bytes < FRAME_BYTES) {
			frames->header[frames->header_bytes++] = *bytes++;
			size_bytes--;
			if (frames->header_bytes == FRAME_BYTES)
				frames->left_bytes = (size_t)frames->header[2] << 8 |
						     frames->header[3];
			continue;
		}
		if (frames->header[0] != 0x81 || frames->header[1] != 126)
			return false;
		take_bytes = size_bytes < frames->left_bytes ? size_bytes : frames->left_bytes;
		bytes += take_bytes;
		size_bytes -= take_bytes;
		frames->left_bytes -= take_bytes;
		if (frames->left_bytes == 0) {
			frames->header_bytes = 0;
			frames->count++;
		}
	}
	return true;
}

static double cpu_s(int who)
{
	struct rusage usage;

	(void)getrusage(who, &usage);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int count_messages(SSL *ssl, const struct run *run, struct count *count)
{
	int64_t end_ns = WARM_UP_NS + (int64_t)run->duration_s * PROF_NS_PER_S;
	uint64_t begin_ns = prof_now_ns();
	struct frames frames = { 0 };
	uint64_t warm_count = 0;
	uint64_t warm_ns = 0;
	double warm_cpu_s = 0;
	uint8_t *buffer = malloc(BUFFER_BYTES);
	int64_t age_ns = 0;

	while (buffer && age_ns < end_ns) {
		int size = SSL_read(ssl, buffer, BUFFER_BYTES);
		uint64_t now_ns = prof_now_ns();

		if (size <= 0 || !count_frames(&frames, buffer, (size_t)size))
			break;
		age_ns = prof_delta_ns(begin_ns, now_ns);
		if (warm_ns == 0 && age_ns >= WARM_UP_NS) {
			warm_ns = now_ns;
			warm_count = frames.count;
			warm_cpu_s = cpu_s(RUSAGE_SELF);
			count->bytes = 0;
		}
		count->bytes += (uint64_t)size;
	}
	free(buffer);
	if (age_ns < end_ns)
		return complain("the stream", "ended early or was not what was expected");
	count->messages = frames.count - warm_count;
	count->elapsed_s = (double)prof_delta_ns(warm_ns, prof_now_ns()) / 1e9;
	count->own_cpu_s = cpu_s(RUSAGE_SELF) - warm_cpu_s;
	return 0;
}

static int measure(const struct run *run, struct count *count)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = context ? open_tls(run, context) : NULL;
	int err = -1;

	if (!ssl)
		(void)complain("TLS", "no connection to the exchange");
	else if (subscribe(ssl) == 0)
		err = count_messages(ssl, run, count);
	if (ssl)
		(void)close(SSL_get_fd(ssl));
	SSL_free(ssl);
	SSL_CTX_free(context);
	return err;
}

int main(int argc, char **argv)
{
	struct run run = { .rate_hz = 110000, .duration_s = 5 };
	const struct prof_option rows[] = {
		{ .name = "rate",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "N",
		  .help = "messages a second asked of the exchange (default 110000)",
		  .value = &run.rate_hz,
		  .min = 1,
		  .max = 10000000 },
		{ .name = "duration",
		  .kind = PROF_OPTION_U32,
		  .arg_name = "SECONDS",
		  .help = "after a second of warm-up (default 5)",
		  .value = &run.duration_s,
		  .min = 1,
		  .max = 3600 },
	};
	const struct prof_cli cli = { .program = PROGRAM,
				      .synopsis = "[--rate N] [--duration SECONDS]",
				      .summary = "Messages a second through TLS to one client.",
				      .options = rows,
				      .option_count = sizeof(rows) / sizeof(rows[0]) };
	struct count count = { 0 };
	int status = prof_cli_parse(&cli, argc, argv);
	int err;

	if (status >= 0)
		return status;
	err = start_exchange(&run);
	if (err == 0)
		err = measure(&run, &count);
	if (run.pid > 0) {
		(void)kill(run.pid, SIGTERM);
		(void)waitpid(run.pid, NULL, 0);
	}
	if (run.output)
		(void)fclose(run.output);
	if (err < 0)
		return PROF_EXIT_FAILED;
	(void)printf("asked for %u messages/s: %.0f messages/s, %.1f MB/s, reader's CPU %.0f %%, "
		     "exchange's CPU over its life %.1f s\n",
		     run.rate_hz, (double)count.messages / count.elapsed_s,
		     (double)count.bytes / count.elapsed_s / 1e6,
		     100 * count.own_cpu_s / count.elapsed_s, cpu_s(RUSAGE_CHILDREN));
	(void)printf("RATIO exchange_messages_per_s %.0f >= %.0f\n",
		     (double)count.messages / count.elapsed_s, TARGET_HZ);
	return PROF_EXIT_OK;
}
