/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other side of dpdk_capture for its system test: a TCP connection over
 * loopback that is registered late, and a consumer that checks what was
 * published of it.
 *
 * usage: capture_bus_peer BUS
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "prof/bus.h"
#include "prof/clock.h"

#define CHUNK_BYTES	1000
#define EARLY_COUNT	20 /* chunks sent before the registration */
#define CHUNK_COUNT	400
#define EVENT_COUNT_MAX 8192
#define PATIENCE_NS	((int64_t)10 * PROF_NS_PER_S)

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, "capture_bus_peer: line %d: not %s\n", __LINE__,     \
				      #condition);                                                 \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

struct connection {
	int client_fd;
	int server_fd;
	struct prof_socket socket;
};

static void set_endpoint(struct prof_endpoint *end, const struct sockaddr_in *address)
{
	prof_endpoint_set_ipv4(end, &address->sin_addr, ntohs(address->sin_port));
}

static struct connection make_connection(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct connection connection = { .client_fd = socket(AF_INET, SOCK_STREAM, 0) };
	int listen_fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof(address);
	socklen_t cookie_size = sizeof(connection.socket.cookie);

	CHECK(bind(listen_fd, (struct sockaddr *)&address, size) == 0);
	CHECK(listen(listen_fd, 1) == 0);
	CHECK(getsockname(listen_fd, (struct sockaddr *)&address, &size) == 0);
	CHECK(connect(connection.client_fd, (struct sockaddr *)&address, size) == 0);
	connection.server_fd = accept(listen_fd, NULL, NULL);
	CHECK(connection.server_fd >= 0);
	set_endpoint(&connection.socket.flow.remote, &address);
	CHECK(getsockname(connection.client_fd, (struct sockaddr *)&address, &size) == 0);
	set_endpoint(&connection.socket.flow.local, &address);
	CHECK(getsockopt(connection.client_fd, SOL_SOCKET, SO_COOKIE, &connection.socket.cookie,
			 &cookie_size) == 0);
	connection.socket.pid = (uint32_t)getpid();
	(void)close(listen_fd);
	return connection;
}

static void send_chunk(const struct connection *connection)
{
	static char bytes[CHUNK_BYTES];
	char back = 'a';

	CHECK(write(connection->server_fd, bytes, sizeof(bytes)) == sizeof(bytes));
	CHECK(recv(connection->client_fd, bytes, sizeof(bytes), MSG_WAITALL) == sizeof(bytes));
	CHECK(write(connection->client_fd, &back, 1) == 1);
}

static bool find_lane(struct prof_bus *bus, uint32_t *ret_index, struct prof_lane *ret_lane)
{
	for (uint32_t i = 0; i < prof_bus_lane_count(bus); i++) {
		if (prof_lane_read(bus, i, ret_lane) && ret_lane->is_owned &&
		    ret_lane->layer == PROF_LAYER_NIC) {
			*ret_index = i;
			return true;
		}
	}
	return false;
}

/* Waits until the capture has promised everything up to up_to_ns. */
static uint32_t wait_for_mark(struct prof_bus *bus, uint64_t up_to_ns)
{
	uint64_t begun_ns = prof_now_ns();
	struct prof_lane lane = { 0 };
	uint32_t index = 0;

	while (!find_lane(bus, &index, &lane) || prof_delta_ns(lane.mark_ns, up_to_ns) > 0) {
		CHECK(prof_delta_ns(begun_ns, prof_now_ns()) < PATIENCE_NS);
		(void)usleep(1000);
	}
	return index;
}

static size_t take_all(struct prof_consumer *consumer, uint32_t lane_index,
		       struct prof_event *events, size_t count_max)
{
	size_t total = 0;
	size_t count;

	while ((count = prof_take(consumer, lane_index, events + total, count_max - total, NULL)))
		total += count;
	return total;
}

struct tally {
	uint64_t inbound_bytes;
	uint64_t outbound_bytes;
	uint32_t syn_ack_count;
	uint32_t base_seq;
	uint32_t next_seq;
};

static void check_event(const struct prof_event *event, uint64_t flow_id, uint64_t begun_ns,
			struct tally *tally)
{
	CHECK(event->kind == PROF_EVENT_SEGMENT);
	CHECK(event->conn_key == flow_id); /* and not the one nobody registered */
	CHECK(event->stamp_source == PROF_STAMP_PACKET);
	CHECK(event->uncertainty_log2_ns < 16);
	CHECK(prof_delta_ns(begun_ns, event->time_ns) > 0);
	if (event->flags & PROF_FLAG_OUTBOUND) {
		tally->outbound_bytes += event->segment.size_bytes;
		return;
	}
	if (event->segment.tcp_flags & PROF_TCP_SYN) {
		tally->syn_ack_count++;
		tally->base_seq = event->seq + 1;
		tally->next_seq = tally->base_seq;
		return;
	}
	/* Loopback loses and reorders nothing: each byte once, in order. */
	CHECK(event->seq == tally->next_seq);
	tally->next_seq += event->segment.size_bytes;
	tally->inbound_bytes += event->segment.size_bytes;
}

static void exchange(struct prof_bus *bus, struct connection *connection, uint32_t *ret_index)
{
	struct connection other = make_connection();

	for (int i = 0; i < CHUNK_COUNT; i++) {
		if (i == EARLY_COUNT) {
			(void)usleep(50000); /* what came early has been polled long ago */
			CHECK(prof_socket_register(bus, &connection->socket, ret_index) == 0);
		}
		send_chunk(connection);
		send_chunk(&other);
	}
	(void)close(other.client_fd);
	(void)close(other.server_fd);
}

int main(int argc, char **argv)
{
	static struct prof_event events[EVENT_COUNT_MAX];
	struct prof_bus *bus;
	struct prof_consumer *consumer;
	struct connection connection;
	struct prof_socket socket;
	struct tally tally = { 0 };
	uint64_t begun_ns;
	uint32_t registry_index = 0;
	uint32_t lane_index;
	size_t event_count;
	size_t late_count;

	CHECK(argc == 2);
	CHECK(prof_bus_join(argv[1], NULL, &bus) == 0);
	CHECK(prof_consumer_attach(bus, &consumer) == 0);
	begun_ns = prof_now_ns();
	(void)wait_for_mark(bus, begun_ns);
	connection = make_connection();
	exchange(bus, &connection, &registry_index);
	lane_index = wait_for_mark(bus, prof_now_ns());
	event_count = take_all(consumer, lane_index, events, EVENT_COUNT_MAX);
	for (size_t i = 0; i < event_count; i++)
		check_event(&events[i], prof_flow_id(&connection.socket.flow), begun_ns, &tally);
	CHECK(tally.syn_ack_count == 1);
	CHECK(tally.inbound_bytes == (uint64_t)CHUNK_COUNT * CHUNK_BYTES);
	CHECK(tally.outbound_bytes == CHUNK_COUNT);
	CHECK(prof_socket_read(bus, registry_index, &socket));
	CHECK(socket.flags & PROF_SOCKET_BASE_KNOWN);
	CHECK(socket.base_seq == tally.base_seq);
	/* The mark said that was all, but for the acknowledgement of the last, which may be
	 * delayed. */
	(void)usleep(100000);
	late_count = take_all(consumer, lane_index, events, EVENT_COUNT_MAX);
	CHECK(late_count <= 1);
	if (late_count)
		CHECK(events[0].segment.tcp_flags == PROF_TCP_ACK && !events[0].segment.size_bytes);
	consumer = prof_consumer_detach(consumer);
	bus = prof_bus_close(bus);
	(void)printf("%zu events\n", event_count);
	return 0;
}
