"""How calls end."""

from __future__ import annotations

import time
from base64 import b64encode

import pytest
from google.protobuf import any_pb2, duration_pb2
from hypothesis import given
from hypothesis import strategies as st

from xaiwire._transport.model import Failure
from xaiwire._transport.status import (
    copied,
    explained,
    failure_of_http,
    failure_of_reset,
    failure_of_trailers,
    is_grpc,
)
from xaiwire.errors import ErrorDetail, StatusCode


def of(*pairs: tuple[str, str]) -> Failure:
    failure = failure_of_trailers(pairs)
    assert failure is not None
    return failure


@pytest.mark.parametrize("text", ["0", "00", "000000000"])
def test_ok(text):
    assert failure_of_trailers((("grpc-status", text),)) is None


@pytest.mark.parametrize("code", [code for code in StatusCode if code])
def test_every_code(code):
    assert of(("grpc-status", str(code.value)), ("grpc-message", "text")).code is code


def test_a_message_is_percent_decoded():
    assert of(("grpc-status", "3"), ("grpc-message", "caf%C3%A9 100%25 %E2%82%AC")).message == "café 100% €"


@pytest.mark.parametrize("text", ["100%", "%zz", "%F", "%ff%fe", "plain"])
def test_a_message_that_is_badly_encoded_is_a_message_all_the_same(text):
    assert of(("grpc-status", "3"), ("grpc-message", text)).message


@pytest.mark.parametrize("text", ["1.5", " 5", "5 ", "0x1", "5" * 5000, "٣", ""])
def test_an_invalid_status(text):
    failure = of(("grpc-status", text))
    assert failure.code is StatusCode.UNKNOWN
    assert len(failure.message) < 120


def status(*details: tuple[str, bytes]) -> bytes:
    """A google.rpc.Status, whose package is not installed; its details are made by Google's Any."""
    made = b"\x08\x08\x12\x04full"
    for type_name, content in details:
        packed = any_pb2.Any(type_url=f"type.googleapis.com/{type_name}", value=content).SerializeToString()
        made += bytes((0x1A, len(packed))) + packed
    return made


RETRY = ("google.rpc.RetryInfo", b"\x0a\x06" + duration_pb2.Duration(seconds=1, nanos=500_000_000).SerializeToString())
INFO = ("google.rpc.ErrorInfo", b"\x0a\x05QUOTA\x12\x04x.ai")
WANTED = (ErrorDetail(*RETRY), ErrorDetail(*INFO))


@pytest.mark.parametrize("end", ["", "=" * 3, ",AAAA", " "])
def test_details_with_and_without_padding(end):
    encoded = b64encode(status(RETRY, INFO)).decode().rstrip("=")
    assert of(("grpc-status", "8"), ("grpc-status-details-bin", encoded + end)).details == WANTED


@given(st.binary(max_size=80) | st.text(max_size=80))
def test_details_that_cannot_be_read_are_left_out(content):
    text = content if isinstance(content, str) else b64encode(content).decode()
    failure = of(("grpc-status", "8"), ("grpc-message", "full"), ("grpc-status-details-bin", text))
    assert (failure.code.name, failure.message) == ("RESOURCE_EXHAUSTED", "full")


@given(st.integers(0, len(status(RETRY, INFO)) - 1))
def test_details_that_break_off_are_left_out_or_whole(length):
    encoded = b64encode(status(RETRY, INFO)[:length]).decode()
    assert set(of(("grpc-status", "8"), ("grpc-status-details-bin", encoded)).details) <= set(WANTED)


@pytest.mark.parametrize("content", [b"\x09" + b"x" * 8, b"\x0d" + b"x" * 4, b"\x08\xff\x01"])
def test_unknown_fields_of_a_status_are_passed_over(content):
    encoded = b64encode(content + status(INFO)).decode()
    assert of(("grpc-status", "8"), ("grpc-status-details-bin", encoded)).details == WANTED[1:]


@pytest.mark.parametrize("content", [b"\x0b", b"\x08" + b"\xff" * 11, b"\x08\xff", b"\x1a\x05abc"])
def test_a_status_that_is_not_protobuf(content):
    assert of(("grpc-status", "8"), ("grpc-status-details-bin", b64encode(content).decode())).details == ()


def test_the_first_status_counts():
    assert of(("grpc-status", "5"), ("grpc-status", "0")).code is StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("http", "code"),
    [
        ("400", "INTERNAL"),
        ("401", "UNAUTHENTICATED"),
        ("403", "PERMISSION_DENIED"),
        ("404", "UNIMPLEMENTED"),
        ("429", "UNAVAILABLE"),
        ("502", "UNAVAILABLE"),
        ("503", "UNAVAILABLE"),
        ("504", "UNAVAILABLE"),
        ("500", "UNKNOWN"),
        ("302", "UNKNOWN"),
        ("", "UNKNOWN"),
    ],
)
def test_http_statuses(http, code):
    assert failure_of_http(http, ()).code.name == code
    failure = failure_of_trailers((), http)
    assert failure is not None
    assert failure.code.name == code


def test_a_grpc_status_counts_more_than_that_of_http():
    assert failure_of_trailers((("grpc-status", "0"),), "503") is None


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("application/grpc", True),
        ("application/grpc+proto", True),
        ("application/grpc;charset=utf-8", True),
        ("Application/GRPC", True),
        ("application/grpc-web", False),
        ("application/grpcx", False),
        ("text/html", False),
        ("", False),
    ],
)
def test_content_types(kind, wanted):
    assert is_grpc((("content-type", kind),)) is wanted


def test_no_content_type_is_not_grpc():
    assert not is_grpc(())


def test_a_reset_of_an_unknown_code():
    assert failure_of_reset(14).message == "the server reset the stream: error code 14"


def test_a_cancellation_behind_the_deadline_is_the_deadline():
    cancelled = failure_of_reset(8)
    assert explained(cancelled, time.monotonic() - 1).code is StatusCode.DEADLINE_EXCEEDED
    assert explained(cancelled, time.monotonic() + 1) is cancelled
    assert explained(cancelled, None) is cancelled


def test_a_copy_says_the_same():
    failure = Failure(StatusCode.ABORTED, "text", details=WANTED, unprocessed=True)
    copy = copied(failure)
    assert copy is not failure
    assert (copy.code, copy.message, copy.details, copy.unprocessed) == (StatusCode.ABORTED, "text", WANTED, True)
