-- SPDX-License-Identifier: BSD-2-Clause
-- Percentiles, exact ones: quantileExact(0.99) is the value that 99 % of the
-- messages do not exceed.  Negative differences are in no percentile, as in the
-- closing report; they are counted beside it.

-- One row for each message and stage.
CREATE VIEW IF NOT EXISTS ws_latency.stages AS
SELECT
    host, run, conn, seq, assumeNotNull(ifNull(stream, '')) AS stream, class,
    toDateTime(intDiv(user_wall_ns, 1000000000)) AS wall_time,
    stage_of.1 AS stage,
    assumeNotNull(stage_of.2) AS duration_ns
FROM ws_latency.messages
ARRAY JOIN [
    ('total', total_ns),
    ('nic_kernel', nic_kernel_ns),
    ('kernel_user', kernel_user_ns),
    ('kernel_return', kernel_return_stage_ns),
    ('return_recv', return_recv_ns),
    ('recv_user', recv_user_ns),
    ('user_parsed', user_parsed_ns),
    ('first_last', first_last_ns),
    ('hol_wait', hol_wait_ns),
    ('read_wait', read_wait_ns)] AS stage_of
WHERE isNotNull(stage_of.2);

-- Each stage of each run.
CREATE VIEW IF NOT EXISTS ws_latency.percentiles AS
SELECT
    host, run, stage,
    countIf(duration_ns >= 0) AS messages,
    quantileExactIf(0.5)(duration_ns, duration_ns >= 0) AS p50_ns,
    quantileExactIf(0.9)(duration_ns, duration_ns >= 0) AS p90_ns,
    quantileExactIf(0.99)(duration_ns, duration_ns >= 0) AS p99_ns,
    quantileExactIf(0.999)(duration_ns, duration_ns >= 0) AS p999_ns,
    maxIf(duration_ns, duration_ns >= 0) AS max_ns,
    countIf(duration_ns < 0) AS negative
FROM ws_latency.stages
GROUP BY host, run, stage;

-- Each minute of each host and stream, NIC to callback.
CREATE VIEW IF NOT EXISTS ws_latency.by_minute AS
SELECT
    toStartOfMinute(wall_time) AS minute, host, stream,
    count() AS messages,
    quantileExact(0.5)(duration_ns) AS p50_ns,
    quantileExact(0.99)(duration_ns) AS p99_ns,
    max(duration_ns) AS max_ns
FROM ws_latency.stages
WHERE stage = 'total' AND duration_ns >= 0
GROUP BY minute, host, stream;

-- How much of each run is certain.
CREATE VIEW IF NOT EXISTS ws_latency.coverage AS
SELECT
    host, run, class, nic_reason, kernel_reason, count() AS messages
FROM ws_latency.messages
GROUP BY host, run, class, nic_reason, kernel_reason;
