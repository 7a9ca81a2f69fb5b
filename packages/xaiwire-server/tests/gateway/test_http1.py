"""HTTP/1.1 by hand: clients that are slow, broken, or mean harm."""

import json
import socket
import time
from contextlib import contextmanager

import pytest

from xaiwire_server.wire import http1, port

BODY = json.dumps({"model": "grok-3", "messages": [{"role": "user", "content": "Hello"}]}).encode()
HEAD = (
    b"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer xai-emulator-key\r\n"
    b"content-type: application/json\r\n"
)


@contextmanager
def connected(gateway):
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        yield connection


def everything(connection):
    content = b""
    while part := connection.recv(1 << 16):
        content += part
    return content


def answered(connection):
    """The next answer, and nothing behind it: its status and its body."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        assert byte, head
        head += byte
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head.split()[1]), connection.recv(length, socket.MSG_WAITALL)


def request(body=BODY, extra=b""):
    return HEAD + extra + b"content-length: %d\r\n\r\n" % len(body) + body


def is_well(http):
    assert http.post("/v1/chat/completions", content=BODY, headers={"content-type": "application/json"}).is_success


def test_requests_on_one_connection(gateway):
    with connected(gateway) as connection:
        for _ in range(3):
            connection.sendall(request())
            assert answered(connection)[0] == 200


def test_requests_sent_at_once_are_answered_in_their_order(gateway):
    bad = b'{"model": 1}'
    with connected(gateway) as connection:
        connection.sendall(request() + request(bad) + request())
        assert [answered(connection)[0] for _ in range(3)] == [200, 400, 200]


def test_a_request_in_single_bytes(gateway):
    with connected(gateway) as connection:
        for byte in request():
            connection.send(bytes([byte]))
        assert answered(connection)[0] == 200


def test_chunked_requests(gateway):
    with connected(gateway) as connection:
        connection.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
        for at in range(0, len(BODY), 7):
            part = BODY[at : at + 7]
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        connection.sendall(b"0\r\n\r\n")
        assert answered(connection)[0] == 200


@pytest.mark.parametrize(
    "junk",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"GET / HTTP/9.9\r\n\r\n",
        b"get / http/1.1\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nbad header\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 6\r\n\r\n0\r\n\r\n",
        b"\0" * 100,
    ],
)
def test_what_is_no_http_is_refused(gateway, http, junk):
    with connected(gateway) as connection:
        connection.sendall(junk)
        connection.shutdown(socket.SHUT_WR)
        content = everything(connection)
    assert content == b"" or content.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404"))
    is_well(http)


def test_a_head_that_is_too_large(gateway, http):
    with connected(gateway) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        with pytest.raises(OSError):  # noqa: PT011 - reset, or broken pipe
            for _ in range(200):
                connection.sendall(b"x-filler: " + b"a" * 4096 + b"\r\n")
                time.sleep(0.001)
        is_well(http)


def test_a_head_that_comes_too_slowly(gateway, http, monkeypatch):
    monkeypatch.setattr(http1, "HEAD_SECONDS", 0.2)
    with connected(gateway) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        assert everything(connection).startswith(b"HTTP/1.1 408")
    is_well(http)


def test_a_client_that_sends_half_and_closes_its_side(gateway, http):
    with connected(gateway) as connection:
        connection.sendall(request()[:-10])
        connection.shutdown(socket.SHUT_WR)
        assert everything(connection) == b""
    is_well(http)


def test_a_body_that_stops_coming(xaiwire_emulator, xaiwire_emulator_thread):
    from running import running_gateway

    with running_gateway(xaiwire_emulator_thread._loop, xaiwire_emulator.address, read_timeout=0.2) as gateway:
        with connected(gateway) as connection:
            connection.sendall(request()[:-10])
            status, body = answered(connection)
            assert everything(connection) == b""
        assert status == 408
        assert json.loads(body)["error"]["code"] == "request_timeout"


def test_headers_cannot_be_injected(gateway):
    with connected(gateway) as connection:
        path = b"/v1/x%0d%0ainjected:%201"
        connection.sendall(b"GET " + path + b" HTTP/1.1\r\nhost: a\r\nx-request-id: a\x01b\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        content = everything(connection)
    assert b"\r\ninjected" not in content.lower()
    field = json.dumps({"a\r\nx-injected: 1": 1, **json.loads(BODY)}).encode()
    with connected(gateway) as connection:
        connection.sendall(request(field, b"connection: close\r\n"))
        content = everything(connection)
    assert content.startswith(b"HTTP/1.1 200")
    assert b"\r\nx-injected" not in content
    assert b"x-gateway-warning: a??x-injected: 1: unknown field" in content


def test_a_request_with_expect_is_told_to_go_on(gateway):
    with connected(gateway) as connection:
        connection.sendall(HEAD + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(BODY))
        assert connection.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert answered(connection)[0] == 200


@pytest.mark.parametrize("pause", [0, 0.2])
def test_an_upgrade_is_not_taken_and_takes_no_body_with_it(gateway, xaiwire_emulator, pause):
    upgrade = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n"
    head, body = request(extra=upgrade).split(b"\r\n\r\n", 1)
    with connected(gateway) as connection:
        connection.sendall(head + b"\r\n\r\n" + (b"" if pause else body))
        if pause:
            time.sleep(pause)
            connection.sendall(body)
        assert answered(connection)[0] == 200
        connection.sendall(request())
        assert answered(connection)[0] == 200
    assert len(xaiwire_emulator.requests()) == 2


def test_a_body_behind_an_upgrade_is_no_request(gateway, xaiwire_emulator):
    smuggled = request()
    upgrade = b"connection: upgrade\r\nupgrade: websocket\r\n"
    with connected(gateway) as connection:
        connection.sendall(HEAD + upgrade + b"content-length: %d\r\n\r\n" % len(smuggled))
        time.sleep(0.1)
        connection.sendall(smuggled)
        assert answered(connection)[0] == 400
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    assert xaiwire_emulator.requests() == []


def test_there_are_no_tunnels(gateway):
    with connected(gateway) as connection:
        connection.sendall(b"CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n")
        assert everything(connection).startswith(b"HTTP/1.1 400")


def test_trailers_are_no_headers(gateway):
    head = HEAD.replace(b"authorization: Bearer xai-emulator-key\r\n", b"")
    trailers = b"0\r\nauthorization: Bearer xai-emulator-key\r\nx-request-id: mine\r\n\r\n"
    with connected(gateway) as connection:
        connection.sendall(head + b"transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(BODY), BODY) + trailers)
        assert answered(connection)[0] == 401


def test_trailers_without_an_end(gateway, http):
    with connected(gateway) as connection:
        connection.sendall(b"POST /nope HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n")
        with pytest.raises(OSError):  # noqa: PT011 - reset, or broken pipe
            for _ in range(200):
                connection.sendall(b"x-filler: " + b"a" * 4096 + b"\r\n")
                time.sleep(0.001)
    is_well(http)


@pytest.mark.parametrize(
    "said",
    [b"\r\n", b"GET /nope HTTP/1.1\r\n\r\n\r\n", b"POST /nope HTTP/1.1\r\ncontent-length: 10\r\n\r\na"],
)
def test_connections_that_say_no_more_are_ended(xaiwire_emulator, xaiwire_emulator_thread, monkeypatch, said):
    from running import running_gateway

    monkeypatch.setattr(port, "KEEP_ALIVE_SECONDS", 0.3)
    with (
        running_gateway(xaiwire_emulator_thread._loop, xaiwire_emulator.address) as gateway,
        connected(gateway) as connection,
    ):
        connection.sendall(said)
        time.sleep(0.1)
        if said.startswith(b"POST"):
            connection.sendall(b"b")
        everything(connection)


def test_a_client_that_asks_twice_at_once_and_leaves(plain_gateway, upstream):
    import asyncio

    async def endless(_request):
        await asyncio.sleep(3600)
        yield

    upstream.answers["GetCompletion"] = endless
    with connected(plain_gateway) as connection:
        connection.sendall(request() + request())
        end = time.monotonic() + 10
        while not upstream.requests:
            assert time.monotonic() < end
            time.sleep(0.01)
    while not upstream.cancelled:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_second_head_that_comes_slowly_does_not_break_into_the_first_answer(plain_gateway, upstream, monkeypatch):
    import asyncio

    from xaiwire.proto import chat_pb2

    async def slow(_request):
        await asyncio.sleep(0.5)
        yield chat_pb2.GetChatCompletionResponse(id="whole")

    monkeypatch.setattr(http1, "HEAD_SECONDS", 0.1)
    upstream.answers["GetCompletion"] = slow
    with connected(plain_gateway) as connection:
        connection.sendall(request() + b"GET /b")
        status, body = answered(connection)
    assert (status, json.loads(body)["id"]) == (200, "whole")
