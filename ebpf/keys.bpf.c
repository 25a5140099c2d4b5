// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The secrets of TLS connections where their program derives them: loaded only
 * when keys are asked for, apart from the probe of tcp_recvmsg().
 *
 * Go calls crypto/tls.(*Config).writeKeyLog() for each secret, whether or not
 * anybody has asked for a log.  OpenSSL from 3.0 on derives each key by
 * EVP_KDF_derive(), which is exported.  Both are called a few times in a
 * handshake and never for a message.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "keys.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, KEYS_RING_BYTES);
} keys_records SEC(".maps");

struct keys_counts keys_counters = {};

static __always_inline struct keys_record *reserve(enum keys_kind kind)
{
	struct keys_record *record = bpf_ringbuf_reserve(&keys_records, sizeof(*record), 0);

	if (!record) {
		__sync_fetch_and_add(&keys_counters.ring_full_count, 1);
		return NULL;
	}
	*record = (struct keys_record){ .kind = (__u16)kind };
	return record;
}

/* Gives up a record whose memory could not be read. */
static __always_inline void discard(struct keys_record *record)
{
	__sync_fetch_and_add(&keys_counters.unreadable_count, 1);
	bpf_ringbuf_discard(record, 0);
}

/* True, and the secret is in the record; false, and the record is gone. */
static __always_inline bool fill(struct keys_record *record, const void *secret, __u64 secret_bytes,
				 const void *client_random)
{
	if (secret_bytes < 1 || secret_bytes > KEYS_SECRET_BYTES_MAX) {
		__sync_fetch_and_add(&keys_counters.strange_count, 1);
		bpf_ringbuf_discard(record, 0);
		return false;
	}
	barrier_var(secret_bytes); /* the verifier wants the very register bounded */
	if (secret_bytes > KEYS_SECRET_BYTES_MAX)
		secret_bytes = KEYS_SECRET_BYTES_MAX;
	if (bpf_probe_read_user(record->secret, (__u32)secret_bytes, secret) < 0 ||
	    (client_random &&
	     bpf_probe_read_user(record->client_random, KEYS_RANDOM_BYTES, client_random) < 0)) {
		discard(record);
		return false;
	}
	record->secret_bytes = (__u16)secret_bytes;
	return true;
}

/* ---- Go ---------------------------------------------------------------------- */

#if defined(__TARGET_ARCH_x86)
/* The arguments of writeKeyLog(label string, clientRandom, secret []byte). */
struct go_args {
	const void *label;
	__u64 label_bytes;
	const void *client_random;
	__u64 random_bytes;
	__u64 random_room;
	const void *secret;
	__u64 secret_bytes;
};

static __always_inline bool is_plausible(const struct go_args *args)
{
	return args->label_bytes >= 1 && args->label_bytes <= KEYS_LABEL_BYTES_MAX &&
	       args->random_bytes == KEYS_RANDOM_BYTES &&
	       (args->secret_bytes == 32 || args->secret_bytes == 48);
}

/* In registers from Go 1.17 on, on the stack before: what fits tells which. */
static __always_inline bool get_args(const struct pt_regs *regs, struct go_args *args)
{
	*args = (struct go_args){
		.label = (const void *)regs->bx,
		.label_bytes = regs->cx,
		.client_random = (const void *)regs->di,
		.random_bytes = regs->si,
		.secret = (const void *)regs->r9,
		.secret_bytes = regs->r10,
	};
	if (is_plausible(args))
		return true;
	/* Above the return address and the receiver. */
	return bpf_probe_read_user(args, sizeof(*args), (void *)(regs->sp + 16)) == 0 &&
	       is_plausible(args);
}

SEC("uprobe")
int go_write_key_log(struct pt_regs *regs)
{
	struct keys_record *record;
	struct go_args args;
	__u64 label_bytes;

	__sync_fetch_and_add(&keys_counters.call_count, 1);
	if (!get_args(regs, &args)) {
		__sync_fetch_and_add(&keys_counters.strange_count, 1);
		return 0;
	}
	record = reserve(KEYS_LOGGED);
	if (!record)
		return 0;
	label_bytes = args.label_bytes;
	barrier_var(label_bytes);
	if (label_bytes > KEYS_LABEL_BYTES_MAX)
		label_bytes = KEYS_LABEL_BYTES_MAX;
	if (bpf_probe_read_user(record->label, (__u32)label_bytes, args.label) < 0) {
		discard(record);
		return 0;
	}
	record->label_bytes = (__u16)label_bytes;
	if (fill(record, args.secret, args.secret_bytes, args.client_random))
		bpf_ringbuf_submit(record, 0);
	return 0;
}
#endif

/* ---- OpenSSL ------------------------------------------------------------------ */

/* As in OpenSSL's <openssl/core.h>; the last one's key is NULL. */
struct ossl_param {
	const char *key;
	unsigned int data_type;
	const void *data;
	__u64 data_bytes;
	__u64 return_bytes;
};

/* The first eight bytes of texts, in the order of this machine. */
#define TEXT_KEY      0x79656bULL
#define TEXT_LABEL    0x6c6562616cULL
#define TEXT_SECRET   0x746572636573ULL
#define TEXT_SEED     0x64656573ULL
#define TEXT_KEY_EXPA 0x617078652079656bULL

static __always_inline bool is_text(const void *data, __u64 text)
{
	__u64 read = 0;

	return bpf_probe_read_user(&read, sizeof(read), data) == 0 && read == text;
}

static __always_inline bool is_key_label(const struct ossl_param *param)
{
	char read[3] = {};

	return param->data_bytes == sizeof(read) &&
	       bpf_probe_read_user(read, sizeof(read), param->data) == 0 && read[0] == 'k' &&
	       read[1] == 'e' && read[2] == 'y';
}

/*
 * The nth parameter of that name, from 0 on.  One name at a time: what a loop over all of them
 * would have to remember is more than the verifier follows.
 */
static __always_inline bool find_param(const void *params, __u64 wanted, __u32 nth,
				       struct ossl_param *ret_param)
{
	for (int i = 0; i < KEYS_PARAM_COUNT_MAX; i++) {
		__u64 name = 0;

		if (bpf_probe_read_user(ret_param, sizeof(*ret_param),
					params + i * sizeof(*ret_param)) < 0) {
			__sync_fetch_and_add(&keys_counters.unreadable_count, 1);
			return false;
		}
		if (!ret_param->key)
			return false;
		if (bpf_probe_read_user_str(&name, sizeof(name), ret_param->key) < 0) {
			__sync_fetch_and_add(&keys_counters.unreadable_count, 1);
			return false;
		}
		if (name == wanted && nth-- == 0)
			return true;
	}
	return false;
}

/* TLS 1.3: the secret from which a record key is derived. */
static __always_inline bool find_traffic_secret(const void *params, struct ossl_param *ret_secret)
{
	return find_param(params, TEXT_LABEL, 0, ret_secret) && is_key_label(ret_secret) &&
	       find_param(params, TEXT_KEY, 0, ret_secret);
}

/*
 * TLS 1.2: the master secret that is expanded to keys.  The seed has three parts then: "key
 * expansion", the server's random, the client's.
 */
static __always_inline bool find_master(const void *params, struct ossl_param *ret_secret,
					const void **ret_client_random)
{
	if (!find_param(params, TEXT_SEED, 0, ret_secret) || ret_secret->data_bytes != 13 ||
	    !is_text(ret_secret->data, TEXT_KEY_EXPA) ||
	    !find_param(params, TEXT_SEED, 2, ret_secret) ||
	    ret_secret->data_bytes != KEYS_RANDOM_BYTES)
		return false;
	*ret_client_random = ret_secret->data;
	return find_param(params, TEXT_SECRET, 0, ret_secret);
}

/* Whatever else is derived, other labels, other protocols, is none of our business. */
SEC("uprobe")
int kdf_derive(struct pt_regs *regs)
{
	const void *params = (const void *)PT_REGS_PARM4(regs);
	const void *client_random = NULL;
	struct keys_record *record;
	struct ossl_param secret;
	enum keys_kind kind = KEYS_TLS13;

	__sync_fetch_and_add(&keys_counters.call_count, 1);
	if (!params)
		return 0;
	if (!find_traffic_secret(params, &secret)) {
		if (!find_master(params, &secret, &client_random))
			return 0;
		kind = KEYS_TLS12;
	}
	record = reserve(kind);
	if (record && fill(record, secret.data, secret.data_bytes, client_random))
		bpf_ringbuf_submit(record, 0);
	return 0;
}
