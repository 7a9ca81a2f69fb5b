"""Downloads: to bytes, to an iterator, to a path, to a file object."""

from __future__ import annotations

import asyncio
import io
import os
import stat
import threading
from pathlib import Path

import pytest
from fake_callers import AsyncFakeCaller, FakeCaller

from xaiwire._calls.call_info import CallInfo
from xaiwire._files.target import open_target
from xaiwire._gen.xai.api.v1 import files_pb
from xaiwire._services import files as methods
from xaiwire.aio.files import Client as AsyncClient
from xaiwire.errors import NotFoundError, UnavailableError, ValidationError
from xaiwire.sync.files import Client

PARTS = [b"first", b"", b" and second"]


def chunks(*parts: bytes):
    return lambda _request: (files_pb.FileContentChunk(data=part) for part in parts)


def broken(_request):
    yield files_pb.FileContentChunk(data=b"half")
    raise UnavailableError("the line is cut")


class Both:
    """The same call by either client."""

    def __init__(self, kind: str) -> None:
        self.asynchronous = kind == "async"
        self.caller = AsyncFakeCaller() if self.asynchronous else FakeCaller()
        self.caller.on(methods.CONTENT, chunks(*PARTS))
        self.client = AsyncClient(self.caller) if self.asynchronous else Client(self.caller)

    def __getattr__(self, name):
        def call(*given, **named):
            result = getattr(self.client, name)(*given, **named)

            async def awaited():
                return await result

            return asyncio.run(awaited()) if self.asynchronous else result

        return call


@pytest.fixture(params=["sync", "async"])
def both(request):
    return Both(request.param)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_content_is_all_bytes(both):
    assert both.content("f", timeout=3) == b"first and second"
    assert (both.caller.last.request.file_id, both.caller.last.options) == ("f", {"timeout": 3})


def test_the_stream_has_no_empty_parts():
    caller = FakeCaller()
    caller.on(methods.CONTENT, chunks(*PARTS))
    assert list(Client(caller).content_stream("f")) == [b"first", b" and second"]


def test_closing_the_stream_ends_the_call():
    caller = FakeCaller()
    caller.on(methods.CONTENT, chunks(*PARTS))
    stream = Client(caller).content_stream("f")
    assert next(stream) == b"first"
    stream.close()
    assert caller.last.closed


def test_closing_the_asynchronous_stream_ends_the_call():
    caller = AsyncFakeCaller()
    caller.on(methods.CONTENT, chunks(*PARTS))

    async def run():
        stream = AsyncClient(caller).content_stream("f")
        assert await anext(stream) == b"first"
        await stream.aclose()
        assert caller.last.closed

    asyncio.run(run())


@pytest.mark.parametrize("form", [str, Path])
def test_a_path_gets_the_content(both, tmp_path, form):
    assert both.download("f", form(tmp_path / "x")) == 16
    assert (tmp_path / "x").read_bytes() == b"first and second"
    assert names_in(tmp_path) == ["x"]


def test_a_path_has_the_usual_permissions(both, tmp_path):
    (tmp_path / "usual").touch()
    both.download("f", tmp_path / "x")
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_what_was_there_is_replaced_and_keeps_its_permissions(both, tmp_path):
    (tmp_path / "x").write_text("old, and longer than the new content")
    (tmp_path / "x").chmod(0o640)
    both.download("f", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"first and second"
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640


def test_a_link_stays_a_link(both, tmp_path):
    (tmp_path / "link").symlink_to("real")
    both.download("f", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"first and second"


def test_a_long_name_is_no_problem(both, tmp_path):
    both.download("f", tmp_path / ("x" * 255))
    assert names_in(tmp_path) == ["x" * 255]


def test_nothing_half_written_stays(both, tmp_path):
    (tmp_path / "old").write_text("old")
    both.caller.on(methods.CONTENT, broken)
    for name in ("old", "new"):
        with pytest.raises(UnavailableError):
            both.download("f", tmp_path / name)
    assert names_in(tmp_path) == ["old"]
    assert (tmp_path / "old").read_text() == "old"


def test_a_file_that_does_not_exist(both, tmp_path):
    def missing(_request):
        raise NotFoundError("no such file")

    both.caller.on(methods.CONTENT, missing)
    with pytest.raises(NotFoundError):
        both.download("f", tmp_path / "x")
    assert names_in(tmp_path) == []


def test_a_folder_is_refused_before_the_call(both, tmp_path):
    with pytest.raises(IsADirectoryError):
        both.download("f", tmp_path)
    assert both.caller.calls == []


def test_a_folder_that_does_not_exist(both, tmp_path):
    with pytest.raises(FileNotFoundError):
        both.download("f", tmp_path / "no" / "x")
    assert both.caller.calls == []


def test_a_disk_error_ends_the_call(both):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    both.caller.on(methods.CONTENT, chunks(bytes(100_000)))
    with pytest.raises(OSError, match="No space"):
        both.download("f", "/dev/full")
    assert both.caller.last.closed


def test_a_pipe_is_written_to(both, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    got = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "fifo").read_bytes()))
    reader.start()
    both.download("f", tmp_path / "fifo")
    reader.join()
    assert got == [b"first and second"]


def test_a_file_object_gets_the_parts_and_stays_open(both):
    out = io.BytesIO()
    assert both.download("f", out) == 16
    assert out.getvalue() == b"first and second"


def test_a_file_object_has_what_came_before_an_error(both):
    both.caller.on(methods.CONTENT, broken)
    out = io.BytesIO()
    with pytest.raises(UnavailableError):
        both.download("f", out)
    assert out.getvalue() == b"half"


class Short(io.RawIOBase):
    """Takes some bytes at a time."""

    def __init__(self, most: int | None) -> None:
        self.got = b""
        self.most = most

    def writable(self):
        return True

    def write(self, data, /):
        if self.most is None:
            return None
        self.got += bytes(data[: self.most])
        return min(len(data), self.most)


def test_a_file_object_that_takes_less_gets_the_rest(both):
    out = Short(3)
    both.download("f", out)
    assert out.got == b"first and second"


@pytest.mark.parametrize(("most", "error"), [(0, "no more bytes"), (None, "non-blocking")])
def test_a_file_object_that_takes_nothing(both, most, error):
    with pytest.raises(OSError, match=error):
        both.download("f", Short(most))


def test_a_file_object_that_does_not_say_how_much_it_took(both):
    class Quiet:
        got = b""

        def write(self, data):
            self.got += data

    out = Quiet()
    both.download("f", out)
    assert out.got == b"first and second"


@pytest.mark.parametrize(("to", "message"), [(io.StringIO(), "binary mode"), (5, "int"), (None, "NoneType")])
def test_where_nothing_can_be_downloaded_to(both, to, message):
    with pytest.raises(ValidationError, match=message):
        both.download("f", to)


class AsyncFile:
    """An asynchronous file object that takes some bytes at a time."""

    def __init__(self, most: int | None = 3) -> None:
        self.got = b""
        self.most = most

    async def write(self, data):
        self.got += data if self.most is None else data[: self.most]
        return None if self.most is None else min(len(data), self.most)


@pytest.mark.parametrize("most", [3, 100, None])
def test_an_asynchronous_file_object_is_awaited(most):
    both = Both("async")
    out = AsyncFile(most)
    both.download("f", out)
    assert out.got == b"first and second"


def test_an_asynchronous_file_object_that_takes_nothing():
    with pytest.raises(OSError, match="no more bytes"):
        Both("async").download("f", AsyncFile(0))


def test_an_asynchronous_file_object_is_for_the_async_client():
    with pytest.raises(ValidationError, match="only the async client"):
        Both("sync").download("f", AsyncFile())


def test_progress_knows_the_size_from_the_metadata(both, tmp_path):
    both.caller.on(methods.GET, lambda request: files_pb.File(id=request.file_id, size=16))
    seen, info = [], CallInfo()
    both.download("f", tmp_path / "x", on_progress=lambda *given: seen.append(given), timeout=5, call_info=info)
    assert seen == [(5, 16), (16, 16)]
    assert both.caller.names() == ["RetrieveFile", "RetrieveFileContent"]
    assert [call.options for call in both.caller.calls] == [{"timeout": 5}, {"timeout": 5, "call_info": info}]


def test_without_progress_there_is_one_call(both, tmp_path):
    both.download("f", tmp_path / "x")
    assert both.caller.names() == ["RetrieveFileContent"]


def test_an_error_of_the_callback_ends_the_download(both, tmp_path):
    def stop(done, total):
        raise LookupError

    with pytest.raises(LookupError):
        both.download("f", tmp_path / "x", on_progress=stop)
    assert both.caller.last.closed
    assert names_in(tmp_path) == []


class HangingCaller(AsyncFakeCaller):
    async def server_stream(self, method, request, options, /):
        yield files_pb.FileContentChunk(data=b"half")
        await asyncio.sleep(60)


@pytest.mark.parametrize("to", ["path", "file"])
def test_cancelling_leaves_nothing(tmp_path, to):
    async def run():
        target = tmp_path / "x" if to == "path" else AsyncFile()
        task = asyncio.create_task(AsyncClient(HangingCaller()).download("f", target))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert names_in(tmp_path) == []


def test_a_file_is_removed_when_the_cancelled_write_is_done(tmp_path):
    target = open_target(tmp_path / "x")
    plain = target._file
    writing, go_on = threading.Event(), threading.Event()

    class Slow:
        def write(self, data):
            writing.set()
            go_on.wait()
            return plain.write(data)

        def close(self):
            plain.close()

    target._file = Slow()
    thread = threading.Thread(target=target.write, args=(b"late",))
    thread.start()
    writing.wait()
    target.abort()
    assert not plain.closed
    go_on.set()
    thread.join()
    assert plain.closed
    assert names_in(tmp_path) == []


def test_cancelling_while_the_target_is_opened(tmp_path):
    os.mkfifo(tmp_path / "fifo")

    async def run():
        task = asyncio.create_task(AsyncClient(AsyncFakeCaller()).download("f", tmp_path / "fifo"))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # The thread still waits for somebody who reads; a ResourceWarning would fail the test.
        with (tmp_path / "fifo").open("rb"):
            await asyncio.sleep(0.1)

    asyncio.run(run())
