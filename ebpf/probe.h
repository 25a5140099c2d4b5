/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What the probe in the kernel and its loader say to each other.
 *
 * Records come through a BPF ring buffer, counters through a per-CPU array,
 * the configuration goes in as read-only data before the program is loaded.
 * Included by the BPF program after vmlinux.h, which has its own fixed-width
 * types, and by the loader after <linux/types.h>.
 */
#ifndef EBPF_PROBE_H
#define EBPF_PROBE_H

/* Selects the record; its first member. */
enum probe_record_kind {
	PROBE_RECORD_NONE = 0,
	PROBE_RECORD_READ = 1,
	PROBE_RECORD_SOCKET = 2,
	PROBE_RECORD_CLOSE = 3,
	PROBE_RECORD_SSL_CALL = 4,
	PROBE_RECORD_TLS = 5,
	PROBE_RECORD_ELSEWHERE = 6,
	PROBE_RECORD_WITNESS = 7,
	PROBE_RECORD_SWEPT = 8,
};

/* How bytes left a socket, as far as the kernel tells. */
enum probe_way {
	PROBE_WAY_PLAIN,       /* splice, zero copy, or a tcp_recvmsg() whose entry was not seen */
	PROBE_WAY_TLS,	       /* the kernel does the socket's TLS */
	PROBE_WAY_MPTCP,       /* the socket is an MPTCP connection */
	PROBE_WAY_ULP,	       /* another protocol on top of TCP */
	PROBE_WAY_SOCKMAP,     /* a BPF map of sockets */
	PROBE_WAY_KERNEL_USER, /* a reader inside the kernel, as KCM */
	PROBE_WAY_COUNT,
};

/* One tcp_recvmsg() that consumed [start_offset, start_offset + size_bytes). */
struct probe_read {
	__u32 kind;
	__u32 tid; /* in the initial pid namespace, like every pid here */
	__u64 cookie;
	__u64 enter_ns;
	__u64 return_ns; /* taken after the record was reserved: see ring.h */
	__u64 start_offset;
	__u32 base_seq;	    /* sequence number of stream offset 0 */
	__u32 size_bytes;   /* never 0 */
	__u32 queued_bytes; /* in the receive queue at entry */
	__u32 watched_from; /* see struct probe_socket_state */
};

/*
 * The stream has been consumed up to end_offset, by whatever way: told when that was
 * not a tcp_recvmsg() that is seen (ELSEWHERE: just now), when the socket is being
 * closed (WITNESS: some time before), and when the loader asks how all of them stand
 * (SWEPT: some time before, if reads told later do not say so).  Of MPTCP only the number
 * of bytes is known.
 */
struct probe_elsewhere {
	__u32 kind;
	__u32 tid; /* who ran then; the kernel itself may have read */
	__u64 cookie;
	__u64 time_ns; /* taken after the record was reserved: see ring.h */
	__u64 end_offset;
	__u32 base_seq;
	__u32 size_bytes;   /* MPTCP; else 0 */
	__u32 way;	    /* enum probe_way */
	__u32 watched_from; /* see struct probe_socket_state */
};

/* A socket of somebody's client, told once before its first read. */
struct probe_socket {
	__u32 kind;
	__u32 tid;
	__u64 cookie;
	__u64 time_ns;
	__u32 pid;
	__u16 local_port;
	__u16 remote_port_be;
	__u8 local_addr[16]; /* IPv4 as IPv4-mapped */
	__u8 remote_addr[16];
};

/* A socket told about before has been closed. */
struct probe_close {
	__u32 kind;
	__u32 tid;
	__u64 cookie;
	__u64 time_ns;
};

/* Which function of OpenSSL's; the _ex ones are told as the others. */
enum probe_ssl_function {
	PROBE_SSL_READ = 0,
	PROBE_SSL_PEEK = 1,  /* what it returns, the next call returns again */
	PROBE_SSL_RENEW = 2, /* the object has been freed, cleared or given another BIO */
};

/* One call that returned bytes, or ended what was known of an object. */
struct probe_ssl_call {
	__u32 kind;
	__u32 tid;
	__u32 pid;
	__u32 function; /* enum probe_ssl_function */
	__u64 ssl;	/* address of the object, unique in its process while it lives */
	__u64 enter_ns;
	__u64 return_ns;
	__u64 requested_bytes;
	__u64 returned_bytes;  /* never 0, but of PROBE_SSL_RENEW */
	__u64 enter_position;  /* taken from its BIO so far, at entry ... */
	__u64 return_position; /* ... and at return; 0 unknown */
	__u64 read_cookie;     /* the thread's latest tcp_recvmsg(); 0: none seen */
	__u64 read_start_offset;
	__u64 read_end_offset;
	__u64 read_ns; /* when it returned: within the call if not before enter_ns */
};

/* In place of a record's type. */
enum probe_tls_told {
	PROBE_TLS_BLANK = 0, /* records may have gone by unseen */
	PROBE_TLS_NONE = 1,  /* after that: it is not TLS */
};

/* A TLS record whose header a socket's reader has got. */
struct probe_tls_record {
	__u32 kind;
	__u16 type;	      /* as on the wire: 22 handshake, 23 application data, ... */
	__u16 handshake_type; /* of the handshake's first message; 0: not known */
	__u64 cookie;
	__u64 offset;	  /* of its header in the TCP stream */
	__u64 read_end;	  /* of the read that brought it */
	__u32 size_bytes; /* with its header; 0 where there is no record */
	__u32 pid;	  /* of the reader */
};

/* Every tcp_recvmsg() on a wanted socket ends in a record or in exactly one of the first group. */
enum probe_count {
	PROBE_COUNT_PEEKED,	    /* MSG_PEEK, MSG_ERRQUEUE, MSG_OOB: consumes no stream bytes */
	PROBE_COUNT_EMPTY,	    /* an error, or 0 bytes at the end of the stream */
	PROBE_COUNT_RESERVE_FAILED, /* the ring buffer was full */
	PROBE_COUNT_UNPAIRED,	    /* its return was never seen */
	PROBE_COUNT_CONTESTED,	    /* others consumed from the socket meanwhile: range unknown */
	PROBE_COUNT_UNBASED,	    /* the socket's base could not be read consistently */
	PROBE_COUNT_UNTRACKED,	    /* too many threads in tcp_recvmsg() at once */
	PROBE_COUNT_UNTOLD,	    /* its socket could not be announced */
	PROBE_COUNT_LOST_BYTES,	    /* what the calls without a record had consumed */
	PROBE_COUNT_SSL_READ,	    /* calls of SSL_read() that returned bytes */
	PROBE_COUNT_SSL_NESTED, /* others of them: their bytes came through another SSL_read() */
	PROBE_COUNT_SSL_RESERVE_FAILED, /* the ring buffer was full */
	PROBE_COUNT_STOOD_IN,		/* returns seen only by the trace point after them */
	PROBE_COUNT_KIND_COUNT,
};

/* Of one CPU.  A mapped array, not a per-CPU one: the loader reads it without a system call. */
struct probe_counts {
	__u64 count[PROBE_COUNT_KIND_COUNT];
} __attribute__((aligned(64)));

/* What is known about a wanted socket. */
struct probe_socket_state {
	__u32 base_seq;
	__u32 is_base_known;
	/* 1 + the offset from which on no byte left unwatched; 0: it is older than the probe. */
	__u32 watched_from;
	__u32 told_seq;	  /* where its latest ELSEWHERE or WITNESS ended; 0: there was none */
	__u32 swept_seq;  /* the same of SWEPT */
	__u32 reader_tid; /* who entered tcp_recvmsg() last */
};

#define PROBE_SSL_LIBRARY_COUNT_MAX 8 /* probed at once */

/* Where an SSL keeps its input BIO, and a BIO the count of bytes read from it; 0 unknown. */
struct probe_ssl_layout {
	__u32 bio_offset;
	__u32 count_offset;
};

/*
 * The cookies of the registered sockets, in rows by probe_row_of(); 0 is a free place.
 * Place p of row r has its state at r * PROBE_ROW_SOCKET_COUNT + p of another array.
 * Both are mapped: the loader enters a socket with a store, because bpf() calls on a
 * hash map keep every kprobe program of that CPU from running meanwhile.
 */
#define PROBE_ROW_COUNT	       1024
#define PROBE_ROW_SOCKET_COUNT 16

struct probe_row {
	__u64 cookies[PROBE_ROW_SOCKET_COUNT];
};

/* Cookies count upwards: multiplying spreads neighbours over the rows. */
static inline __u32 probe_row_of(__u64 cookie)
{
	return (__u32)(cookie * 0x9e3779b97f4a7c15ull >> 32) % PROBE_ROW_COUNT;
}

/* Which sockets are wanted. */
enum probe_mode {
	PROBE_MODE_REGISTERED = 0, /* those the loader put into the map */
	PROBE_MODE_MATCHING = 1,   /* those that the pid and port filters let through */
};

struct probe_config {
	__u32 mode;	  /* enum probe_mode */
	__u32 pid;	  /* as its own pid namespace numbers it; 0: every process */
	__u64 pid_ns_dev; /* that namespace's device and inode */
	__u64 pid_ns_inode;
	__u32 remote_or_local_port; /* host order; 0: every port */
	__u32 param_count;	    /* of tcp_recvmsg() in this kernel: 4, 5 or 6 */
	__u32 mptcp_param_count;    /* of mptcp_recvmsg(); 0: there is none */
	__u32 has_ssl;		    /* SSL_read() is probed too ... */
	__u32 has_ssl_links;	    /* ... in libraries that a probe can tell apart */
	struct probe_ssl_layout ssl_layouts[PROBE_SSL_LIBRARY_COUNT_MAX];
};

#define PROBE_CALL_COUNT_MAX   16384 /* threads inside tcp_recvmsg() on wanted sockets */
#define PROBE_SOCKET_COUNT_MAX 8192  /* wanted sockets */
#define PROBE_RING_BYTES       (4u << 20)

#endif
