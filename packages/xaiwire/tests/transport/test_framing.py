"""Messages in the bytes of a stream."""

from __future__ import annotations

import gzip
import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers import envelope

from xaiwire._transport.framing import Inbox, envelope_prefix, inflate, timeout_value
from xaiwire._transport.model import Failure

LIMIT = 1 << 20


def taken(inbox: Inbox) -> list[bytes]:
    messages = []
    while (message := inbox.take()) is not None:
        messages.append(message)
    return messages


@given(st.lists(st.binary(max_size=300), max_size=12), st.data())
def test_messages_come_out_as_they_went_in_however_they_are_cut(messages, data):
    wire = b"".join(envelope_prefix(len(message), LIMIT) + message for message in messages)
    inbox = Inbox(LIMIT)
    got = []
    at = 0
    while at < len(wire):
        size = data.draw(st.integers(1, len(wire) - at))
        inbox.feed(b"??" + wire[at : at + size] + b"!!", 2, 2 + size)
        at += size
        if data.draw(st.booleans()):
            got += taken(inbox)
    got += taken(inbox)
    assert got == messages
    assert not inbox.partial
    assert inbox.queued == 0


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=200)), max_size=8))
def test_compressed_and_plain_messages_mix(messages):
    wire = b"".join(envelope(gzip.compress(m), 1) if zipped else envelope(m) for zipped, m in messages)
    inbox = Inbox(LIMIT)
    inbox.encoding = "gzip"
    inbox.feed(wire, 0, len(wire))
    assert inbox.queued == len(wire)
    assert taken(inbox) == [message for _, message in messages]


@given(st.binary(max_size=100))
def test_any_bytes_are_messages_or_a_failure(data):
    inbox = Inbox(50)
    inbox.encoding = "gzip"
    try:
        for at in range(len(data)):
            inbox.feed(data, at, at + 1)
        taken(inbox)
    except Failure as failure:
        assert failure.code.name in ("INTERNAL", "RESOURCE_EXHAUSTED")


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_message_over_the_limit_is_refused_by_its_length_alone(step):
    wire = (101).to_bytes(5, "big") + b"x" * 3
    inbox = Inbox(100)
    with pytest.raises(Failure, match="101 bytes comes; at most 100") as raised:
        for at in range(0, len(wire), step):
            inbox.feed(wire, at, min(at + step, len(wire)))
    assert raised.value.code.name == "RESOURCE_EXHAUSTED"


def test_a_message_of_the_limit_is_taken():
    inbox = Inbox(100)
    inbox.feed(envelope(b"x" * 100), 0, 105)
    assert inbox.take() == b"x" * 100


def test_a_flag_that_gRPC_does_not_have():  # noqa: N802
    with pytest.raises(Failure, match="begins with 60") as raised:
        Inbox(100).feed(b"<html>", 0, 6)
    assert raised.value.code.name == "INTERNAL"


def test_a_compressed_message_without_an_encoding():
    with pytest.raises(Failure, match="'identity'"):
        Inbox(100).feed(envelope(b"x", 1), 0, 6)


def test_inflating_stops_at_the_limit():
    with pytest.raises(Failure) as raised:
        inflate(gzip.compress(bytes(1 << 24)), 1000)
    assert raised.value.code.name == "RESOURCE_EXHAUSTED"


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_inflating_a_message_of_the_limit(compress):
    assert inflate(compress(b"x" * 1000), 1000) == b"x" * 1000


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"not gzip", "cannot be inflated"),
        (gzip.compress(b"x" * 1000, mtime=0)[:-9], "breaks off"),
        (b"", "breaks off"),
        (gzip.compress(b"x" * 100, mtime=0)[:-8] + b"12345678", "cannot be inflated"),
    ],
    ids=["no gzip at all", "cut off", "empty", "a wrong checksum"],
)
def test_what_is_not_gzip(content, says):
    with pytest.raises(Failure, match=says) as raised:
        inflate(content, 10_000)
    assert raised.value.code.name == "INTERNAL"


def test_a_message_over_the_limit_is_not_sent():
    with pytest.raises(Failure, match="has 1,001 bytes; at most 1,000") as raised:
        envelope_prefix(1001, 1000)
    assert raised.value.unprocessed


UNITS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "S": 1.0, "M": 60.0, "H": 3600.0}


@given(st.floats(1e-6, 1e10))
def test_a_timeout_is_short_and_never_less_than_asked_for(seconds):
    text = timeout_value(seconds)
    assert re.fullmatch(r"[0-9]{1,8}[numSMH]", text)
    read = int(text[:-1]) * UNITS[text[-1]]
    assert read >= seconds * (1 - 1e-9)
    assert read <= seconds * 1.001 + 1e-6


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1n"), (-5, "1n"), (1e-9, "1u"), (1.5, "1500000u"), (1620, "1620000m"), (1e18, "99999999H")],
)
def test_timeouts(seconds, text):
    assert timeout_value(seconds) == text
