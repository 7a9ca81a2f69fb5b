"""Progress of uploads and downloads: which form of callback is called how, and the bars."""

from __future__ import annotations

import asyncio
import functools
import io
import sys

import pytest
import tqdm
from fake_callers import AsyncFakeCaller, FakeCaller
from rich.console import Console
from rich.progress import Progress

from xaiwire import progress as bars
from xaiwire.aio.files import Client as AsyncClient
from xaiwire.errors import ValidationError
from xaiwire.sync.files import Client


@pytest.fixture(params=["sync", "async"])
def upload(request):
    """Uploads ten bytes in parts of four."""

    def run(on_progress, file=b"0123456789", caller=None):
        arguments = {"filename": "x", "chunk_size": 4, "on_progress": on_progress}
        if request.param == "sync":
            Client(caller or FakeCaller()).upload(file, **arguments)
        else:
            asyncio.run(AsyncClient(caller or AsyncFakeCaller()).upload(file, **arguments))

    return run


def test_a_function_of_two_gets_the_bytes_so_far_and_the_whole(upload):
    seen = []
    upload(lambda done, total: seen.append((done, total)))
    assert seen == [(4, 10), (8, 10), (10, 10)]


def test_a_function_of_one_gets_the_bytes_of_the_part(upload):
    seen = []
    upload(seen.append)
    assert seen == [4, 4, 2]


def test_an_object_with_update_gets_the_bytes_of_the_part(upload):
    class Bar:
        seen = ()

        def update(self, n=1):
            self.seen += (n,)

        def __call__(self, done, total):
            raise AssertionError("update goes before")

    bar = Bar()
    upload(bar)
    assert bar.seen == (4, 4, 2)


def test_the_whole_is_none_where_nobody_knows_it(upload):
    seen = []
    upload(lambda done, total: seen.append((done, total)), file=iter([b"0123456789"]))
    assert seen == [(4, None), (8, None), (10, None)]


@pytest.mark.parametrize(
    "make",
    [
        lambda seen: lambda done, total=None: seen.append((done, total)),
        lambda seen: lambda *given: seen.append(given),
        lambda seen: functools.partial(lambda to, done, total: to.append((done, total)), seen),
    ],
)
def test_a_function_that_can_take_two_gets_two(upload, make):
    seen = []
    upload(make(seen))
    assert seen == [(4, 10), (8, 10), (10, 10)]


def test_a_type_error_of_the_callback_is_its_own(upload):
    calls = []

    def broken(done, total):
        calls.append(done)
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        upload(broken)
    assert calls == [4]


def test_an_error_of_the_callback_ends_the_upload(upload):
    class StopError(Exception):
        pass

    def stop(done, total):
        raise StopError

    with pytest.raises(StopError):
        upload(stop)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (5, "not int"),
        (lambda: None, "has to take"),
        (lambda a, b, c: None, "has to take"),
        (lambda *, done: None, "has to take"),
        (type, "does not say"),
        (bars.tqdm_progress("x"), "with tqdm_progress"),
        (Progress(), "rich_progress"),
    ],
)
def test_what_is_no_callback(upload, given, message):
    with pytest.raises(ValidationError, match=message):
        upload(given)


def test_coroutine_functions_are_for_the_async_client():
    seen = []

    async def note(done, total):
        await asyncio.sleep(0)
        seen.append((done, total))

    class Note:
        async def __call__(self, part):
            seen.append(part)

    for callback in (note, Note()):
        with pytest.raises(ValidationError, match="only the async client"):
            Client(FakeCaller()).upload(b"x", filename="x", on_progress=callback)
        asyncio.run(AsyncClient(AsyncFakeCaller()).upload(b"x", filename="x", on_progress=callback))
    assert seen == [(1, 1), 1]


def test_a_tqdm_bar_as_the_official_examples_have_it(upload):
    with tqdm.tqdm(total=10, file=io.StringIO()) as bar:
        upload(bar.update)
        assert bar.n == 10
    with tqdm.tqdm(total=10, file=io.StringIO()) as bar:
        upload(bar)
        assert bar.n == 10


def test_a_tqdm_bar_ready_made(upload):
    out = io.StringIO()
    with bars.tqdm_progress("Sending", file=out, mininterval=0) as progress:
        upload(progress)
        upload(progress)
    assert out.getvalue().count("Sending: 100%") >= 2


def test_a_tqdm_bar_is_closed_when_the_upload_fails(upload):
    made = []

    def make(**settings):
        made.append(tqdm.tqdm(**settings, file=io.StringIO()))
        return made[-1]

    def broken():
        yield b"0123456789"
        raise LookupError

    with pytest.raises(LookupError), bars.TqdmProgress(make, {}) as progress:
        upload(progress, file=broken())
    assert made[0].disable  # which tqdm sets when it is closed


def test_a_rich_bar_ready_made(upload):
    with bars.rich_progress("Sending") as progress:
        upload(progress)
        upload(progress)


def test_a_rich_display_that_is_there(upload):
    display = Progress(console=Console(file=io.StringIO()))
    with bars.rich_progress("Sending", progress=display) as progress:
        upload(progress)
        upload(progress)
    assert [(task.description, task.completed, task.total) for task in display.tasks] == [("Sending", 10, 10)] * 2
    assert not display.live.is_started


@pytest.mark.parametrize(("make", "package"), [(bars.tqdm_progress, "tqdm"), (bars.rich_progress, "rich")])
def test_a_missing_package_is_named(monkeypatch, make, package):
    for name in (package, f"{package}.auto", f"{package}.progress"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="pip install"):
        make()
