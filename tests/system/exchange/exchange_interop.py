#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The exchange against a client that is not ours: python3-websockets.

Each check starts an exchange of its own on a free port.  What was sent is
taken from the exchange's --log, what arrived from the client; they must be the
same, in order, once.
"""
import asyncio
import json
import os
import re
import signal
import ssl
import stat
import subprocess
import sys
import tempfile

import websockets

BIN = os.path.join(os.environ["PROF_BIN"], "exchange")
FUTURES = "/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade"
SHAPES = {  # the keys of each payload, in their order
    "futures aggTrade": "e E s a p q nq f l T m st",
    "spot aggTrade": "e E s a p q f l T m M",
    "futures bookTicker": "e u s b B a A T E ps st",
    "spot bookTicker": "u s b B a A",
    "futures depth": "e E T s U u pu b a ps st",
    "spot depth": "e E s U u b a",
    "spot depth5": "lastUpdateId bids asks",
    "futures markPrice": "e E s p ap i P r T st",
}


class Exchange:
    """One exchange process; as a context manager it ends with SIGTERM and must exit 0."""

    def __init__(self, *options, host="127.0.0.1"):
        self.folder = tempfile.TemporaryDirectory(prefix="exchange_interop.")
        self.log = os.path.join(self.folder.name, "log")
        listen = "[%s]:0" % host if ":" in host else host + ":0"
        self.command = [BIN, "--listen", listen, "--cert-dir", self.folder.name + "/cert",
                        "--log", self.log, *options]
        self.plain = "--plain" in options
        self.killed = False

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            *self.command, stdout=asyncio.subprocess.PIPE)
        line = (await asyncio.wait_for(self.process.stdout.readline(), 10)).decode()
        found = re.fullmatch(r"exchange: listening on (\S+)( ca=(\S+))?\n", line)
        assert found, "first line: %r" % line
        self.where, self.ca = found.group(1), found.group(3)
        return self

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        rest = (await asyncio.wait_for(self.process.stdout.read(), 10)).decode()
        status = await self.process.wait()
        self.counters = {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", rest)}
        with open(self.log, encoding="utf-8") as log:
            self.sent = [line.split("\t") for line in log if not line.startswith("#")]
        self.folder.cleanup()
        assert self.killed or status == 0, "exchange exited with %d" % status

    def connect(self, target, **options):
        if self.plain:
            return websockets.connect("ws://" + self.where + target, max_size=1 << 20, **options)
        context = ssl.create_default_context(cafile=self.ca)
        return websockets.connect("wss://" + self.where + target, ssl=context,
                                  max_size=1 << 20, **options)

    def sent_on(self, connection):
        return [(row[1], int(row[2])) for row in self.sent if row[0] == str(connection)]


def keys(payload):
    return " ".join(payload)


def number_of(stream, payload):
    """What the log calls the id of this payload."""
    if "lastUpdateId" in payload:
        return payload["lastUpdateId"]
    kind = stream.split("@")[1]
    return payload.get({"aggTrade": "a", "trade": "t"}.get(kind, "u"), 0)


async def receive(ws, seconds, count=1 << 30):
    """Messages until that time or number, or the end of the connection."""
    messages = []
    end = asyncio.get_running_loop().time() + seconds
    while len(messages) < count:
        left = end - asyncio.get_running_loop().time()
        if left <= 0:
            break
        try:
            messages.append(json.loads(await asyncio.wait_for(ws.recv(), left)))
        except asyncio.TimeoutError:
            break
    return messages


async def ask(ws, method, params=None, number=1):
    request = {"method": method, "id": number}
    if params is not None:
        request["params"] = params
    await ws.send(json.dumps(request))


async def receive_all(ws, streams, seconds):
    """Everything up to the answer to an UNSUBSCRIBE, so that nothing is left under way."""
    messages = await receive(ws, seconds)
    await ask(ws, "UNSUBSCRIBE", streams, 99)
    while True:
        message = json.loads(await asyncio.wait_for(ws.recv(), 20))
        if message == {"result": None, "id": 99}:
            return messages
        messages.append(message)


async def futures_streams_are_valid():
    async with Exchange("--duration", "30") as exchange:
        async with exchange.connect(FUTURES) as ws:
            messages = await receive(ws, 20, 400)
    assert len(messages) == 400
    for message in messages:
        assert keys(message) == "stream data"
        assert keys(message["data"]) == SHAPES["futures aggTrade"], message
    for stream in ("btcusdt@aggTrade", "ethusdt@aggTrade"):
        chain = [m["data"]["a"] for m in messages if m["stream"] == stream]
        assert len(chain) > 50
        assert chain == list(range(chain[0], chain[0] + len(chain)))


async def wrong_route_is_acknowledged_and_silent():
    async with Exchange() as exchange:
        async with exchange.connect("/market/ws") as ws:
            await ask(ws, "SUBSCRIBE", ["btcusdt@bookTicker"], 1)
            assert await receive(ws, 3) == [{"result": None, "id": 1}]
        async with exchange.connect("/public/ws") as ws:
            await ask(ws, "SUBSCRIBE", ["btcusdt@bookTicker"], 1)
            messages = await receive(ws, 5, 10)
            assert messages[0] == {"result": None, "id": 1}
            assert all(keys(m) == SHAPES["futures bookTicker"] for m in messages[1:])


async def payloads_have_their_keys():
    targets = {
        "/ws/btcusdt@aggTrade": "spot aggTrade",
        "/ws/btcusdt@bookTicker": "spot bookTicker",
        "/ws/btcusdt@depth@100ms": "spot depth",
        "/ws/btcusdt@depth5@100ms": "spot depth5",
        "/market/ws/btcusdt@markPrice@1s": "futures markPrice",
        "/public/ws/btcusdt@depth@100ms": "futures depth",
        "/public/ws/btcusdt@depth20@100ms": "futures depth",
    }
    async with Exchange() as exchange:
        for target, shape in targets.items():
            async with exchange.connect(target) as ws:
                messages = await receive(ws, 5, 2)
                assert len(messages) == 2, target
                assert all(keys(m) == SHAPES[shape] for m in messages), messages
        async with exchange.connect("/market/stream?streams=!ticker@arr") as ws:
            (message,) = await receive(ws, 5, 1)
            assert isinstance(message["data"], list) and len(message["data"]) > 1
        async with exchange.connect("/ws/btcusdt@trade?timeUnit=MICROSECOND") as ws:
            (message,) = await receive(ws, 5, 1)
            assert message["E"] > 10**15 and message["T"] > 10**15


async def nothing_is_lost_or_doubled(scenario, target, streams, *options):
    async with Exchange("--scenario", scenario, *options) as exchange:
        async with exchange.connect(target) as ws:
            messages = await receive_all(ws, streams, 4)
    got = [(m["stream"], number_of(m["stream"], m["data"])) for m in messages]
    assert len(got) > 50, "only %d messages" % len(got)
    assert got == exchange.sent_on(1), "%d received, %d logged" % (len(got), len(exchange.sent))


async def requests_are_answered():
    async with Exchange("--no-client-rate") as exchange:
        async with exchange.connect("/ws") as ws:
            cases = [
                ('{"method":"LIST_SUBSCRIPTIONS","id":3}', {"result": [], "id": 3}),
                ('{"method":"GET_PROPERTY","params":["combined"],"id":2}',
                 {"result": False, "id": 2}),
                ('{"method":"SET_PROPERTY","params":["combined",true],"id":5}',
                 {"result": None, "id": 5}),
                ('{"method":"GET_PROPERTY","params":["nonsense"],"id":6}', 0),
                ('{"method":"SET_PROPERTY","params":["combined","yes"],"id":7}', 1),
                ('{"method":"DANCE","id":8}', 2),
                ("this is not JSON", 3),
            ]
            for question, expected in cases:
                await ws.send(question)
                answer = json.loads(await asyncio.wait_for(ws.recv(), 5))
                if isinstance(expected, int):
                    assert answer["code"] == expected and answer["msg"], answer
                else:
                    assert answer == expected, answer
    assert exchange.counters["bad_requests"] == 4


async def pings_are_answered_both_ways():
    async with Exchange("--ping-interval", "200", "--pong-timeout", "500") as exchange:
        async with exchange.connect("/market/ws/btcusdt@aggTrade") as ws:
            for _ in range(3):
                await asyncio.wait_for(await ws.ping(), 2)
            assert len(await receive(ws, 2)) > 50
    assert exchange.counters["pongs"] >= 5
    assert exchange.counters["pings"] >= 3
    assert exchange.counters["pong_timeouts"] == 0


async def close_code(exchange, target, before=None):
    """What the server said, or else what the client said when it had enough."""
    async with exchange.connect(target) as ws:
        if before:
            await before(ws)
        try:
            while True:
                await asyncio.wait_for(ws.recv(), 15)
        except websockets.ConnectionClosed as closed:
            said = closed.rcvd or closed.sent
            return said.code if said else 1006


async def too_many_requests_close_the_connection():
    async def flood(ws):
        for number in range(20):
            await ask(ws, "LIST_SUBSCRIPTIONS", None, number)

    async with Exchange() as exchange:
        assert await close_code(exchange, "/ws", flood) == 1008
    assert exchange.counters["rate_limited"] == 1


async def the_server_ends_connections():
    async with Exchange("--scenario", "shutdown") as exchange:
        async with exchange.connect("/stream?streams=btcusdt@trade") as ws:
            messages = []
            try:
                while True:
                    messages.append(json.loads(await asyncio.wait_for(ws.recv(), 10)))
            except websockets.ConnectionClosed:
                assert ws.close_code == 1001
        notices = [m for m in messages if m["stream"] == "!serverShutdown"]
        assert len(notices) == 1 and keys(notices[0]["data"]) == "e E"
    async with Exchange("--max-life", "1") as exchange:
        assert await close_code(exchange, "/ws/btcusdt@trade") == 1001


async def hostile_frames_are_refused_by_the_client(scenario, code):
    async with Exchange("--scenario", scenario) as exchange:
        seen = await close_code(exchange, "/ws/btcusdt@trade")
        assert seen == code, "close code %s" % seen


async def a_key_update_goes_unnoticed():
    for options in ((), ("--tls12",)):
        await nothing_is_lost_or_doubled("rekey", "/stream?streams=btcusdt@trade",
                                         ["btcusdt@trade"], *options)


async def certificates_are_as_good_as_asked_for():
    for kind, reason in (("expired", "expired"), ("wrong-host", "mismatch"),
                         ("unknown-ca", "certificate verify failed")):
        async with Exchange("--cert", kind) as exchange:
            try:
                async with exchange.connect("/ws"):
                    raise AssertionError("accepted: " + kind)
            except ssl.SSLCertVerificationError as error:
                assert reason in str(error), error
    async with Exchange() as exchange:
        mode = os.stat(os.path.join(os.path.dirname(exchange.ca), "server.key")).st_mode
        assert stat.S_IMODE(mode) == 0o600
    async with Exchange(host="::1") as exchange:
        async with exchange.connect("/ws/btcusdt@trade") as ws:
            assert len(await receive(ws, 5, 3)) == 3
    async with Exchange("--plain") as exchange:
        async with exchange.connect("/ws/btcusdt@trade") as ws:
            assert len(await receive(ws, 5, 3)) == 3


async def certificates_outlive_a_crash():
    """A client that trusted the CA once goes on trusting it after a restart."""
    async with Exchange() as first:
        folder = os.path.dirname(first.ca)
        context = ssl.create_default_context(cafile=first.ca)
        first.process.kill()
        await first.process.wait()
        second = await asyncio.create_subprocess_exec(
            BIN, "--listen", first.where, "--cert-dir", folder, "--keep-cert",
            stdout=asyncio.subprocess.PIPE)
        await asyncio.wait_for(second.stdout.readline(), 10)
        async with websockets.connect("wss://" + first.where + "/ws/btcusdt@trade",
                                      ssl=context) as ws:
            assert len(await receive(ws, 5, 3)) == 3
        second.terminate()
        assert await asyncio.wait_for(second.wait(), 5) == 0
        first.killed = True


async def other_paths_are_refused():
    async with Exchange() as exchange:
        for target, status in (("/nowhere", 404), ("/ws/a%00b", 400)):
            try:
                async with exchange.connect(target):
                    raise AssertionError("accepted: " + target)
            except websockets.InvalidHandshake as error:
                # The library's own way to tell, up to 13 and since 14.
                told = getattr(error, "response", error).status_code
                assert told == status, told


async def a_run_can_be_repeated():
    def timeless(message):
        return {k: v for k, v in message.items() if k not in ("E", "T")}

    runs = []
    for seed in ("7", "7", "8"):
        async with Exchange("--seed", seed) as exchange:
            async with exchange.connect("/ws/btcusdt@trade") as ws:
                runs.append([timeless(m) for m in await receive(ws, 10, 100)])
    assert runs[0] == runs[1] and runs[0] != runs[2]


async def a_temporary_folder_is_removed():
    process = await asyncio.create_subprocess_exec(
        BIN, "--listen", "127.0.0.1:0", stdout=asyncio.subprocess.PIPE)
    line = (await process.stdout.readline()).decode()
    folder = os.path.dirname(line.split("ca=")[1].strip())
    assert sorted(os.listdir(folder)) == ["ca.pem", "server.key", "server.pem"]
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 5) == 0
    assert not os.path.exists(folder)


async def a_port_in_use_is_told():
    async with Exchange() as exchange:
        second = subprocess.run([BIN, "--listen", exchange.where], capture_output=True,
                                text=True, timeout=10, check=False)
        assert second.returncode == 1
        assert second.stderr.startswith("exchange: " + exchange.where), second.stderr
        assert "Address already in use" in second.stderr


def checks():
    combined = "/stream?streams=btcusdt@trade/btcusdt@bookTicker/ethusdt@trade"
    streams = ["btcusdt@trade", "btcusdt@bookTicker", "ethusdt@trade"]
    depth = "/public/stream?streams=btcusdt@depth@0ms"
    for check in (futures_streams_are_valid, wrong_route_is_acknowledged_and_silent,
                  payloads_have_their_keys, requests_are_answered, pings_are_answered_both_ways,
                  too_many_requests_close_the_connection, the_server_ends_connections,
                  a_key_update_goes_unnoticed, certificates_outlive_a_crash,
                  certificates_are_as_good_as_asked_for,
                  other_paths_are_refused, a_run_can_be_repeated, a_temporary_folder_is_removed,
                  a_port_in_use_is_told):
        yield check.__name__.replace("_", " "), check()
    for scenario in ("market", "steady", "bursts", "coalesced", "split", "fragments", "mixed",
                     "steady:1,split:1,coalesced:1,mixed:1"):
        yield ("nothing is lost or doubled: " + scenario,
               nothing_is_lost_or_doubled(scenario, combined, streams))
    for scenario in ("depth", "split", "mixed"):
        yield ("nothing is lost or doubled: depth frames, " + scenario,
               nothing_is_lost_or_doubled(scenario, depth, ["btcusdt@depth@0ms"]))
    for scenario, code in (("masked", 1002), ("bad-opcode", 1002), ("bad-control", 1002),
                           ("bad-fragment", 1002), ("bad-utf8", 1007), ("oversized", 1009),
                           ("half-frame", 1006), ("reset", 1006), ("garbage", 1006),
                           ("alert", 1006)):
        # 1006: the connection ended without a close frame.
        yield ("a foreign client refuses: " + scenario,
               hostile_frames_are_refused_by_the_client(scenario, code))


async def run_check(name, coroutine, limit):
    async with limit:
        try:
            await asyncio.wait_for(coroutine, 90)
        except Exception as error:  # a failed check does not stop the others
            print("FAIL: %s: %r" % (name, error), flush=True)
            return False
    print("ok: " + name, flush=True)
    return True


async def main():
    limit = asyncio.Semaphore(4)  # more would make each other late
    results = await asyncio.gather(*(run_check(n, c, limit) for n, c in checks()))
    print("%d of %d checks passed" % (sum(results), len(results)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
