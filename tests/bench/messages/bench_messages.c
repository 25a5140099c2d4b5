/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a message of somebody else's client cost?
 *
 * 200,000 messages of about 200 bytes over TLS 1.3 with AES-256-GCM, a record
 * and a segment each.  Two figures: the CPU time of the stage in this process
 * against opening the same records with EVP and nothing else, and the CPU time
 * of `dpdk_capture --dump-messages` on the file against tshark's for the same
 * file.  Interleaved, medians.
 *
 *   bench_messages [messages] [rounds] [tshark rounds]
 */
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench_messages_made.h"
#include "dpdk_capture/messages/messages.h"
#include "tests/bench/bench.h"

enum { MESSAGE_COUNT = 200000, ROUND_COUNT = 11, TSHARK_ROUND_COUNT = 3, ROUND_COUNT_MAX = 101 };

static double cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void count_message(void *context, const struct message *message)
{
	uint64_t *count = context;

	*count += message->stream[0] != '\0';
}

/* The stage, from segments to messages.  Returns the CPU time. */
static double run_stage(const struct made *made, const struct key_log *log, uint64_t *ret_count)
{
	struct prof_endpoint ends[2];
	const struct messages_options options = { .log = log,
						  .give = count_message,
						  .context = ret_count };
	struct messages *messages = messages_create(&options);
	double begun_ns = cpu_ns();

	*ret_count = 0;
	prof_endpoint_set_ipv4(&ends[0], "\12\0\0\1", MADE_CLIENT_PORT);
	prof_endpoint_set_ipv4(&ends[1], "\12\0\0\2", MADE_SERVER_PORT);
	for (size_t i = 0; messages && i < made->segment_count; i++) {
		const struct made_segment *from = &made->segments[i];
		const struct messages_segment segment = {
			.src = &ends[from->is_server],
			.dst = &ends[!from->is_server],
			.time_ns = 1000 * (i + 1),
			.seq = from->seq,
			.flags = from->flags,
			.payload_bytes = from->size_bytes,
			.captured_bytes = from->size_bytes,
			.payload = made->bytes + from->at,
		};

		messages_take(messages, &segment);
	}
	begun_ns = cpu_ns() - begun_ns;
	(void)messages_destroy(messages);
	return begun_ns;
}

/* EVP and nothing else, its context keyed once.  Returns the CPU time. */
static double run_bare(const struct made *made, const struct tls_key *key, uint64_t first_number,
		       uint64_t *ret_count)
{
	static uint8_t plain[4096];
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	double begun_ns = cpu_ns();

	*ret_count = 0;
	(void)EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes, NULL);
	for (size_t i = made->first_message; i < made->segment_count; i++) {
		uint8_t *record = made->bytes + made->segments[i].at;
		int size_bytes = (int)made->segments[i].size_bytes - 5 - 16;
		uint64_t number = first_number + (i - made->first_message);
		uint8_t nonce[12];
		int written;

		memcpy(nonce, key->iv, sizeof(nonce));
		for (size_t b = 0; b < 8; b++)
			nonce[11 - b] ^= (uint8_t)(number >> (8 * b));
		(void)EVP_DecryptInit_ex(context, NULL, NULL, NULL, nonce);
		(void)EVP_DecryptUpdate(context, NULL, &written, record, 5);
		(void)EVP_DecryptUpdate(context, plain, &written, record + 5, size_bytes);
		(void)EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16,
					  record + 5 + size_bytes);
		*ret_count += EVP_DecryptFinal_ex(context, plain + size_bytes, &written) == 1;
	}
	begun_ns = cpu_ns() - begun_ns;
	EVP_CIPHER_CTX_free(context);
	return begun_ns;
}

/* Runs a program, its output thrown away.  Returns its CPU time; 0 if it failed. */
static double run_program(const char *const *words, long *ret_rss_kib)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)execvp(words[0], (char *const *)(uintptr_t)words); /* which it leaves alone */
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0)
		return 0;
	*ret_rss_kib = usage.ru_maxrss;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
}

static void against_tshark(struct made *made, size_t message_count, size_t round_count)
{
	size_t segment_count = made->segment_count;
	long short_kib = 0;
	long long_kib = 0;
	long tshark_kib;

	char folder[] = "/tmp/bench_messages.XXXXXX";
	char pcap[64];
	char keys[64];
	char option[96];
	char ours[] = BENCH_BIN "/dpdk_capture";
	const char *const we[] = {
		ours, "--pcap", pcap, "--keylog", keys, "--dump-messages", NULL
	};
	const char *const they[] = { "tshark", "-n",	      "-r", pcap,
				     "-o",     option,	      "-Y", "websocket",
				     "-T",     "fields",      "-e", "frame.time_epoch",
				     "-e",     "tcp.seq_raw", "-e", "websocket.payload_length",
				     NULL };
	double our_ns[ROUND_COUNT_MAX];
	double their_ns[ROUND_COUNT_MAX];

	if (!mkdtemp(folder))
		return;
	(void)snprintf(pcap, sizeof(pcap), "%s/made.pcap", folder);
	(void)snprintf(keys, sizeof(keys), "%s/keys.log", folder);
	(void)snprintf(option, sizeof(option), "tls.keylog_file:%s", keys);
	made->segment_count = made->first_message + message_count / 10;
	made_write(made, pcap, keys);
	(void)run_program(we, &short_kib);
	made->segment_count = segment_count;
	made_write(made, pcap, keys);
	for (size_t i = 0; i < round_count; i++) {
		our_ns[i] = run_program(we, &long_kib);
		their_ns[i] = run_program(they, &tshark_kib);
	}
	(void)unlink(pcap);
	(void)unlink(keys);
	(void)rmdir(folder);
	if (our_ns[0] <= 0 || their_ns[0] <= 0) {
		(void)printf("SKIP: %s could not be run\n", our_ns[0] <= 0 ? ours : "tshark");
		return;
	}
	(void)printf("dpdk_capture: %.0f ns a message, tshark: %.0f\n",
		     bench_quantile(our_ns, round_count, 0.5) / (double)message_count,
		     bench_quantile(their_ns, round_count, 0.5) / (double)message_count);
	(void)printf("RATIO messages_rss_kib_for_ten_times_the_file %ld <= 1023\n",
		     long_kib - short_kib);
	(void)printf("RATIO messages_tshark_over_dpdk_capture %.1f >= 80\n",
		     bench_quantile(their_ns, round_count, 0.5) /
			     bench_quantile(our_ns, round_count, 0.5));
}

static size_t number_of(int argc, char **argv, int index, size_t otherwise)
{
	return argc > index ? strtoul(argv[index], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	size_t message_count = number_of(argc, argv, 1, MESSAGE_COUNT);
	size_t round_count = number_of(argc, argv, 2, ROUND_COUNT);
	size_t tshark_round_count = number_of(argc, argv, 3, TSHARK_ROUND_COUNT);
	struct key_log *log = calloc(1, sizeof(*log));
	struct key_log_line line = { 0 };
	double stage_ns[ROUND_COUNT_MAX];
	double bare_ns[ROUND_COUNT_MAX];
	struct made made;
	struct tls_key key = { 0 };
	uint64_t first_number = 0;
	uint64_t count = 0;

	if (!log || round_count > ROUND_COUNT_MAX || tshark_round_count > ROUND_COUNT_MAX)
		return 1;
	made_create(&made, message_count);
	key_log_feed(log, &line, made.keys, strlen(made.keys));
	for (uint32_t i = 0; i < log->secret_count; i++)
		if (log->secrets[i].label == KEY_SERVER_TRAFFIC)
			(void)tls_key_of_secret(TLS_AEAD_AES_256_GCM, true, log->secrets[i].bytes,
						&key);
	/* Session tickets came first, and the HTTP response. */
	while (first_number < 16 && count == 0)
		(void)run_bare(&(struct made){ .bytes = made.bytes,
					       .segments = made.segments,
					       .segment_count = made.first_message + 1,
					       .first_message = made.first_message },
			       &key, first_number++, &count);
	first_number--;
	for (size_t i = 0; i < round_count; i++) {
		bare_ns[i] = run_bare(&made, &key, first_number, &count);
		if (count != message_count)
			return 1;
		stage_ns[i] = run_stage(&made, log, &count);
		if (count != message_count)
			return 1;
	}
	(void)printf("the stage: %.0f ns a message, EVP alone: %.0f\n",
		     bench_quantile(stage_ns, round_count, 0.5) / (double)message_count,
		     bench_quantile(bare_ns, round_count, 0.5) / (double)message_count);
	(void)printf("RATIO messages_stage_over_evp %.2f <= 2.2\n",
		     bench_quantile(stage_ns, round_count, 0.5) /
			     bench_quantile(bare_ns, round_count, 0.5));
	against_tshark(&made, message_count, tshark_round_count);
	free(made.bytes);
	free(made.segments);
	free(log);
	return 0;
}
