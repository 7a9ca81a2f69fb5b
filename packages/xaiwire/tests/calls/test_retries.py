"""Which failures are tried again, when, and what ends the trying."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from fake_channels import Answer, FakeClock, Rig, broken, ok, refused
from hypothesis import given
from hypothesis import strategies as st

from xaiwire import errors
from xaiwire._calls.attempts import Attempts, Clock
from xaiwire._calls.retry import RetryBudget, RetryPolicy
from xaiwire._gen.xai.api.v1 import chat_pb, files_pb
from xaiwire._services import chat, files
from xaiwire._services.calls import Idempotency, RetryClass
from xaiwire._transport.model import Failure
from xaiwire.errors import ErrorDetail, StatusCode, ValidationError

KINDS = ("blocking", "aio")
GET = files_pb.RetrieveFileRequest(file_id="f-1")
FILE = files_pb.File(id="f-1")
ASK = chat_pb.GetCompletionsRequest(model="grok-4")
ANSWER = chat_pb.GetChatCompletionResponse(id="c-1")
CHUNK = chat_pb.GetChatCompletionChunk(id="c-1")
HEADERS = (("x-request-id", "r-1"),)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def retry_info(seconds: int = 0, nanos: int = 0) -> tuple[ErrorDetail, ...]:
    from google.protobuf.duration_pb2 import Duration

    inner = Duration(seconds=seconds, nanos=nanos).SerializeToString()
    return (ErrorDetail("google.rpc.RetryInfo", b"\x0a" + bytes((len(inner),)) + inner),)


# Which


@pytest.mark.parametrize(
    "answer",
    [
        refused(),
        refused(headers=HEADERS),
        broken(),
        broken(headers=HEADERS),
        broken(unprocessed=True, at_start=True),
        refused(StatusCode.RESOURCE_EXHAUSTED),
        refused(StatusCode.RESOURCE_EXHAUSTED, headers=HEADERS),
    ],
)
def test_a_read_is_tried_again(kind: str, answer: Answer) -> None:
    rig = Rig(kind, answer, ok(FILE))
    assert rig.unary(files.GET, GET) == FILE
    assert len(rig.started) == 2


@pytest.mark.parametrize(
    "answer",
    [
        refused(),
        broken(unprocessed=True, at_start=True),
        broken(unprocessed=True),
        refused(StatusCode.RESOURCE_EXHAUSTED, ("retry-after", "1")),
        refused(StatusCode.RESOURCE_EXHAUSTED, ("grpc-retry-pushback-ms", "10")),
        refused(StatusCode.RESOURCE_EXHAUSTED, details=retry_info(seconds=1)),
        refused(StatusCode.UNAVAILABLE, ("retry-after", "1"), headers=HEADERS),
    ],
)
def test_a_completion_that_the_server_has_not_made_is_tried_again(kind: str, answer: Answer) -> None:
    rig = Rig(kind, answer, ok(ANSWER))
    assert rig.unary(chat.COMPLETE, ASK) == ANSWER


@pytest.mark.parametrize("answer", [broken(), broken(headers=HEADERS), refused(headers=HEADERS)])
def test_a_completion_that_the_server_may_have_made_is_not(kind: str, answer: Answer) -> None:
    with pytest.raises(errors.UnavailableError) as caught:
        Rig(kind, answer).unary(chat.COMPLETE, ASK)
    assert caught.value.__notes__ == [
        "not tried again: the server may have begun with the call, and a second one would do it twice"
    ]


def test_a_completion_over_the_limit_is_not_tried_again_unless_a_delay_is_named(kind: str) -> None:
    with pytest.raises(errors.ResourceExhaustedError):
        Rig(kind, refused(StatusCode.RESOURCE_EXHAUSTED)).unary(chat.COMPLETE, ASK)


def test_an_idempotent_rpc_is_tried_again_where_its_class_is_unprocessed(kind: str) -> None:
    method = replace(files.GET, retry=RetryClass.UNPROCESSED, idempotency=Idempotency.IDEMPOTENT)
    assert Rig(kind, broken(), ok(FILE)).unary(method, GET) == FILE


@pytest.mark.parametrize("unprocessed", [True, False])
def test_a_message_too_large_for_this_side_stays_so(kind: str, unprocessed: bool) -> None:
    rig = Rig(kind, broken(StatusCode.RESOURCE_EXHAUSTED, unprocessed=unprocessed))
    with pytest.raises(errors.ResourceExhaustedError):
        rig.unary(files.GET, GET)


@pytest.mark.parametrize(
    "code", [code for code in StatusCode if code.name not in ("OK", "UNAVAILABLE", "RESOURCE_EXHAUSTED")]
)
def test_other_codes_are_not_tried_again(kind: str, code: StatusCode) -> None:
    with pytest.raises(errors.RpcError) as caught:
        Rig(kind, refused(code)).unary(files.GET, GET)
    assert caught.value.code is code


def test_other_codes_may_be_added(kind: str) -> None:
    policy = RetryPolicy(codes=frozenset({StatusCode.ABORTED}))
    assert Rig(kind, refused(StatusCode.ABORTED), ok(FILE)).unary(files.GET, GET, retry=policy) == FILE
    with pytest.raises(errors.UnavailableError):
        Rig(kind, refused()).unary(files.GET, GET, retry=policy)


def test_none_is_no_retry(kind: str) -> None:
    with pytest.raises(errors.UnavailableError) as caught:
        Rig(kind, refused()).unary(files.GET, GET, retry=None)
    assert not hasattr(caught.value, "__notes__")


# Streams


def test_a_stream_is_tried_again_before_its_first_message(kind: str) -> None:
    rig = Rig(kind, refused(), ok(CHUNK, CHUNK))
    assert rig.server_stream(chat.STREAM, ASK) == [CHUNK, CHUNK]


def test_a_stream_is_not_tried_again_behind_its_first_message(kind: str) -> None:
    chunk = files_pb.FileContentChunk(data=b"x")
    cut = Answer((chunk.to_binary(),), Failure(StatusCode.UNAVAILABLE, "cut"), HEADERS, ())
    rig = Rig(kind, cut)
    with pytest.raises(errors.UnavailableError) as caught:
        rig.server_stream(files.CONTENT, files_pb.RetrieveFileContentRequest())
    assert caught.value.__notes__ == ["not tried again: messages had been exchanged"]
    assert caught.value.request_id == "r-1"


def test_a_stream_of_requests_is_tried_again_while_it_is_whole(kind: str) -> None:
    method = replace(files.UPLOAD, retry=RetryClass.ALWAYS)
    rig = Rig(kind, refused(take=0), broken(at_start=True), ok(FILE))
    assert rig.client_stream(method, iter([files_pb.UploadFileChunk()])) == FILE
    assert [len(started.messages) for started in rig.started] == [0, 0, 1]


def test_a_stream_of_requests_is_not_tried_again_once_one_was_taken(kind: str) -> None:
    method = replace(files.UPLOAD, retry=RetryClass.ALWAYS)
    with pytest.raises(errors.UnavailableError):
        Rig(kind, refused(take=1)).client_stream(method, [files_pb.UploadFileChunk()] * 3)


# When


def test_delays_double_up_to_the_most(kind: str) -> None:
    rig = Rig(kind, *[refused()] * 6)
    with pytest.raises(errors.UnavailableError) as caught:
        rig.unary(files.GET, GET, retry=RetryPolicy(attempts=6))
    assert rig.clock.sleeps == [0.1, 0.2, 0.4, 0.8, 1.0]
    assert caught.value.call is not None
    assert caught.value.call.attempts == 6
    assert caught.value.__notes__ == ["given up after 6 attempts"]


def test_five_attempts_are_made(kind: str) -> None:
    rig = Rig(kind, *[refused()] * 5)
    with pytest.raises(errors.UnavailableError):
        rig.unary(files.GET, GET)
    assert len(rig.started) == 5


def test_delays_are_a_random_part(kind: str) -> None:
    rig = Rig(kind, refused(), refused(), ok(FILE), clock=FakeClock(chance=0.25))
    rig.unary(files.GET, GET)
    assert rig.clock.sleeps == [0.025, 0.05]


@pytest.mark.parametrize(
    ("trailers", "seconds"),
    [
        ((("grpc-retry-pushback-ms", "250"),), 0.25),
        ((("grpc-retry-pushback-ms", "0"),), 0.0),
        ((("retry-after", "3"),), 3.0),
        ((("retry-after", " 3 "),), 3.0),
        ((("retry-after", "Tue, 14 Nov 2023 22:13:30 GMT"),), 10.0),
        ((("retry-after", "Tue, 14 Nov 2023 22:13:00 GMT"),), 0.0),
        ((("retry-after", "7"), ("grpc-retry-pushback-ms", "100")), 0.1),
    ],
)
def test_the_servers_delay_is_taken(kind: str, trailers: Any, seconds: float) -> None:
    rig = Rig(kind, refused(StatusCode.UNAVAILABLE, *trailers), ok(FILE))
    rig.unary(files.GET, GET)
    assert rig.clock.sleeps == [seconds]


def test_a_delay_in_the_headers_is_taken(kind: str) -> None:
    rig = Rig(kind, refused(headers=(("retry-after", "2"),)), ok(FILE))
    rig.unary(files.GET, GET)
    assert rig.clock.sleeps == [2.0]


@pytest.mark.parametrize(
    ("details", "seconds"),
    [
        (retry_info(seconds=2, nanos=500_000_000), 2.5),
        (retry_info(seconds=-2), 0.0),
        ((ErrorDetail("google.rpc.Help", b""), *retry_info(nanos=1_000_000)), 0.001),
        ((ErrorDetail("google.rpc.RetryInfo", b"\x12\x01a\x0a\x0b\x08\x01\x1d1234\x21" + b"12345678"),), 0.1),
    ],
)
def test_the_servers_retry_info_is_taken(kind: str, details: Any, seconds: float) -> None:
    rig = Rig(kind, refused(details=details), ok(FILE))
    rig.unary(files.GET, GET)
    assert rig.clock.sleeps == [seconds]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x0a", b"\x0a\x05\x08", b"\x0a\x01\x08", b"\x0b\x0c", b"\xff" * 12, b"\x08\x01", b"\x0a\x02\x0a\x00"[:2]],
)
def test_a_retry_info_that_cannot_be_read_says_nothing(kind: str, content: bytes) -> None:
    rig = Rig(kind, refused(details=(ErrorDetail("google.rpc.RetryInfo", content),)), ok(FILE))
    rig.unary(files.GET, GET)
    assert rig.clock.sleeps == [0.1]


@given(st.binary(max_size=40))
def test_any_retry_info_is_read_without_an_error(content: bytes) -> None:
    from xaiwire._calls.server_delay import server_delay

    delay = server_delay((), (), (ErrorDetail("google.rpc.RetryInfo", content),), lambda: 0.0)
    assert delay is None or 0 <= delay < math.inf


@given(st.text(max_size=30))
def test_any_retry_after_is_read_without_an_error(value: str) -> None:
    from xaiwire._calls.server_delay import server_delay

    delay = server_delay((), (("retry-after", value),), (), lambda: 0.0)
    assert delay is None or 0 <= delay < math.inf


def test_a_duration_out_of_range_says_nothing() -> None:
    from xaiwire._calls.server_delay import server_delay

    huge = b"\x0a\x0b\x08" + b"\xff" * 8 + b"\x7f" + b"\x00"
    assert server_delay((), (), (ErrorDetail("google.rpc.RetryInfo", huge),), lambda: 0.0) is None


@pytest.mark.parametrize("value", ["-1", "soon", "", "1.5", "9" * 400, "٣"])
def test_a_push_back_that_is_no_number_ends_the_trying(kind: str, value: str) -> None:
    rig = Rig(kind, refused(StatusCode.UNAVAILABLE, ("grpc-retry-pushback-ms", value)))
    with pytest.raises(errors.UnavailableError) as caught:
        rig.unary(files.GET, GET)
    assert caught.value.__notes__ == ["not tried again: the server asks for no further attempt"]


@pytest.mark.parametrize("value", ["later", "-3", "1.5", "Tue, 99 Foo 2023"])
def test_a_retry_after_that_cannot_be_read_says_nothing(kind: str, value: str) -> None:
    rig = Rig(kind, refused(StatusCode.UNAVAILABLE, ("retry-after", value)), ok(FILE))
    rig.unary(files.GET, GET)
    assert rig.clock.sleeps == [0.1]


def test_a_server_that_asks_for_too_long_ends_the_trying(kind: str) -> None:
    rig = Rig(kind, refused(StatusCode.UNAVAILABLE, ("retry-after", "61")))
    with pytest.raises(errors.UnavailableError) as caught:
        rig.unary(files.GET, GET)
    assert "asks to wait 61 s, and most_server_delay is 60 s" in caught.value.__notes__[0]


def test_after_the_servers_delay_the_own_ones_begin_anew(kind: str) -> None:
    rig = Rig(kind, refused(), refused(), refused(StatusCode.UNAVAILABLE, ("retry-after", "5")), refused(), ok(FILE))
    rig.unary(files.GET, GET)
    assert rig.clock.sleeps == [0.1, 0.2, 5.0, 0.1]


# Deadlines


def test_no_delay_goes_past_the_timeout(kind: str) -> None:
    rig = Rig(kind, refused(seconds=0.5), refused(seconds=0.35))
    with pytest.raises(errors.UnavailableError) as caught:
        rig.unary(files.GET, GET, timeout=1.0)
    assert rig.clock.sleeps == [0.1]
    assert caught.value.__notes__ == [
        "not tried again: the next attempt, in 0.20 s, would come after the call's timeout"
    ]


def test_all_attempts_have_one_deadline(kind: str) -> None:
    rig = Rig(kind, refused(seconds=2), ok(FILE))
    rig.unary(files.GET, GET, timeout=10)
    assert rig.started[0].deadline == rig.started[1].deadline == 110.0


def test_a_deadline_that_passes_is_not_tried_again(kind: str) -> None:
    rig = Rig(kind, broken(StatusCode.DEADLINE_EXCEEDED))
    with pytest.raises(TimeoutError):
        rig.unary(files.GET, GET)


def test_a_deadline_says_what_was_before_it(kind: str) -> None:
    rig = Rig(kind, refused(), broken(StatusCode.DEADLINE_EXCEEDED))
    with pytest.raises(TimeoutError) as caught:
        rig.unary(files.GET, GET)
    assert caught.value.__notes__ == ["attempt 1 had failed with UNAVAILABLE: server says UNAVAILABLE"]


# The budget


def test_the_budget_ends_the_trying(kind: str) -> None:
    rig = Rig(kind, *[refused()] * 600, clock=FakeClock(chance=0.0))
    for _ in range(100):
        with pytest.raises(errors.UnavailableError) as caught:
            rig.unary(files.GET, GET)
    # 100 calls, the 100 retries of the start, and a fifth of one for each call.
    assert len(rig.started) == 100 + 100 + 20
    assert "retry budget is used up" in caught.value.__notes__[0]


def test_the_budget_is_shared_with_what_is_derived(kind: str) -> None:
    rig = Rig(kind, *[refused()] * 600, clock=FakeClock(chance=0.0))
    for _ in range(100):
        rig.caller = rig.caller.with_defaults({"timeout": 3})
        with pytest.raises(errors.UnavailableError):
            rig.unary(files.GET, GET)
    assert len(rig.started) == 220


def used_up(now: float) -> RetryBudget:
    budget = RetryBudget()
    assert [budget.take(now, 0.2) for _ in range(101)] == [True] * 100 + [False]
    return budget


def test_the_budget_comes_back_with_time() -> None:
    budget = used_up(5.0)
    assert [budget.take(5.25, 0.2) for _ in range(3)] == [True, True, False]
    assert [budget.take(5.35, 0.2) for _ in range(2)] == [True, False]
    assert sum(budget.take(1000.0, 0.2) for _ in range(200)) == 100


def test_many_calls_buy_many_retries() -> None:
    budget = RetryBudget()
    for _ in range(10_000):
        budget.called(0.25)
    assert sum(budget.take(0.0, 0.25) for _ in range(3000)) == 2600


def test_the_budget_has_a_most() -> None:
    budget = RetryBudget()
    for _ in range(3):
        budget.called(RetryBudget.MOST)
    assert sum(budget.take(0.0, 0.2) for _ in range(30_000)) == RetryBudget.MOST


def test_an_infinite_budget_never_ends() -> None:
    budget = used_up(0.0)
    budget.called(math.inf)
    assert all(budget.take(0.0, math.inf) for _ in range(1000))
    assert not budget.take(0.0, 0.2)


def test_a_clock_that_goes_back_takes_nothing() -> None:
    assert not used_up(50.0).take(10.0, 0.2)


# The policy


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": 1.5},
        {"attempts": True},
        {"first_delay": -1},
        {"first_delay": math.nan},
        {"most_delay": math.inf},
        {"most_server_delay": math.inf},
        {"multiplier": 0.5},
        {"multiplier": math.nan},
        {"budget": -0.1},
        {"budget": math.nan},
        {"codes": {StatusCode.OK}},
        {"codes": {14}},
    ],
)
def test_a_policy_that_cannot_be(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        RetryPolicy(**wrong)


def test_any_collection_of_codes_will_do() -> None:
    policy = RetryPolicy(codes=[StatusCode.ABORTED])  # type: ignore[arg-type]
    assert policy.codes == frozenset({StatusCode.ABORTED})


@given(
    st.integers(1, 60),
    st.floats(0, 10),
    st.floats(0, 10),
    st.floats(1, 1e300),
    st.floats(0, 1, exclude_max=True),
)
def test_delays_stay_in_their_range(attempts: int, first: float, most: float, multiplier: float, chance: float) -> None:
    policy = RetryPolicy(attempts=attempts, first_delay=first, most_delay=most, multiplier=multiplier, budget=math.inf)
    tries = Attempts(files.GET, policy, None, RetryBudget(), FakeClock(chance))
    delays = []
    while (delay := tries.after(Failure(StatusCode.UNAVAILABLE, ""), (), (), begun=False)) is not None:
        delays.append(delay)
    assert len(delays) == attempts - 1
    assert all(0 <= delay <= most for delay in delays)


def test_the_clock_is_the_systems() -> None:
    clock = Clock()
    assert clock.monotonic() <= clock.monotonic()
    assert clock.wall() > 1.6e9
    assert 0 <= clock.random() < 1
