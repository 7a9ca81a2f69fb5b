"""TLS."""

from __future__ import annotations

import os
import socket
import ssl
from typing import Any

import grpc
import pytest
import trustme
from peers import Script, grpcio_server, raw_server, scripted

AUTHORITY = trustme.CA()


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


def serving(*names: str, protocols: tuple[str, ...] = ("h2",), certificate: Any = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (certificate or AUTHORITY.issue_cert(*names)).configure_cert(context)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def port_of(address: str) -> str:
    return address.rpartition(":")[2]


def answers(script: Script) -> None:
    while True:
        script.answer(script.request(), b"answer")


def test_calls_to_grpcio_over_tls(connect):
    issued = AUTHORITY.issue_cert("localhost")
    pair = (issued.private_key_pem.bytes(), b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    with grpcio_server(lambda request, context: request, credentials=grpc.ssl_server_credentials([pair])) as address:
        caller = connect(f"https://localhost:{port_of(address)}", ssl_context=trusting())
        assert caller.call(b"x" * 3_000_000).messages == [b"x" * 3_000_000]
        assert caller.call(b"small").messages == [b"small"]


def test_several_records_at_once(connect):
    def handler(script: Script) -> None:
        script.answer(script.request(), *(b"x" * 10_000 for _ in range(30)))
        script.drain()

    with raw_server(scripted(handler), context=serving("localhost")) as server:
        outcome = connect(f"https://localhost:{port_of(server.address)}", ssl_context=trusting()).call()
    assert outcome.messages == [b"x" * 10_000] * 30


def test_a_certificate_that_nobody_vouches_for(connect):
    with raw_server(scripted(answers), context=serving("localhost")) as server:
        outcome = connect(f"https://localhost:{port_of(server.address)}").call()
    assert outcome.code == "UNAVAILABLE"
    assert outcome.failure.unprocessed
    assert f"TLS with localhost:{port_of(server.address)} fails: the certificate does not verify" in outcome.text
    assert "issuer" in outcome.text or "self-signed" in outcome.text


def test_a_certificate_of_another_host(connect):
    with raw_server(scripted(answers), context=serving("elsewhere.example")) as server:
        outcome = connect(f"https://localhost:{port_of(server.address)}", ssl_context=trusting()).call()
    assert outcome.code == "UNAVAILABLE"
    assert "Hostname mismatch" in outcome.text


@pytest.mark.parametrize("protocols", [(), ("http/1.1",)])
def test_a_server_that_does_not_agree_to_http2(connect, protocols):
    with raw_server(scripted(answers), context=serving("localhost", protocols=protocols)) as server:
        outcome = connect(f"https://localhost:{port_of(server.address)}", ssl_context=trusting()).call()
    assert outcome.code == "UNAVAILABLE"
    assert "does not agree to HTTP/2 (ALPN)" in outcome.text


def test_a_server_that_does_not_speak_tls(connect):
    def handler(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        while sock.recv(1000):
            pass

    with raw_server(handler) as server:
        outcome = connect(f"https://localhost:{port_of(server.address)}", ssl_context=trusting()).call()
    assert outcome.code == "UNAVAILABLE"
    assert "does the server speak TLS" in outcome.text


def test_a_server_that_hangs_up_in_the_handshake(connect):
    with raw_server(lambda sock: sock.recv(10)) as server:
        outcome = connect(f"https://localhost:{port_of(server.address)}", ssl_context=trusting()).call()
    assert outcome.code == "UNAVAILABLE"
    assert outcome.failure.unprocessed


def test_a_server_that_hangs_in_the_handshake(connect):
    def handler(sock: socket.socket) -> None:
        while sock.recv(1000):
            pass

    with raw_server(handler) as server:
        address = f"https://localhost:{port_of(server.address)}"
        outcome = connect(address, ssl_context=trusting(), connect_timeout=0.1).call()
        assert (outcome.code, outcome.text) == ("UNAVAILABLE", f"no connection to {address[8:]} in time")
        assert connect(address, ssl_context=trusting()).call(timeout=0.1).code == "DEADLINE_EXCEEDED"


def test_a_connection_over_tls_that_closes_midway(connect):
    def handler(script: Script) -> None:
        script.headers(script.request())

    with raw_server(scripted(handler), context=serving("localhost")) as server:
        outcome = connect(f"https://localhost:{port_of(server.address)}", ssl_context=trusting()).call()
    assert outcome.code == "UNAVAILABLE"


def test_the_systems_certificates_are_used_if_none_are_given(connect, tmp_path, monkeypatch):
    path = tmp_path / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(path))
    with raw_server(scripted(answers), context=serving("localhost")) as server:
        assert connect(f"https://localhost:{port_of(server.address)}").call().messages == [b"answer"]
