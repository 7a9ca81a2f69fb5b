"""Streams of events: clients that leave or read slowly, servers that are silent or break off."""

import asyncio
import hashlib
import json
import socket
import time

import httpx2
import pytest
from running import running_gateway

from xaiwire import StatusCode
from xaiwire.proto import chat_pb2
from xaiwire_server.gateway.access.budgets import Budgets
from xaiwire_server.gateway.settings import KeySettings
from xaiwire_server.rpc.refusal import Cut, Refusal

CHAT = "/v1/chat/completions"
STREAM = {"model": "m", "messages": [], "stream": True}


def chunk(text="word "):
    delta = chat_pb2.Delta(content=text, role=chat_pb2.MessageRole.ROLE_ASSISTANT)
    return chat_pb2.GetChatCompletionChunk(outputs=[chat_pb2.CompletionOutputChunk(delta=delta)])


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def client(plain_gateway):
    with plain_gateway.http("a-key") as made:
        yield made


async def endless(_request):
    yield chunk("first")
    await asyncio.sleep(3600)


async def silent(_request):
    await asyncio.sleep(3600)
    yield chunk()


class TestAClientThatLeaves:
    @pytest.mark.parametrize("answer", [endless, silent])
    def test_the_call_upstream_is_cancelled_at_once(self, plain_gateway, upstream, answer):
        upstream.answers["GetCompletionChunk"] = upstream.answers["GetCompletion"] = answer
        for body in (STREAM, {**STREAM, "stream": False}):
            upstream.cancelled = 0
            upstream.requests.clear()
            with raw_request(plain_gateway, body) as connection:
                until(lambda: upstream.requests)
                if answer is endless and body["stream"]:
                    assert b"200 OK" in connection.recv(1 << 16)
                begun = time.monotonic()
            until(lambda: upstream.cancelled)
            assert time.monotonic() - begun < 2

    def test_the_same_behind_a_large_request(self, plain_gateway, upstream):
        upstream.answers["GetCompletion"] = silent
        message = {"role": "user", "content": "x" * 1_000_000}
        with raw_request(plain_gateway, {"model": "m", "messages": [message]}):
            until(lambda: upstream.requests)
        until(lambda: upstream.cancelled)

    def test_other_requests_go_on(self, plain_gateway, upstream, client):
        upstream.answers["GetCompletionChunk"] = endless
        upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse(id="a")]
        with raw_request(plain_gateway, STREAM):
            until(lambda: upstream.requests)
        assert client.post(CHAT, json={**STREAM, "stream": False}).json()["id"] == "a"

    def test_a_stop_while_what_it_took_is_charged(self, upstream, xaiwire_emulator_thread, monkeypatch):
        free = asyncio.Event()

        async def charge(*_arguments):
            await free.wait()

        monkeypatch.setattr(Budgets, "charge", charge)
        upstream.answers["GetCompletionChunk"] = endless
        digest = hashlib.sha256(b"k").digest()
        keys = {digest: KeySettings(name="k", digest=digest, upstream_key="u", tokens_per_minute=9)}
        loop = xaiwire_emulator_thread._loop
        with running_gateway(loop, upstream.address, keys=keys) as gateway:
            with raw_request(gateway, STREAM) as connection:
                assert b"200 OK" in connection.recv(1 << 16)
            until(lambda: upstream.cancelled)

            async def cut():
                gateway.gateway.cut()
                return len(gateway.gateway._exchanges)

            assert asyncio.run_coroutine_threadsafe(cut(), loop).result() == 1
            loop.call_soon_threadsafe(free.set)
            gateway.settle()


def raw_request(gateway, body):
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    content = json.dumps(body).encode()
    connection.sendall(
        b"POST %s HTTP/1.1\r\nhost: a\r\nauthorization: Bearer k\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n%s" % (CHAT.encode(), len(content), content)
    )
    return connection


class TestAStreamThatBreaksOff:
    def events(self, response):
        return [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]

    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            (Refusal(StatusCode.INTERNAL, "it burns"), 502, "internal"),
            (Refusal(StatusCode.RESOURCE_EXHAUSTED, "too much"), 429, "resource_exhausted"),
            (Cut(connection=False), 502, "internal"),
            (Cut(connection=True), 503, "unavailable"),
        ],
    )
    def test_before_the_first_chunk_it_has_a_status(self, client, upstream, error, status, code):
        upstream.answers["GetCompletionChunk"] = [error]
        response = client.post(CHAT, json=STREAM)
        assert (response.status_code, response.json()["error"]["code"]) == (status, code)

    @pytest.mark.parametrize(
        "error", [Refusal(StatusCode.INTERNAL, "it burns"), Cut(connection=False), Cut(connection=True)]
    )
    def test_in_mid_stream_it_ends_with_an_error_and_without_done(self, client, upstream, error):
        async def broken(_request):
            yield chunk("one")
            await asyncio.sleep(0.05)
            raise error

        upstream.answers["GetCompletionChunk"] = broken
        response = client.post(CHAT, json=STREAM)
        assert response.status_code == 200
        first, last = self.events(response)
        assert json.loads(first)["choices"][0]["delta"]["content"] == "one"
        assert json.loads(last)["error"]["type"] in ("api_error", "rate_limit_error")

    def test_the_official_client_of_openai_raises(self, plain_gateway, upstream):
        import openai

        async def broken(_request):
            yield chunk("one")
            await asyncio.sleep(0.05)
            raise Refusal(StatusCode.UNAVAILABLE, "gone")

        upstream.answers["GetCompletionChunk"] = broken
        with openai.OpenAI(base_url=f"{plain_gateway.url}/v1", api_key="k", max_retries=0) as client:
            stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "a"}], stream=True)
            assert next(stream).choices[0].delta.content == "one"
            with pytest.raises(openai.APIError, match="gone"):
                list(stream)


class TestAServerThatIsSilent:
    def test_comments_keep_the_connection_alive(self, upstream, xaiwire_emulator_thread):
        async def slow(_request):
            await asyncio.sleep(0.35)
            yield chunk("late")

        upstream.answers["GetCompletionChunk"] = slow
        loop = xaiwire_emulator_thread._loop
        with running_gateway(loop, upstream.address, keep_alive=0.1) as gateway, gateway.http() as client:
            lines = client.post(CHAT, json=STREAM).text.split("\n\n")
        assert lines[:2] == [": keep-alive", ": keep-alive"]
        assert lines[-2] == "data: [DONE]"

    def test_it_is_given_up_after_a_time(self, upstream, xaiwire_emulator_thread):
        upstream.answers["GetCompletionChunk"] = endless
        loop = xaiwire_emulator_thread._loop
        settings = {"keep_alive": 0.1, "stream_silence": 0.3}
        with running_gateway(loop, upstream.address, **settings) as gateway, gateway.http() as client:
            text = client.post(CHAT, json=STREAM).text
        assert '"code":"upstream_silent"' in text
        assert "[DONE]" not in text
        until(lambda: upstream.cancelled)

    def test_a_call_has_a_limit(self, upstream, xaiwire_emulator_thread):
        upstream.answers["GetCompletion"] = silent
        loop = xaiwire_emulator_thread._loop
        with running_gateway(loop, upstream.address, timeout=0.2) as gateway, gateway.http() as client:
            response = client.post(CHAT, json={**STREAM, "stream": False})
        assert response.status_code == 504

    def test_there_is_no_server(self, xaiwire_emulator_thread):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with (
            running_gateway(xaiwire_emulator_thread._loop, f"localhost:{port}") as gateway,
            gateway.http() as client,
        ):
            for stream in (True, False):
                assert client.post(CHAT, json={**STREAM, "stream": stream}).status_code == 503


class TestAClientThatReadsSlowly:
    def test_the_server_has_to_wait(self, plain_gateway, upstream):
        sent = 0

        async def torrent(_request):
            nonlocal sent
            for _ in range(2000):
                yield chunk("x" * 50_000)
                sent += 1

        upstream.answers["GetCompletionChunk"] = torrent
        with raw_request(plain_gateway, STREAM) as connection:
            time.sleep(1.5)
            held = sent
            assert 0 < held < 1000, "100 MB went somewhere"
            received = 0
            while part := connection.recv(1 << 20):
                received += len(part)
                if part.endswith(b"0\r\n\r\n"):
                    break
        assert sent == 2000
        assert received > 100_000_000

    def test_one_that_does_not_read_is_cut_off(self, upstream, xaiwire_emulator_thread):
        async def torrent(_request):
            while True:
                yield chunk("x" * 50_000)

        upstream.answers["GetCompletionChunk"] = torrent
        loop = xaiwire_emulator_thread._loop
        with (
            running_gateway(loop, upstream.address, write_timeout=0.3) as gateway,
            raw_request(gateway, STREAM),
        ):
            until(lambda: upstream.cancelled)

    def test_one_of_http2_that_does_not_read_is_cut_off(self, upstream, xaiwire_emulator_thread):
        async def torrent(_request):
            while True:
                yield chunk("x" * 50_000)

        upstream.answers["GetCompletionChunk"] = torrent
        loop = xaiwire_emulator_thread._loop
        with (
            running_gateway(loop, upstream.address, write_timeout=0.3) as gateway,
            httpx2.Client(base_url=gateway.url, http1=False, http2=True, timeout=20) as client,
            client.stream("POST", CHAT, json=STREAM, headers={"x-api-key": "k"}),
        ):
            until(lambda: upstream.cancelled)


def test_words_that_come_together_go_together(plain_gateway, upstream, client):
    upstream.answers["GetCompletionChunk"] = [chunk(f"word {number} ") for number in range(100)]
    with client.stream("POST", CHAT, json=STREAM) as response:
        parts = list(response.iter_raw())
    assert sum(part.count(b"data: ") for part in parts) == 101
    assert len(parts) < 50


class TestAServerThatSaysWhenItsClientIsGone:
    """Our own does; what other servers of ASGI do, the tests above rely on."""

    @pytest.fixture
    def serve(self, plain_gateway):
        """Has a request served, and does something meanwhile; what was read and sent."""
        body, read, sent = [], [], []

        async def receive():
            read.append(1)
            if len(read) > 1:
                await asyncio.sleep(3600)
            return {"type": "http.request", "body": body[0], "more_body": False}

        async def send(event):
            sent.append(event)
            if len(event.get("body", b"")) > 50_000:
                await asyncio.sleep(3600)

        def served(meanwhile, **more):
            body.append(json.dumps({"model": "m", "messages": [], **more}).encode())

            async def serving():
                gone = asyncio.get_running_loop().create_future()
                headers = [(b"authorization", b"Bearer k")]
                scope = {"type": "http", "method": "POST", "path": CHAT, "query_string": b"", "headers": headers}
                scope["extensions"] = {"xaiwire.gone": gone}
                async with asyncio.timeout(10), asyncio.TaskGroup() as group:
                    group.create_task(plain_gateway.gateway(scope, receive, send))
                    await meanwhile(gone)

            asyncio.run_coroutine_threadsafe(serving(), plain_gateway.loop).result()
            return len(read), sent

        return served

    def test_it_is_believed_and_nothing_is_read_to_find_out(self, serve, upstream):
        upstream.answers["GetCompletion"] = silent

        async def leave(gone):
            while not upstream.requests:
                await asyncio.sleep(0.01)
            gone.set_result(None)

        assert serve(leave) == (1, [])
        until(lambda: upstream.cancelled)

    def test_when_all_is_answered_it_does_not_matter(self, serve, upstream):
        upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse(id="a")]

        async def stay(_gone):
            pass

        read, (head, body) = serve(stay)
        assert (read, head["status"], json.loads(body["body"])["id"]) == (1, 200, "a")

    def test_one_that_does_not_read_leaves_no_task_behind(self, serve, upstream):
        upstream.answers["GetCompletionChunk"] = [chunk("x" * 50_000)] * 10

        def waiting():
            return sum(task.get_coro().__qualname__ == "Event.wait" for task in asyncio.all_tasks())

        async def leave(gone):
            nonlocal before, after
            before = waiting()
            async with asyncio.timeout(10):
                while waiting() == before:
                    await asyncio.sleep(0.01)
            gone.set_result(None)
            await asyncio.sleep(0.1)
            after = waiting()

        before, after = 0, 1
        serve(leave, stream=True)
        assert after == before
