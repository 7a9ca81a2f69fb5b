"""The clients: keys, hosts, threads, loops, forks."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from reference_server import message

import xaiwire
from xaiwire import AsyncClient, CallInfo, Client, ConfigurationError, RetryPolicy

KEY_INFO = "/xai_api.Auth/get_api_key_info"
CLIENTS = pytest.mark.parametrize("kind", [Client, AsyncClient])


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("XAI_API_KEY", "XAI_MANAGEMENT_KEY", "XAI_API_HOST", "XAI_MANAGEMENT_HOST"):
        monkeypatch.delenv(name, raising=False)


def named(server, name="secret-key"):
    @server.on(KEY_INFO)
    def answer(_request, context):
        context.send_initial_metadata((("x-request-id", "req-1"),))
        context.set_trailing_metadata((("x-trailer", "t"),))
        return message("xai_api.ApiKey")(name=name)


def ask(client):
    """The key's name, by either client."""
    if isinstance(client, Client):
        return client.auth.get_api_key_info().name

    async def run():
        return (await client.auth.get_api_key_info()).name

    return asyncio.run(run())


@CLIENTS
def test_keys_and_hosts_from_the_environment(kind, server, monkeypatch):
    monkeypatch.setenv("XAI_API_KEY", "from-the-environment")
    monkeypatch.setenv("XAI_API_HOST", server.address)
    ask(kind())
    assert server.last.metadata["authorization"] == "Bearer from-the-environment"
    ask(kind("from-the-argument"))
    assert server.last.metadata["authorization"] == "Bearer from-the-argument"


def test_the_management_key_goes_to_the_management_host(server, monkeypatch):
    monkeypatch.setenv("XAI_MANAGEMENT_KEY", "managing")
    monkeypatch.setenv("XAI_MANAGEMENT_HOST", server.address)
    with Client("k", api_host="127.0.0.1:1") as client:
        client.collections.list()
    assert server.last.metadata["authorization"] == "Bearer managing"


@CLIENTS
def test_no_key(kind):
    with pytest.raises(ConfigurationError, match="XAI_API_KEY"):
        kind()


def test_no_management_key(server):
    with Client("k", api_host=server.address) as client, pytest.raises(ConfigurationError, match="XAI_MANAGEMENT_KEY"):
        client.collections.list()


@CLIENTS
@pytest.mark.parametrize("key", ["a key", "line\nfeed", "Schlüssel", "   "])
def test_keys_that_no_header_can_hold(kind, key):
    with pytest.raises(ConfigurationError) as caught:
        kind(key)
    assert key.strip() == "" or key not in str(caught.value)


@CLIENTS
@pytest.mark.parametrize("host", ["ftp://a", "a:b:c:d", "host/path", "a b"])
def test_hosts_that_are_none(kind, host):
    with pytest.raises(ConfigurationError):
        kind("k", api_host=host)


@CLIENTS
def test_keys_are_in_no_representation(kind):
    client = kind("secret-key", "secret-management-key", metadata=(("x-token", "secret-token"),))
    shown = (
        f"{client!r} {client} {vars(client)!r} {client.chat!r} {client.with_options(timeout=1)!r} {client._caller!r}"
    )
    assert "api.x.ai" in repr(client)
    assert "secret" not in shown


@CLIENTS
def test_clients_are_not_pickled(kind):
    client = kind("k")
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="holds keys and connections"):
            attempt(client)


@CLIENTS
def test_nothing_connects_before_the_first_call(kind, server):
    kind("k", api_host="no-such-host.invalid").chat.create("grok-4")
    kind("k", api_host=server.address)
    assert not server.calls


def test_options(server):
    named(server)
    with Client("k", api_host=server.address, timeout=20, metadata={"a": "1"}) as client:
        ask(client)
        assert 15 < server.last.timeout <= 20
        other = client.with_options(timeout=5, metadata={"b": "2"}, retry=None)
        ask(other)
        assert 1 < server.last.timeout <= 5
        assert (server.last.metadata["a"], server.last.metadata["b"]) == ("1", "2")
        info = CallInfo()
        other.auth.get_api_key_info(timeout=9, metadata={"c": "3"}, call_info=info, retry=RetryPolicy())
        assert 5 < server.last.timeout <= 9
        assert server.last.metadata["c"] == "3"
        assert info.request_id == "req-1"
        assert dict(info.headers)["x-request-id"] == "req-1"
        assert dict(info.trailers)["x-trailer"] == "t"
        with pytest.raises(TypeError):
            client.auth.get_api_key_info(timeoutt=3)


@CLIENTS
def test_a_closed_client(kind, server):
    client = kind("k", api_host=server.address)
    if kind is Client:
        with client:
            ask(client)
        with pytest.raises(RuntimeError, match="closed"):
            ask(client)
    else:

        async def run():
            async with client:
                await client.auth.get_api_key_info()
            await client.auth.get_api_key_info()

        with pytest.raises(RuntimeError, match="closed"):
            asyncio.run(run())


def test_several_threads(server):
    named(server)
    with Client("k", api_host=server.address) as client, ThreadPoolExecutor(8) as executor:
        assert list(executor.map(lambda _: ask(client), range(160))) == ["secret-key"] * 160


def test_several_event_loops(server):
    named(server)
    client = AsyncClient("k", api_host=server.address)
    assert [ask(client) for _ in range(3)] == ["secret-key"] * 3
    with ThreadPoolExecutor(4) as executor:
        assert list(executor.map(lambda _: ask(client), range(8))) == ["secret-key"] * 8


FORKING = """
import os, sys
import xaiwire

client = xaiwire.Client("k", api_host=sys.argv[1], timeout=20)
assert client.auth.get_api_key_info().name == "secret-key"
child = os.fork()
name = client.auth.get_api_key_info().name
if child == 0:
    os._exit(0 if name == "secret-key" else 1)
assert name == "secret-key"
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_after_a_fork(server):
    named(server)
    ended = subprocess.run(
        [sys.executable, "-c", FORKING, server.address], check=False, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(server.calls) == 3


def test_options_of_grpcio():
    with pytest.warns(UserWarning, match="grpc.lb_policy_name") as caught:
        Client(
            "k", channel_options=[("grpc.max_receive_message_length", 1 << 20), ("grpc.lb_policy_name", "pick_first")]
        )
    assert "max_receive" not in str(caught[0].message)


IMPORTS = """
import json, sys
before = set(sys.modules)
import xaiwire
first = set(sys.modules) - before
client = xaiwire.Client("k")
client.chat
from xaiwire.chat import user
client.chat.create("grok-4", messages=[user("Hello")])
print(json.dumps([sorted(first), sorted(set(sys.modules) - before)]))
"""


def test_what_is_not_used_is_not_imported():
    import json

    ended = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    first, then = json.loads(ended.stdout)
    assert [name for name in first if name.startswith("xaiwire")] == ["xaiwire"]
    heavy = {
        "asyncio",
        "google.protobuf",
        "grpc",
        "pydantic",
        "msgspec",
        "opentelemetry",
        "numpy",
        "requests",
        "connectrpc",
    }
    assert heavy.isdisjoint(then)


def test_the_modules_names():
    assert set(xaiwire.__all__) <= set(dir(xaiwire))
    for name in xaiwire.__all__:
        assert getattr(xaiwire, name) is not None
    with pytest.raises(AttributeError, match="no_such"):
        getattr(xaiwire, "no_such")  # noqa: B009
