"""The access log: what its lines say, and what they never say."""

import asyncio
import json
import re
from datetime import UTC, datetime

import pytest
from running import running_gateway

from xaiwire.proto import chat_pb2, usage_pb2
from xaiwire_server.rpc.refusal import Refusal, StatusCode

CHAT = "/v1/chat/completions"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")


@pytest.fixture
def logged(upstream, xaiwire_emulator_thread, capsys):
    """Gateways before `upstream` with a log, and what they wrote."""

    def run(talk, form="json", **settings):
        with running_gateway(xaiwire_emulator_thread._loop, upstream.address, access_log=form, **settings) as gateway:
            capsys.readouterr()
            with gateway.http("the-callers-key") as client:
                talk(client)
            gateway.settle()
            lines = capsys.readouterr().err.splitlines()
        return [json.loads(line) for line in lines] if form == "json" else lines

    return run


def answer():
    usage = usage_pb2.SamplingUsage(prompt_tokens=12, completion_tokens=5, total_tokens=17)
    return chat_pb2.GetChatCompletionResponse(usage=usage)


def test_a_line(logged, upstream):
    upstream.answers["GetCompletion"] = [answer()]
    body = {"model": "grok-4", "messages": []}
    sizes = []
    headers = {"x-request-id": "mine-1"}
    before = datetime.now(UTC)
    (line,) = logged(lambda client: sizes.append(len(client.post(CHAT, json=body, headers=headers).content)))
    assert MOMENT.fullmatch(line["time"])
    assert before <= datetime.fromisoformat(line.pop("time")) <= datetime.now(UTC)
    assert 0 < line.pop("seconds") < 30
    assert line == {
        "event": "request",
        "method": "POST",
        "path": CHAT,
        "route": "chat.completions",
        "status": 200,
        "request_id": "mine-1",
        "caller": "pass-through",
        "client": "127.0.0.1",
        "model": "grok-4",
        "prompt_tokens": 12,
        "completion_tokens": 5,
        "bytes": sizes[0],
    }


def test_a_line_for_people(logged, upstream):
    upstream.answers["GetCompletion"] = [answer()]
    body = {"model": "grok-4", "messages": []}
    headers = {"x-request-id": "mine-1"}
    (line,) = logged(lambda client: client.post(CHAT, json=body, headers=headers), form="text")
    moment, rest = line.split(" ", 1)
    assert MOMENT.fullmatch(moment)
    assert re.fullmatch(
        r"127\.0\.0\.1 POST /v1/chat/completions 200 \d+\.\d{3}s id=mine-1 caller=pass-through model=grok-4 "
        r"tokens=12\+5 bytes=\d+",
        rest,
    )


def test_none_unless_it_is_asked_for(logged):
    assert logged(lambda client: client.get("/healthz"), form="none") == []


def test_a_stream_that_breaks_off(logged, upstream):
    async def breaks_off():
        yield chat_pb2.GetChatCompletionChunk()
        await asyncio.sleep(0.2)
        raise Refusal(StatusCode.UNAVAILABLE, "gone")

    upstream.answers["GetCompletionChunk"] = lambda _: breaks_off()
    (line,) = logged(lambda client: client.post(CHAT, json={"model": "m", "messages": [], "stream": True}))
    assert (line["status"], line["stream"]) == (200, True)
    assert (line["error"], line["grpc_status"]) == ("unavailable", "UNAVAILABLE")
    assert 0 < line["first_event_seconds"] < 0.2 <= line["seconds"]


def test_errors(logged, upstream):
    upstream.answers["GetCompletion"] = [Refusal(StatusCode.NOT_FOUND, "no such model: secret-name")]

    def talk(client):
        client.post(CHAT, json={"model": "m", "messages": []})
        client.post(CHAT, json={"model": "m"})
        client.get("/nothing")
        del client.headers["authorization"]
        client.get("/v1/chat/deferred-completion/1")

    lines = logged(talk)
    assert [line["status"] for line in lines] == [404, 400, 404, 401]
    assert [line["error"] for line in lines] == ["not_found", "invalid_type", "unknown_url", "missing_api_key"]
    assert [line.get("grpc_status") for line in lines] == ["NOT_FOUND", None, None, None]
    assert [line.get("route") for line in lines] == ["chat.completions", "chat.completions", None, "chat.deferred"]
    assert "caller" not in lines[3]


def test_a_client_that_leaves(logged, upstream):
    async def endless():
        while True:
            yield chat_pb2.GetChatCompletionChunk()
            await asyncio.sleep(0.01)

    def talk(client):
        with client.stream("POST", CHAT, json={"model": "m", "messages": [], "stream": True}) as stream:
            next(stream.iter_raw())

    upstream.answers["GetCompletionChunk"] = lambda _: endless()
    (line,) = logged(talk)
    assert (line["status"], line["stream"]) == (499, True)


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_content_no_keys_no_query_no_headers(logged, upstream, form):
    message = chat_pb2.CompletionMessage(content="marker-answer")
    upstream.answers["GetCompletion"] = [
        chat_pb2.GetChatCompletionResponse(outputs=[chat_pb2.CompletionOutput(message=message)])
    ]
    chunk = chat_pb2.GetChatCompletionChunk(outputs=[chat_pb2.CompletionOutputChunk()])
    upstream.answers["GetCompletionChunk"] = [chunk, Refusal(StatusCode.INTERNAL, "marker-error")]

    def talk(client):
        client.headers["authorization"] = "Bearer marker-key"
        client.headers["x-other"] = "marker-header"
        body = {"model": "m", "messages": [{"role": "user", "content": "marker-content"}], "user": "marker-user"}
        for query in ("", "?a=marker-query&marker-name=1"):
            assert client.post(CHAT + query, json=body).status_code == 200
            client.post(CHAT + query, json={**body, "stream": True})
            client.post(CHAT + query, json={**body, "marker-field": 1, "messages": "marker-wrong"})
            client.get("/no" + query)

    lines = logged(talk, form)
    assert len(lines) == 8
    assert "marker" not in str(lines)


@pytest.mark.parametrize("form", ["json", "text"])
def test_nobody_can_write_lines_or_fields_of_his_own(logged, form):
    forged = "\r\n2026-01-01T00:00:00Z 1.2.3.4 GET /forged 200\u2028\x85\x1b[31m caller=forged"

    def talk(client):
        client.post(CHAT, json={"model": forged, "messages": [{"role": "system"}], "deferred": True, "stream": True})
        client.get("/no%0d%0aforged%20caller=forged%E2%80%A8")
        client.get("/" + "x" * 5000)

    lines = logged(talk, form)
    assert len(lines) == 3
    if form == "json":
        assert lines[0]["model"] == "??2026-01-01T00:00:00Z?1.2.3.4?GET?/forged?200???[31m?caller=forged"
        assert lines[1]["path"] == "/no%0d%0aforged%20caller=forged%E2%80%A8"
        assert len(lines[2]["path"]) == 256
    else:
        assert [line.count(" caller=") for line in lines] == [1, 0, 0]
        assert all(line.isascii() and line.isprintable() for line in lines)


def test_a_request_is_answered_where_the_log_cannot_be_written(logged, monkeypatch):
    class Broken:
        def write(self, text):
            raise BrokenPipeError

        def flush(self):
            raise BrokenPipeError

    def talk(client):
        monkeypatch.setattr("sys.stderr", Broken())
        assert client.get("/healthz").text == "ok\n"
        monkeypatch.undo()

    logged(talk)
