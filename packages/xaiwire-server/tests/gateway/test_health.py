"""What `/healthz` and `/readyz` say."""

import asyncio
import socket
from contextlib import contextmanager

import pytest
from running import running_gateway

from xaiwire_server.gateway.operations.health import address_of


@contextmanager
def a_listener():
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server, f"localhost:{server.getsockname()[1]}"


@pytest.fixture
def loop(xaiwire_emulator_thread):
    return xaiwire_emulator_thread._loop


def ask(gateway, path="/readyz"):
    """What is said to somebody without a key."""
    with gateway.http() as client:
        del client.headers["authorization"]
        return client.get(path)


def test_alive(gateway):
    response = ask(gateway, "/healthz")
    assert (response.status_code, response.text) == (200, "ok\n")


def test_ready(gateway):
    response = ask(gateway)
    assert response.status_code == 200
    assert response.json() == {"ready": True, "checks": {"upstream": True, "store": True, "draining": False}}


def test_not_while_draining(gateway):
    gateway.gateway.is_draining = True
    response = ask(gateway)
    assert response.status_code == 503
    assert response.json() == {"ready": False, "checks": {"upstream": True, "store": True, "draining": True}}
    assert ask(gateway, "/healthz").status_code == 200


def test_an_api_that_cannot_be_reached(loop):
    with a_listener() as (_, address):
        pass
    with running_gateway(loop, address) as gateway:
        response = ask(gateway)
    assert response.status_code == 503
    assert response.json() == {"ready": False, "checks": {"upstream": False, "store": True, "draining": False}}


def test_an_api_that_does_not_answer(loop, monkeypatch):
    monkeypatch.setattr("xaiwire_server.gateway.operations.health.CONNECT_SECONDS", 0.1)

    async def never(*_):
        await asyncio.sleep(30)

    monkeypatch.setattr("asyncio.open_connection", never)
    with running_gateway(loop, "localhost:1") as gateway:
        assert ask(gateway).json()["checks"]["upstream"] is False


def test_probes_do_not_add_up(loop, monkeypatch):
    with a_listener() as (server, address), running_gateway(loop, address) as gateway:
        for _ in range(10):
            assert ask(gateway).status_code == 200
        server.setblocking(False)
        server.accept()[0].close()
        with pytest.raises(BlockingIOError):
            server.accept()
        monkeypatch.setattr("xaiwire_server.gateway.operations.health.KEPT_SECONDS", 0)
        assert ask(gateway).status_code == 200
        server.accept()[0].close()


def test_it_is_seen_when_the_api_comes_back(loop, monkeypatch):
    monkeypatch.setattr("xaiwire_server.gateway.operations.health.KEPT_SECONDS", 0)
    with a_listener() as (server, address), running_gateway(loop, address) as gateway:
        port = server.getsockname()[1]
        assert ask(gateway).status_code == 200
        server.close()
        assert ask(gateway).status_code == 503
        with socket.create_server(("127.0.0.1", port)):
            assert ask(gateway).status_code == 200


@pytest.mark.parametrize(("refuse", "status"), [(True, 503), (False, 200)])
def test_a_store_that_cannot_be_reached(loop, xaiwire_emulator, refuse, status):
    with a_listener() as (_, address):
        pass
    store = f"valkey://user:secret@{address}/0"
    with running_gateway(loop, xaiwire_emulator.address, store=store, refuse_without_store=refuse) as gateway:
        response = ask(gateway)
    assert response.status_code == status
    assert response.json()["checks"] == {"upstream": True, "store": False, "draining": False}
    assert "secret" not in response.text


@pytest.mark.parametrize(
    ("host", "plaintext", "address"),
    [
        ("api.x.ai", False, ("api.x.ai", 443)),
        ("api.x.ai:8443", False, ("api.x.ai", 8443)),
        ("api.x.ai", True, ("api.x.ai", 80)),
        ("localhost:50051", False, ("localhost", 50051)),
        ("localhost", False, ("localhost", 80)),
        ("https://localhost", False, ("localhost", 443)),
        ("http://upstream/", False, ("upstream", 80)),
        ("[::1]:50051", False, ("::1", 50051)),
        ("::1", False, ("::1", 80)),
        ("2001:db8::1", False, ("2001:db8::1", 443)),
    ],
)
def test_where_connections_begin(monkeypatch, host, plaintext, address):
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert address_of(host, plaintext=plaintext) == address


def test_behind_a_proxy_they_begin_there(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://user:secret@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "near.example")
    assert address_of("api.x.ai", plaintext=False) == ("proxy.example", 3128)
    assert address_of("near.example", plaintext=False) == ("near.example", 443)
    assert address_of("localhost:50051", plaintext=False) == ("localhost", 50051)
    monkeypatch.setenv("https_proxy", "http://proxy.example:no-port")
    assert address_of("api.x.ai", plaintext=False) == ("api.x.ai", 443)
