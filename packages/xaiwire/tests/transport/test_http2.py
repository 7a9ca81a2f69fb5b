"""The client's side of HTTP/2, without I/O, against h2's side of servers."""

from __future__ import annotations

import struct

import h2.events
import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import OK, RESPONSE, SETTINGS, envelope, frame

from xaiwire._transport.http2 import STREAM_WINDOW, Http2
from xaiwire._transport.model import Endpoint, Failure
from xaiwire._transport.request import RequestHeaders
from xaiwire._transport.stream import Stream

HEADERS = RequestHeaders(Endpoint(host="localhost", port=80, secure=False), "test").of("/a.B/C", (), None)


class Pair:
    """A client and a server that are connected."""

    def __init__(self) -> None:
        self.client = Http2()
        self.server = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.server.initiate_connection()
        self.events: list[h2.events.Event] = []
        self.exchange()

    def exchange(self) -> None:
        while True:
            up, down = self.client.take_output(), self.server.data_to_send()
            if not up and not down:
                return
            if up:
                self.events += self.server.receive_data(up)
            if down:
                self.client.feed(down)

    def open(self, body: bytes = b"request") -> Stream:
        stream = Stream(1 << 24)
        self.client.open(stream, HEADERS)
        self.client.send(stream, envelope(body), last=True)
        self.exchange()
        return stream


def messages(stream: Stream) -> list[bytes]:
    got = []
    while (message := stream.take()) is not None:
        got.append(message)
    return got


def test_a_call():
    pair = Pair()
    stream = pair.open()
    pair.server.send_headers(stream.id, RESPONSE)
    pair.server.send_data(stream.id, envelope(b"one"))
    pair.server.send_headers(stream.id, OK, end_stream=True)
    pair.exchange()
    assert messages(stream) == [b"one"]
    assert stream.ended
    stream.finish()
    assert not pair.client.streams


@given(st.lists(st.binary(max_size=50), max_size=5), st.data())
@settings(max_examples=100)
def test_however_the_bytes_are_cut(sent, data):
    pair = Pair()
    stream = pair.open()
    pair.server.send_headers(stream.id, RESPONSE)
    for message in sent:
        pair.server.send_data(stream.id, envelope(message))
    pair.server.ping(b"12345678")
    pair.server.send_headers(stream.id, OK, end_stream=True)
    wire = pair.server.data_to_send()
    at = 0
    while at < len(wire):
        size = data.draw(st.integers(1, len(wire) - at))
        pair.client.feed(wire[at : at + size])
        at += size
    assert messages(stream) == sent
    stream.finish()


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_as_the_first_ones(data):
    client = Http2()
    stream = Stream(100)
    client.open(stream, HEADERS)
    client.feed(data)
    client.take_output()
    assert stream.ended == (client.broken is not None)


FRAME = st.builds(
    frame, st.integers(0, 12), st.integers(0, 255), st.sampled_from([0, 1, 2, 3, 5, 2**31 - 1]), st.binary(max_size=40)
)


@given(st.lists(FRAME, max_size=12))
@settings(max_examples=300)
def test_any_frames(frames):
    client = Http2()
    streams = [Stream(100), Stream(100)]
    for stream in streams:
        client.open(stream, HEADERS)
        client.send(stream, b"", last=stream is streams[0])
    client.feed(SETTINGS + frame(1, 4, 1, b"\x88\x5f\x10application/grpc") + b"".join(frames))
    client.take_output()
    for stream in streams:
        client.credit(stream)
        client.reset(stream)
    assert client.broken is None or all(stream.ended for stream in streams)
    client.take_output()


def test_the_window_of_a_stream_opens_as_messages_are_taken():
    pair = Pair()
    stream = pair.open()
    pair.server.send_headers(stream.id, RESPONSE)
    sent = 0
    while (room := pair.server.local_flow_control_window(stream.id)) > 16384:
        pair.server.send_data(stream.id, envelope(b"x" * 16379))
        sent += 1
        pair.exchange()
    assert STREAM_WINDOW - 16384 <= sent * 16384 <= STREAM_WINDOW
    assert len(messages(stream)) == sent
    assert pair.client.credit(stream)
    assert not pair.client.credit(stream)
    pair.exchange()
    assert pair.server.local_flow_control_window(stream.id) == room + sent * 16384


def test_a_message_larger_than_the_window_comes_through():
    pair = Pair()
    stream = pair.open()
    pair.server.send_headers(stream.id, RESPONSE)
    wire = memoryview(envelope(bytes(3 * STREAM_WINDOW)))
    while wire:
        room = min(16384, pair.server.local_flow_control_window(stream.id))
        pair.server.send_data(stream.id, wire[:room])
        wire = wire[room:]
        pair.exchange()
        pair.client.credit(stream)
        pair.exchange()
    assert messages(stream) == [bytes(3 * STREAM_WINDOW)]


def test_the_connections_window_opens_by_itself():
    pair = Pair()
    room = pair.server.outbound_flow_control_window
    for _ in range(5):
        stream = pair.open()
        pair.server.send_headers(stream.id, RESPONSE)
        pair.exchange()
        for _ in range(STREAM_WINDOW // 16384):
            pair.client.feed(frame(0, 0, stream.id, bytes(16384)))
        pair.client.reset(stream)
        pair.exchange()
    # The server of this test did not send these bytes itself, so that all that is credited comes on top.
    assert pair.server.outbound_flow_control_window - room == 16 << 20


def test_a_server_that_sends_more_than_the_window_allows():
    pair = Pair()
    stream = pair.open()
    pair.server.send_headers(stream.id, RESPONSE)
    pair.exchange()
    for _ in range(STREAM_WINDOW // 16384 + 1):
        pair.client.feed(frame(0, 0, stream.id, bytes(16384)))
    assert stream.failure is not None
    assert "window" in stream.failure.message
    assert pair.client.usable


def test_data_on_the_way_of_a_reset_stream_is_dropped():
    pair = Pair()
    stream = pair.open()
    pair.server.send_headers(stream.id, RESPONSE)
    pair.exchange()
    pair.server.send_data(stream.id, envelope(b"on the way"))
    pair.server.send_headers(stream.id, OK, end_stream=True)
    on_the_way = pair.server.data_to_send()
    pair.client.reset(stream)
    pair.client.feed(on_the_way)
    assert pair.client.usable
    assert messages(stream) == []
    other = pair.open()
    pair.server.send_headers(other.id, [*RESPONSE, *OK], end_stream=True)
    pair.exchange()
    other.finish()
    assert other.ended


def test_resetting_twice_sends_once():
    pair = Pair()
    stream = pair.open()
    pair.client.reset(stream)
    assert pair.client.take_output()
    pair.client.reset(stream)
    assert not pair.client.take_output()


def test_an_early_answer_ends_the_request():
    pair = Pair()
    stream = Stream(100)
    pair.client.open(stream, HEADERS)
    pair.exchange()
    pair.server.send_headers(stream.id, [*RESPONSE, ("grpc-status", "3")], end_stream=True)
    pair.exchange()
    assert stream.ended
    assert not pair.client.streams
    assert any(isinstance(event, h2.events.StreamReset) for event in pair.events)


def test_goaway_with_an_error_is_told():
    client = Http2()
    stream = Stream(100)
    client.open(stream, HEADERS)
    client.feed(SETTINGS + frame(7, 0, 0, struct.pack(">II", 1, 11) + b"too_many_pings"))
    assert not stream.ended
    client.lost("the server closed the connection")
    assert stream.failure is not None
    assert "error 11, 'too_many_pings'" in stream.failure.message
    with pytest.raises(Failure, match="too_many_pings") as raised:
        client.open(Stream(100), HEADERS)
    assert raised.value.unprocessed


def test_no_new_stream_behind_goaway():
    client = Http2()
    client.feed(SETTINGS + frame(7, 0, 0, struct.pack(">II", 0, 0)))
    with pytest.raises(Failure, match="no error"):
        client.open(Stream(100), HEADERS)


def test_more_streams_than_the_server_allows():
    pair = Pair()
    pair.server.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 1})
    pair.exchange()
    assert pair.client.most_streams == 1
    pair.open()
    with pytest.raises(Failure, match="cannot be opened") as raised:
        pair.client.open(Stream(100), HEADERS)
    assert raised.value.unprocessed


def test_stream_numbers_end(monkeypatch):
    monkeypatch.setattr("xaiwire._transport.http2.MOST_STREAM_IDS", 3)
    pair = Pair()
    pair.open()
    assert pair.client.usable
    pair.open()
    assert not pair.client.usable


def test_a_broken_connection_takes_nothing_more():
    client = Http2()
    client.lost("gone")
    client.feed(SETTINGS)
    client.ping()
    assert not client.greeted
    assert client.pings == 0


def test_header_blocks_in_pieces():
    pair = Pair()
    stream = pair.open()
    block = pair.server.encoder.encode([*RESPONSE, ("x-long", "y" * 100)])
    wire = frame(1, 0, stream.id, block[:5]) + frame(9, 0, stream.id, block[5:20]) + frame(9, 4, stream.id, block[20:])
    pair.client.feed(wire)
    assert stream.headers == (("content-type", "application/grpc"), ("x-long", "y" * 100))


def test_headers_that_are_not_utf8_do_not_break_anything():
    pair = Pair()
    stream = pair.open()
    block = pair.server.encoder.encode([*((n.encode(), v.encode()) for n, v in RESPONSE), (b"x-odd", b"\xff\xfe")])
    pair.client.feed(frame(1, 4, stream.id, block))
    assert stream.headers[-1] == ("x-odd", "��")
