/* SPDX-License-Identifier: BSD-2-Clause */
#include "conns.h"

#include <stdlib.h>

#define ROW_COUNT      128u
#define ROW_CONN_COUNT 8u

struct ssl_conns {
	uint64_t use_count;
	struct ssl_conn places[ROW_COUNT][ROW_CONN_COUNT];
};

struct ssl_conns *ssl_conns_create(void)
{
	return calloc(1, sizeof(struct ssl_conns));
}

struct ssl_conns *ssl_conns_free(struct ssl_conns *conns)
{
	free(conns);
	return NULL;
}

/* Addresses of a heap: their lowest bits are alike. */
static struct ssl_conn *row_of(struct ssl_conns *conns, uint32_t pid, uint64_t ssl)
{
	uint64_t key = (ssl >> 4) + pid;

	return conns->places[(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) % ROW_COUNT];
}

struct ssl_conn *ssl_conns_find(struct ssl_conns *conns, uint32_t pid, uint64_t ssl)
{
	struct ssl_conn *row = row_of(conns, pid, ssl);

	for (uint32_t i = 0; ssl && i < ROW_CONN_COUNT; i++) {
		if (row[i].ssl == ssl && row[i].pid == pid) {
			row[i].used_at = ++conns->use_count;
			return &row[i];
		}
	}
	return NULL;
}

struct ssl_conn *ssl_conns_get(struct ssl_conns *conns, uint32_t pid, uint64_t ssl)
{
	struct ssl_conn *row = row_of(conns, pid, ssl);
	struct ssl_conn *place = ssl_conns_find(conns, pid, ssl);

	if (place)
		return place;
	place = &row[0];
	for (uint32_t i = 1; i < ROW_CONN_COUNT; i++)
		if (row[i].used_at < place->used_at)
			place = &row[i];
	*place = (struct ssl_conn){ .ssl = ssl, .pid = pid, .used_at = ++conns->use_count };
	return place;
}

void ssl_conn_renew(struct ssl_conn *conn)
{
	*conn = (struct ssl_conn){ .ssl = conn->ssl, .pid = conn->pid, .used_at = conn->used_at };
}
