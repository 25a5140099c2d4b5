/* SPDX-License-Identifier: BSD-2-Clause */
/* Which message an order is said to be for, how sure that is, and how it is told. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "correlator/orders/orders.h"
#include "correlator/stats/orders.h"
#include "correlator/trips/order_line.h"

#define T0 UINT64_C(1000000000)

static int make(void **state)
{
	*state = calloc(1, sizeof(struct orders));
	return *state ? 0 : -1;
}

static int drop(void **state)
{
	free(*state);
	return 0;
}

/* The index-th message of connection 1, read by the thread, at the application at user_ns. */
static struct corr_message message_of(uint32_t index, uint32_t tid, uint64_t user_ns)
{
	return (struct corr_message){
		.seq = index + 1,
		.nic_ns = user_ns - 300,
		.kernel_ns = user_ns - 100,
		.user_ns = user_ns,
		.conn_number = 1,
		.message_index = index,
		.tcp_seq = 5000 + index,
		.reader_tid = tid,
		.has_nic = true,
		.has_kernel = true,
	};
}

static void message(struct orders *orders, uint32_t index, uint32_t tid, uint64_t user_ns)
{
	const struct corr_message message = message_of(index, tid, user_ns);

	orders_message(orders, &message);
}

static struct corr_trip order_at(uint64_t write_ns, uint32_t tid)
{
	return (struct corr_trip){
		.request_id = 77,
		.write_ns = write_ns,
		.left_ns = write_ns + 50,
		.acked_ns = write_ns + 400,
		.answer_ns = write_ns + 900,
		.tcp_seq = 9000,
		.conn_number = 2,
		.tid = tid,
		.purpose = PROF_PURPOSE_ORDER,
	};
}

static struct corr_trip proven(struct corr_trip trip, uint32_t index)
{
	trip.proof = PROF_PROOF_ID;
	trip.cause_conn_number = 1;
	trip.cause_message_index = index;
	return trip;
}

static void an_id_names_the_message_whatever_came_after(void **state)
{
	struct orders *orders = *state;
	struct corr_trip trip = proven(order_at(T0 + 5000, 42), 3);
	struct corr_order order;

	for (uint32_t i = 0; i < 5; i++)
		message(orders, i, 42, T0 + 1000 * i);
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_ID);
	assert_int_equal(order.cause.seq, 4);
	assert_int_equal(order.thread_seq, 5);
	assert_int_equal(order.part_ns[CORR_ORDER_TICK_READ], 200);
	assert_int_equal(order.part_ns[CORR_ORDER_READ_USER], 100);
	assert_int_equal(order.part_ns[CORR_ORDER_USER_WRITE], 2000);
	assert_int_equal(order.part_ns[CORR_ORDER_WRITE_LEFT], 50);
	assert_int_equal(order.part_ns[CORR_ORDER_TOTAL], 2350);
	assert_int_equal(order.part_ns[CORR_ORDER_LEFT_ACKED], 350);
	assert_int_equal(order.part_ns[CORR_ORDER_LEFT_ANSWERED], 850);
}

static void without_an_id_it_is_the_last_that_the_thread_had(void **state)
{
	struct orders *orders = *state;
	struct corr_trip trip = order_at(T0 + 3500, 42);
	struct corr_order order;

	message(orders, 0, 42, T0 + 1000);
	message(orders, 1, 42, T0 + 2000);
	message(orders, 2, 43, T0 + 3000); /* another thread's */
	message(orders, 3, 42, T0 + 4000); /* later */
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_THREAD);
	assert_int_equal(order.cause.seq, 2);
	assert_int_equal(order.cause.tcp_seq, 5001);
}

/* It may have been for one whose reader is not known, or not for sure. */
static void a_message_of_an_unknown_thread_in_between_leaves_nothing_proven(void **state)
{
	struct orders *orders = *state;
	struct corr_message unread = message_of(1, 0, T0 + 2000);
	struct corr_message doubted = message_of(3, 42, T0 + 4000);
	struct corr_trip trip = order_at(T0 + 2500, 42);
	struct corr_order order;

	unread.has_kernel = false;
	doubted.doubt_layer = PROF_LAYER_KERNEL;
	message(orders, 0, 42, T0 + 1000);
	orders_message(orders, &unread);
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_AMBIGUOUS);
	assert_int_equal(order.thread_seq, 0);
	message(orders, 2, 42, T0 + 3000); /* and it is not once the thread has had another */
	trip = order_at(T0 + 3500, 42);
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_THREAD);
	assert_int_equal(order.cause.seq, 3);
	orders_message(orders, &doubted);
	trip = order_at(T0 + 4500, 42);
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_AMBIGUOUS);
	trip = proven(trip, 3); /* an id needs no thread; when it was read is not known */
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_ID);
	assert_false(corr_order_part_is_known(&order, CORR_ORDER_TICK_READ));
	assert_true(corr_order_part_is_known(&order, CORR_ORDER_TOTAL));
}

static void what_nothing_proves_is_ambiguous_and_has_no_parts_of_a_cause(void **state)
{
	struct orders *orders = *state;
	struct corr_trip no_thread = order_at(T0 + 3500, 0);
	struct corr_trip at_once = order_at(T0 + 3500, 42);
	struct corr_trip forgotten = proven(order_at(T0 + 3500, 43), 99);
	struct corr_trip later = proven(order_at(T0 + 500, 42), 0);
	const struct corr_trip *const trips[] = { &no_thread, &at_once, &forgotten, &later };

	message(orders, 0, 42, T0 + 1000);
	message(orders, 1, 42, T0 + 1000); /* at the same time */
	message(orders, 2, 43, T0 + 1000);
	for (size_t i = 0; i < sizeof(trips) / sizeof(trips[0]); i++) {
		struct corr_order order;

		orders_link(orders, trips[i], &order);
		assert_int_equal(order.class_id, CORR_ORDER_AMBIGUOUS);
		assert_int_equal(order.cause.seq, 0);
		assert_false(corr_order_part_is_known(&order, CORR_ORDER_TOTAL));
	}
}

/* Two clients may number their connections alike. */
static void two_messages_of_that_number_prove_nothing(void **state)
{
	struct orders *orders = *state;
	struct corr_trip trip = proven(order_at(T0 + 3500, 0), 0);
	struct corr_order order;

	message(orders, 0, 42, T0 + 1000);
	message(orders, 0, 43, T0 + 2000);
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_AMBIGUOUS);
}

/* Of somebody else's client: nobody tells when it wrote, nor when it had the message. */
static void the_order_of_others_is_for_the_message_with_its_id(void **state)
{
	struct orders *orders = *state;
	struct corr_trip trip = order_at(T0 + 3500, 42);
	struct corr_order order;

	for (uint32_t i = 0; i < 3; i++) {
		struct corr_message one = message_of(i, 42, T0 + 1000 * i);

		one.kernel_return_ns = one.user_ns;
		one.user_ns = 0;
		one.is_waited = true;
		one.id_hash = 900 + i;
		orders_message(orders, &one);
	}
	trip.call_ns = trip.write_ns;
	trip.write_ns = 0;
	trip.answer_ns = 0;
	trip.arrived_ns = trip.left_ns + 700;
	trip.proof = PROF_PROOF_ID;
	trip.cause_id_hash = 901;
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_ID);
	assert_int_equal(order.cause.seq, 2);
	assert_int_equal(order.thread_seq, 3);
	assert_false(corr_order_part_is_known(&order, CORR_ORDER_READ_USER));
	assert_int_equal(order.part_ns[CORR_ORDER_READ_CALL], 2600);
	assert_int_equal(order.part_ns[CORR_ORDER_CALL_LEFT], 50);
	assert_int_equal(order.part_ns[CORR_ORDER_TOTAL],
			 order.part_ns[CORR_ORDER_TICK_READ] + 2600 + 50);
	assert_int_equal(order.part_ns[CORR_ORDER_LEFT_ANSWERED], 700);
	trip.cause_id_hash = 77;
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_AMBIGUOUS);
	trip.proof = PROF_PROOF_NONE;
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_THREAD);
}

/* An event loop may have read it ahead of the one that it still was at. */
static void the_thread_of_others_proves_nothing_unless_it_had_slept(void **state)
{
	struct orders *orders = *state;
	struct corr_trip trip = order_at(T0 + 3500, 42);
	struct corr_message one = message_of(0, 42, T0 + 1000);
	struct corr_order order;

	trip.call_ns = trip.write_ns;
	trip.write_ns = 0;
	one.kernel_return_ns = one.user_ns;
	one.user_ns = 0;
	orders_message(orders, &one);
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_AMBIGUOUS);
	assert_int_equal(order.thread_seq, 0);
	one.seq = 2;
	one.kernel_return_ns += 100;
	one.wait = CORR_WAIT_ASLEEP;
	orders_message(orders, &one);
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_THREAD);
	assert_int_equal(order.cause.seq, 2);
	trip.is_sent_with_more =
		true; /* which of what it had read this one was for, nobody knows */
	orders_link(orders, &trip, &order);
	assert_int_equal(order.class_id, CORR_ORDER_AMBIGUOUS);
	assert_int_equal(order.thread_seq, 0);
}

static void the_oldest_are_forgotten(void **state)
{
	struct orders *orders = *state;
	struct corr_order order;

	for (uint32_t i = 0; i <= ORDERS_MESSAGE_COUNT; i++)
		message(orders, i, 42, T0 + i);
	for (uint32_t i = 0; i < 2; i++) {
		struct corr_trip trip = proven(order_at(T0 + 100000, 42), i);

		orders_link(orders, &trip, &order);
		assert_int_equal(order.class_id, i ? CORR_ORDER_ID : CORR_ORDER_AMBIGUOUS);
	}
}

static void only_what_is_proven_is_in_figures_each_proof_by_itself(void **state)
{
	struct orders *orders = *state;
	struct order_stats *stats = calloc(1, sizeof(*stats));
	struct corr_trip trips[] = { proven(order_at(T0 + 1500, 42), 0), order_at(T0 + 1500, 42),
				     order_at(T0 + 1500, 0), proven(order_at(T0 + 2500, 42), 0) };

	assert_non_null(stats);
	message(orders, 0, 42, T0 + 1000);
	message(orders, 1, 42, T0 + 2000);
	for (size_t i = 0; i < sizeof(trips) / sizeof(trips[0]); i++) {
		struct corr_order order;

		orders_link(orders, &trips[i], &order);
		order_stats_add(stats, &order);
	}
	assert_int_equal(stats->count[CORR_ORDER_ID], 2);
	assert_int_equal(stats->count[CORR_ORDER_THREAD], 1);
	assert_int_equal(stats->count[CORR_ORDER_AMBIGUOUS], 1);
	assert_int_equal(stats->thread_agree_count, 1);
	assert_int_equal(stats->thread_differ_count, 1);
	assert_int_equal(stats->parts[CORR_ORDER_ID][CORR_ORDER_TOTAL].count, 2);
	assert_int_equal(stats->parts[CORR_ORDER_THREAD][CORR_ORDER_TOTAL].count, 1);
	free(stats);
}

static void it_is_told_to_people_and_to_scripts(void **state)
{
	static char bytes[TRIP_LINE_BYTES_MAX + 1];
	const struct trip_origin origin = { .host = "box", .run = 1 };
	struct text text = { .bytes = bytes, .room_bytes = TRIP_LINE_BYTES_MAX };
	struct orders *orders = *state;
	struct corr_trip trip = proven(order_at(T0 + 1500, 42), 0);
	struct corr_order order;

	message(orders, 0, 42, T0 + 1000);
	orders_link(orders, &trip, &order);
	order_add_line(&text, &order, CORR_UNIT_NS);
	bytes[text.size_bytes] = '\0';
	assert_string_equal(bytes,
			    "[ORDER] order=77 seq=1 class=id Tick->Read=200ns Read->User=100ns "
			    "User->Write=500ns Write->Left=50ns Total=850ns Left->Acked=350ns "
			    "Left->Answered=850ns tcp_seq=5000 order_tcp_seq=9000 Read->Call=n/a "
			    "Call->Left=n/a\n");
	text.size_bytes = 0;
	order_add_json(&text, &order, &origin);
	bytes[text.size_bytes] = '\0';
	assert_non_null(strstr(bytes,
			       "{\"what\":\"tick-to-order\",\"class\":\"id\",\"request_id\":77,"
			       "\"order_conn\":2,\"seq\":1,\"conn\":1,\"message_index\":0,"
			       "\"thread_seq\":1,\"tid\":42,"));
	assert_non_null(strstr(bytes, ",\"total_ns\":850,"));
	memset(&order, 0xff, sizeof(order)); /* every number at its longest */
	order.class_id = CORR_ORDER_AMBIGUOUS;
	text.size_bytes = 0;
	order_add_json(&text, &order, &origin);
	assert_false(text.is_cut);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_id_names_the_message_whatever_came_after),
		TEST(without_an_id_it_is_the_last_that_the_thread_had),
		TEST(a_message_of_an_unknown_thread_in_between_leaves_nothing_proven),
		TEST(what_nothing_proves_is_ambiguous_and_has_no_parts_of_a_cause),
		TEST(two_messages_of_that_number_prove_nothing),
		TEST(the_order_of_others_is_for_the_message_with_its_id),
		TEST(the_thread_of_others_proves_nothing_unless_it_had_slept),
		TEST(the_oldest_are_forgotten),
		TEST(only_what_is_proven_is_in_figures_each_proof_by_itself),
		TEST(it_is_told_to_people_and_to_scripts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
