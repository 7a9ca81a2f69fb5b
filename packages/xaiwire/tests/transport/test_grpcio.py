"""Calls to a server that is not ours: grpcio."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator

import grpc
import pytest
from peers import PATH, Aio, grpcio_server, options

from xaiwire._transport import aio, blocking


def test_a_unary_call(connect):
    with grpcio_server(lambda request, context: request[::-1]) as address:
        outcome = connect(address).call(b"abc")
    assert outcome.messages == [b"cba"]
    assert ("content-type", "application/grpc") in outcome.headers
    assert ("grpc-status", "0") in outcome.trailers


def test_what_arrives(connect):
    seen = {}

    def handler(request, context):
        seen["metadata"] = tuple(context.invocation_metadata())
        seen["remaining"] = context.time_remaining()
        return b""

    with grpcio_server(handler) as address:
        connect(address).call(metadata=(("authorization", "Bearer key"), ("x-a", "1"), ("x-a", "2")), timeout=30)
    assert ("authorization", "Bearer key") in seen["metadata"]
    assert [value for name, value in seen["metadata"] if name == "x-a"] == ["1", "2"]
    assert ("user-agent", "test/1") in seen["metadata"]
    assert 25 < seen["remaining"] <= 30.1


def test_headers_and_trailers_come_as_they_were_said(connect):
    def handler(request, context):
        context.send_initial_metadata((("x-request-id", "r1"), ("x-two", "a"), ("x-two", "b")))
        context.set_trailing_metadata((("x-trailer", "t"), ("x-bytes-bin", b"\x00\xff")))
        return b""

    with grpcio_server(handler) as address:
        outcome = connect(address).call()
    assert [value for name, value in outcome.headers if name == "x-two"] == ["a", "b"]
    assert ("x-request-id", "r1") in outcome.headers
    assert ("x-trailer", "t") in outcome.trailers
    assert ("x-bytes-bin", "AP8") in outcome.trailers
    assert all(not name.startswith(":") for name, _ in (*outcome.headers, *outcome.trailers))


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_every_status(connect, code):
    def handler(request, context):
        context.abort(code, "café\n100%")

    with grpcio_server(handler) as address:
        outcome = connect(address).call()
    assert (outcome.code, outcome.text) == (code.name, "café\n100%")


@pytest.mark.parametrize("size", [0, 1, 16_384, 65_535, 70_000, 5 << 20])
def test_messages_of_many_sizes_go_both_ways(connect, size):
    with grpcio_server(lambda request, context: request) as address:
        caller = connect(address)
        assert caller.call(b"x" * size).messages == [b"x" * size]
        assert caller.call(b"y").messages == [b"y"]


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_a_server_that_compresses(connect, compression):
    def handler(request, context):
        context.set_compression(compression)
        return b"z" * 5000

    with grpcio_server(handler) as address:
        outcome = connect(address).call()
    assert outcome.messages == [b"z" * 5000]


def test_a_stream_of_messages(connect):
    def handler(request, context):
        for number in range(2000):
            yield b"%d" % number

    with grpcio_server(handler, kind="unary_stream") as address:
        outcome = connect(address).call()
    assert outcome.messages == [b"%d" % number for number in range(2000)]


def test_a_stream_that_fails_midway(connect):
    def handler(request, context):
        yield b"one"
        context.abort(grpc.StatusCode.DATA_LOSS, "lost")

    with grpcio_server(handler, kind="unary_stream") as address:
        outcome = connect(address).call()
    assert (outcome.messages, outcome.code) == ([b"one"], "DATA_LOSS")


def test_an_upload(connect):
    with grpcio_server(lambda requests, context: b"%d" % sum(map(len, requests)), kind="stream_unary") as address:
        outcome = connect(address).call(b"x" * 1_000_000 for _ in range(20))
    assert outcome.messages == [b"20000000"]


def test_an_upload_of_nothing(connect):
    with grpcio_server(lambda requests, context: b"%d" % len(list(requests)), kind="stream_unary") as address:
        assert connect(address).call(iter(())).messages == [b"0"]


def test_an_upload_takes_its_messages_one_at_a_time_as_they_can_be_sent(connect):
    taken = 0
    go_on = threading.Event()

    def chunks() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(200):
            taken += 1
            yield b"x" * (1 << 20)

    def handler(requests, context):
        next(requests)
        go_on.wait(10)
        return b"%d" % (1 + sum(1 for _ in requests))

    def look() -> None:
        time.sleep(0.2)
        seen.append(taken)
        go_on.set()

    seen: list[int] = []
    with grpcio_server(handler, kind="stream_unary") as address:
        watcher = threading.Thread(target=look)
        watcher.start()
        outcome = connect(address).call(chunks())
        watcher.join()
    assert seen[0] < 50
    assert outcome.messages == [b"200"]


def test_an_early_answer_stops_the_upload(connect):
    taken = 0

    def chunks() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 100_000

    def handler(requests, context):
        next(requests)
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no such file")

    with grpcio_server(handler, kind="stream_unary") as address:
        outcome = connect(address).call(chunks())
    assert (outcome.code, outcome.text) == ("INVALID_ARGUMENT", "no such file")
    assert taken < 1000


class Own(Exception):  # noqa: N818
    pass


def test_an_exception_of_the_iterable_cancels_the_call_and_is_raised_as_it_is(connect):
    began, cancelled = threading.Event(), threading.Event()

    def chunks() -> Iterator[bytes]:
        yield b"first"
        began.wait(5)
        raise Own("mine")

    def handler(requests, context):
        context.add_callback(cancelled.set)
        began.set()
        for _ in requests:
            pass
        return b""

    with grpcio_server(handler, kind="stream_unary") as address:
        outcome = connect(address).call(chunks())
        assert isinstance(outcome.error, Own)
        assert outcome.error.args == ("mine",)
        assert cancelled.wait(5)


def test_a_message_over_the_limit_is_not_sent(connect):
    with grpcio_server(lambda request, context: b"") as address:
        caller = connect(address, max_send_bytes=100)
        assert caller.call(b"x" * 101).code == "RESOURCE_EXHAUSTED"
        assert caller.call(iter((b"x", b"x" * 101))).code == "RESOURCE_EXHAUSTED"
        assert caller.call(b"x" * 100).code == "OK"


def test_a_message_over_the_limit_is_not_taken(connect):
    with grpcio_server(lambda request, context: b"x" * 101) as address:
        caller = connect(address, max_receive_bytes=100)
        outcome = caller.call()
        assert outcome.code == "RESOURCE_EXHAUSTED"
        assert "101" in outcome.text


def test_both_directions_at_once(connect):
    def handler(requests, context):
        for request in requests:
            yield request * 2

    with grpcio_server(handler, kind="stream_stream") as address:
        outcome = connect(address).call(b"%d" % number for number in range(50))
    assert outcome.messages == [b"%d%d" % (number, number) for number in range(50)]


def test_a_stream_that_is_closed_midway_is_cancelled_at_the_server_and_its_connection_kept(connect):
    cancelled = threading.Event()

    def handler(request, context):
        if request == b"unary":
            yield b"unary"
            return
        context.add_callback(cancelled.set)
        while context.is_active():
            yield b"chunk"
            time.sleep(0.001)

    with grpcio_server(handler, kind="unary_stream") as address:
        caller = connect(address)
        if isinstance(caller, Aio):

            async def use() -> None:
                exchange = await caller.channel.start(PATH, (), b"stream", None)
                assert await exchange.receive() == b"chunk"
                exchange.close()
                exchange.close()
                with pytest.raises(Exception, match="given up"):
                    while await exchange.receive() is not None:
                        pass

            caller.runner.run(use())
        else:
            exchange = caller.channel.start(PATH, (), b"stream", None)
            assert exchange.receive() == b"chunk"
            exchange.close()
            exchange.close()
            with pytest.raises(Exception, match="given up"):
                exchange.receive()
        assert cancelled.wait(5)
        assert caller.call(b"unary").messages == [b"unary"]


def test_a_stream_that_is_forgotten_is_cancelled_at_the_server(connect):
    cancelled = threading.Event()

    def handler(request, context):
        context.add_callback(cancelled.set)
        while context.is_active():
            yield b"chunk"
            time.sleep(0.001)

    with grpcio_server(handler, kind="unary_stream") as address:
        caller = connect(address)
        if isinstance(caller, Aio):

            async def use() -> None:
                exchange = await caller.channel.start(PATH, (), b"stream", None)
                assert await exchange.receive() == b"chunk"
                del exchange
                await asyncio.sleep(0.05)

            caller.runner.run(use())
        else:
            exchange = caller.channel.start(PATH, (), b"stream", None)
            assert exchange.receive() == b"chunk"
            del exchange
        assert cancelled.wait(5)


def test_receiving_behind_the_end_says_the_same_again(connect):
    def handler(request, context):
        if request:
            context.abort(grpc.StatusCode.NOT_FOUND, "nothing")
        return b"message"

    async def several(channel: aio.Channel, request: bytes) -> list[object]:
        exchange = await channel.start(PATH, (), request, None)
        got: list[object] = []
        for _ in range(3):
            try:
                got.append(await exchange.receive())
            except Exception as error:
                got.append(str(error))
        return got

    def several_blocking(channel: blocking.Channel, request: bytes) -> list[object]:
        exchange = channel.start(PATH, (), request, None)
        got: list[object] = []
        for _ in range(3):
            try:
                got.append(exchange.receive())
            except Exception as error:
                got.append(str(error))
        return got

    with grpcio_server(handler) as address:
        caller = connect(address)
        for request, wanted in ((b"", [b"message", None, None]), (b"x", ["nothing"] * 3)):
            if isinstance(caller, Aio):
                assert caller.runner.run(several(caller.channel, request)) == wanted
            else:
                assert several_blocking(caller.channel, request) == wanted


def test_the_repr_names_the_server(connect):
    assert "localhost:1" in repr(connect("localhost:1").channel)


def test_nothing_connects_and_little_is_loaded_before_the_first_call():
    import subprocess

    program = (
        "import sys\n"
        "from xaiwire._transport import blocking, aio, endpoint, model\n"
        "channel = blocking.Channel(endpoint.parse_host('localhost:1'), model.ChannelOptions(user_agent='x'))\n"
        "print(*(name for name in ('h2', 'hpack', 'urllib.request') if name in sys.modules))\n"
    )
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == ""


def test_a_slow_reader_does_not_fill_the_memory(connect):
    sent = 0

    def handler(request, context):
        nonlocal sent
        for _ in range(400):
            sent += 1
            yield b"x" * 100_000

    with grpcio_server(handler, kind="unary_stream") as address:
        caller = connect(address)
        if isinstance(caller, Aio):

            async def use() -> int:
                exchange = await caller.channel.start(PATH, (), b"", None)
                await exchange.receive()
                await asyncio.sleep(0.2)
                held = sent
                while await exchange.receive() is not None:
                    pass
                return held

            held = caller.runner.run(use())
        else:
            exchange = caller.channel.start(PATH, (), b"", None)
            exchange.receive()
            time.sleep(0.2)
            held = sent
            while exchange.receive() is not None:
                pass
    # A window of 4 MiB, and what the two kernels and grpcio hold.
    assert held < 200
    assert sent == 400


def test_options_have_the_defaults_of_the_official_client():
    assert options().max_receive_bytes == options().max_send_bytes == 20 << 20
