"""Servers that do what servers should not."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import threading
import time

import h2.events
import pytest
from h2.settings import SettingCodes
from peers import OK, RESPONSE, Script, envelope, frame, raw_server, scripted


def silent(sock: socket.socket) -> None:
    while sock.recv(65536):
        pass


def test_a_server_that_hangs_ends_with_the_deadline(connect):
    def handler(script: Script) -> None:
        script.request()
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call(timeout=0.1)
    assert outcome.code == "DEADLINE_EXCEEDED"
    assert outcome.seconds < 2


def test_a_server_that_accepts_and_says_nothing_ends_with_the_deadline(connect):
    with raw_server(silent) as server:
        outcome = connect(server.address).call(timeout=0.1)
    assert outcome.code == "DEADLINE_EXCEEDED"


def test_a_stream_whose_deadline_is_over_is_cancelled_at_the_server(connect):
    seen = threading.Event()

    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream)
        assert script.wait(h2.events.StreamReset).error_code == 8
        seen.set()
        script.drain()

    with raw_server(scripted(handler)) as server:
        assert connect(server.address).call(timeout=0.1).code == "DEADLINE_EXCEEDED"
        assert seen.wait(5)


def test_the_connection_lives_on_after_a_deadline(connect):
    def handler(script: Script) -> None:
        stream = script.request()
        script.wait(h2.events.StreamReset, stream)
        script.answer(script.request(), b"second")
        script.drain()

    with raw_server(scripted(handler)) as server:
        caller = connect(server.address)
        assert caller.call(timeout=0.1).code == "DEADLINE_EXCEEDED"
        assert caller.call().messages == [b"second"]
        assert server.accepted == 1


def test_a_deadline_ends_a_stream_that_never_pauses(connect):
    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream)
        with pytest.raises((OSError, h2.exceptions.H2Error)):
            while True:
                script.data(stream, envelope(b"x"))

    with raw_server(scripted(handler, settings={})) as server:
        outcome = connect(server.address).call(timeout=0.2)
    assert outcome.code == "DEADLINE_EXCEEDED"
    assert outcome.seconds < 3


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0, "INTERNAL"),
        (1, "INTERNAL"),
        (2, "INTERNAL"),
        (7, "UNAVAILABLE"),
        (8, "CANCELLED"),
        (11, "RESOURCE_EXHAUSTED"),
        (12, "PERMISSION_DENIED"),
        (13, "UNKNOWN"),
        (99, "INTERNAL"),
    ],
)
def test_what_a_reset_means(connect, code, expected):
    def handler(script: Script) -> None:
        script.reset(script.request(), code)
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert outcome.code == expected
    assert outcome.failure.unprocessed is (code == 7)


def test_a_reset_behind_a_whole_answer_is_no_failure(connect):
    def handler(script: Script) -> None:
        stream = script.request()
        script.answer(stream, b"whole")
        script.raw(frame(3, 0, stream, struct.pack(">I", 0)))
        script.answer(script.request(), b"next")
        script.drain()

    with raw_server(scripted(handler)) as server:
        caller = connect(server.address)
        assert caller.call().messages == [b"whole"]
        assert caller.call().messages == [b"next"]


def test_a_server_that_cancels_at_the_deadline_is_not_mistaken(connect):
    def handler(script: Script) -> None:
        stream = script.request()
        time.sleep(0.1)
        script.reset(stream, 8)
        script.drain()

    with raw_server(scripted(handler)) as server:
        assert connect(server.address).call(timeout=0.1).code == "DEADLINE_EXCEEDED"


def test_a_connection_that_closes_before_the_answer(connect):
    with raw_server(scripted(lambda script: script.request())) as server:
        outcome = connect(server.address).call()
    assert outcome.code == "UNAVAILABLE"
    assert not outcome.failure.unprocessed


def test_a_stream_that_is_cut_midway_keeps_what_came(connect):
    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream)
        script.data(stream, envelope(b"one") + envelope(b"two") + envelope(b"three")[:6])
        script.sock.shutdown(socket.SHUT_WR)
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert outcome.messages == [b"one", b"two"]
    assert outcome.code == "UNAVAILABLE"
    assert outcome.headers == (("content-type", "application/grpc"),)


def test_a_connection_that_is_reset(connect):
    def handler(script: Script) -> None:
        script.headers(script.request())
        script.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        script.sock.close()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert outcome.code == "UNAVAILABLE"
    assert "connection" in outcome.text


def test_a_connection_that_closes_at_once_has_processed_nothing(connect):
    with raw_server(lambda sock: None) as server:
        outcome = connect(server.address).call()
    assert outcome.code == "UNAVAILABLE"
    assert outcome.failure.unprocessed


def test_an_answer_in_the_middle_of_a_message(connect):
    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream)
        script.data(stream, envelope(b"whole") + b"\0\0\0\0\x09bro")
        script.headers(stream, headers=OK, end=True)
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert outcome.messages == [b"whole"]
    assert (outcome.code, outcome.text) == ("INTERNAL", "the response ends in the middle of a message")


def test_goaway_that_leaves_the_stream_out(connect):
    def handler(script: Script) -> None:
        script.request()
        script.goaway(0, 0, b"restart")
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert outcome.code == "UNAVAILABLE"
    assert outcome.failure.unprocessed
    assert "restart" in outcome.text


def test_goaway_that_lets_the_stream_end(connect):
    def first(script: Script) -> None:
        stream = script.request()
        script.goaway(2**31 - 1)
        script.headers(stream)
        script.data(stream, envelope(b"behind it"))
        script.goaway(stream)
        script.headers(stream, headers=OK, end=True)
        script.drain()

    def second(script: Script) -> None:
        script.answer(script.request(), b"other connection")
        script.drain()

    with raw_server(scripted(first, second)) as server:
        caller = connect(server.address)
        assert caller.call().messages == [b"behind it"]
        assert caller.call().messages == [b"other connection"]
        assert server.accepted == 2


def test_goaway_on_an_idle_connection_is_seen_before_the_next_call(connect):
    gone = threading.Event()

    def first(script: Script) -> None:
        script.answer(script.request(), b"first")
        script.goaway(1)
        gone.set()
        script.drain()

    def second(script: Script) -> None:
        script.answer(script.request(), b"second")
        script.drain()

    with raw_server(scripted(first, second)) as server:
        caller = connect(server.address)
        assert caller.call().messages == [b"first"]
        assert gone.wait(5)
        # A busy system delivers it a little later, on the loopback too; a loop has to run to see it.
        if caller.name == "aio":
            caller.runner.run(asyncio.sleep(0.3))
        else:
            time.sleep(0.3)
        outcome = caller.call()
        assert (outcome.failure, outcome.error) == (None, None)
        assert outcome.messages == [b"second"]


def test_goaway_that_breaks_off(connect):
    def handler(script: Script) -> None:
        script.request()
        script.raw(frame(7, 0, 0, b"\0\0"))
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert outcome.code == "INTERNAL"
    assert "GOAWAY" in outcome.text


def test_an_idle_connection_that_the_server_closed_is_replaced(connect):
    closed = threading.Event()

    def first(script: Script) -> None:
        script.answer(script.request(), b"first")
        script.sock.shutdown(socket.SHUT_RDWR)
        closed.set()

    def second(script: Script) -> None:
        script.answer(script.request(), b"second")
        script.drain()

    with raw_server(scripted(first, second)) as server:
        caller = connect(server.address)
        assert caller.call().messages == [b"first"]
        assert closed.wait(5)
        if caller.name == "aio":
            caller.runner.run(asyncio.sleep(0.05))
        outcome = caller.call()
        assert (outcome.failure, outcome.error) == (None, None)
        assert outcome.messages == [b"second"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xde\xad\xbe\xef" * 100,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 3,
        b"\x15\x03\x01\x00\x02\x02\x46\x00\x00",
    ],
)
def test_what_is_not_http2_at_all(connect, garbage):
    def handler(sock: socket.socket) -> None:
        sock.sendall(garbage)
        silent(sock)

    with raw_server(handler) as server:
        outcome = connect(server.address).call()
    assert outcome.code == "UNAVAILABLE"
    assert outcome.failure.unprocessed
    assert "does not speak HTTP/2" in outcome.text


def test_an_answer_of_http1_is_named(connect):
    def handler(sock: socket.socket) -> None:
        sock.recv(100)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        silent(sock)

    with raw_server(handler) as server:
        outcome = connect(server.address).call()
    assert outcome.text == "the server does not speak HTTP/2: it says 'HTTP/1.1 400 Bad Request'"


@pytest.mark.parametrize(
    "garbage",
    [
        frame(0, 0, 99, b"data of no stream"),
        frame(0, 0, 2, b"data of a stream of the server"),
        frame(1, 4, 1, b"\xff\xff\xff\xff"),
        frame(1, 4, 1, b"\x80"),
        frame(5, 4, 1, b"\0\0\0\2\x88"),
        frame(8, 0, 0, b"\0\0\0\0"),
        frame(8, 0, 0, b"\x7f\xff\xff\xff") * 2,
        frame(6, 0, 0, b"short"),
        frame(3, 0, 1, b"\0"),
        frame(4, 0, 0, b"\0" * 5),
        frame(9, 4, 1, b""),
        frame(1, 0, 1, b"\x88") + frame(0, 0, 1, b"x" * 9),
        frame(1, 0, 1, b"\x88") + frame(9, 0, 1, b"") * 70,
        frame(0, 8, 1, b"\xff"),
        b"\xff\xff\xff\0\0\0\0\0\1",
        frame(0, 0, 1, envelope(b"before headers")),
    ],
)
def test_frames_that_break_the_rules(connect, garbage):
    def handler(script: Script) -> None:
        script.request()
        script.raw(garbage)
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert outcome.code == "INTERNAL"
    assert "HTTP/2" in outcome.text


def test_a_header_bomb(connect):
    # One entry of the table that is referred to many times.
    big = b"\x40\x01a\x7f\x81\x1e" + b"b" * 4000

    def handler(script: Script) -> None:
        script.request()
        script.raw(frame(1, 4, 1, b"\x88" + big + b"\xbe" * 10000))
        script.drain()

    with raw_server(scripted(handler)) as server:
        assert connect(server.address).call().code == "INTERNAL"


def test_a_message_that_is_said_to_be_huge(connect):
    seen = threading.Event()

    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream)
        script.data(stream, b"\0\xff\xff\xff\xff")
        assert script.wait(h2.events.StreamReset).error_code == 8
        seen.set()
        script.answer(script.request(), b"next")
        script.drain()

    with raw_server(scripted(handler)) as server:
        caller = connect(server.address)
        outcome = caller.call()
        assert (outcome.code, outcome.text) == (
            "RESOURCE_EXHAUSTED",
            "a message of 4,294,967,295 bytes comes; at most 20,971,520 are allowed",
        )
        assert seen.wait(5)
        assert caller.call().messages == [b"next"]


def test_a_gzip_bomb(connect):
    bomb = gzip.compress(b"\0" * (1 << 24))

    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream, headers=(*RESPONSE, ("grpc-encoding", "gzip")))
        script.data(stream, envelope(bomb, 1)[:16000])
        script.data(stream, envelope(bomb, 1)[16000:])
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address, max_receive_bytes=1 << 20).call()
    assert outcome.code == "RESOURCE_EXHAUSTED"
    assert "1,048,576" in outcome.text


def test_messages_in_gzip(connect):
    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream, headers=(*RESPONSE, ("grpc-encoding", "gzip")))
        script.data(stream, envelope(gzip.compress(b"small"), 1) + envelope(b"plain"))
        script.headers(stream, headers=OK, end=True)
        script.drain()

    with raw_server(scripted(handler)) as server:
        assert connect(server.address).call().messages == [b"small", b"plain"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [("200", "UNKNOWN"), ("401", "UNAUTHENTICATED"), ("404", "UNIMPLEMENTED"), ("503", "UNAVAILABLE")],
)
def test_a_web_page(connect, status, expected):
    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream, headers=((":status", status), ("content-type", "text/html"), ("content-length", "9")))
        script.data(stream, b"<html>   ", end=True)
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert outcome.code == expected
    assert "text/html" in outcome.text
    assert outcome.headers == (("content-type", "text/html"), ("content-length", "9"))


def test_a_web_page_of_headers_alone(connect):
    def handler(script: Script) -> None:
        script.headers(script.request(), headers=((":status", "502"), ("content-type", "text/plain")), end=True)
        script.drain()

    with raw_server(scripted(handler)) as server:
        assert connect(server.address).call().code == "UNAVAILABLE"


def test_trailers_alone(connect):
    trailers = (("grpc-status", "16"), ("grpc-message", "no%20key"), ("x-request-id", "abc"))

    def handler(script: Script) -> None:
        script.headers(script.request(), headers=(*RESPONSE, *trailers), end=True)
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert (outcome.code, outcome.text, outcome.headers) == ("UNAUTHENTICATED", "no key", ())
    assert outcome.trailers == (("content-type", "application/grpc"), *trailers)


@pytest.mark.parametrize(
    ("trailers", "text"),
    [
        ((("x", "y"),), "without a grpc-status"),
        ((("grpc-status", "abc"),), "invalid grpc-status 'abc'"),
        ((("grpc-status", "-1"),), "invalid grpc-status"),
        ((("grpc-status", "77"),), "unknown status 77"),
    ],
)
def test_trailers_without_a_status_that_gRPC_knows(connect, trailers, text):  # noqa: N802
    def handler(script: Script) -> None:
        script.answer(script.request(), b"message", trailers=trailers)
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert outcome.messages == [b"message"]
    assert outcome.code == "UNKNOWN"
    assert text in outcome.text


def test_a_response_that_ends_without_trailers(connect):
    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream)
        script.data(stream, envelope(b"message"), end=True)
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert outcome.messages == [b"message"]
    assert (outcome.code, outcome.text) == ("UNKNOWN", "the response ends without a grpc-status")


def test_a_status_in_the_headers_counts_where_there_are_no_trailers(connect):
    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream, headers=(*RESPONSE, ("grpc-status", "0")))
        script.data(stream, envelope(b"message"), end=True)
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address).call()
    assert (outcome.code, outcome.messages) == ("OK", [b"message"])


def test_informational_headers_padding_and_unknown_frames_are_no_trouble(connect):
    def handler(script: Script) -> None:
        stream = script.request()
        script.headers(stream, headers=((":status", "103"), ("link", "x")))
        script.headers(stream)
        script.raw(frame(0xFA, 0, stream, b"unknown") + frame(2, 0, stream, b"\0\0\0\0\x10"))
        script.h2.send_data(stream, envelope(b"padded"), pad_length=20)
        script.flush()
        script.headers(stream, headers=OK, end=True)
        script.drain()

    with raw_server(scripted(handler)) as server:
        assert connect(server.address).call().messages == [b"padded"]


def test_pings_are_answered(connect):
    answered = threading.Event()

    def handler(script: Script) -> None:
        stream = script.request()
        script.h2.ping(b"12345678")
        script.flush()
        assert script.wait(h2.events.PingAckReceived).ping_data == b"12345678"
        answered.set()
        script.answer(stream)
        script.drain()

    with raw_server(scripted(handler)) as server:
        assert connect(server.address).call().code == "OK"
    assert answered.is_set()


def test_a_server_that_is_silent_is_pinged_and_given_up(connect):
    def handler(script: Script) -> None:
        script.request()
        while b"xaiwire." not in script.sock.recv(100):
            pass
        script.drain()

    with raw_server(scripted(handler)) as server:
        caller = connect(server.address, keepalive_interval=0.1, keepalive_timeout=0.1)
        outcome = caller.call(timeout=None)
    assert (outcome.code, outcome.text) == ("UNAVAILABLE", "the server does not answer a ping")
    assert outcome.seconds < 2


def test_a_slow_server_that_answers_pings_is_waited_for(connect):
    def handler(script: Script) -> None:
        stream = script.request()
        until = time.monotonic() + 0.4
        script.sock.settimeout(0.02)
        while time.monotonic() < until:
            try:
                script.pump()
            except TimeoutError:
                continue
        script.sock.settimeout(5)
        script.answer(stream, b"late")
        script.drain()

    with raw_server(scripted(handler)) as server:
        outcome = connect(server.address, keepalive_interval=0.05, keepalive_timeout=0.2).call()
    assert outcome.messages == [b"late"]


def test_a_server_that_allows_no_streams(connect):
    def handler(script: Script) -> None:
        script.drain()

    with raw_server(scripted(handler, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 0})) as server:
        outcome = connect(server.address).call(timeout=0.2)
    assert outcome.code in ("DEADLINE_EXCEEDED", "UNAVAILABLE")
    assert server.accepted <= 2


def test_a_closed_channel_says_so(connect):
    caller = connect("localhost:1")
    caller.close()
    if caller.name == "aio":
        caller.runner = asyncio.Runner()
    outcome = caller.call()
    assert isinstance(outcome.error, RuntimeError)
    assert "closed" in str(outcome.error)


def test_nothing_listens(connect):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = connect(f"127.0.0.1:{port}").call()
    assert outcome.code == "UNAVAILABLE"
    assert outcome.failure.unprocessed
    assert outcome.text == f"nothing listens at 127.0.0.1:{port}: connection refused"


def test_a_name_that_does_not_resolve(connect):
    outcome = connect("http://nowhere.invalid:50051").call()
    assert outcome.code == "UNAVAILABLE"
    assert outcome.failure.unprocessed
    assert "nowhere.invalid:50051 does not resolve" in outcome.text
