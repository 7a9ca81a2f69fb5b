"""Headers of requests, and their coding."""

from __future__ import annotations

import time

import hpack
from hpack import NeverIndexedHeaderTuple
from hypothesis import given, settings
from hypothesis import strategies as st

from xaiwire._transport.header_coding import RememberingDecoder, RememberingEncoder, header_tuple
from xaiwire._transport.model import Endpoint
from xaiwire._transport.request import RequestHeaders

NAMES = st.sampled_from(["authorization", "x-a", "x-b", "x-c", "content-type", ":path", "te"])
HEADERS = st.lists(st.tuples(NAMES, st.text("abcdef", max_size=40)), min_size=1, max_size=6)
TIMEOUT = st.sampled_from(["", "5S", "1619999m"])
REQUEST_ID = st.one_of(st.just(""), st.text("0123456789abcdef-", min_size=1, max_size=200))


def blocks() -> st.SearchStrategy:
    """Few different blocks, which come often."""
    return st.lists(HEADERS, min_size=1, max_size=4).flatmap(
        lambda known: st.lists(st.tuples(st.sampled_from(known), TIMEOUT, REQUEST_ID), max_size=30)
    )


def plain(headers) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers]


@given(blocks(), st.lists(st.tuples(st.integers(0, 30), st.sampled_from([0, 64, 100, 4096])), max_size=4))
@settings(max_examples=300)
def test_what_the_encoder_remembers_any_decoder_reads(sequence, resizes):
    encoder, decoder = RememberingEncoder(), hpack.Decoder()
    for number, (headers, timeout, request_id) in enumerate(sequence):
        for at, size in resizes:
            if at == number:
                encoder.header_table_size = size
        made = [header_tuple(name, value) for name, value in headers]
        if request_id:
            made.append(header_tuple("x-request-id", request_id))
        if timeout:
            made.append(header_tuple("grpc-timeout", timeout))
        assert plain(decoder.decode(encoder.encode(made), raw=True)) == plain(made)


@given(blocks(), st.lists(st.tuples(st.integers(0, 30), st.sampled_from([0, 64, 100, 4096])), max_size=4))
@settings(max_examples=300)
def test_what_the_decoder_remembers_is_what_any_encoder_said(sequence, resizes):
    encoder, decoder = hpack.Encoder(), RememberingDecoder(1 << 16)
    for number, (headers, _, _) in enumerate(sequence):
        for at, size in resizes:
            # hpack forgets a size that is set twice before the next block.
            if at == number and size != encoder.header_table_size:
                encoder.header_table_size = size
        made = [header_tuple(name, value) for name, value in headers]
        assert plain(decoder.decode(encoder.encode(made), raw=True)) == plain(made)


def test_what_is_not_raw_is_decoded_all_the_same():
    block = RememberingEncoder().encode([header_tuple("x", "1")])
    decoder = RememberingDecoder(100)
    assert [*decoder.decode(block), *decoder.decode(b"\xbe")] == [("x", "1"), ("x", "1")]


def test_a_block_of_nothing():
    assert list(RememberingDecoder(100).decode(b"")) == []


def test_many_different_blocks_are_not_all_kept():
    encoder, decoder = RememberingEncoder(), RememberingDecoder(1 << 16)
    for number in range(1000):
        made = [NeverIndexedHeaderTuple(b"x", b"%d" % number)]
        assert plain(decoder.decode(encoder.encode(made), raw=True)) == plain(made)
    assert len(encoder._blocks) <= 256
    assert len(decoder._blocks) <= 256


def test_secrets_are_never_indexed():
    assert not header_tuple("authorization", "Bearer x").indexable
    assert header_tuple("user-agent", "x").indexable


ENDPOINT = Endpoint(host="api.x.ai", port=443, secure=True)


def test_the_headers_of_a_request():
    made = RequestHeaders(ENDPOINT, "xaiwire/1").of("/a.B/C", (("authorization", "Bearer k"), ("x-a", "1")), None)
    assert plain(made) == [
        (b":method", b"POST"),
        (b":scheme", b"https"),
        (b":authority", b"api.x.ai"),
        (b":path", b"/a.B/C"),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
        (b"user-agent", b"xaiwire/1"),
        (b"grpc-accept-encoding", b"gzip, identity"),
        (b"authorization", b"Bearer k"),
        (b"x-a", b"1"),
    ]


def test_the_deadline_stands_last():
    made = RequestHeaders(ENDPOINT, "x").of("/a.B/C", (), time.monotonic() + 100)
    name, value = made[-1]
    assert name == b"grpc-timeout"
    assert value.endswith(b"u")
    assert 99 < int(value[:-1]) / 1e6 <= 100


def test_plain_text_has_the_other_scheme_and_its_port():
    made = dict(RequestHeaders(Endpoint(host="::1", port=50051, secure=False), "x").of("/", (), None))
    assert (made[b":scheme"], made[b":authority"]) == (b"http", b"[::1]:50051")


def test_what_differs_in_metadata_is_told_apart_and_not_kept_for_ever():
    headers = RequestHeaders(ENDPOINT, "x")
    for number in range(1000):
        assert headers.of("/", (("x-n", str(number)),), None)[-1][1] == str(number).encode()
    assert len(headers._known) <= 128


def test_what_differs_from_call_to_call_stands_behind_what_does_not():
    headers = RequestHeaders(ENDPOINT, "x")
    encoder, decoder = RememberingEncoder(), hpack.Decoder()
    sizes = set()
    for number in range(1000):
        metadata = (("x-request-id", f"{number:032}"), ("x-a", "1"), ("traceparent", f"00-{number:032}"))
        made = headers.of("/a.B/C", metadata, None)
        assert [name for name, _ in made[-3:]] == [b"x-a", b"x-request-id", b"traceparent"]
        block = encoder.encode(made)
        sizes.add(len(block))
        assert plain(decoder.decode(block, raw=True)) == plain(made)
    assert (len(headers._known), len(encoder._blocks), len(sizes)) == (1, 1, 2)
