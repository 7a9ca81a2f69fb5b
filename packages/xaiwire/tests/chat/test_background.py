"""Completions in the background."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from answers import whole
from harness import Harness

from xaiwire import CallInfo, chat
from xaiwire._chat.polling import Wait
from xaiwire._gen.xai.api.v1 import chat_pb as pb
from xaiwire._gen.xai.api.v1.deferred_pb import DeferredStatus, StartDeferredResponse
from xaiwire._services import chat as methods
from xaiwire.errors import (
    DeadlineExceededError,
    DeferredExpiredError,
    DeferredTimeoutError,
    UnavailableError,
    ValidationError,
    XaiError,
)


def state(status, response=None):
    return pb.GetDeferredCompletionResponse(status=status, response=response)


PENDING = state(DeferredStatus.PENDING)
EXPIRED = state(DeferredStatus.EXPIRED)


def done(*texts):
    return state(DeferredStatus.DONE, whole(*texts))


@pytest.fixture
def states(harness):
    harness.caller.on(methods.START_DEFERRED, lambda _request: StartDeferredResponse(request_id="d1"))

    def say(*given):
        harness.answers(*given, method=methods.GET_DEFERRED)

    return say


def test_defer_asks_until_it_is_done(harness, states):
    states(PENDING, PENDING, done("Once"))
    made = harness.client.create("grok-4", messages=[chat.user("Story")], conversation_id="talk")
    info = CallInfo()
    response = harness.run(
        made.defer(interval=0.001, timeout=timedelta(seconds=5), call_info=info, metadata={"a": "b"})
    )
    assert response.content == "Once"
    assert harness.caller.names() == ["StartDeferredCompletion", *["GetDeferredCompletion"] * 3]
    first, *questions = harness.caller.calls
    assert first.request.n == 1
    assert first.options == {"metadata": {"a": "b"}, "conversation_id": "talk"}
    assert all(each.request.request_id == "d1" for each in questions)
    assert all(0 < each.options["timeout"] <= 5 for each in questions)
    assert all(each.options["call_info"] is info for each in questions)


def test_defer_of_several(harness, states):
    states(done("a", "b"))
    made = harness.client.create("grok-4", messages=[chat.user("Story")])
    assert [each.content for each in harness.run(made.defer_batch(2))] == ["a", "b"]
    assert harness.caller.calls[0].request.n == 2


def test_start_get_and_wait(harness, states):
    states(PENDING, done("Once"), PENDING, done("Once"))
    assert harness.run(harness.deferred.start("grok-4", "Story", n=2, seed=1, timeout=3.0)) == "d1"
    assert (harness.caller.last.request.n, harness.caller.last.request.seed) == (2, 1)
    assert harness.caller.last.options == {"timeout": 3.0}
    assert harness.run(harness.deferred.get("d1")) is None
    assert harness.run(harness.deferred.get("d1")).content == "Once"
    assert harness.run(harness.deferred.wait("d1", interval=0.001)).content == "Once"


def test_done_without_a_response(harness, states):
    states(state(DeferredStatus.DONE))
    assert harness.run(harness.deferred.get("d1")).content == ""


def test_expired(harness, states):
    states(EXPIRED)
    with pytest.raises(DeferredExpiredError, match="kept for a day") as caught:
        harness.run(harness.deferred.wait("d1"))
    assert caught.value.request_id == "d1"


def test_a_status_of_a_newer_server(harness, states):
    states(state(DeferredStatus(9)))
    with pytest.raises(XaiError, match="is 9, which is not known"):
        harness.run(harness.deferred.wait("d1"))


def test_the_deadline(harness, states):
    states(*[PENDING] * 1000)
    started = time.monotonic()
    with pytest.raises(DeferredTimeoutError, match=r"within 0\.05 s.*client\.deferred\.wait\('d1'\)") as caught:
        harness.run(harness.deferred.wait("d1", timeout=0.05, interval=0.01))
    assert 0.04 < time.monotonic() - started < 2
    assert caught.value.request_id == "d1"
    assert isinstance(caught.value, TimeoutError)


def test_a_question_that_lasts_until_the_deadline(harness, states):
    states(DeadlineExceededError("late"))
    with pytest.raises(DeferredTimeoutError):
        harness.run(harness.deferred.wait("d1", timeout=0.05))


@pytest.mark.parametrize("error", [DeadlineExceededError("the server's own"), UnavailableError("gone")])
def test_other_errors_come_through(harness, states, error):
    states(error)
    with pytest.raises(type(error)) as caught:
        harness.run(harness.deferred.wait("d1"))
    assert caught.value is error


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["timeout", "interval"])
def test_times_that_are_none(harness, states, name, seconds):
    with pytest.raises(ValidationError, match=name):
        harness.run(harness.deferred.wait("d1", **{name: seconds}))


def test_the_interval_grows_to_5_seconds():
    wait = Wait("d1", timeout=None, interval=2.0)
    assert [wait.delay() for _ in range(4)] == [2.0, 3.0, 4.5, 5.0]


def test_cancelling_ends_the_waiting():
    harness = Harness("async")
    harness.answers(*[PENDING] * 10, method=methods.GET_DEFERRED)

    async def run():
        task = asyncio.create_task(harness.deferred.wait("d1", interval=60))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert len(harness.caller.calls) == 1
