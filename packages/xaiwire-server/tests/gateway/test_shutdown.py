"""How a gateway stops: what is under way ends, or is ended with an error."""

import asyncio
import json
import signal
import socket
import threading
import time

import pytest
from processes import GatewayProcess, until

from xaiwire.proto import chat_pb2

CHAT = "/v1/chat/completions"
BODY = {"model": "grok-3", "messages": [{"role": "user", "content": "hi"}]}


def chunk(text):
    delta = chat_pb2.Delta(content=text, role=chat_pb2.MessageRole.ROLE_ASSISTANT)
    return chat_pb2.GetChatCompletionChunk(outputs=[chat_pb2.CompletionOutputChunk(delta=delta)])


async def paced(_request):
    for at in range(10):
        yield chunk(f"word{at} ")
        await asyncio.sleep(0.05)


async def endless(_request):
    yield chunk("first ")
    await asyncio.sleep(3600)


@pytest.fixture
def start(tmp_path, upstream):
    upstream.answers["GetCompletionChunk"] = upstream.answers["GetCompletion"] = endless
    started = []

    def begin(*flags):
        started.append(GatewayProcess(tmp_path, "--upstream", upstream.address, "--log", "text", *flags))
        return started[-1]

    yield begin
    for each in started:
        each.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_where_nothing_is_under_way(start, number):
    gateway = start()
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", int(gateway.url.rpartition(":")[2]))):
        assert gateway.end(number) == 0
    assert time.monotonic() - begun < 5
    assert "Traceback" not in gateway.log


def test_streams_end_and_nobody_new_is_let_in(start, upstream):
    upstream.answers["GetCompletionChunk"] = paced
    gateway = start("--grace", "10")
    with gateway.http() as http, http.stream("POST", CHAT, json=BODY | {"stream": True}) as answer:
        lines = answer.iter_lines()
        assert "word0" in next(lines)
        gateway.send(signal.SIGTERM)
        until(lambda: "stopping" in gateway.log)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(gateway.url.rpartition(":")[2])))
        rest = [line for line in lines if line]
    assert "word9" in "".join(rest)
    assert rest[-1] == "data: [DONE]"
    assert gateway.process.wait(10) == 0


def test_a_stream_that_does_not_end_gets_an_error_event(start):
    gateway = start("--grace", "0.3")
    with gateway.http() as http, http.stream("POST", CHAT, json=BODY | {"stream": True}) as answer:
        lines = answer.iter_lines()
        assert "first" in next(lines)
        gateway.send(signal.SIGTERM)
        rest = [line for line in lines if line]
    error = json.loads(rest[-1].removeprefix("data: "))["error"]
    assert error["code"] == "shutting_down"
    assert "data: [DONE]" not in rest
    assert gateway.process.wait(10) == 0
    assert "Traceback" not in gateway.log


def test_an_answer_that_is_not_begun_becomes_an_error(start, upstream):
    gateway = start("--grace", "0.3")
    answers = []

    def ask():
        with gateway.http() as http:
            answers.append(http.post(CHAT, json=BODY))

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: upstream.requests)
    gateway.send(signal.SIGTERM)
    asking.join(10)
    assert (answers[0].status_code, answers[0].json()["error"]["code"]) == (503, "shutting_down")
    assert gateway.process.wait(10) == 0
    until(lambda: upstream.cancelled)
    assert "Traceback" not in gateway.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_asks_twice_does_not_wait(start, number):
    gateway = start("--grace", "60")
    with gateway.http() as http, http.stream("POST", CHAT, json=BODY | {"stream": True}) as answer:
        lines = answer.iter_lines()
        assert "first" in next(lines)
        gateway.send(number)
        until(lambda: "stopping" in gateway.log)
        assert gateway.process.poll() is None
        begun = time.monotonic()
        gateway.send(number)
        assert gateway.process.wait(10) == 128 + number, gateway.log
        assert time.monotonic() - begun < 3
    assert "Traceback" not in gateway.log


def test_readiness_says_no_at_once(gateway, http):
    assert http.get("/readyz").json()["checks"]["draining"] is False
    gateway.loop.call_soon_threadsafe(gateway.gateway.drain)
    until(lambda: gateway.gateway.is_draining)
    answer = http.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["draining"]) == (503, True)


def test_errors_of_a_cut_have_the_form_of_their_api(plain_gateway, upstream):
    upstream.answers["GetCompletionChunk"] = endless
    body = BODY | {"stream": True, "max_tokens": 5}
    with plain_gateway.http() as http, http.stream("POST", "/v1/messages", json=body) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: message_start"
        plain_gateway.loop.call_soon_threadsafe(plain_gateway.gateway.cut)
        rest = [line for line in lines if line]
    assert rest[-2] == "event: error"
    assert json.loads(rest[-1].removeprefix("data: "))["error"]["type"] == "overloaded_error"
