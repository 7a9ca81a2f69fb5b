"""Uploads: which messages are sent for which input, in both clients."""

from __future__ import annotations

import asyncio
import errno
import gzip
import io
import os
import threading
from pathlib import Path

import pytest
from fake_callers import AsyncFakeCaller, FakeCaller
from hypothesis import given
from hypothesis import strategies as st

from xaiwire._services import files as methods
from xaiwire.aio.files import Client as AsyncClient
from xaiwire.errors import UnavailableError, ValidationError
from xaiwire.sync.files import Client


def upload(kind: str, file, **arguments):
    """The call that an upload makes."""
    if kind == "sync":
        caller = FakeCaller()
        Client(caller).upload(file, **arguments)
    else:
        caller = AsyncFakeCaller()
        asyncio.run(AsyncClient(caller).upload(file, **arguments))
    return caller.last


def sent(call):
    """The name, and the parts of the content."""
    first, *rest = call.requests
    assert first.chunk.field == "init"
    assert all(message.chunk.field == "data" for message in rest)
    return first.chunk.value.name, [message.chunk.value for message in rest]


@pytest.fixture(params=["sync", "async"])
def kind(request):
    return request.param


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "data.bin"
    file.write_bytes(bytes(range(256)) * 4)
    return file


CONTENT = bytes(range(256)) * 4


@pytest.mark.parametrize("form", [str, Path])
def test_a_path_is_sent_in_parts(kind, path, form):
    name, parts = sent(upload(kind, form(path), chunk_size=500))
    assert (name, [len(part) for part in parts], b"".join(parts)) == ("data.bin", [500, 500, 24], CONTENT)


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, lambda data: memoryview(data).cast("I")])
def test_bytes_are_sent_in_parts(kind, form):
    name, parts = sent(upload(kind, form(CONTENT), filename="x", chunk_size=1000))
    assert (name, [len(part) for part in parts], b"".join(parts)) == ("x", [1000, 24], CONTENT)


def test_a_view_with_gaps_is_sent_as_it_looks(kind):
    assert sent(upload(kind, memoryview(b"a-b-c-")[::2], filename="x"))[1] == [b"abc"]


def test_the_usual_part_has_3_mib(kind):
    assert [len(part) for part in sent(upload(kind, bytes((3 << 20) + 1), filename="x"))[1]] == [3 << 20, 1]


def test_a_file_object_is_sent_from_where_it_stands_and_stays_open(kind, path):
    with path.open("rb") as file:
        file.seek(1000)
        assert sent(upload(kind, file)) == ("data.bin", [CONTENT[1000:]])
        assert not file.closed
        assert file.tell() == 1024


def test_a_file_object_that_gives_less_makes_smaller_parts(kind):
    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 3))

    assert sent(upload(kind, Slow(b"abcdefgh"), filename="x"))[1] == [b"abc", b"def", b"gh"]


def test_a_file_object_need_not_know_its_size(kind):
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as out:
        out.write(b"through a pipe")
    with os.fdopen(reading, "rb") as file:
        assert sent(upload(kind, file, filename="x"))[1] == [b"through a pipe"]


def test_a_file_object_may_be_compressed(kind, tmp_path):
    with gzip.open(tmp_path / "x.gz", "wb") as file:
        file.write(CONTENT)
    with gzip.open(tmp_path / "x.gz") as file:
        assert sent(upload(kind, file, filename="x"))[1] == [CONTENT]


def test_a_file_object_may_give_other_bytes(kind):
    class Odd:
        def __init__(self):
            self.parts = [bytearray(b"ab"), memoryview(b"cd"), b""]

        def read(self, size):
            return self.parts.pop(0)

    assert sent(upload(kind, Odd(), filename="x"))[1] == [b"ab", b"cd"]


@given(pieces=st.lists(st.binary(max_size=20), max_size=10), chunk_size=st.integers(1, 30))
def test_pieces_of_any_size_become_full_parts(pieces, chunk_size):
    parts = sent(upload("sync", iter(pieces), filename="x", chunk_size=chunk_size))[1]
    assert b"".join(parts) == b"".join(pieces)
    assert all(len(part) == chunk_size for part in parts[:-1])
    assert all(0 < len(part) <= chunk_size for part in parts)

    async def async_pieces():
        for piece in pieces:
            yield piece

    assert sent(upload("async", async_pieces(), filename="x", chunk_size=chunk_size))[1] == parts
    assert sent(upload("async", pieces, filename="x", chunk_size=chunk_size))[1] == parts


def test_an_asynchronous_file_object_is_read():
    class File:
        name = "/somewhere/notes.txt"

        def __init__(self):
            self.file = io.BytesIO(b"abcdef")

        async def read(self, size):
            return self.file.read(size)

    assert sent(upload("async", File(), chunk_size=4)) == ("notes.txt", [b"abcd", b"ef"])


@pytest.mark.parametrize("make", [lambda path: path, lambda path: b"", lambda path: io.BytesIO(), lambda path: []])
def test_an_empty_file_is_its_name_only(kind, tmp_path, make):
    (tmp_path / "empty").touch()
    seen = []
    call = upload(kind, make(tmp_path / "empty"), filename="empty", on_progress=lambda *given: seen.append(given))
    assert (sent(call), seen) == (("empty", []), [])


def test_the_purpose_and_the_options_are_passed_on(kind):
    call = upload(kind, b"x", filename="x", purpose="assistants", timeout=5.0, metadata={"a": "b"})
    assert call.requests[0].chunk.value.purpose == "assistants"
    assert call.options == {"timeout": 5.0, "metadata": {"a": "b"}}
    assert call.method is methods.UPLOAD


def test_the_filename_goes_before_the_files_own(kind, path):
    assert sent(upload(kind, path, filename="other.bin"))[0] == "other.bin"
    with path.open("rb") as file:
        assert sent(upload(kind, file, filename="other.bin"))[0] == "other.bin"


def test_a_file_objects_name_may_be_bytes(kind, path):
    with open(os.fsencode(path), "rb") as file:  # noqa: PTH123 - a path of bytes
        assert sent(upload(kind, file))[0] == "data.bin"


def test_a_file_that_grows_is_sent_as_far_as_it_was(kind, path):
    def grow(_done, _total):
        with path.open("ab") as file:
            file.write(b"more")

    parts = sent(upload(kind, path, chunk_size=1000, on_progress=grow))[1]
    assert b"".join(parts) == CONTENT
    assert path.stat().st_size == 1024 + 8


def test_a_file_that_loses_bytes_is_an_error(kind, path):
    path.write_bytes(bytes(30_000))
    with pytest.raises(OSError, match=r"lost \d+ bytes"):
        upload(kind, path, chunk_size=20_000, on_progress=lambda *_: os.truncate(path, 100))


@pytest.mark.skipif(not Path("/sys/kernel").exists(), reason="needs Linux's /sys")
def test_a_file_that_names_a_size_that_it_never_had_is_sent(kind):
    source = next(Path("/sys/kernel/mm").rglob("enabled"), None) or Path("/sys/kernel/uevent_seqnum")
    assert b"".join(sent(upload(kind, source))[1]) == source.read_bytes()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_a_file_that_says_it_is_empty_is_read_to_its_end(kind):
    assert b"".join(sent(upload(kind, "/proc/version"))[1]) == Path("/proc/version").read_bytes()


def test_a_read_error_comes_through(kind):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError(errno.EIO, "the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        upload(kind, Broken(b"abc"), filename="x")


def test_an_error_of_the_pieces_comes_through(kind):
    def pieces():
        yield b"abc"
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        upload(kind, pieces(), filename="x", chunk_size=2)


def test_a_path_that_does_not_exist(kind):
    with pytest.raises(FileNotFoundError):
        upload(kind, "no such file")


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_folder_is_no_file(kind, tmp_path, ending):
    with pytest.raises(IsADirectoryError):
        upload(kind, f"{tmp_path}{ending}")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: b"x", "filename is required for bytes"),
        (lambda: io.BytesIO(b"x"), "filename is required for a file object"),
        (lambda: iter([b"x"]), "filename is required for pieces"),
        (lambda: io.StringIO("x"), "binary mode"),
        (lambda: 5, "cannot upload int"),
        (lambda: None, "cannot upload NoneType"),
    ],
)
def test_what_cannot_be_uploaded(kind, make, message):
    with pytest.raises(ValidationError, match=message):
        upload(kind, make())


def test_a_file_object_whose_name_is_a_number_needs_another(kind):
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading, "rb") as file, pytest.raises(ValidationError, match="filename is required"):
        upload(kind, file)


def test_a_closed_file_object(kind):
    file = io.BytesIO()
    file.close()
    with pytest.raises(ValidationError, match="closed"):
        upload(kind, file, filename="x")


def test_a_name_that_is_not_unicode(kind, tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff"
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    except OSError:
        pytest.skip("the file system has no such names")
    with pytest.raises(ValidationError, match="not valid Unicode"):
        upload(kind, os.fsdecode(path))
    assert sent(upload(kind, os.fsdecode(path), filename="ok"))[0] == "ok"


@pytest.mark.parametrize("chunk_size", [0, -1])
def test_a_chunk_size_that_no_part_can_have(kind, chunk_size):
    with pytest.raises(ValidationError, match="chunk_size"):
        upload(kind, b"x", filename="x", chunk_size=chunk_size)


def test_text_from_a_file_object(kind):
    class Text:
        def read(self, size):
            return "text"

    with pytest.raises(TypeError, match="binary mode"):
        upload(kind, Text(), filename="x")


def test_text_as_a_piece(kind):
    with pytest.raises(TypeError, match="not str"):
        upload(kind, ["text"], filename="x")


def test_a_file_object_that_has_no_bytes_now(kind):
    class Waiting:
        def read(self, size):
            return None

    with pytest.raises(BlockingIOError):
        upload(kind, Waiting(), filename="x")


def test_what_only_the_async_client_can_read():
    class File:
        async def read(self, size):
            return b""

    async def pieces():
        yield b""

    with pytest.raises(ValidationError, match="only the async client"):
        upload("sync", File(), filename="x")
    with pytest.raises(ValidationError, match="only be uploaded with the async client"):
        upload("sync", pieces(), filename="x")


class FailingCaller(FakeCaller):
    def client_stream(self, method, requests, options, /):
        next(iter(requests))
        raise UnavailableError("gone")


def test_a_path_is_closed_when_the_call_fails(path, monkeypatch):
    opened = []
    plain = open

    def noting(*given, **named):
        opened.append(plain(*given, **named))
        return opened[-1]

    monkeypatch.setattr("builtins.open", noting)
    with pytest.raises(UnavailableError):
        Client(FailingCaller()).upload(path)
    assert [file.closed for file in opened] == [True]


def test_cancelling_ends_an_upload_that_waits_for_its_file(tmp_path):
    reading, writing = os.pipe()

    async def run():
        with os.fdopen(reading, "rb", buffering=0) as file:
            task = asyncio.create_task(AsyncClient(AsyncFakeCaller()).upload(file, filename="x"))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # Let the thread go, so that the event loop can be closed.
            os.close(writing)
            await asyncio.sleep(0.05)

    asyncio.run(run())


def test_a_path_is_closed_when_the_cancelled_read_is_done(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    files = []

    async def run():
        loop = asyncio.get_running_loop()
        other_end = loop.run_in_executor(None, lambda: os.open(fifo, os.O_WRONLY))
        from xaiwire._files import source_aio

        source = await source_aio.open_source_async(fifo, filename=None, chunk_size=10)
        out = await other_end
        reading = asyncio.create_task(source.read())
        await asyncio.sleep(0.05)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        source.close()
        files.append(source._source._file)
        assert not files[0].closed
        os.close(out)
        for _ in range(100):
            if files[0].closed:
                break
            await asyncio.sleep(0.01)

    asyncio.run(run())
    assert files[0].closed


def test_what_is_opened_after_the_cancelling_is_closed(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    async def run():
        task = asyncio.create_task(AsyncClient(AsyncFakeCaller()).upload(fifo))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # The thread still waits for somebody who writes; a ResourceWarning would fail the test.
        with fifo.open("wb"):
            await asyncio.sleep(0.1)

    asyncio.run(run())


def test_files_are_read_beside_the_event_loop(path):
    threads = []

    class File(io.BytesIO):
        def read(self, size=-1):
            threads.append(threading.current_thread())
            return super().read(size)

    upload("async", File(b"abc"), filename="x")
    assert threads
    assert threading.main_thread() not in threads
