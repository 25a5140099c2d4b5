/* SPDX-License-Identifier: BSD-2-Clause */
/* What publisher.c and elsewhere.c share: the second is about bytes that no tcp_recvmsg() read. */
#ifndef EBPF_LOADER_PUBLISHER_PRIVATE_H
#define EBPF_LOADER_PUBLISHER_PRIVATE_H

#include "ebpf_loader/bind/binder.h"
#include "publisher.h"
#include "ring.h"
#include "sockets.h"

struct publisher {
	struct prof_bus *bus;
	struct session *session;
	struct prof_producer *producer;
	struct prof_producer *ssl_producer; /* of the user layer; NULL without --ssl */
	struct ring *ring;
	struct stage_feed *stages; /* NULL without --stages */
	struct socket_table *sockets;
	struct binder *binder; /* NULL without --ssl */
	enum probe_mode mode;
	bool has_followed;			/* the registry was read at least once */
	uint64_t epoch;				/* of the registry when it was */
	uint64_t wanted[PROF_SOCKET_COUNT_MAX]; /* cookie wanted for each of its places */
	struct publisher_totals totals;
};

/* publisher.c */
void publisher_read_counters(struct publisher *publisher);
void publisher_tell_base(struct publisher *publisher, struct socket_entry *entry,
			 uint32_t base_seq);
void publisher_publish_read(struct publisher *publisher, struct socket_entry *entry,
			    const struct probe_read *read);

/* elsewhere.c: what the probe tells of bytes that went another way. */
void publisher_take_elsewhere(struct publisher *publisher, const struct probe_elsewhere *told);

/* Bytes up to end_offset are gone that any read may have taken: unseen, unless calls were lost. */
void publisher_publish_gap(struct publisher *publisher, const struct socket_entry *entry,
			   uint64_t end_offset, uint64_t found_ns);

/* Counts what the latest sweep found and no read told since explains. */
void publisher_confirm_swept(struct publisher *publisher, struct socket_entry *entry);

#endif
