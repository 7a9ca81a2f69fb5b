"""A configuration that is read anew while the gateway runs."""

import asyncio
import hashlib
import json
import signal

import pytest
from processes import GatewayProcess, until
from running import running_gateway

from xaiwire.proto import chat_pb2
from xaiwire_server.gateway.settings import KeySettings, Settings

CHAT = "/v1/chat/completions"
BODY = {"model": "grok-3", "messages": [{"role": "user", "content": "hi"}]}


def chunk(text):
    delta = chat_pb2.Delta(content=text, role=chat_pb2.MessageRole.ROLE_ASSISTANT)
    return chat_pb2.GetChatCompletionChunk(outputs=[chat_pb2.CompletionOutputChunk(delta=delta)])


def reload(running, **settings):
    made = Settings(**{"api_host": running.gateway.settings.api_host, "retries": 1} | settings)
    asyncio.run_coroutine_threadsafe(running.gateway.reload(made), running.loop).result(10)


def keys(**budgets):
    digest = hashlib.sha256(b"team").digest()
    return {digest: KeySettings(name="team", digest=digest, upstream_key="xai-team", **budgets)}


def test_what_comes_later_gets_the_new_settings(plain_gateway, upstream):
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    odd = BODY | {"odd": 1}
    with plain_gateway.http("team") as http:
        assert http.post(CHAT, json=odd).status_code == 200
        reload(plain_gateway, strict=True, keys=keys(), cors_origins=("https://app.example",))
        answer = http.post(CHAT, json=odd)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "odd")
        assert http.post(CHAT, json=BODY).headers["vary"] == "origin"
    assert [each["authorization"] for each in upstream.metadata] == ["Bearer team", "Bearer xai-team"]


def test_what_is_under_way_ends_as_it_began_and_then_its_connections_are_closed(
    plain_gateway, upstream, xaiwire_emulator, xaiwire_emulator_thread
):
    go_on = asyncio.Event()

    async def slow(_request):
        yield chunk("one ")
        await go_on.wait()
        yield chunk("two ")

    upstream.answers["GetCompletionChunk"] = slow
    before = plain_gateway.gateway._setup
    closed = []
    close = before.client.close

    async def noted():
        closed.append(before.requests)
        await close()

    before.client.close = noted
    with plain_gateway.http() as http, http.stream("POST", CHAT, json=BODY | {"stream": True}) as answer:
        lines = answer.iter_lines()
        assert "one " in next(lines)
        reload(plain_gateway, api_host=xaiwire_emulator.address)
        assert closed == []
        assert http.post(CHAT, json=BODY).json()["choices"][0]["message"]["content"] == "hi"
        assert closed == []
        xaiwire_emulator_thread._loop.call_soon_threadsafe(go_on.set)
        rest = list(lines)
    assert any("two " in line for line in rest)
    assert rest[-2] == "data: [DONE]"
    until(lambda: closed)
    assert closed == [0]
    assert plain_gateway.gateway._setups == {plain_gateway.gateway._setup}


def test_the_minute_s_counts_go_on(upstream, xaiwire_emulator_thread):
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    budget = keys(requests_per_minute=2)
    served = running_gateway(xaiwire_emulator_thread._loop, upstream.address, keys=budget)
    with served as running, running.http("team") as http:
        assert http.post(CHAT, json=BODY).headers["x-ratelimit-remaining-requests"] == "1"
        reload(running, keys=keys(requests_per_minute=10))
        assert http.post(CHAT, json=BODY).headers["x-ratelimit-remaining-requests"] == "8"


@pytest.fixture
def started(tmp_path, xaiwire_emulator):
    """A gateway with a file, and what writes that anew."""
    file = tmp_path / "gateway.toml"

    def write(text="", api=xaiwire_emulator.address):
        file.write_text(f'{text}\n[upstream]\napi = "{api}"\n[observe]\nlog = "json"\n')

    write()
    gateway = GatewayProcess(tmp_path, "--config", str(file))
    yield gateway, write
    gateway.close()


def logged(gateway, event):
    lines = (json.loads(line) for line in gateway.log.splitlines() if line.startswith("{"))
    return [line for line in lines if line.get("event") == event]


def test_sighup_reads_the_file_anew(started):
    gateway, write = started
    with gateway.http() as http:
        assert http.post(CHAT, json=BODY | {"odd": 1}).headers["x-gateway-warning"].startswith("odd: ")
        write("strict = true")
        gateway.send(signal.SIGHUP)
        until(lambda: logged(gateway, "the configuration was read anew"))
        assert http.post(CHAT, json=BODY | {"odd": 1}).status_code == 400
    assert gateway.end() == 0


@pytest.mark.parametrize(
    ("text", "reason"), [("strikt = true", "strikt: there is no such setting; did you mean strict?"), ("[", "no TOML")]
)
def test_a_mistake_is_logged_and_the_old_settings_stay(started, text, reason):
    gateway, write = started
    write(text)
    gateway.send(signal.SIGHUP)
    (line,) = until(lambda: logged(gateway, "the configuration was not read anew; the old one stays"))
    assert (line["level"], reason in line["reason"]) == ("error", True)
    with gateway.http() as http:
        assert http.post(CHAT, json=BODY).status_code == 200
    assert gateway.end() == 0
    assert "Traceback" not in gateway.log


def test_what_cannot_change_is_logged_and_the_rest_does(started):
    gateway, write = started
    write('host = "::1"\nstrict = true\nworkers = 2')
    gateway.send(signal.SIGHUP)
    until(lambda: logged(gateway, "the configuration was read anew"))
    lines = logged(gateway, "this setting cannot change while the gateway runs; start it anew")
    assert [line["setting"] for line in lines] == ["host", "workers"]
    with gateway.http() as http:
        assert http.post(CHAT, json=BODY | {"odd": 1}).status_code == 400
    assert gateway.end() == 0
