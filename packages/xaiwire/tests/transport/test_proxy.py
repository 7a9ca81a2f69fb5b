"""Proxies of the environment."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress

import pytest
import trustme
from peers import Script, raw_server, scripted

from xaiwire._transport import proxy as proxies
from xaiwire._transport.endpoint import parse_host
from xaiwire._transport.model import Endpoint, Failure
from xaiwire._transport.proxy import Proxy, connect_request, find_proxy, read_answer

API = Endpoint(host="api.x.ai", port=443, secure=True)
PROXY = Proxy(host="proxy", port=3128)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_the_environment_names_a_proxy(monkeypatch, name):
    monkeypatch.setenv(name, "http://proxy.example:3128")
    assert find_proxy(API) == Proxy(host="proxy.example", port=3128)


def test_no_proxy_is_named():
    assert find_proxy(API) is None


@pytest.mark.parametrize("text", ["api.x.ai", ".x.ai", "x.ai", "*", "api.x.ai:443", "other, api.x.ai"])
def test_no_proxy(monkeypatch, text):
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", text)
    assert find_proxy(API) is None


@pytest.mark.parametrize(
    "text", ["localhost:1", "https://localhost:1", "https://127.0.0.1", "https://[::1]", "http://api.x.ai"]
)
def test_the_loopback_and_plain_text_never_go_through_a_proxy(monkeypatch, text):
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    assert find_proxy(parse_host(text)) is None


def test_only_http_is_of_no_matter(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    assert find_proxy(API) is None
    monkeypatch.setenv("https_proxy", "")
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("urllib.request.getproxies", dict)
    assert find_proxy(API) is None


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("proxy.example:3128", Proxy(host="proxy.example", port=3128)),
        ("http://proxy.example", Proxy(host="proxy.example", port=80)),
        ("http://[::1]:3128/", Proxy(host="::1", port=3128)),
        (
            "http://us%40er:p%3Ass@proxy.example:3128",
            Proxy(host="proxy.example", port=3128, credentials="Basic " + b64encode(b"us@er:p:ss").decode()),
        ),
        ("http://user@proxy.example:1", Proxy(host="proxy.example", port=1, credentials="Basic dXNlcjo=")),
    ],
)
def test_urls(monkeypatch, url, wanted):
    monkeypatch.setenv("https_proxy", url)
    assert find_proxy(API) == wanted


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("socks5://user:hunter2@proxy:1080", "scheme 'socks5'"),
        ("https://user:hunter2@proxy:3128", "scheme 'https'"),
        ("http://user:hunter2@proxy:port", "not a URL"),
        ("http://", "not a URL"),
    ],
)
def test_proxies_of_other_kinds_are_refused_and_passwords_not_repeated(monkeypatch, url, says):
    monkeypatch.setenv("https_proxy", url)
    with pytest.raises(Failure, match=says) as raised:
        find_proxy(API)
    assert "hunter2" not in raised.value.message
    assert raised.value.code.name == "UNAVAILABLE"


def test_credentials_are_not_in_the_repr():
    assert "secret" not in repr(Proxy(host="p", port=1, credentials="secret"))


def test_what_a_proxy_is_asked():
    assert connect_request(PROXY, API) == b"CONNECT api.x.ai:443 HTTP/1.1\r\nHost: api.x.ai:443\r\n\r\n"
    secret = Proxy(host="p", port=1, credentials="Basic eA==")
    assert b"Proxy-Authorization: Basic eA==\r\n" in connect_request(secret, API)
    assert connect_request(PROXY, Endpoint(host="2001:db8::1", port=1, secure=True)).startswith(
        b"CONNECT [2001:db8::1]:1 "
    )


def test_what_a_proxy_answers():
    assert not read_answer(PROXY, b"HTTP/1.1 200 OK\r\n")
    assert read_answer(PROXY, b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
    assert read_answer(PROXY, b"HTTP/1.0 204\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 407 Authentication Required\r\n\r\n", "refuses the connection: '407 .*user and password"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "refuses the connection: '403 Forbidden'$"),
        (b"SSH-2.0-x\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 abc\r\n\r\n", "does not speak HTTP"),
        (b"x" * 20_000, "does not come to an end"),
    ],
)
def test_answers_that_are_no_tunnel(answer, says):
    with pytest.raises(Failure, match=says):
        read_answer(PROXY, answer)


def tunnel(to: str, seen: list[bytes]) -> Callable[[socket.socket], None]:
    """A proxy, for raw_server, that connects to one place whatever it is asked for."""

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def handler(sock: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += sock.recv(1000)
        seen.append(head)
        host, _, port = to.rpartition(":")
        with socket.create_connection((host, int(port))) as target:
            sock.sendall(b"HTTP/1.1 200 Connection ")
            sock.sendall(b"established\r\n\r\n")
            back = threading.Thread(target=copy, args=(target, sock))
            back.start()
            copy(sock, target)
            back.join()

    return handler


def test_a_call_through_a_proxy(connect, monkeypatch):
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.set_alpn_protocols(["h2"])
    authority.issue_cert("api.example").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    seen: list[bytes] = []

    def handler(script: Script) -> None:
        while True:
            script.answer(script.request(), b"answer")

    with raw_server(scripted(handler), context=serving) as server, raw_server(tunnel(server.address, seen)) as proxy:
        monkeypatch.setenv("https_proxy", f"http://user:pass@{proxy.address}")
        caller = connect("api.example", ssl_context=trusting)
        for _ in range(2):
            outcome = caller.call()
            assert (outcome.text, outcome.messages) == ("", [b"answer"])
        caller.close()
        if caller.name == "aio":
            import asyncio

            caller.runner = asyncio.Runner()
    assert len(seen) == 1
    assert seen[0].startswith(b"CONNECT api.example:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n" in seen[0]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 407 No\r\n\r\n", "refuses the connection: '407 No'"),
        (b"", "it closed the connection"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "TLS with api.example:443 fails"),
    ],
)
def test_a_proxy_that_makes_no_tunnel(connect, monkeypatch, answer, says):
    def handler(sock: socket.socket) -> None:
        sock.recv(1000)
        sock.sendall(answer)
        if b" 200 " in answer:
            sock.recv(10_000)
            sock.sendall(b"this is not TLS")
            sock.recv(10_000)

    with raw_server(handler) as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        outcome = connect("api.example").call()
    assert outcome.code == "UNAVAILABLE"
    assert says in outcome.text
    assert outcome.failure.unprocessed


def test_a_proxy_that_is_not_there(connect, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("https_proxy", f"http://{address}")
    outcome = connect("api.example").call()
    assert outcome.text == f"nothing listens at the proxy {address}: connection refused"


def test_a_proxy_that_hangs(connect, monkeypatch):
    def handler(sock: socket.socket) -> None:
        while sock.recv(1000):
            pass

    with raw_server(handler) as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        outcome = connect("api.example", connect_timeout=0.1).call()
    assert outcome.text == f"no connection to the proxy {proxy.address} in time"


def test_the_longest_answer_is_enough_for_any():
    assert proxies.LONGEST_ANSWER >= 8192
