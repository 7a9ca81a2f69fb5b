"""Callers on the real channels, against a gRPC server that is not ours."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from protobuf import Oneof
from reference_server import ReferenceServer, message

from xaiwire import errors
from xaiwire._calls.aio import AsyncCaller
from xaiwire._calls.blocking import Caller
from xaiwire._calls.call_info import CallInfo
from xaiwire._calls.retry import RetryPolicy
from xaiwire._gen.xai.api.v1 import chat_pb, files_pb
from xaiwire._services import chat, files
from xaiwire._transport.aio import Channel as AsyncChannel
from xaiwire._transport.blocking import Channel
from xaiwire._transport.model import ChannelOptions, Endpoint

OPTIONS = ChannelOptions(user_agent="xaiwire-tests")
GET = files_pb.RetrieveFileRequest(file_id="f-1")
ASK = chat_pb.GetCompletionsRequest(model="grok-4")
COMPLETE = chat.COMPLETE.path
STREAM = chat.STREAM.path


def endpoint(server: ReferenceServer) -> Endpoint:
    host, _, port = server.address.rpartition(":")
    return Endpoint(host=host, port=int(port), secure=False)


class Blocking:
    """Calls that wait, on the blocking caller."""

    def __init__(self, server: ReferenceServer, **options: Any) -> None:
        channel = Channel(endpoint(server), OPTIONS)
        self.caller = Caller({"api": channel, "management": channel}, **options)

    def unary(self, *arguments: Any, **options: Any) -> Any:
        return self.caller.unary(*arguments, options)  # type: ignore[arg-type]

    def client_stream(self, *arguments: Any, **options: Any) -> Any:
        return self.caller.client_stream(*arguments, options)  # type: ignore[arg-type]

    def server_stream(self, *arguments: Any, most: int = 1000, **options: Any) -> list[Any]:
        responses = self.caller.server_stream(*arguments, options)  # type: ignore[arg-type]
        got = [response for _, response in zip(range(most), responses, strict=False)]
        responses.close()
        return got

    def close(self) -> None:
        self.caller.close()


class Aio:
    """The same on the asyncio caller."""

    def __init__(self, server: ReferenceServer, **options: Any) -> None:
        channel = AsyncChannel(endpoint(server), OPTIONS)
        self.caller = AsyncCaller({"api": channel, "management": channel}, **options)
        self.runner = asyncio.Runner()

    def unary(self, *arguments: Any, **options: Any) -> Any:
        return self.runner.run(self.caller.unary(*arguments, options))  # type: ignore[arg-type]

    def client_stream(self, *arguments: Any, **options: Any) -> Any:
        return self.runner.run(self.caller.client_stream(*arguments, options))  # type: ignore[arg-type]

    def server_stream(self, *arguments: Any, most: int = 1000, **options: Any) -> list[Any]:
        async def gather() -> list[Any]:
            got: list[Any] = []
            responses = self.caller.server_stream(*arguments, options)  # type: ignore[arg-type]
            async for response in responses:
                got.append(response)
                if len(got) == most:
                    break
            await responses.aclose()
            return got

        return self.runner.run(gather())

    def close(self) -> None:
        self.runner.run(self.caller.close())
        self.runner.close()


@pytest.fixture(params=[Blocking, Aio])
def client(request: pytest.FixtureRequest, server: ReferenceServer) -> Iterator[Any]:
    made = request.param(server, metadata={"api": {"authorization": "Bearer a"}})
    yield made
    made.close()


def test_a_unary_call(client: Any, server: ReferenceServer) -> None:
    @server.on(files.GET.path)
    def answer(request: Any, context: Any) -> Any:
        context.send_initial_metadata((("x-request-id", "r-1"),))
        context.set_trailing_metadata((("x-cost", "1"),))
        return message("xai_api.File")(id=request.file_id, filename="a.txt")

    info = CallInfo()
    got = client.unary(files.GET, GET, timeout=5, metadata={"x-team": "red", "raw-bin": b"\x00\xff"}, call_info=info)
    assert got == files_pb.File(id="f-1", filename="a.txt")
    assert server.last.metadata["authorization"] == "Bearer a"
    assert server.last.metadata["x-team"] == "red"
    assert server.last.metadata["raw-bin"] == b"\x00\xff"
    assert 4 < (server.last.timeout or 0) <= 5
    assert info.request_id == "r-1"
    assert ("x-cost", "1") in info.trailers


def test_a_stream(client: Any, server: ReferenceServer) -> None:
    @server.on(STREAM)
    def answer(_request: Any, _context: Any) -> Any:
        for number in range(50):
            yield message("xai_api.GetChatCompletionChunk")(id=f"c-{number}")

    assert [chunk.id for chunk in client.server_stream(chat.STREAM, ASK)] == [f"c-{number}" for number in range(50)]


def test_an_upload(client: Any, server: ReferenceServer) -> None:
    @server.on(files.UPLOAD.path)
    def answer(requests: Any, _context: Any) -> Any:
        return message("xai_api.File")(filename="".join(request.data.decode() for request in requests))

    chunks = [files_pb.UploadFileChunk(chunk=Oneof("data", data)) for data in (b"one", b"two", b"three")]
    assert client.client_stream(files.UPLOAD, chunks).filename == "onetwothree"
    assert server.last.metadata["authorization"] == "Bearer a"
    assert server.last.timeout


def test_what_a_server_says_becomes_an_error(client: Any, server: ReferenceServer) -> None:
    @server.on(COMPLETE)
    def answer(_request: Any, context: Any) -> Any:
        context.set_trailing_metadata((("x-request-id", "r-7"),))
        context.abort(grpc.StatusCode.NOT_FOUND, "no such model: grök")

    with pytest.raises(errors.NotFoundError) as caught:
        client.unary(chat.COMPLETE, ASK)
    assert caught.value.message == "no such model: grök"
    assert caught.value.request_id == "r-7"


def test_a_refused_completion_is_tried_again(client: Any, server: ReferenceServer) -> None:
    @server.on(COMPLETE)
    def answer(_request: Any, context: Any) -> Any:
        if len(server.calls) < 3:
            context.abort(grpc.StatusCode.UNAVAILABLE, "busy")
        return message("xai_api.GetChatCompletionResponse")(id="c-1")

    assert client.unary(chat.COMPLETE, ASK).id == "c-1"
    assert server.paths() == [COMPLETE] * 3


def test_a_refused_stream_is_tried_again(client: Any, server: ReferenceServer) -> None:
    @server.on(STREAM)
    def answer(_request: Any, context: Any) -> Any:
        if len(server.calls) < 2:
            context.set_trailing_metadata((("grpc-retry-pushback-ms", "1"),))
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "slow down")
        yield message("xai_api.GetChatCompletionChunk")(id="c-1")

    assert [chunk.id for chunk in client.server_stream(chat.STREAM, ASK)] == ["c-1"]


def test_a_stream_that_breaks_off_is_an_error(client: Any, server: ReferenceServer) -> None:
    @server.on(STREAM)
    def answer(_request: Any, context: Any) -> Any:
        yield message("xai_api.GetChatCompletionChunk")(id="c-1")
        context.abort(grpc.StatusCode.UNAVAILABLE, "gone")

    with pytest.raises(errors.UnavailableError):
        client.server_stream(chat.STREAM, ASK)
    assert server.paths() == [STREAM]


def test_a_server_that_hangs_meets_the_timeout(client: Any, server: ReferenceServer) -> None:
    over = threading.Event()

    @server.on(files.GET.path)
    def answer(_request: Any, _context: Any) -> Any:
        over.wait(5)
        return message("xai_api.File")()

    begun = time.monotonic()
    try:
        with pytest.raises(errors.DeadlineExceededError):
            client.unary(files.GET, GET, timeout=0.15)
        assert time.monotonic() - begun < 2
    finally:
        over.set()


def test_a_stream_that_is_closed_ends_at_the_server(client: Any, server: ReferenceServer) -> None:
    ended = threading.Event()

    @server.on(STREAM)
    def answer(_request: Any, context: Any) -> Any:
        context.add_callback(ended.set)
        yield message("xai_api.GetChatCompletionChunk")(id="c-1")
        ended.wait(5)

    assert len(client.server_stream(chat.STREAM, ASK, most=1)) == 1
    assert ended.wait(3)


def test_an_error_of_the_requests_ends_the_call_at_the_server(client: Any, server: ReferenceServer) -> None:
    ended = threading.Event()

    @server.on(files.UPLOAD.path)
    def answer(requests: Any, context: Any) -> Any:
        context.add_callback(ended.set)
        for _ in requests:
            pass

    def chunks() -> Any:
        yield files_pb.UploadFileChunk()
        time.sleep(0.05)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        client.client_stream(files.UPLOAD, chunks())
    assert ended.wait(3)


def test_a_completion_that_reached_no_server_is_tried_again() -> None:
    nowhere = Endpoint(host="127.0.0.1", port=1, secure=False)
    caller = Caller({"api": Channel(nowhere, OPTIONS)}, defaults={"retry": RetryPolicy(attempts=3, first_delay=0.001)})
    with pytest.raises(errors.UnavailableError) as caught:
        caller.unary(chat.COMPLETE, ASK, {})
    assert caught.value.call is not None
    assert caught.value.call.attempts == 3


def test_a_cancelled_task_ends_its_call(server: ReferenceServer) -> None:
    begun, ended = threading.Event(), threading.Event()

    @server.on(COMPLETE)
    def answer(_request: Any, context: Any) -> Any:
        context.add_callback(ended.set)
        begun.set()
        ended.wait(5)
        return message("xai_api.GetChatCompletionResponse")()

    async def run() -> None:
        channel = AsyncChannel(endpoint(server), OPTIONS)
        caller = AsyncCaller({"api": channel})
        task = asyncio.create_task(caller.unary(chat.COMPLETE, ASK, {}))
        await asyncio.to_thread(begun.wait, 3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(ended.wait, 3)
        await caller.close()

    asyncio.run(run())


def test_a_closed_caller_makes_no_calls(client: Any, server: ReferenceServer) -> None:
    other = type(client)(server)
    other.unary(files.GET, GET)
    other.caller.close() if isinstance(other, Blocking) else other.runner.run(other.caller.close())
    with pytest.raises(RuntimeError):
        other.unary(files.GET, GET)
    other.close()
