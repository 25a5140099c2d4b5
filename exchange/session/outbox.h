/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a connection has yet to send: bytes, cut into the records in which
 * they are to be written, and marks that say which message ends where.
 */
#ifndef EXCHANGE_OUTBOX_H
#define EXCHANGE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBOX_BYTES_MAX	(4u << 20)
#define OUTBOX_RECORD_COUNT_MAX 65536u /* powers of two */
#define OUTBOX_MARK_COUNT_MAX	65536u
#define OUTBOX_TLS_RECORD_BYTES 16384u /* what one TLS record holds */

/* What is to be done after a record's bytes, if any, are written. */
enum outbox_action {
	OUTBOX_WRITE,	/* nothing more */
	OUTBOX_CLOSE,	/* end the connection in good order */
	OUTBOX_RESET,	/* end it with a TCP reset */
	OUTBOX_REKEY,	/* change the TLS keys */
	OUTBOX_GARBAGE, /* write something that is not TLS */
	OUTBOX_ALERT,	/* end it with a fatal TLS alert */
};

struct outbox_record {
	uint32_t size_bytes;
	uint32_t wait_us; /* how long after the record before it */
	enum outbox_action action;
	bool is_pushed; /* its last byte may not wait for the next record's */
};

struct outbox_mark {
	uint64_t end_offset; /* of the message, in all that was ever sent */
	uint64_t id;
	uint32_t stream_index;
	uint32_t size_bytes; /* of its payload */
};

struct outbox;

struct outbox *outbox_create(void);
/* Forgets all that is in it. */
void outbox_clear(struct outbox *outbox);

struct outbox *outbox_destroy(struct outbox *outbox);

/* Is there room for so many bytes, and for as many records and marks as they may become? */
bool outbox_has_room(const struct outbox *outbox, size_t size_bytes);

/* Appends bytes, for which there must be room; they are not sent before they are cut. */
void outbox_add(struct outbox *outbox, const void *bytes, size_t size_bytes);

/* Says that a message ends with the last byte added. */
void outbox_mark(struct outbox *outbox, uint32_t stream_index, uint64_t id, uint32_t size_bytes);

/* Makes a record of the next record->size_bytes bytes that were added and not yet cut. */
void outbox_cut(struct outbox *outbox, const struct outbox_record *record);

/* How many bytes are added and not yet cut. */
size_t outbox_uncut_bytes(const struct outbox *outbox);

/*
 * The record to be written next, if its time has come.  Returns NULL
 * otherwise; *ret_due_ns then says when it comes, 0 if nothing is left.
 */
const struct outbox_record *outbox_front(const struct outbox *outbox, uint64_t now_ns,
					 uint64_t *ret_due_ns);

/* The bytes of the record that outbox_front() gave; valid until the next call. */
uint8_t *outbox_front_bytes(struct outbox *outbox);

/* The front record was written at that time. */
void outbox_pop(struct outbox *outbox, uint64_t now_ns);

/* Takes the mark of the next message that is now wholly written. */
bool outbox_take_mark(struct outbox *outbox, struct outbox_mark *ret_mark);

#endif
