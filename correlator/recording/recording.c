/* SPDX-License-Identifier: BSD-2-Clause */
#include "recording.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "recordings hold events as they lie in memory, little-endian"
#endif

static const char magic[8] = { 'W', 'S', 'L', 'R', 'E', 'C', '\r', '\n' };

/* Where things are in a LANE payload. */
enum {
	LANE_FLAGS = 0, /* u32: bit 0 owned, bit 1 owner dead */
	LANE_LAYER = 4,
	LANE_GENERATION = 8,
	LANE_PID = 12,
	LANE_TID = 16,
	LANE_NAME = 24,
	LANE_NUMBERS = LANE_NAME + PROF_LANE_NAME_BYTES, /* u64 each */
	LANE_LOSSES = LANE_NUMBERS + 8 * 8,
};

static_assert(LANE_LOSSES + 8 * PROF_LOSS_KIND_COUNT <= RECORDING_LANE_BYTES, "all facts fit");
static_assert(sizeof(struct prof_socket) <= RECORDING_RECORD_BYTES_MAX - RECORDING_HEAD_BYTES,
	      "a socket fits");

static uint16_t get_u16(const uint8_t *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint32_t get_u32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint64_t get_u64(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static void put_u16(uint8_t *bytes, uint16_t value)
{
	memcpy(bytes, &value, sizeof(value));
}

static void put_u32(uint8_t *bytes, uint32_t value)
{
	memcpy(bytes, &value, sizeof(value));
}

static void put_u64(uint8_t *bytes, uint64_t value)
{
	memcpy(bytes, &value, sizeof(value));
}

/*
 * Not against malice, only against damage.  Each word is multiplied by an odd
 * number of its own, so that the processor can do several at once.  Inlined: of an
 * event the size is known, and so are all factors.
 */
static inline __attribute__((always_inline)) uint32_t check_of(uint32_t seed, const uint8_t *bytes, size_t size_bytes)
{
	uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t sum = (seed + size_bytes) * factor;
	uint64_t last = 0;

	for (; size_bytes >= 8; size_bytes -= 8, bytes += 8) {
		factor += UINT64_C(0x6a09e667f3bcc908);
		sum += get_u64(bytes) * factor;
		sum ^= sum >> 29;
	}
	memcpy(&last, bytes, size_bytes);
	factor += UINT64_C(0x6a09e667f3bcc908);
	sum += last * factor;
	return (uint32_t)(sum ^ sum >> 32);
}

/* ---- Header ------------------------------------------------------------ */

void recording_encode_header(const struct recording_header *header,
			     uint8_t ret_bytes[RECORDING_HEADER_BYTES])
{
	memset(ret_bytes, 0, RECORDING_HEADER_BYTES);
	memcpy(ret_bytes, magic, sizeof(magic));
	put_u32(ret_bytes + 8, RECORDING_VERSION);
	put_u32(ret_bytes + 12, RECORDING_HEADER_BYTES);
	put_u64(ret_bytes + 16, header->run);
	put_u32(ret_bytes + 24, header->part);
	put_u32(ret_bytes + 28, header->unit);
	put_u32(ret_bytes + 32, header->interval_s);
	put_u32(ret_bytes + 36, header->is_quiet);
	put_u64(ret_bytes + 40, header->wall_ns);
	put_u32(ret_bytes + 60, check_of(0, ret_bytes, 60));
}

enum recording_verdict recording_decode_header(const uint8_t *bytes, size_t size_bytes,
					       struct recording_header *ret_header)
{
	if (memcmp(bytes, magic, size_bytes < sizeof(magic) ? size_bytes : sizeof(magic)) != 0)
		return RECORDING_FOREIGN;
	if (size_bytes < RECORDING_HEADER_BYTES)
		return RECORDING_SHORT;
	if (get_u32(bytes + 8) != RECORDING_VERSION)
		return RECORDING_VERSION_UNKNOWN;
	if (get_u32(bytes + 12) != RECORDING_HEADER_BYTES ||
	    get_u32(bytes + 60) != check_of(0, bytes, 60) || get_u32(bytes + 28) > 1)
		return RECORDING_DAMAGED;
	*ret_header = (struct recording_header){
		.run = get_u64(bytes + 16),
		.part = get_u32(bytes + 24),
		.unit = get_u32(bytes + 28),
		.interval_s = get_u32(bytes + 32),
		.is_quiet = get_u32(bytes + 36) & 1,
		.wall_ns = get_u64(bytes + 40),
	};
	return RECORDING_OK;
}

/* ---- Lanes ------------------------------------------------------------- */

static void encode_lane(const struct prof_lane *facts, uint64_t read_ns, uint8_t *payload)
{
	const uint64_t numbers[8] = { facts->since_ns,	      facts->mark_ns,
				      facts->heartbeat_ns,    facts->pushed_count,
				      facts->taken_count,     facts->dropped_count,
				      facts->abandoned_count, read_ns };

	memset(payload, 0, RECORDING_LANE_BYTES);
	put_u32(payload + LANE_FLAGS,
		(facts->is_owned ? 1u : 0u) | (facts->is_owner_dead ? 2u : 0u));
	put_u32(payload + LANE_LAYER, facts->layer);
	put_u32(payload + LANE_GENERATION, facts->generation);
	put_u32(payload + LANE_PID, facts->pid);
	put_u32(payload + LANE_TID, facts->tid);
	memcpy(payload + LANE_NAME, facts->name, PROF_LANE_NAME_BYTES);
	memcpy(payload + LANE_NUMBERS, numbers, sizeof(numbers));
	memcpy(payload + LANE_LOSSES, facts->loss_count, sizeof(facts->loss_count));
}

static void decode_lane(const uint8_t *payload, struct prof_lane *ret_facts, uint64_t *ret_read_ns)
{
	const uint8_t *numbers = payload + LANE_NUMBERS;
	uint32_t layer = get_u32(payload + LANE_LAYER);

	*ret_facts = (struct prof_lane){
		.generation = get_u32(payload + LANE_GENERATION),
		.is_owned = get_u32(payload + LANE_FLAGS) & 1,
		.is_owner_dead = get_u32(payload + LANE_FLAGS) >> 1 & 1,
		.layer = layer < PROF_LAYER_COUNT ? layer : PROF_LAYER_NONE,
		.pid = get_u32(payload + LANE_PID),
		.tid = get_u32(payload + LANE_TID),
		.since_ns = get_u64(numbers),
		.mark_ns = get_u64(numbers + 8),
		.heartbeat_ns = get_u64(numbers + 16),
		.pushed_count = get_u64(numbers + 24),
		.taken_count = get_u64(numbers + 32),
		.dropped_count = get_u64(numbers + 40),
		.abandoned_count = get_u64(numbers + 48),
	};
	memcpy(ret_facts->name, payload + LANE_NAME, PROF_LANE_NAME_BYTES - 1);
	memcpy(ret_facts->loss_count, payload + LANE_LOSSES, sizeof(ret_facts->loss_count));
	*ret_read_ns = get_u64(numbers + 56);
}

bool recording_is_mark_enough(const struct prof_lane *a, const struct prof_lane *b)
{
	return a->generation == b->generation && a->is_owned == b->is_owned &&
	       a->is_owner_dead == b->is_owner_dead && a->layer == b->layer && a->pid == b->pid &&
	       a->tid == b->tid && a->since_ns == b->since_ns &&
	       a->dropped_count == b->dropped_count && a->abandoned_count == b->abandoned_count &&
	       memcmp(a->name, b->name, sizeof(a->name)) == 0 &&
	       memcmp(a->loss_count, b->loss_count, sizeof(a->loss_count)) == 0;
}

/* ---- Records ----------------------------------------------------------- */

void recording_seal(uint8_t *bytes)
{
	put_u32(bytes + 4,
		check_of(get_u32(bytes), bytes + RECORDING_HEAD_BYTES, get_u16(bytes + 2)));
}

static size_t finish(uint8_t *bytes, uint8_t kind, uint32_t lane_index, size_t payload_bytes)
{
	bytes[0] = kind;
	bytes[1] = (uint8_t)lane_index;
	put_u16(bytes + 2, (uint16_t)payload_bytes);
	recording_seal(bytes);
	return RECORDING_HEAD_BYTES + payload_bytes;
}

size_t recording_encode_event(uint32_t lane_index, const struct prof_event *event,
			      uint8_t *ret_bytes)
{
	memcpy(ret_bytes + RECORDING_HEAD_BYTES, event, sizeof(*event));
	return finish(ret_bytes, RECORDING_EVENT, lane_index, sizeof(*event));
}

static size_t encode_stream(const struct recording_record *record, uint8_t *payload)
{
	size_t size_bytes = strnlen(record->stream.name, PROF_STREAM_NAME_BYTES - 1);

	put_u16(payload, record->stream.index);
	memcpy(payload + 2, record->stream.name, size_bytes);
	return 2 + size_bytes;
}

size_t recording_encode(const struct recording_record *record, uint8_t *ret_bytes)
{
	uint8_t *payload = ret_bytes + RECORDING_HEAD_BYTES;
	size_t payload_bytes = 0;

	switch (record->kind) {
	case RECORDING_EVENT:
		return recording_encode_event(record->lane_index, &record->event, ret_bytes);
	case RECORDING_LANE:
		encode_lane(&record->lane.facts, record->lane.read_ns, payload);
		payload_bytes = RECORDING_LANE_BYTES;
		break;
	case RECORDING_MARK:
		put_u64(payload, record->lane.facts.mark_ns);
		put_u64(payload + 8, record->lane.read_ns);
		payload_bytes = 16;
		break;
	case RECORDING_SOCKET:
		memcpy(payload, &record->socket, sizeof(record->socket));
		payload_bytes = sizeof(record->socket);
		break;
	case RECORDING_STREAM:
		payload_bytes = encode_stream(record, payload);
		break;
	case RECORDING_HOST:
		payload_bytes = strnlen(record->host, RECORDING_HOST_BYTES - 1);
		memcpy(payload, record->host, payload_bytes);
		break;
	case RECORDING_FACT:
		payload[0] = record->fact.which;
		payload_bytes = strnlen(record->fact.words, RECORDING_FACT_BYTES - 1);
		memcpy(payload + 1, record->fact.words, payload_bytes++);
		break;
	case RECORDING_ROUND:
		put_u64(payload, record->round.now_ns);
		put_u64(payload + 8, (uint64_t)record->round.wall_offset_ns);
		payload_bytes = 16;
		break;
	case RECORDING_END:
		put_u64(payload, record->round.now_ns);
		payload_bytes = 8;
		break;
	default:
		break;
	}
	return finish(ret_bytes, record->kind, record->lane_index, payload_bytes);
}

/* False if the payload is not of the size that its kind has. */
static bool decode_payload(const uint8_t *payload, size_t payload_bytes,
			   struct recording_record *record)
{
	switch (record->kind) {
	case RECORDING_EVENT:
		memcpy(&record->event, payload, payload_bytes == 56 ? 56 : 0);
		return payload_bytes == sizeof(record->event);
	case RECORDING_LANE:
		if (payload_bytes != RECORDING_LANE_BYTES)
			return false;
		decode_lane(payload, &record->lane.facts, &record->lane.read_ns);
		return true;
	case RECORDING_MARK:
		if (payload_bytes != 16)
			return false;
		record->lane.facts.mark_ns = get_u64(payload);
		record->lane.read_ns = get_u64(payload + 8);
		return true;
	case RECORDING_SOCKET:
		if (payload_bytes != sizeof(record->socket))
			return false;
		memcpy(&record->socket, payload, sizeof(record->socket));
		return true;
	case RECORDING_STREAM:
		if (payload_bytes < 2 || payload_bytes - 2 >= PROF_STREAM_NAME_BYTES)
			return false;
		record->stream.index = get_u16(payload);
		memcpy(record->stream.name, payload + 2, payload_bytes - 2);
		record->stream.name[payload_bytes - 2] = '\0';
		return true;
	case RECORDING_HOST:
		if (payload_bytes >= RECORDING_HOST_BYTES)
			return false;
		memcpy(record->host, payload, payload_bytes);
		record->host[payload_bytes] = '\0';
		return true;
	case RECORDING_FACT:
		if (payload_bytes < 1 || payload_bytes > RECORDING_FACT_BYTES)
			return false;
		record->fact.which = payload[0];
		memcpy(record->fact.words, payload + 1, payload_bytes - 1);
		record->fact.words[payload_bytes - 1] = '\0';
		return true;
	case RECORDING_ROUND:
		if (payload_bytes != 16)
			return false;
		record->round.now_ns = get_u64(payload);
		record->round.wall_offset_ns = (int64_t)get_u64(payload + 8);
		return true;
	case RECORDING_END:
		if (payload_bytes != 8)
			return false;
		record->round.now_ns = get_u64(payload);
		return true;
	default:
		return true; /* of a later version: skipped */
	}
}

bool recording_decode_event(const uint8_t *bytes, size_t size_bytes, uint8_t *ret_lane_index,
			    struct prof_event *ret_event)
{
	if (size_bytes < RECORDING_EVENT_BYTES || bytes[0] != RECORDING_EVENT ||
	    get_u16(bytes + 2) != sizeof(*ret_event) ||
	    get_u32(bytes + 4) !=
		    check_of(get_u32(bytes), bytes + RECORDING_HEAD_BYTES, sizeof(*ret_event)))
		return false;
	memcpy(ret_event, bytes + RECORDING_HEAD_BYTES, sizeof(*ret_event));
	*ret_lane_index = bytes[1];
	return true;
}

enum recording_verdict recording_decode(const uint8_t *bytes, size_t size_bytes,
					struct recording_record *ret_record, size_t *ret_size_bytes)
{
	size_t payload_bytes;

	if (size_bytes < RECORDING_HEAD_BYTES)
		return RECORDING_SHORT;
	payload_bytes = get_u16(bytes + 2);
	if (size_bytes < RECORDING_HEAD_BYTES + payload_bytes)
		return RECORDING_SHORT;
	if (get_u32(bytes + 4) !=
	    check_of(get_u32(bytes), bytes + RECORDING_HEAD_BYTES, payload_bytes))
		return RECORDING_DAMAGED;
	ret_record->kind = bytes[0];
	ret_record->lane_index = bytes[1];
	if (!decode_payload(bytes + RECORDING_HEAD_BYTES, payload_bytes, ret_record))
		return RECORDING_DAMAGED;
	*ret_size_bytes = RECORDING_HEAD_BYTES + payload_bytes;
	return RECORDING_OK;
}
