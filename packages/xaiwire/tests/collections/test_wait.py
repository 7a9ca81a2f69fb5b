"""Waiting for a document to be processed."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from fake_callers import AsyncFakeCaller, FakeCaller

from xaiwire._collections.polling import Wait
from xaiwire._gen.xai.api.v1 import collections_pb as pb
from xaiwire._services import collections as methods
from xaiwire.aio.collections import Client as AsyncClient
from xaiwire.errors import (
    DeadlineExceededError,
    DocumentFailedError,
    DocumentTimeoutError,
    UnavailableError,
    ValidationError,
)
from xaiwire.sync.collections import Client

PROCESSING = pb.DocumentMetadata(status=pb.DocumentStatus.PROCESSING)
PROCESSED = pb.DocumentMetadata(status=pb.DocumentStatus.PROCESSED)


@pytest.fixture(params=["sync", "async"])
def wait(request):
    """Waits for a document whose states are given; gives the result and the options of the calls."""

    def run(answers, **named):
        states = iter(answers)

        def answer(_request):
            state = next(states)
            if isinstance(state, Exception):
                raise state
            return state

        if request.param == "sync":
            caller = FakeCaller()
            caller.on(methods.GET_DOCUMENT, answer)
            result = Client(caller).wait_until_processed("c", "f", **named)
        else:
            caller = AsyncFakeCaller()
            caller.on(methods.GET_DOCUMENT, answer)
            result = asyncio.run(AsyncClient(caller).wait_until_processed("c", "f", **named))
        return result, caller.calls

    return run


def test_it_asks_until_the_document_is_processed(wait):
    unknown, newer = pb.DocumentMetadata(), pb.DocumentMetadata(status=pb.DocumentStatus(42))
    result, calls = wait([unknown, PROCESSING, newer, PROCESSED], interval=0.001, team_id="t", metadata={"a": "b"})
    assert result is PROCESSED
    assert [(call.request.file_id, call.request.collection_id, call.request.team_id) for call in calls] == [
        ("f", "c", "t")
    ] * 4
    assert calls[0].options["metadata"] == {"a": "b"}


def test_no_question_goes_past_the_deadline(wait):
    _, calls = wait([PROCESSING, PROCESSED], interval=0.01, timeout=timedelta(seconds=5))
    first, second = (call.options["timeout"] for call in calls)
    assert 4.9 < second < first <= 5


def test_without_a_timeout_the_calls_have_the_clients(wait):
    _, calls = wait([PROCESSED], timeout=None)
    assert calls[0].options == {}


def test_a_document_that_cannot_be_processed(wait):
    failed = pb.DocumentMetadata(status=pb.DocumentStatus.FAILED, error_message="not a PDF")
    with pytest.raises(DocumentFailedError, match="could not be processed: not a PDF") as caught:
        wait([failed])
    assert caught.value.metadata is failed


def test_a_document_that_cannot_be_processed_for_no_reason(wait):
    with pytest.raises(DocumentFailedError, match=r"processed$"):
        wait([pb.DocumentMetadata(status=pb.DocumentStatus.FAILED)])


def test_a_document_that_takes_too_long(wait):
    start = time.monotonic()
    with pytest.raises(DocumentTimeoutError, match=r"within 0\.05 s") as caught:
        wait([PROCESSING] * 100, timeout=0.05, interval=0.01)
    assert 0.04 < time.monotonic() - start < 1
    assert caught.value.metadata is PROCESSING
    assert isinstance(caught.value, TimeoutError)


def test_a_question_that_is_not_answered_in_time(wait):
    with pytest.raises(DocumentTimeoutError) as caught:
        wait([DeadlineExceededError("late")], timeout=0.05)
    assert isinstance(caught.value.__cause__, DeadlineExceededError)


@pytest.mark.parametrize("error", [DeadlineExceededError("the server's own"), UnavailableError("gone")])
@pytest.mark.parametrize("timeout", [60, None])
def test_other_errors_come_through(wait, error, timeout):
    with pytest.raises(type(error)) as caught:
        wait([error], timeout=timeout)
    assert caught.value is error


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), timedelta(0)])
@pytest.mark.parametrize("name", ["timeout", "interval"])
def test_times_that_are_none(wait, name, seconds):
    with pytest.raises(ValidationError, match=name):
        wait([PROCESSED], **{name: seconds})


def test_the_interval_grows():
    wait = Wait("f", timeout=None, interval=1.0)
    assert [round(wait.delay(), 2) for _ in range(8)] == [1.0, 1.5, 2.25, 3.38, 5.06, 7.59, 10.0, 10.0]


def test_a_long_interval_stays():
    wait = Wait("f", timeout=None, interval=timedelta(minutes=1))
    assert [wait.delay(), wait.delay()] == [60, 60]


def test_cancelling_ends_the_waiting():
    caller = AsyncFakeCaller()
    caller.on(methods.GET_DOCUMENT, lambda _request: PROCESSING)

    async def run():
        task = asyncio.create_task(AsyncClient(caller).wait_until_processed("c", "f", interval=60))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
