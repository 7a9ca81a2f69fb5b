"""Uploads to collections in batch, and of whole files."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from pathlib import Path

import pytest
from fake_callers import AsyncFakeCaller, FakeCaller

from xaiwire._calls.call_info import CallInfo
from xaiwire._gen.xai.api.v1 import collections_pb as pb
from xaiwire._gen.xai.api.v1 import files_pb
from xaiwire._services import collections as methods
from xaiwire._services import files as file_methods
from xaiwire.aio.collections import Client as AsyncClient
from xaiwire.collections import Document
from xaiwire.errors import NotFoundError, UnavailableError, ValidationError
from xaiwire.sync.collections import Client


def stored(request: pb.UploadDocumentRequest) -> pb.DocumentMetadata:
    if request.name.startswith("bad"):
        raise UnavailableError(f"no {request.name}")
    return pb.DocumentMetadata(
        file_metadata=pb.FileMetadata(
            file_id=f"id of {request.name}", size_bytes=len(request.data), content_type=request.content_type
        )
    )


class Both:
    """The same call by either client."""

    def __init__(self, kind: str) -> None:
        self.asynchronous = kind == "async"
        self.caller = AsyncFakeCaller() if self.asynchronous else FakeCaller()
        self.caller.on(methods.UPLOAD_DOCUMENT, stored)
        self.client = AsyncClient(self.caller) if self.asynchronous else Client(self.caller)

    def run(self, name, *given, **named):
        result = getattr(self.client, name)(*given, **named)
        return asyncio.run(result) if self.asynchronous else result


@pytest.fixture(params=["sync", "async"])
def both(request):
    return Both(request.param)


def documents(*names: str) -> list[Document]:
    return [Document(name, b"x" * len(name), "text/plain") for name in names]


def test_the_report_is_in_the_order_of_the_documents(both):
    names = [f"d{number}" for number in range(50)]
    report = both.run("upload_documents", "c", documents(*names), concurrency=7)
    assert [outcome.index for outcome in report] == list(range(50))
    assert [outcome.name for outcome in report] == names
    assert [found.file_metadata.file_id for found in report.documents] == [f"id of {name}" for name in names]
    assert all(outcome.ok for outcome in report)
    assert (len(report), report.failures, report.failed_documents) == (50, [], [])
    report.raise_for_failures()


def test_a_failure_does_not_stop_the_others(both):
    given = documents("a", "bad1", "b", "bad2", "c")
    report = both.run("upload_documents", "c", given, concurrency=2)
    assert [outcome.ok for outcome in report] == [True, False, True, False, True]
    assert [str(outcome.error.message) for outcome in report.failures] == ["no bad1", "no bad2"]
    assert report.failed_documents == [given[1], given[3]]
    with pytest.raises(ExceptionGroup, match="2 of 5 documents") as caught:
        report.raise_for_failures()
    assert [type(error) for error in caught.value.exceptions] == [UnavailableError] * 2


def test_nothing_to_upload(both):
    assert len(both.run("upload_documents", "c", [])) == 0


def test_each_outcome_is_reported_as_it_comes(both):
    seen = []
    both.run("upload_documents", "c", documents("a", "bad", "b"), on_document=seen.append)
    assert sorted((outcome.index, outcome.ok) for outcome in seen) == [(0, True), (1, False), (2, True)]


def test_what_is_said_of_the_documents_and_the_calls_is_sent(both):
    document = Document("n", b"d", "text/plain", {"k": "v"})
    both.run("upload_documents", "c", [document], team_id="t", timeout=3, call_info=CallInfo())
    assert both.caller.last.request == pb.UploadDocumentRequest(
        team_id="t", collection_id="c", name="n", data=b"d", content_type="text/plain", fields={"k": "v"}
    )
    assert both.caller.last.options == {"timeout": 3}


def test_paths_are_documents(both, tmp_path):
    for name in ("a.md", "b.PDF", "c.unknown", "d.txt"):
        (tmp_path / name).write_bytes(b"12345")
    given = [tmp_path / "a.md", str(tmp_path / "b.PDF"), tmp_path / "c.unknown", tmp_path / "no.txt", 5]
    given.append(Document.from_path(tmp_path / "d.txt", name="other", content_type="x/y", fields={"k": "v"}))
    report = both.run("upload_documents", "c", given)
    assert [(outcome.name, type(outcome.error)) for outcome in report.failures] == [
        (str(tmp_path / "no.txt"), FileNotFoundError),
        ("5", ValidationError),
    ]
    assert [
        (found.file_metadata.file_id, found.file_metadata.content_type, found.file_metadata.size_bytes)
        for found in report.documents
    ] == [
        ("id of a.md", "text/markdown", 5),
        ("id of b.PDF", "application/pdf", 5),
        ("id of c.unknown", "application/octet-stream", 5),
        ("id of other", "x/y", 5),
    ]


def test_the_content_is_not_in_a_documents_repr():
    assert "secret" not in repr(Document("n", b"secret", "text/plain"))


def test_documents_are_taken_when_it_is_their_turn(both):
    taken, finished = [], []

    def source():
        for number in range(20):
            assert len(taken) - len(finished) <= 3
            taken.append(number)
            yield Document(str(number), b"", "text/plain")

    def answer(request):
        finished.append(request.name)
        return stored(request)

    both.caller.on(methods.UPLOAD_DOCUMENT, answer)
    report = both.run("upload_documents", "c", source(), concurrency=3)
    assert len(report.documents) == 20


def test_an_error_of_the_documents_comes_when_the_others_are_done(both):
    def source():
        yield from documents("a", "b")
        raise LookupError("no more")

    seen = []
    with pytest.raises(LookupError, match="no more"):
        both.run("upload_documents", "c", source(), concurrency=2, on_document=seen.append)
    assert sorted(outcome.name for outcome in seen) == ["a", "b"]


def test_an_error_of_the_callback_ends_the_batch(both):
    def stop(outcome):
        raise LookupError(outcome.name)

    def answer(request):
        time.sleep(0.001)
        return stored(request)

    both.caller.on(methods.UPLOAD_DOCUMENT, answer)
    with pytest.raises(LookupError):
        both.run("upload_documents", "c", (documents(str(number))[0] for number in range(1000)), on_document=stop)
    assert len(both.caller.calls) < 1000


@pytest.mark.parametrize("concurrency", [0, -1])
def test_a_concurrency_that_would_do_nothing(both, concurrency):
    with pytest.raises(ValidationError, match="concurrency"):
        both.run("upload_documents", "c", [], concurrency=concurrency)


def test_several_threads_upload_at_once():
    both = Both("sync")
    together = threading.Barrier(4)

    def answer(request):
        together.wait(5)
        return stored(request)

    both.caller.on(methods.UPLOAD_DOCUMENT, answer)
    report = both.run("upload_documents", "c", documents(*"abcdefgh"), concurrency=4)
    assert len(report.documents) == 8


def test_the_threads_have_the_callers_context():
    both, variable, seen = Both("sync"), contextvars.ContextVar("variable"), []
    variable.set("span")

    def answer(request):
        seen.append(variable.get(None))
        return stored(request)

    both.caller.on(methods.UPLOAD_DOCUMENT, answer)
    both.run("upload_documents", "c", documents("a", "b"), concurrency=2)
    assert seen == ["span", "span"]


def test_an_interrupt_does_not_wait_for_the_threads():
    both, go_on = Both("sync"), threading.Event()
    begun = []

    def answer(request):
        begun.append(request.name)
        if request.name != "first":
            go_on.wait(5)
        return stored(request)

    def interrupted(_outcome):
        raise KeyboardInterrupt

    both.caller.on(methods.UPLOAD_DOCUMENT, answer)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        both.run("upload_documents", "c", documents("first", *"abcdefgh"), concurrency=2, on_document=interrupted)
    assert time.monotonic() - start < 2
    go_on.set()
    time.sleep(0.05)
    assert len(begun) <= 4


def test_a_coroutine_function_as_callback():
    seen = []

    async def note(outcome):
        await asyncio.sleep(0)
        seen.append(outcome.name)

    Both("async").run("upload_documents", "c", documents("a"), on_document=note)
    assert seen == ["a"]
    with pytest.raises(ValidationError, match="only the async client"):
        Both("sync").run("upload_documents", "c", documents("a"), on_document=note)


def test_documents_may_come_asynchronously():
    async def source():
        for document in documents("a", "b", "c"):
            await asyncio.sleep(0)
            yield document

    report = Both("async").run("upload_documents", "c", source(), concurrency=2)
    assert [outcome.name for outcome in report] == ["a", "b", "c"]


def test_cancelling_cancels_the_uploads():
    both, running = Both("async"), []

    async def hang():
        running.append(1)
        try:
            await asyncio.sleep(60)
        finally:
            running.pop()

    both.caller.on(methods.UPLOAD_DOCUMENT, lambda _request: hang())

    async def run():
        task = asyncio.create_task(both.client.upload_documents("c", documents("a", "b", "c"), concurrency=2))
        await asyncio.sleep(0.05)
        assert len(running) == 2
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert running == []

    asyncio.run(run())


@pytest.fixture
def whole(both):
    both.caller.on(file_methods.UPLOAD, lambda _requests: files_pb.File(id="file_1"))
    return both


def test_a_file_is_uploaded_in_parts_and_added(whole, tmp_path):
    path = tmp_path / "manual.pdf"
    path.write_bytes(b"0123456789")
    seen, info = [], CallInfo()
    file = whole.run(
        "upload_file",
        "c",
        path,
        fields={"k": "v"},
        on_progress=seen.append,
        chunk_size=4,
        team_id="t",
        timeout=9,
        call_info=info,
    )
    assert file.id == "file_1"
    assert whole.caller.names() == ["GetCollectionMetadata", "UploadFile", "AddDocumentToCollection"]
    looked, uploaded, added = whole.caller.calls
    assert (looked.request.collection_id, looked.request.team_id) == ("c", "t")
    assert [message.chunk.field for message in uploaded.requests] == ["init", "data", "data", "data"]
    assert added.request == pb.AddDocumentToCollectionRequest(
        file_id="file_1", team_id="t", collection_id="c", fields={"k": "v"}
    )
    assert seen == [4, 4, 2]
    assert [made.options for made in whole.caller.calls] == [
        {"timeout": 9},
        {"timeout": 9, "call_info": info},
        {"timeout": 9},
    ]


def test_nothing_is_uploaded_where_there_is_no_collection(whole):
    def missing(_request):
        raise NotFoundError("no collection")

    whole.caller.on(methods.GET, missing)
    with pytest.raises(NotFoundError):
        whole.run("upload_file", "c", b"x", filename="x")
    assert whole.caller.names() == ["GetCollectionMetadata"]


def test_a_file_that_cannot_be_added_is_not_lost(whole):
    def refused(_request):
        raise UnavailableError("not now")

    whole.caller.on(methods.ADD_DOCUMENT, refused)
    with pytest.raises(UnavailableError) as caught:
        whole.run("upload_file", "c", b"x", filename="x")
    assert "file_1" in caught.value.__notes__[0]


def test_a_path_that_does_not_exist(whole):
    with pytest.raises(FileNotFoundError):
        whole.run("upload_file", "c", Path("no such file"))
