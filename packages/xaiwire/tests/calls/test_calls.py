"""Calls on fake channels: what is sent, what comes back, what is raised and when a call is given up."""

from __future__ import annotations

import asyncio
import gc
import threading
import traceback
import weakref
from dataclasses import replace
from typing import Any

import pytest
from fake_channels import Answer, Rig, broken, ok, refused

from xaiwire import errors
from xaiwire._calls.call_info import CallInfo
from xaiwire._calls.retry import RetryPolicy
from xaiwire._gen.xai.api.v1 import chat_pb, files_pb
from xaiwire._services import chat, collections, files
from xaiwire._services.calls import RetryClass, StreamingKind
from xaiwire._transport.model import Endpoint, Failure
from xaiwire.errors import StatusCode

KINDS = ("blocking", "aio")
GET = files_pb.RetrieveFileRequest(file_id="f-1")
FILE = files_pb.File(id="f-1", filename="a.txt")
CHUNKS = [files_pb.FileContentChunk(data=data) for data in (b"one", b"two")]
UPLOADS = [files_pb.UploadFileChunk(), files_pb.UploadFileChunk()]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_unary_call_gives_the_response(kind: str) -> None:
    rig = Rig(kind, ok(FILE))
    assert rig.unary(files.GET, GET) == FILE
    assert rig.started[0].path == "/xai_api.Files/RetrieveFile"
    assert rig.started[0].messages == [GET.to_binary()]


def test_a_stream_gives_the_responses(kind: str) -> None:
    rig = Rig(kind, ok(*CHUNKS))
    assert rig.server_stream(files.CONTENT, files_pb.RetrieveFileContentRequest()) == CHUNKS


def test_a_stream_of_requests_is_sent(kind: str) -> None:
    rig = Rig(kind, ok(FILE))
    assert rig.client_stream(files.UPLOAD, UPLOADS) == FILE
    assert rig.started[0].messages == [b"", b""]


def test_an_async_stream_of_requests_is_sent() -> None:
    async def requests() -> Any:
        for request in UPLOADS:
            yield request

    rig = Rig("aio", ok(FILE))
    assert rig.client_stream(files.UPLOAD, requests()) == FILE
    assert rig.started[0].messages == [b"", b""]


def test_both_sides_may_stream(kind: str) -> None:
    method = replace(files.UPLOAD, streaming=StreamingKind.BIDI_STREAM)
    rig = Rig(kind, ok(FILE, FILE))
    assert rig.bidi_stream(method, UPLOADS) == [FILE, FILE]


def test_a_stream_without_responses_is_empty(kind: str) -> None:
    assert Rig(kind, ok()).server_stream(files.CONTENT, files_pb.RetrieveFileContentRequest()) == []


def test_nothing_begins_before_the_first_response_is_asked_for(kind: str) -> None:
    rig = Rig(kind, ok(*CHUNKS))
    responses = rig.caller.server_stream(files.CONTENT, files_pb.RetrieveFileContentRequest(), {})
    assert rig.started == []
    del responses


# Timeouts and metadata


@pytest.mark.parametrize(
    ("defaults", "options", "seconds"),
    [({}, {}, 900), ({"timeout": 5}, {}, 5), ({"timeout": 5}, {"timeout": 2.5}, 2.5), ({}, {"timeout": 1}, 1)],
)
def test_the_nearest_timeout_counts(kind: str, defaults: Any, options: Any, seconds: float) -> None:
    rig = Rig(kind, ok(FILE), defaults=defaults)
    rig.unary(files.GET, GET, **options)
    assert rig.started[0].deadline == rig.clock.now + seconds


@pytest.mark.parametrize(("defaults", "options"), [({}, {"timeout": None}), ({"timeout": None}, {})])
def test_none_is_no_timeout(kind: str, defaults: Any, options: Any) -> None:
    rig = Rig(kind, ok(FILE), defaults=defaults)
    rig.unary(files.GET, GET, **options)
    assert rig.started[0].deadline is None


def test_a_streams_timeout_runs_from_its_first_response_on(kind: str) -> None:
    rig = Rig(kind, ok(*CHUNKS))
    responses = rig.caller.server_stream(files.CONTENT, files_pb.RetrieveFileContentRequest(), {"timeout": 3})
    rig.clock.now += 50
    rig._all(responses)
    assert rig.started[0].deadline == rig.clock.now + 3


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_timeout_has_to_be_a_number_of_seconds(kind: str, timeout: float) -> None:
    rig = Rig(kind)
    with pytest.raises(errors.ValidationError, match="timeout is a number of seconds above 0"):
        rig.unary(files.GET, GET, timeout=timeout)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout": "5"}, "timeout is a number of seconds"),
        ({"timeout": True}, "not a bool"),
        ({"retry": 3}, "retry is a RetryPolicy"),
        ({"call_info": {}}, "call_info is a CallInfo"),
        ({"call_info": None}, "call_info is a CallInfo"),
        ({"metadata": 7}, "iterable"),
        ({"conversation_id": 7}, "conversation_id is text"),
    ],
)
def test_options_of_another_type_are_refused(kind: str, options: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        Rig(kind).unary(files.GET, GET, **options)


def test_an_unknown_option_is_named_with_the_rpc(kind: str) -> None:
    with pytest.raises(TypeError, match=r"/xai_api.Files/RetrieveFile does not take 'max_retries' or 'time_out'"):
        Rig(kind).unary(files.GET, GET, time_out=3, max_retries=2)


def test_a_streams_options_are_checked_before_it_is_iterated(kind: str) -> None:
    with pytest.raises(TypeError, match="time_out"):
        Rig(kind).caller.server_stream(files.CONTENT, files_pb.RetrieveFileContentRequest(), {"time_out": 3})


def test_metadata_of_host_client_and_call(kind: str) -> None:
    rig = Rig(
        kind,
        ok(FILE),
        ok(collections.GET.output()),
        metadata={"api": (("authorization", "Bearer a"),), "management": {"Authorization": "Bearer m"}},
        defaults={"metadata": {"x-team": "blue", "x-app": "one"}},
    )
    rig.unary(files.GET, GET, metadata=[("X-Team", "red"), ("x-team", "green")])
    assert rig.started[0].metadata == (
        ("authorization", "Bearer a"),
        ("x-app", "one"),
        ("x-team", "red"),
        ("x-team", "green"),
    )
    rig.unary(collections.GET, collections.GET.input())
    assert rig.started[1].metadata == (("authorization", "Bearer m"), ("x-team", "blue"), ("x-app", "one"))


def test_a_host_without_a_channel_says_what_to_give(kind: str) -> None:
    rig = Rig(kind, labels=("api",), hints={"management": "give management_api_key= or set XAI_MANAGEMENT_KEY."})
    with pytest.raises(
        errors.ConfigurationError, match=r"set up: give management_api_key= or set XAI_MANAGEMENT_KEY\."
    ):
        rig.unary(collections.GET, collections.GET.input())


def test_a_host_without_a_channel_or_a_hint(kind: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="the management host, which is not set up"):
        Rig(kind, labels=("api",)).unary(collections.GET, collections.GET.input())


# Derived callers


def test_a_derived_caller_shares_the_channels(kind: str) -> None:
    rig = Rig(kind, ok(FILE), ok(FILE), metadata={"api": {"authorization": "Bearer a"}})
    first = rig.caller
    rig.caller = first.with_defaults({"timeout": 7, "metadata": {"x-a": "1"}}).with_defaults({"metadata": {"x-b": "2"}})
    rig.unary(files.GET, GET)
    assert rig.started[0].deadline == rig.clock.now + 7
    assert rig.started[0].metadata == (("authorization", "Bearer a"), ("x-a", "1"), ("x-b", "2"))
    rig.caller = first
    rig.unary(files.GET, GET)
    assert rig.started[1].deadline == rig.clock.now + 900
    assert rig.started[1].metadata == (("authorization", "Bearer a"),)


def test_a_derived_caller_may_not_retry(kind: str) -> None:
    rig = Rig(kind, refused())
    rig.caller = rig.caller.with_defaults({"retry": None})
    with pytest.raises(errors.UnavailableError):
        rig.unary(files.GET, GET)
    assert rig.clock.sleeps == []


def test_defaults_have_no_call_info(kind: str) -> None:
    with pytest.raises(TypeError, match="a client does not take 'call_info'"):
        Rig(kind).caller.with_defaults({"call_info": CallInfo()})


def test_close_closes_each_channel_once(kind: str) -> None:
    rig = Rig(kind)
    rig.close()
    assert rig.channel.closed


# What comes beside the response


def test_call_info_is_filled_in(kind: str) -> None:
    info = CallInfo(attempts=7)
    rig = Rig(kind, refused(), ok(FILE, trailers=(("grpc-status", "0"), ("x-cost", "1"))))
    rig.unary(files.GET, GET, call_info=info)
    assert info == CallInfo(
        method="/xai_api.Files/RetrieveFile",
        headers=(("x-request-id", "r-1"),),
        trailers=(("grpc-status", "0"), ("x-cost", "1")),
        attempts=2,
    )
    assert info.request_id == "r-1"


def test_call_info_has_a_streams_headers_with_its_first_response() -> None:
    info = CallInfo()
    rig = Rig("blocking", ok(*CHUNKS))
    responses = rig.caller.server_stream(files.CONTENT, files_pb.RetrieveFileContentRequest(), {"call_info": info})
    next(responses)
    assert info.request_id == "r-1"
    assert info.trailers == ()
    list(responses)
    assert info.trailers == (("grpc-status", "0"),)


def test_call_info_is_filled_in_by_a_failed_call(kind: str) -> None:
    info = CallInfo()
    with pytest.raises(errors.NotFoundError) as caught:
        Rig(kind, refused(StatusCode.NOT_FOUND, ("x-request-id", "r-9"))).unary(files.GET, GET, call_info=info)
    assert info.request_id == caught.value.request_id == "r-9"
    assert info.attempts == 1


def test_an_errors_call_is_not_changed_by_later_calls(kind: str) -> None:
    info = CallInfo()
    rig = Rig(kind, refused(StatusCode.NOT_FOUND, ("x-request-id", "r-9")), ok(FILE))
    with pytest.raises(errors.NotFoundError) as caught:
        rig.unary(files.GET, GET, call_info=info)
    rig.unary(files.GET, GET, call_info=info)
    assert caught.value.request_id == "r-9"


# Errors


def test_an_error_says_what_happened(kind: str) -> None:
    details = (errors.ErrorDetail("google.rpc.BadRequest", b"x"),)
    with pytest.raises(errors.InvalidArgumentError) as caught:
        Rig(kind, refused(StatusCode.INVALID_ARGUMENT, details=details)).unary(files.GET, GET)
    error = caught.value
    assert error.message == "server says INVALID_ARGUMENT"
    assert error.details == details
    assert error.method == "/xai_api.Files/RetrieveFile"
    assert error.call is not None
    assert error.call.attempts == 1


def test_an_error_has_no_other_one_behind_it(kind: str) -> None:
    with pytest.raises(errors.NotFoundError) as caught:
        Rig(kind, refused(StatusCode.NOT_FOUND)).unary(files.GET, GET)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_traceback_shows_no_metadata(kind: str) -> None:
    rig = Rig(kind, refused(StatusCode.UNAUTHENTICATED), metadata={"api": {"authorization": "Bearer s3cret"}})
    with pytest.raises(errors.UnauthenticatedError) as caught:
        rig.unary(files.GET, GET)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    assert "s3cret" not in repr(rig.caller) + repr(caught.value)


def test_an_error_refers_to_itself_in_no_circle() -> None:
    rig = Rig("blocking", refused(StatusCode.NOT_FOUND))
    gc.collect()
    gc.disable()
    try:
        try:
            rig.unary(files.GET, GET)
        except errors.NotFoundError as error:
            gone = weakref.ref(error)
        assert gone() is None
    finally:
        gc.enable()


def test_bytes_that_are_no_response(kind: str) -> None:
    with pytest.raises(errors.InternalError, match=r"the response of 4 bytes cannot be read as xai_api.File") as caught:
        Rig(kind, Answer((b"\x22\x02\xff\xfe",))).unary(files.GET, GET)
    assert caught.value.method == "/xai_api.Files/RetrieveFile"
    assert caught.value.__context__ is None


def test_bytes_that_are_no_response_end_a_stream(kind: str) -> None:
    rig = Rig(kind, Answer((CHUNKS[0].to_binary(), b"\xff"), failure=Failure(StatusCode.UNAVAILABLE, "not reached")))
    with pytest.raises(errors.InternalError, match="the response of 1 bytes"):
        rig.server_stream(files.CONTENT, files_pb.RetrieveFileContentRequest())
    assert rig.started[0].closed


@pytest.mark.parametrize(("count", "words"), [(0, "with no response"), (2, "with more than one response")])
def test_one_response_means_one(kind: str, count: int, words: str) -> None:
    rig = Rig(kind, ok(*[FILE] * count))
    with pytest.raises(errors.InternalError, match=words):
        rig.unary(files.GET, GET)
    assert rig.started[0].closed


def test_a_response_with_a_bad_status_is_an_error(kind: str) -> None:
    answer = Answer((FILE.to_binary(),), failure=Failure(StatusCode.DATA_LOSS, "late"))
    with pytest.raises(errors.DataLossError):
        Rig(kind, answer).unary(files.GET, GET)


def test_a_request_that_the_contract_rules_out(kind: str) -> None:
    rig = Rig(kind)
    with pytest.raises(errors.ValidationError, match="GetCompletion cannot be called with this") as caught:
        rig.unary(chat.COMPLETE, chat_pb.GetCompletionsRequest(max_tokens=1 << 40))
    assert caught.value.__context__ is None
    assert rig.started == []


def test_a_request_of_another_type_of_value(kind: str) -> None:
    request: Any = chat_pb.GetCompletionsRequest(model=7)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Rig(kind).unary(chat.COMPLETE, request)


# Ends by this side


def test_a_stream_that_is_closed_early_ends_its_call(kind: str) -> None:
    rig = Rig(kind, ok(*CHUNKS))
    assert rig.first_of(files.CONTENT, files_pb.RetrieveFileContentRequest()) == CHUNKS[0]
    assert rig.started[0].closed


def test_a_stream_that_is_dropped_ends_its_call() -> None:
    rig = Rig("blocking", ok(*CHUNKS))
    responses = rig.caller.server_stream(files.CONTENT, files_pb.RetrieveFileContentRequest(), {})
    next(responses)
    del responses
    assert rig.started[0].closed


@pytest.mark.parametrize("raised", [KeyboardInterrupt, asyncio.CancelledError, MemoryError])
def test_what_is_no_failure_goes_through_and_ends_the_call(kind: str, raised: type[BaseException]) -> None:
    rig = Rig(kind, Answer(failure=raised()))
    with pytest.raises(raised):
        rig.unary(files.GET, GET)
    assert rig.started[0].closed


def test_what_is_thrown_into_a_stream_goes_through() -> None:
    rig = Rig("blocking", ok(*CHUNKS))
    responses = rig.caller.server_stream(files.CONTENT, files_pb.RetrieveFileContentRequest(), {})
    next(responses)
    with pytest.raises(KeyboardInterrupt):
        responses.throw(KeyboardInterrupt)
    assert rig.started[0].closed


def test_a_cancelled_task_stays_cancelled() -> None:
    async def run() -> None:
        rig = Rig("aio", refused())
        waiting = asyncio.Event()

        async def sleep(_seconds: float) -> None:
            waiting.set()
            await asyncio.Event().wait()

        rig.caller._sleep = sleep
        task = asyncio.create_task(rig.caller.unary(files.GET, GET, {}))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(run())


def test_an_error_of_the_requests_goes_through(kind: str) -> None:
    def requests() -> Any:
        yield UPLOADS[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Rig(kind, ok(FILE)).client_stream(files.UPLOAD, requests())


def test_an_error_of_async_requests_goes_through() -> None:
    async def requests() -> Any:
        yield UPLOADS[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Rig("aio", ok(FILE)).client_stream(files.UPLOAD, requests())


def test_requests_are_left_alone_when_the_server_has_answered(kind: str) -> None:
    taken = []

    def requests() -> Any:
        for number in range(100):
            taken.append(number)
            yield UPLOADS[0]

    with pytest.raises(errors.PermissionDeniedError):
        Rig(kind, refused(StatusCode.PERMISSION_DENIED, take=2)).client_stream(files.UPLOAD, requests())
    assert taken == [0, 1]


def test_threads_share_a_caller() -> None:
    rig = Rig("blocking", *[ok(FILE) for _ in range(80)])
    got: list[Any] = []

    def work() -> None:
        for _ in range(10):
            got.append(rig.unary(files.GET, GET, timeout=3))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [FILE] * 80


# The real defaults, without a fake clock


def test_the_defaults_sleep_and_draw() -> None:
    from fake_channels import AsyncFakeChannel, BlockingFakeChannel, FakeClock

    from xaiwire._calls.aio import AsyncCaller
    from xaiwire._calls.blocking import Caller

    policy = RetryPolicy(first_delay=0.001)
    blocking: Any = BlockingFakeChannel([refused(), ok(FILE)], FakeClock())
    assert Caller({"api": blocking}, defaults={"retry": policy}).unary(files.GET, GET, {}) == FILE
    again = refused(StatusCode.UNAVAILABLE, ("retry-after", "0"))
    aio: Any = AsyncFakeChannel([again, ok(FILE)], FakeClock())
    assert asyncio.run(AsyncCaller({"api": aio}).unary(files.GET, GET, {})) == FILE


def test_a_never_method_is_not_retried(kind: str) -> None:
    assert files.UPLOAD.retry is RetryClass.NEVER
    rig = Rig(kind, broken(unprocessed=True, at_start=True))
    with pytest.raises(errors.UnavailableError):
        rig.client_stream(files.UPLOAD, UPLOADS)


def test_the_endpoint_names_the_host_in_logs() -> None:
    from xaiwire._calls.hosts import Host

    assert Host("api", None, (), Endpoint(host="api.x.ai", port=443, secure=True)).name == "api.x.ai"
    assert Host("api", None, (), None).name == "api"
