"""Uploads and downloads over real connections to a server that is not ours."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import pytest
from reference_server import ReferenceServer, message

from xaiwire._calls.aio import AsyncCaller
from xaiwire._calls.blocking import Caller
from xaiwire._calls.call_info import CallInfo
from xaiwire._transport.aio import Channel as AsyncChannel
from xaiwire._transport.blocking import Channel
from xaiwire._transport.endpoint import parse_host
from xaiwire._transport.model import ChannelOptions
from xaiwire.aio import collections as aio_collections
from xaiwire.aio import files as aio_files
from xaiwire.collections import Document
from xaiwire.errors import (
    ConfigurationError,
    DeadlineExceededError,
    InvalidArgumentError,
    UnavailableError,
)
from xaiwire.sync import collections, files

UPLOAD = "/xai_api.Files/UploadFile"
CONTENT = "/xai_api.Files/RetrieveFileContent"
METADATA = {"api": {"authorization": "Bearer key"}, "management": {"authorization": "Bearer other"}}


class Clients:
    """Makes the same calls by either client."""

    def __init__(
        self, server: ReferenceServer, *, asynchronous: bool, hosts: tuple[str, ...] = tuple(METADATA)
    ) -> None:
        self._server = server
        self._hosts = hosts
        self.asynchronous = asynchronous

    def run(self, resource: str, name: str, *given, **named):
        endpoint, options = parse_host(self._server.address), ChannelOptions(user_agent="test")
        metadata = {host: METADATA[host] for host in self._hosts}
        if not self.asynchronous:
            channel = Channel(endpoint, options)
            caller = Caller(dict.fromkeys(self._hosts, channel), metadata=metadata)
            client = {"files": files, "collections": collections}[resource].Client(caller)
            try:
                return getattr(client, name)(*given, **named)
            finally:
                channel.close()

        async def awaited():
            channel = AsyncChannel(endpoint, options)
            caller = AsyncCaller(dict.fromkeys(self._hosts, channel), metadata=metadata)
            client = {"files": aio_files, "collections": aio_collections}[resource].Client(caller)
            try:
                return await getattr(client, name)(*given, **named)
            finally:
                await channel.close()

        return asyncio.run(awaited())


@pytest.fixture(params=["sync", "async"])
def clients(request, server):
    return Clients(server, asynchronous=request.param == "async")


def wait_for(condition) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to that")


def upload_that_is_cancelled(server: ReferenceServer) -> threading.Event:
    """Take an upload that must not come to its end; what is given back is set when it is cancelled."""
    cancelled = threading.Event()

    @server.on(UPLOAD)
    def upload(requests, context):
        if not context.add_callback(cancelled.set):
            cancelled.set()
        for _ in requests:
            pass
        raise AssertionError("the upload must not come to its end")

    return cancelled


def test_an_upload_arrives(clients, server, tmp_path):
    content = bytes(range(256)) * 40_000
    (tmp_path / "x.bin").write_bytes(content)

    @server.on(UPLOAD)
    def upload(requests, context):
        context.send_initial_metadata((("x-request-id", "request-1"),))
        return message("xai_api.File")(id="file_1", size=sum(len(part.data) for part in requests))

    info = CallInfo()
    file = clients.run("files", "upload", tmp_path / "x.bin", timeout=30, call_info=info)
    assert (file.id, file.size, info.request_id) == ("file_1", len(content), "request-1")
    first, *parts = server.last.requests
    assert first.init.name == "x.bin"
    assert b"".join(part.data for part in parts) == content
    assert [len(part.data) for part in parts[:-1]] == [3 << 20] * (len(parts) - 1)
    # The two defects of the official client: no authorization where the connection is plain text, and no deadline.
    assert server.last.metadata["authorization"] == "Bearer key"
    assert 20 < server.last.timeout <= 30


def test_an_upload_has_a_deadline_where_nobody_sets_one(clients, server):
    clients.run("files", "upload", b"x", filename="x")
    assert server.last.timeout is not None


def test_an_empty_file_arrives(clients, server):
    clients.run("files", "upload", b"", filename="empty")
    assert [request.WhichOneof("chunk") for request in server.last.requests] == ["init"]


class StopError(Exception):
    pass


def test_an_error_of_the_callback_cancels_the_upload(clients, server):
    cancelled = upload_that_is_cancelled(server)

    def stop(done, total):
        # What was reported as through has left this process.
        wait_for(lambda: server.calls and len(server.last.requests) > 1)
        raise StopError

    with pytest.raises(StopError):
        clients.run("files", "upload", bytes(100), filename="x", chunk_size=10, on_progress=stop)
    assert cancelled.wait(5)
    assert len(server.last.requests) < 11


def test_a_read_error_cancels_the_upload(clients, server):
    cancelled = upload_that_is_cancelled(server)

    class Broken:
        left = 3

        def read(self, size):
            self.left -= 1
            if self.left < 0:
                wait_for(lambda: server.calls and len(server.last.requests) > 1)
                raise OSError("the disk is gone")
            return bytes(10)

    with pytest.raises(OSError, match="the disk is gone"):
        clients.run("files", "upload", Broken(), filename="x")
    assert cancelled.wait(5)


def test_a_server_that_refuses_midway_is_heard(clients, server):
    @server.on(UPLOAD)
    def upload(requests, context):
        next(requests)
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no such files here")

    def endless():
        while True:
            yield bytes(1 << 20)

    with pytest.raises(InvalidArgumentError, match="no such files here"):
        clients.run("files", "upload", endless(), filename="x", timeout=20)


def test_an_upload_is_never_made_a_second_time(clients, server):
    @server.on(UPLOAD)
    def upload(requests, context):
        for _ in requests:
            pass
        context.abort(grpc.StatusCode.UNAVAILABLE, "later")

    with pytest.raises(UnavailableError):
        clients.run("files", "upload", b"x", filename="x")
    assert server.paths() == [UPLOAD]


def test_an_upload_ends_at_its_deadline(clients, server):
    done = threading.Event()

    @server.on(UPLOAD)
    def upload(requests, context):
        done.wait(5)
        return message("xai_api.File")()

    start = time.monotonic()
    with pytest.raises(DeadlineExceededError):
        clients.run("files", "upload", bytes(30 << 20), filename="x", timeout=0.3)
    assert time.monotonic() - start < 3
    done.set()


def test_cancelling_the_task_cancels_the_upload(server, tmp_path):
    cancelled = upload_that_is_cancelled(server)

    async def pieces():
        yield bytes(10)
        await asyncio.sleep(60)

    async def run():
        channel = AsyncChannel(parse_host(server.address), ChannelOptions(user_agent="test"))
        client = aio_files.Client(AsyncCaller({"api": channel}))
        task = asyncio.create_task(client.upload(pieces(), filename="x"))
        await asyncio.to_thread(wait_for, lambda: server.calls)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(cancelled.wait, 5)
        await channel.close()

    asyncio.run(run())


SCRIPT = """
import sys, time
from xaiwire._calls.blocking import Caller
from xaiwire._transport.blocking import Channel
from xaiwire._transport.endpoint import parse_host
from xaiwire._transport.model import ChannelOptions
from xaiwire.sync.files import Client

def pieces():
    while True:
        yield bytes(1000)
        time.sleep(0.01)

channel = Channel(parse_host(sys.argv[1]), ChannelOptions(user_agent="test"))
Client(Caller({"api": channel})).upload(pieces(), filename="x", chunk_size=1000)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_an_interrupt_cancels_the_upload(server):
    cancelled = upload_that_is_cancelled(server)

    process = subprocess.Popen([sys.executable, "-c", SCRIPT, server.address], stderr=subprocess.PIPE, text=True)
    wait_for(lambda: server.calls and len(server.last.requests) > 1)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert told.strip().endswith("KeyboardInterrupt")
    assert cancelled.wait(5)


def test_a_download_arrives(clients, server, tmp_path):
    @server.on(CONTENT)
    def content(request, context):
        for number in range(5):
            yield message("xai_api.FileContentChunk")(data=bytes([number]) * (1 << 20))

    @server.on("/xai_api.Files/RetrieveFile")
    def get(request, context):
        return message("xai_api.File")(id=request.file_id, size=5 << 20)

    seen = []
    count = clients.run("files", "download", "f", tmp_path / "x", on_progress=lambda *given: seen.append(given))
    assert count == 5 << 20
    assert (tmp_path / "x").read_bytes() == b"".join(bytes([number]) * (1 << 20) for number in range(5))
    assert seen == [(number << 20, 5 << 20) for number in range(1, 6)]


def test_a_download_that_is_cut_leaves_nothing(clients, server, tmp_path):
    @server.on(CONTENT)
    def content(request, context):
        yield message("xai_api.FileContentChunk")(data=b"half")
        context.abort(grpc.StatusCode.UNAVAILABLE, "cut")

    with pytest.raises(UnavailableError):
        clients.run("files", "download", "f", tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_documents_are_uploaded_in_batch(clients, server):
    @server.on("/collections.Collections/UploadDocument")
    def upload(request, context):
        if request.name == "d3":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not this one")
        found = message("collections.DocumentMetadata")()
        found.file_metadata.file_id = f"id of {request.name}"
        return found

    documents = [Document(f"d{number}", b"content", "text/plain") for number in range(30)]
    report = clients.run("collections", "upload_documents", "c", documents)
    assert [found.file_metadata.file_id for found in report.documents] == [
        f"id of d{number}" for number in range(30) if number != 3
    ]
    assert [(outcome.name, type(outcome.error)) for outcome in report.failures] == [("d3", InvalidArgumentError)]
    assert {call.metadata["authorization"] for call in server.calls} == {"Bearer other"}


def test_a_file_is_put_into_a_collection(clients, server, tmp_path):
    @server.on(UPLOAD)
    def upload(requests, context):
        for _ in requests:
            pass
        return message("xai_api.File")(id="file_1")

    (tmp_path / "x.txt").write_bytes(b"content")
    clients.run("collections", "upload_file", "c", tmp_path / "x.txt")
    assert [
        (path.split("/")[-1], call.metadata["authorization"])
        for path, call in zip(server.paths(), server.calls, strict=True)
    ] == [
        ("GetCollectionMetadata", "Bearer other"),
        ("UploadFile", "Bearer key"),
        ("AddDocumentToCollection", "Bearer other"),
    ]


@pytest.mark.parametrize("asynchronous", [False, True])
def test_without_a_management_key_nothing_is_uploaded(server, asynchronous):
    clients = Clients(server, asynchronous=asynchronous, hosts=("api",))
    with pytest.raises(ConfigurationError):
        clients.run("collections", "upload_file", "c", b"x", filename="x")
    assert server.calls == []
    clients.run("collections", "search", "q", ["c"])
    assert server.paths() == ["/xai_api.Documents/Search"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
def test_the_memory_does_not_grow_with_the_file(server, tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(128 << 20)

    @server.on(UPLOAD)
    def upload(requests, context):
        return message("xai_api.File")(size=sum(len(requests.pop().data) for requests in _emptied(requests, server)))

    script = SCRIPT.split("def pieces")[0] + (
        "import resource\n"
        "from pathlib import Path\n"
        'client = Client(Caller({"api": Channel(parse_host(sys.argv[1]), ChannelOptions(user_agent="test"))}))\n'
        'client.upload(bytes(4 << 20), filename="x")\n'
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "client.upload(Path(sys.argv[2]))\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)\n"
    )
    made = subprocess.run(
        [sys.executable, "-c", script, server.address, path], check=True, capture_output=True, text=True, timeout=60
    )
    assert int(made.stdout) < 64


def _emptied(requests, server):
    """The requests one at a time; the server does not keep them."""
    for _ in requests:
        yield server.last.requests
