-- SPDX-License-Identifier: BSD-2-Clause
-- One row for each message of every host and run, as event_correlator --jsonl
-- writes it.  What a layer does not know is NULL.  Times are CLOCK_MONOTONIC ns
-- of their host; user_wall_ns is CLOCK_REALTIME, the only one that means
-- something across hosts.  For ClickHouse from 18.16 (Debian 12) on.

CREATE DATABASE IF NOT EXISTS ws_latency;

CREATE TABLE IF NOT EXISTS ws_latency.messages
(
    seq                    UInt64,
    conn                   UInt32,
    tcp_seq                Nullable(UInt32),
    start                  Nullable(UInt64),
    end                    Nullable(UInt64),
    nic_first_ns           Nullable(UInt64),
    nic_ns                 Nullable(UInt64),
    kernel_enter_ns        Nullable(UInt64),
    kernel_return_ns       Nullable(UInt64),
    user_ns                Nullable(UInt64),
    nic_kernel_ns          Nullable(Int64),
    kernel_user_ns         Nullable(Int64),
    total_ns               Nullable(Int64),
    class                  String,
    segments               Nullable(UInt32),
    reads                  Nullable(UInt32),
    messages_in_record     UInt32,
    stream                 Nullable(String),
    exchange_ms            Nullable(Int64),
    message_index          UInt32,
    cookie                 UInt64,
    record_position        UInt32,
    read_position          Nullable(UInt32),
    read_wait_ns           Nullable(Int64),
    first_last_ns          Nullable(Int64),
    hol_wait_ns            Nullable(Int64),
    retransmits            Nullable(UInt32),
    kernel_return_stage_ns Nullable(Int64),
    return_recv_ns         Nullable(Int64),
    recv_user_ns           Nullable(Int64),
    user_parsed_ns         Nullable(Int64),
    residual_ns            Int64,
    nic_uncertainty_ns     Nullable(UInt64),
    waited                 UInt8,
    merged                 UInt8,
    split                  UInt8,
    plain                  UInt8,
    clock_step             UInt8,
    nic_reason             String,
    kernel_reason          String,
    user_wall_ns           UInt64,
    host                   String,
    run                    String,
    doubt_layer            Nullable(String),
    doubt_reason           String,
    opcode                 Nullable(UInt8),
    payload_bytes          Nullable(UInt32),
    fragments              Nullable(UInt16),
    compressed             Nullable(UInt8),
    exchange_nic_ms        Nullable(Int64),
    hole_ns                Nullable(Int64),
    nic_queue_ns           Nullable(Int64),
    queue_ready_ns         Nullable(Int64),
    ready_running_ns       Nullable(Int64),
    running_read_ns        Nullable(Int64),
    untold_ns              Int64,
    queue_ns               Nullable(UInt64),
    ready_ns               Nullable(UInt64),
    reader_tid             Nullable(UInt32),
    wait                   String,
    untold                 String,
    exchange_us            Nullable(Int64),
    received               DateTime DEFAULT now(),
    wall_time              DateTime MATERIALIZED toDateTime(intDiv(user_wall_ns, 1000000000)),
    day                    Date MATERIALIZED toDate(wall_time)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (host, run, conn, seq);
