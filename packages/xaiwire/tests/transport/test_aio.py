"""What is the asyncio channel's own: loops, many calls on a connection, cancellation."""

from __future__ import annotations

import asyncio
import gc
import os
import struct
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import h2.events
import pytest
from h2.settings import SettingCodes
from peers import OK, PATH, Script, envelope, frame, grpcio_server, options, raw_server, scripted

from xaiwire._transport import aio, aio_connection, aio_pool
from xaiwire._transport.aio import Channel
from xaiwire._transport.endpoint import parse_host
from xaiwire._transport.model import Failure


def channel_to(address: str, **more: Any) -> Channel:
    return Channel(parse_host(address), options(**more))


async def call(channel: Channel, message: bytes = b"", timeout: float = 20.0) -> bytes | None:
    exchange = await channel.start(PATH, (), message, time.monotonic() + timeout)
    answer = await exchange.receive()
    assert await exchange.receive() is None
    return answer


def answers(script: Script) -> None:
    while True:
        script.answer(script.request(), b"answer")


def connections(channel: Channel) -> list[aio_connection.Connection]:
    return channel._pools[asyncio.get_running_loop()].connections


def test_calls_at_the_same_time_share_a_connection():
    async def main() -> None:
        channel = channel_to(address)
        assert await asyncio.gather(*(call(channel, b"%d" % n) for n in range(50))) == [b"%d" % n for n in range(50)]
        assert len(connections(channel)) == 1
        await channel.close()

    with grpcio_server(lambda request, context: request) as address:
        asyncio.run(main())


def test_very_many_calls_at_the_same_time():
    async def main() -> None:
        channel = channel_to(address)
        # grpcio's server gives up calls when more than a thousand wait: that is not ours to test.
        room = asyncio.Semaphore(800)

        async def one(number: int) -> bool:
            async with room:
                return await call(channel, b"%d" % number) == b"%d" % number

        assert all(await asyncio.gather(*(one(number) for number in range(3000))))
        await channel.close()

    with grpcio_server(lambda request, context: request) as address:
        asyncio.run(main())


def test_further_connections_are_made_where_the_server_allows_few_streams():
    both = threading.Barrier(3)

    def handler(script: Script) -> None:
        stream = script.request()
        both.wait(5)
        script.answer(stream, b"answer")
        script.drain()

    async def main() -> None:
        channel = channel_to(server.address)
        assert await asyncio.gather(*(call(channel) for _ in range(3))) == [b"answer"] * 3
        assert len(connections(channel)) == 3
        await channel.close()

    with raw_server(scripted(handler, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 1})) as server:
        asyncio.run(main())


def test_calls_wait_for_each_other_where_no_more_connections_are_made(monkeypatch):
    monkeypatch.setattr(aio_pool, "MOST_CONNECTIONS", 1)

    async def main() -> None:
        channel = channel_to(server.address)
        assert await asyncio.gather(*(call(channel) for _ in range(20))) == [b"answer"] * 20
        await channel.close()

    with raw_server(scripted(answers, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 2})) as server:
        asyncio.run(main())
        assert server.accepted == 1


def test_waiting_for_a_place_ends_with_the_deadline_and_with_cancellation(monkeypatch):
    monkeypatch.setattr(aio_pool, "MOST_CONNECTIONS", 1)

    def handler(script: Script) -> None:
        stream = script.request()
        script.wait(h2.events.PingReceived)
        script.answer(stream, b"first")
        script.answer(script.request(), b"third")
        script.drain()

    async def main() -> None:
        channel = channel_to(server.address)
        first = asyncio.create_task(call(channel))
        await asyncio.sleep(0.05)
        with pytest.raises(Failure) as raised:
            await call(channel, timeout=0.05)
        assert raised.value.code.name == "DEADLINE_EXCEEDED"
        assert raised.value.unprocessed
        waiting = asyncio.create_task(call(channel))
        third = asyncio.create_task(call(channel))
        await asyncio.sleep(0.01)
        waiting.cancel()
        connection = connections(channel)[0]
        connection.http2.ping()
        connection.flush()
        assert await first == b"first"
        assert await third == b"third"
        assert waiting.cancelled()
        assert connection.reserved == 0
        await channel.close()

    with raw_server(scripted(handler, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 1})) as server:
        asyncio.run(main())


def test_a_place_that_was_promised_to_a_cancelled_call_goes_to_the_next():
    async def main() -> None:
        channel = channel_to(server.address)
        await call(channel)
        pool = channel._pools[asyncio.get_running_loop()]
        connection = pool.connections[0]
        connection.reserved = 100
        waiting = asyncio.create_task(call(channel))
        await asyncio.sleep(0)
        connection.reserved = 0
        pool.freed(connection)
        assert connection.reserved == 1
        waiting.cancel()
        await asyncio.wait((waiting,))
        assert connection.reserved == 0
        assert await call(channel) == b"answer"
        await channel.close()

    with raw_server(scripted(answers)) as server:
        asyncio.run(main())


def test_connecting_is_shared():
    async def main() -> None:
        channel = channel_to(server.address)
        failures = await asyncio.gather(*(call(channel) for _ in range(20)), return_exceptions=True)
        assert {str(failure) for failure in failures} == {"the server does not speak HTTP/2: it says 'HTTP/1.1 400 No'"}
        assert len(set(map(id, failures))) == 20
        await channel.close()

    with raw_server(lambda sock: sock.sendall(b"HTTP/1.1 400 No\r\n\r\n")) as server:
        asyncio.run(main())
        assert server.accepted == 1


def test_a_server_that_leaves_as_it_greets():
    async def main() -> None:
        channel = channel_to(server.address)
        with pytest.raises(Failure) as raised:
            await call(channel)
        assert (raised.value.code.name, raised.value.unprocessed) == ("UNAVAILABLE", True)
        await channel.close()

    def handler(script: Script) -> None:
        script.goaway(0)
        script.drain()

    with raw_server(scripted(handler)) as server:
        asyncio.run(main())
        assert server.accepted == 1


def test_goaway_splits_the_streams():
    def first(script: Script) -> None:
        streams = [script.request() for _ in range(4)]
        script.goaway(streams[1])
        script.answer(streams[0], b"kept")
        script.answer(streams[1], b"kept")
        script.drain()

    async def main() -> None:
        channel = channel_to(server.address)
        results = await asyncio.gather(*(call(channel) for _ in range(4)), return_exceptions=True)
        assert results[:2] == [b"kept", b"kept"]
        assert [(type(e), e.unprocessed) for e in results[2:]] == [(Failure, True)] * 2
        await channel.close()

    with raw_server(scripted(first)) as server:
        asyncio.run(main())


def test_refused_streams_do_not_disturb_the_others():
    def handler(script: Script) -> None:
        one, two = script.request(), script.request()
        script.reset(one, 7)
        script.answer(two, b"answer")
        script.drain()

    async def main() -> None:
        channel = channel_to(server.address)
        refused, answer = await asyncio.gather(call(channel), call(channel), return_exceptions=True)
        assert isinstance(refused, Failure)
        assert refused.unprocessed
        assert answer == b"answer"
        await channel.close()

    with raw_server(scripted(handler)) as server:
        asyncio.run(main())


@pytest.mark.parametrize("phase", ["unary", "stream"])
def test_a_cancelled_task_cancels_the_call_at_the_server_at_once(phase):
    began, cancelled = threading.Event(), threading.Event()

    def handler(request, context):
        context.add_callback(cancelled.set)
        if phase == "stream":
            yield b"first"
        began.set()
        cancelled.wait(10)

    async def main() -> None:
        channel = channel_to(address)

        async def work() -> None:
            exchange = await channel.start(PATH, (), b"", None)
            while True:
                await exchange.receive()

        task = asyncio.create_task(work())
        await asyncio.to_thread(began.wait, 5)
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(cancelled.wait, 5)
        await channel.close()

    with grpcio_server(handler, kind="unary_stream") as address:
        asyncio.run(main())


def test_a_cancelled_upload_is_cancelled_at_the_server():
    cancelled = threading.Event()

    def handler(requests, context):
        context.add_callback(cancelled.set)
        for _ in requests:
            pass
        return b""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(60)

    async def main() -> None:
        channel = channel_to(address)
        task = asyncio.create_task(channel.start(PATH, (), chunks(), None))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(cancelled.wait, 5)
        await channel.close()

    with grpcio_server(handler, kind="stream_unary") as address:
        asyncio.run(main())


def test_an_upload_of_an_async_iterable():
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            await asyncio.sleep(0)
            yield b"x" * 1_000_000

    async def main() -> None:
        channel = channel_to(address)
        exchange = await channel.start(PATH, (), chunks(), time.monotonic() + 20)
        assert await exchange.receive() == b"20000000"
        exchange.close()
        await channel.close()

    with grpcio_server(lambda requests, context: b"%d" % sum(map(len, requests)), kind="stream_unary") as address:
        asyncio.run(main())


@pytest.mark.parametrize("end", ["answer", "deadline"])
def test_an_upload_whose_next_message_does_not_come_is_ended(end):
    closed = []

    async def chunks() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    def handler(script: Script) -> None:
        stream = script.wait(h2.events.RequestReceived).stream_id
        # An iterable that was not begun is not closed.
        script.wait(h2.events.DataReceived)
        if end == "answer":
            script.headers(stream, headers=((":status", "200"), ("content-type", "application/grpc"), *OK), end=True)
        script.wait(h2.events.StreamReset)
        script.drain()

    async def main() -> None:
        channel = channel_to(server.address)
        deadline = time.monotonic() + (0.1 if end == "deadline" else 20)
        exchange = await channel.start(PATH, (), chunks(), deadline)
        if end == "answer":
            assert await exchange.receive() is None
        else:
            with pytest.raises(Failure) as raised:
                await exchange.receive()
            assert raised.value.code.name == "DEADLINE_EXCEEDED"
        assert closed
        await channel.close()

    with raw_server(scripted(handler)) as server:
        began = time.monotonic()
        asyncio.run(main())
        assert time.monotonic() - began < 5


class Own(Exception):  # noqa: N818
    pass


def test_an_exception_of_the_async_iterable_is_raised_as_it_is():
    reset = threading.Event()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"first"
        raise Own("mine")

    def handler(script: Script) -> None:
        assert script.wait(h2.events.StreamReset).error_code == 8
        reset.set()
        script.drain()

    async def main() -> None:
        channel = channel_to(server.address)
        with pytest.raises(Own, match="mine"):
            await channel.start(PATH, (), chunks(), None)
        assert await asyncio.to_thread(reset.wait, 5)
        await channel.close()

    with raw_server(scripted(handler)) as server:
        asyncio.run(main())


def test_an_upload_waits_for_the_transport_and_the_window():
    def handler(script: Script) -> None:
        time.sleep(0.1)
        stream = script.wait(h2.events.RequestReceived).stream_id
        got = 0
        while got < 30 << 20:
            event = script.wait(h2.events.DataReceived)
            got += len(event.data)
            script.h2.acknowledge_received_data(event.flow_controlled_length, stream)
            script.flush()
        script.answer(stream, b"done")
        script.drain()

    async def main() -> None:
        channel = channel_to(server.address)
        exchange = await channel.start(PATH, (), (bytes(1 << 20) for _ in range(30)), None)
        assert await exchange.receive() == b"done"
        exchange.close()
        await channel.close()

    with raw_server(scripted(handler, settings={SettingCodes.INITIAL_WINDOW_SIZE: 1 << 20})) as server:
        asyncio.run(main())


def test_several_loops_one_after_the_other():
    with grpcio_server(lambda request, context: request) as address, warnings.catch_warnings():
        # asyncio warns of transports that were open when their loop was closed.
        warnings.simplefilter("ignore", ResourceWarning)
        channel = channel_to(address)
        for number in range(3):
            assert asyncio.run(call(channel, b"%d" % number)) == b"%d" % number
        asyncio.run(call(channel))
        assert len(channel._pools) == 1
        asyncio.run(channel.close())
        assert not channel._pools
        gc.collect()


def test_several_loops_at_the_same_time():
    results: list[bytes | None] = []

    def work(number: int) -> None:
        async def main() -> None:
            for _ in range(20):
                results.append(await call(channel, b"%d" % number))
            await asyncio.sleep(0.05)
            await channel._pools.pop(asyncio.get_running_loop()).close()

        asyncio.run(main())

    with grpcio_server(lambda request, context: request) as address:
        channel = channel_to(address)
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(results) == sorted(b"%d" % n for n in range(4) for _ in range(20))


def test_an_exchange_whose_loop_is_closed_can_be_closed():
    def handler(script: Script) -> None:
        script.headers(script.request())
        script.drain()

    with raw_server(scripted(handler)) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        channel = channel_to(server.address)
        exchange = asyncio.run(channel.start(PATH, (), b"", None))
        exchange.close()
        del exchange
        channel._forget_closed_loops()
        gc.collect()


def test_closing_ends_calls_and_waits_for_the_connections():
    began, told = threading.Event(), threading.Event()

    def handler(script: Script) -> None:
        script.headers(script.request())
        began.set()
        script.wait(h2.events.ConnectionTerminated)
        told.set()

    async def main() -> None:
        channel = channel_to(server.address)
        task = asyncio.create_task(call(channel))
        await asyncio.to_thread(began.wait, 5)
        await asyncio.sleep(0.01)
        await channel.close()
        with pytest.raises(Failure) as raised:
            await task
        assert raised.value.code.name == "CANCELLED"
        await channel.close()

    with raw_server(scripted(handler)) as server:
        asyncio.run(main())
        assert told.wait(5)


def test_closing_while_connecting_ends_the_calls_that_wait():
    async def main() -> None:
        channel = channel_to(server.address)
        task = asyncio.create_task(call(channel))
        await asyncio.sleep(0.05)
        await channel.close()
        with pytest.raises(Failure) as raised:
            await task
        assert raised.value.code.name == "CANCELLED"

    with raw_server(lambda sock: [None for _ in iter(lambda: sock.recv(100), b"")]) as server:
        asyncio.run(main())


def test_a_connection_that_is_made_while_the_channel_closes_is_closed():
    async def main() -> None:
        channel = channel_to(server.address)
        task = asyncio.create_task(call(channel))
        await asyncio.sleep(0)
        closing = asyncio.create_task(channel.close())
        with pytest.raises(Failure):
            await task
        await closing

    with raw_server(scripted(answers)) as server:
        asyncio.run(main())


def test_connecting_takes_no_longer_than_allowed():
    async def main() -> None:
        channel = channel_to(server.address, connect_timeout=0.1)
        with pytest.raises(Failure, match="in time") as raised:
            await call(channel)
        assert raised.value.code.name == "UNAVAILABLE"
        await channel.close()

    with raw_server(lambda sock: [None for _ in iter(lambda: sock.recv(100), b"")]) as server:
        asyncio.run(main())


def test_a_loop_that_ends_while_connecting():
    async def main() -> None:
        task = asyncio.create_task(call(channel_to(server.address)))
        await asyncio.sleep(0.05)
        assert not task.done()

    with raw_server(lambda sock: [None for _ in iter(lambda: sock.recv(100), b"")]) as server:
        asyncio.run(main())


def test_idle_connections_are_closed_after_a_while(monkeypatch):
    monkeypatch.setattr(aio_connection, "LONGEST_IDLE", 0.1)

    async def main() -> None:
        channel = channel_to(server.address)
        await call(channel)
        (connection,) = connections(channel)
        await asyncio.wait_for(connection.lost, 5)
        assert not connections(channel)
        assert await call(channel) == b"answer"
        await channel.close()

    with raw_server(scripted(answers)) as server:
        asyncio.run(main())
        assert server.accepted == 2


def test_a_connection_without_keepalive_lives_on(monkeypatch):
    monkeypatch.setattr(aio_connection, "LONGEST_IDLE", 0.03)

    def handler(script: Script) -> None:
        stream = script.request()
        time.sleep(0.15)
        script.answer(stream, b"late")
        script.drain()

    async def main() -> None:
        channel = channel_to(server.address, keepalive_interval=None)
        assert await call(channel) == b"late"
        await channel.close()

    with raw_server(scripted(handler)) as server:
        asyncio.run(main())


def test_a_call_on_a_silent_connection_goes_along_with_a_ping(monkeypatch):
    monkeypatch.setattr(aio_connection, "PROBE_AFTER", 0.0)
    monkeypatch.setattr(aio_pool, "STALE_AFTER", 0.0)

    def handler(script: Script) -> None:
        script.answer(script.request(), b"first")
        script.drain_after = True
        while b"xaiwire." not in script.sock.recv(1000):
            pass
        script.drain()

    async def main() -> None:
        channel = channel_to(server.address, keepalive_interval=60.0, keepalive_timeout=0.1)
        exchange = await channel.start(PATH, (), b"", None)
        assert await exchange.receive() == b"first"
        assert await exchange.receive() is None
        await asyncio.sleep(0.01)
        with pytest.raises(Failure, match="does not answer a ping"):
            await call(channel)
        await channel.close()

    with raw_server(scripted(handler)) as server:
        asyncio.run(main())


def test_a_connection_that_ended_unseen_is_not_used(monkeypatch):
    monkeypatch.setattr(aio_pool, "STALE_AFTER", 0.0)
    gone = threading.Event()

    def first(script: Script) -> None:
        script.answer(script.request(), b"first")
        script.sock.close()
        gone.set()

    async def main() -> None:
        channel = channel_to(server.address)
        assert await call(channel) == b"first"
        # The loop does not run in the meantime.
        assert gone.wait(5)
        time.sleep(0.02)
        assert await call(channel) == b"answer"
        await channel.close()

    with raw_server(scripted(first, answers)) as server:
        asyncio.run(main())


def test_streams_of_one_connection_do_not_wait_for_a_slow_reader():
    def handler(request, context):
        if request == b"slow":
            for _ in range(200):
                yield b"x" * 100_000
        else:
            yield request

    async def main() -> None:
        channel = channel_to(address)
        slow = await channel.start(PATH, (), b"slow", None)
        await slow.receive()
        await asyncio.sleep(0.1)
        for _ in range(20):
            assert await call(channel, b"quick") == b"quick"
        assert len(connections(channel)) == 1
        count = 1
        while await slow.receive() is not None:
            count += 1
        assert count == 200
        await channel.close()

    with grpcio_server(handler, kind="unary_stream") as address:
        asyncio.run(main())


def test_more_bytes_behind_the_end_of_a_connection_are_no_trouble():
    def handler(script: Script) -> None:
        stream = script.request()
        script.raw(frame(7, 0, 0, struct.pack(">II", stream, 0)) + frame(6, 0, 0, b"short") + b"more")
        script.drain()

    async def main() -> None:
        channel = channel_to(server.address)
        with pytest.raises(Failure, match="HTTP/2"):
            await call(channel)
        await channel.close()

    with raw_server(scripted(handler)) as server:
        asyncio.run(main())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_fork():
    def first(script: Script) -> None:
        script.answer(script.request(), b"answer")
        stream = script.request()
        script.headers(stream)
        script.data(stream, envelope(b"one"))
        time.sleep(0.2)
        script.data(stream, envelope(b"two"))
        script.headers(stream, headers=OK, end=True)
        script.drain()

    source = f"""
        import asyncio, os, sys, time
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from peers import PATH, options
        from xaiwire._transport.aio import Channel
        from xaiwire._transport.endpoint import parse_host
        channel = Channel(parse_host("ADDRESS"), options())
        async def call():
            exchange = await channel.start(PATH, (), b"", time.monotonic() + 10)
            answer = await exchange.receive()
            assert await exchange.receive() is None
            return answer
        async def main():
            assert await call() == b"answer"
            exchange = await channel.start(PATH, (), b"", time.monotonic() + 10)
            assert await exchange.receive() == b"one"
            pid = os.fork()
            if pid == 0:
                asyncio._set_running_loop(None)
                asyncio.set_event_loop(None)
                async def child():
                    try:
                        await exchange.receive()
                    except Exception as error:
                        assert "process" in str(error)
                    else:
                        os._exit(2)
                    exchange.close()
                    assert await call() == b"answer"
                    assert await call() == b"answer"
                loop = asyncio.new_event_loop()
                loop.run_until_complete(child())
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
            assert await exchange.receive() == b"two"
            assert await exchange.receive() is None
            await channel.close()
        asyncio.run(main())
        print("fine")
    """
    with raw_server(scripted(first, answers)) as server:
        made = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(source).replace("ADDRESS", server.address)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (made.stdout, made.stderr) == ("fine\n", "")
        assert server.accepted == 2


def test_a_sync_iterable_yields_to_the_loop():
    turns = 0

    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x"

    async def tick() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def main() -> None:
        channel = channel_to(address)
        ticker = asyncio.create_task(tick())
        exchange = await channel.start(PATH, (), chunks(), None)
        assert await exchange.receive() == b"100"
        ticker.cancel()
        exchange.close()
        await channel.close()

    with grpcio_server(lambda requests, context: b"%d" % len(list(requests)), kind="stream_unary") as address:
        asyncio.run(main())
    assert turns >= 100


def test_what_the_module_promises():
    assert aio.BATCH < aio_connection.WRITE_BUFFER
    assert aio_pool.MOST_CONNECTIONS * aio_connection.MOST_STREAMS >= 10_000


def test_a_generator_of_requests_can_be_closed_after_a_cancelled_call():
    closed = []

    async def requests():
        try:
            yield b"first"
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            closed.append(True)

    def handler(iterator, _context):
        for _ in iterator:
            pass
        return b""

    async def run(address):
        channel = aio.Channel(parse_host(address), options())
        source = requests()
        task = asyncio.create_task(_exchange(channel, source))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await source.aclose()
        await channel.close()

    async def _exchange(channel, source):
        exchange = await channel.start("/a.B/C", (), source, time.monotonic() + 20)
        await exchange.receive()

    with grpcio_server(handler, kind="stream_unary") as address:
        asyncio.run(run(address))
    assert closed == [True]


def test_the_loop_of_uvloop_will_do():
    uvloop = pytest.importorskip("uvloop")

    async def run(address: str) -> list[bytes | None]:
        channel = channel_to(address)
        try:
            return await asyncio.gather(*(call(channel, b"%d" % number) for number in range(20)))
        finally:
            await channel.close()

    with grpcio_server(lambda request, context: request) as address:
        answers = uvloop.run(run(address))
    assert answers == [b"%d" % number for number in range(20)]
