/* SPDX-License-Identifier: BSD-2-Clause */
/* What a scenario does to a connection. */
#ifndef EXCHANGE_FAULT_H
#define EXCHANGE_FAULT_H

#include "conn.h"

/* Does what the scenario has in store for this connection, if it is time. */
void conn_fault(struct exchange *exchange, struct conn *conn);

#endif
