-- SPDX-License-Identifier: BSD-2-Clause
-- Examples; each runs as it stands.

-- Which host is slowest from the kernel to the callback, over everything?
SELECT host, count() AS messages, quantileExact(0.99)(duration_ns) / 1000 AS p99_us
FROM ws_latency.stages
WHERE stage = 'kernel_user' AND duration_ns >= 0
GROUP BY host
ORDER BY p99_us DESC;

-- The stages of the latest run of each host.
SELECT host, stage, messages, p50_ns / 1000 AS p50_us, p99_ns / 1000 AS p99_us, max_ns / 1000 AS max_us
FROM ws_latency.percentiles
WHERE (host, run) IN (SELECT host, argMax(run, user_wall_ns) FROM ws_latency.messages GROUP BY host)
ORDER BY host, stage;

-- The ten slowest messages, and what to look for in Wireshark.
SELECT host, run, seq, stream, class, total_ns / 1000 AS total_us,
       concat('tcp.seq_raw == ', toString(tcp_seq)) AS filter
FROM ws_latency.messages
ORDER BY ifNull(total_ns, -1) DESC
LIMIT 10;

-- Was it one host or all of them?  The worst minutes, with how many hosts had one.
SELECT minute, count() AS hosts, max(p99_ns) / 1000 AS worst_p99_us
FROM (SELECT minute, host, max(p99_ns) AS p99_ns FROM ws_latency.by_minute GROUP BY minute, host)
GROUP BY minute
ORDER BY worst_p99_us DESC
LIMIT 10;

-- What coalescing costs: latency by position in the TLS record.
SELECT record_position, count() AS messages, quantileExact(0.5)(assumeNotNull(total_ns)) / 1000 AS p50_us
FROM ws_latency.messages
WHERE isNotNull(total_ns) AND total_ns >= 0
GROUP BY record_position
ORDER BY record_position
LIMIT 20;

-- Is every message accounted for?
SELECT host, class, sum(messages) AS messages
FROM ws_latency.coverage
GROUP BY host, class
ORDER BY host, class;
