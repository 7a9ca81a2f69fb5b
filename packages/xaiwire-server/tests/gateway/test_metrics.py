"""What `/metrics` shows."""

import asyncio
import json
import os
import re
import subprocess
import sys
import textwrap

import pytest
from prometheus_client.parser import text_string_to_metric_families
from running import running_gateway

from xaiwire.proto import chat_pb2, usage_pb2
from xaiwire_server.gateway.settings import KeySettings, Settings
from xaiwire_server.rpc.refusal import Refusal, StatusCode

CHAT = "/v1/chat/completions"
HELLO = {"model": "grok-3", "messages": [{"role": "user", "content": "Hello there"}]}


def figures(gateway):
    """All figures, by name and labels."""
    gateway.settle()
    with gateway.http() as client:
        del client.headers["authorization"]
        response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def requests(route, status):
    return ("xaiwire_gateway_requests_total", ("route", route), ("status", status))


def tokens(kind, caller="pass-through"):
    return ("xaiwire_gateway_tokens_total", ("caller", caller), ("kind", kind))


def of_route(name, route="chat.completions"):
    return (f"xaiwire_gateway_{name}", ("route", route))


def test_requests_are_counted_by_route_and_status(gateway, http):
    for body in (HELLO, HELLO, {**HELLO, "model": "none"}, {}):
        http.post(CHAT, json=body)
    shown = figures(gateway)
    assert [shown[requests("chat.completions", status)] for status in ("200", "404", "400")] == [2, 1, 1]
    assert shown[of_route("request_seconds_count")] == 4
    assert 0 < shown[of_route("request_seconds_sum")] < 30
    assert ("xaiwire_gateway_request_seconds_bucket", ("le", "600.0"), ("route", "chat.completions")) in shown
    assert of_route("first_event_seconds_count") not in {key for key, value in shown.items() if value}


def test_what_is_no_route_has_one_label(gateway, http):
    for number in range(20):
        assert http.get(f"/no/{number}").status_code == 404
    assert http.delete(CHAT).status_code == 405
    shown = figures(gateway)
    assert shown[requests("none", "404")] == 20
    assert shown[requests("none", "405")] == 1
    assert not any("/no/" in str(key) for key in shown)


def test_tokens_are_counted(gateway, http):
    usage = http.post(CHAT, json=HELLO).json()["usage"]
    with http.stream("POST", CHAT, json={**HELLO, "stream": True}) as stream:
        stream.read()
    shown = figures(gateway)
    assert shown[tokens("prompt")] == 2 * usage["prompt_tokens"] > 0
    assert shown[tokens("completion")] == 2 * usage["completion_tokens"] > 0
    assert shown[of_route("first_event_seconds_count")] == 1


def test_callers_are_told_apart_by_the_names_of_their_keys(xaiwire_emulator, xaiwire_emulator_thread):
    import hashlib

    digest = hashlib.sha256(b"secret-of-alice").digest()
    key = KeySettings(name="alice", digest=digest, upstream_key=xaiwire_emulator.api_key)
    loop = xaiwire_emulator_thread._loop
    with running_gateway(loop, xaiwire_emulator.address, keys={digest: key}, pass_through=False) as gateway:
        with gateway.http("secret-of-alice") as client:
            usage = client.post(CHAT, json=HELLO).json()["usage"]
        shown = figures(gateway)
    assert shown[tokens("completion", "alice")] == usage["completion_tokens"]
    assert "secret" not in str(shown)


def test_the_scrape_counts_itself_and_tasks(gateway):
    shown = figures(gateway)
    assert shown[("xaiwire_gateway_open_requests",)] == 1
    assert shown[("xaiwire_gateway_tasks",)] >= 1


@pytest.mark.skipif(sys.platform != "linux", reason="figures of processes are looked up in /proc")
def test_the_process(gateway):
    shown = figures(gateway)
    assert shown[("process_resident_memory_bytes",)] > 1 << 20
    assert shown[("process_open_fds",)] > 3


def test_errors_upstream_and_streams_that_break(plain_gateway, upstream):
    async def breaks_off():
        yield chat_pb2.GetChatCompletionChunk(usage=usage_pb2.SamplingUsage(completion_tokens=3))
        # So that the first event is sent before.
        await asyncio.sleep(0.2)
        raise Refusal(StatusCode.UNAVAILABLE, "gone")

    upstream.answers["GetCompletion"] = [Refusal(StatusCode.INTERNAL, "broken")]
    upstream.answers["GetCompletionChunk"] = lambda _: breaks_off()
    with plain_gateway.http("key") as client:
        assert client.post(CHAT, json=HELLO).status_code == 502
        assert '"error"' in client.post(CHAT, json={**HELLO, "stream": True}).text
        upstream.answers["GetCompletionChunk"] = [Refusal(StatusCode.UNAVAILABLE, "gone")]
        assert client.post(CHAT, json={**HELLO, "stream": True}).status_code == 503
    shown = figures(plain_gateway)
    assert shown[("xaiwire_gateway_upstream_errors_total", ("code", "internal"))] == 1
    assert shown[("xaiwire_gateway_upstream_errors_total", ("code", "unavailable"))] == 2
    assert shown[of_route("broken_streams_total")] == 1
    assert shown[requests("chat.completions", "200")] == 1
    assert shown[tokens("completion")] == 3


def test_a_silent_server_is_an_error_upstream(upstream, xaiwire_emulator_thread):
    async def silent():
        yield chat_pb2.GetChatCompletionChunk()
        await asyncio.sleep(30)

    upstream.answers["GetCompletionChunk"] = lambda _: silent()
    loop = xaiwire_emulator_thread._loop
    with running_gateway(loop, upstream.address, stream_silence=0.2) as gateway:
        with gateway.http("key") as client:
            assert "said nothing" in client.post(CHAT, json={**HELLO, "stream": True}).text
        shown = figures(gateway)
    assert shown[("xaiwire_gateway_upstream_errors_total", ("code", "upstream_silent"))] == 1
    assert shown[of_route("broken_streams_total")] == 1


def test_clients_that_leave(plain_gateway, upstream):
    async def endless():
        while True:
            yield chat_pb2.GetChatCompletionChunk()
            await asyncio.sleep(0.01)

    upstream.answers["GetCompletionChunk"] = lambda _: endless()
    with (
        plain_gateway.http("key") as client,
        client.stream("POST", CHAT, json={**HELLO, "stream": True}) as stream,
    ):
        pieces = stream.iter_raw()
        next(pieces)
        with plain_gateway.http() as other:
            (opened,) = re.findall(r"(?m)^xaiwire_gateway_open_requests (.*)", other.get("/metrics").text)
        assert opened == "2.0"
    shown = figures(plain_gateway)
    assert shown[of_route("client_gone_total")] == 1
    assert shown[requests("chat.completions", "499")] == 1
    assert shown[("xaiwire_gateway_open_requests",)] == 1


def test_they_can_be_off(xaiwire_emulator, xaiwire_emulator_thread):
    loop = xaiwire_emulator_thread._loop
    with (
        running_gateway(loop, xaiwire_emulator.address, metrics=False) as gateway,
        gateway.http() as client,
    ):
        response = client.get("/metrics")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "metrics_off"


def test_they_go_on_where_settings_change(gateway, http):
    http.post(CHAT, json=HELLO)
    settings = gateway.gateway.settings
    changed = Settings(api_host=settings.api_host, management_host=settings.management_host, strict=True)
    asyncio.run_coroutine_threadsafe(gateway.gateway.reload(changed), gateway.loop).result()
    http.post(CHAT, json=HELLO)
    shown = figures(gateway)
    assert shown[requests("chat.completions", "200")] == 2
    assert shown[("xaiwire_gateway_open_requests",)] == 1


def test_openmetrics_for_those_who_ask(gateway, http):
    http.post(CHAT, json=HELLO)
    gateway.settle()
    response = http.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert response.text.endswith("# EOF\n")


WORKER = """
    import asyncio, json, sys
    from xaiwire_server.gateway.app import Gateway
    from xaiwire_server.gateway.settings import Settings

    async def ask(gateway, method, path):
        sent = []

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(event):
            sent.append(event)

        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
                 "headers": []}
        await gateway(scope, receive, send)
        return b"".join(event.get("body", b"") for event in sent).decode()

    async def main():
        gateway = Gateway(Settings(api_host="localhost:1"))
        for _ in range(int(sys.argv[1])):
            await ask(gateway, "GET", "/healthz")
        print(await ask(gateway, "GET", "/metrics"))
        sys.stdin.readline()
        await gateway.close()

    asyncio.run(main())
"""


def test_whichever_worker_is_asked_shows_those_of_all(tmp_path):
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def worker(count):
        command = [sys.executable, "-c", textwrap.dedent(WORKER), str(count)]
        return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    with worker(3) as first:
        while not (line := first.stdout.readline()).startswith("xaiwire_gateway_tasks"):
            assert line, "the first worker shows its figures"
        with worker(4) as second:
            shown = second.communicate("\n", timeout=60)[0]
        first.communicate("\n", timeout=60)
    values = dict(line.rsplit(" ", 1) for line in shown.splitlines() if line and not line.startswith("#"))
    assert values['xaiwire_gateway_requests_total{route="operations.health",status="200"}'] == "7.0"
    assert values["xaiwire_gateway_open_requests"] == "1.0"
    assert values["xaiwire_gateway_tasks"] == "2.0"
    assert json.loads(values['xaiwire_gateway_request_seconds_count{route="operations.health"}']) == 7


@pytest.mark.parametrize("version", ["abc", "1.x", "", "1.0.0;escaping=what", "9" * 5000])
def test_a_version_that_is_none_is_no_error(gateway, version):
    with gateway.http() as client:
        response = client.get("/metrics", headers={"accept": f"application/openmetrics-text; version={version}"})
    assert response.status_code == 200
    assert "xaiwire_gateway_open_requests 1.0" in response.text
