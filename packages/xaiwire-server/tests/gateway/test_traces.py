"""Traces: a span for each request, and below it those of its calls."""

import asyncio
import gzip
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from running import running_gateway

from xaiwire.proto import chat_pb2
from xaiwire_server.gateway.operations import traces
from xaiwire_server.gateway.operations.traces import Traces, TracesError
from xaiwire_server.gateway.settings import Settings
from xaiwire_server.rpc.refusal import Refusal
from xaiwire_server.rpc.refusal import StatusCode as Grpc

CHAT = "/v1/chat/completions"
TRACE_ID, PARENT_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
BODY = {"model": "m", "messages": []}


@pytest.fixture(autouse=True)
def own_settings(monkeypatch):
    """What a gateway sets up for its process ends with the test; what the environment says does not count."""
    monkeypatch.setattr("xaiwire.telemetry._Process.telemetry", None)
    for name in tuple(os.environ):
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)


@pytest.fixture
def traced(upstream, xaiwire_emulator_thread, monkeypatch):
    """A gateway whose spans are kept: what makes a client, and what gives the spans of its requests."""
    memory = InMemorySpanExporter()
    monkeypatch.setattr(traces, "span_exporter", lambda _: memory)
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    with (
        running_gateway(xaiwire_emulator_thread._loop, upstream.address, traces="console") as gateway,
        gateway.http("the-key") as client,
    ):

        def spans():
            gateway.settle()
            made = memory.get_finished_spans()
            memory.clear()
            server = [span for span in made if span.kind is SpanKind.SERVER]
            return server, [span for span in made if span.kind is SpanKind.CLIENT]

        client.spans = spans
        client.port = int(gateway.url.rpartition(":")[2])
        yield client


def test_a_request_and_its_call(traced):
    response = traced.post(CHAT + "?secret=1", json=BODY, headers={"x-request-id": "mine-1"})
    assert response.status_code == 200
    (server,), (call,) = traced.spans()
    assert server.name == "POST /v1/chat/completions"
    assert dict(server.attributes) == {
        "http.request.method": "POST",
        "http.route": CHAT,
        "http.response.status_code": 200,
        "url.path": CHAT,
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        "server.address": "127.0.0.1",
        "server.port": traced.port,
        "client.address": "127.0.0.1",
        "xaiwire.request_id": "mine-1",
        "xaiwire.caller": "pass-through",
    }
    assert server.parent is None
    assert server.status.status_code is StatusCode.UNSET
    assert server.resource.attributes["service.name"] == "xaiwire-gateway"
    assert call.name == "chat m"
    assert call.parent.span_id == server.context.span_id
    assert call.context.trace_id == server.context.trace_id
    assert server.start_time <= call.start_time <= call.end_time <= server.end_time


def test_a_trace_goes_on_from_the_client_to_the_api(traced, upstream):
    traced.post(CHAT, json=BODY, headers={"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01"})
    (server,), (call,) = traced.spans()
    assert f"{server.context.trace_id:032x}" == TRACE_ID
    assert f"{server.parent.span_id:016x}" == PARENT_ID
    assert upstream.metadata[0]["traceparent"] == f"00-{TRACE_ID}-{call.context.span_id:016x}-01"


def test_a_client_may_ask_for_no_trace(traced):
    traced.post(CHAT, json=BODY, headers={"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-00"})
    assert traced.spans() == ([], [])


@pytest.mark.parametrize("wrong", ["00-0-0-01", "x" * 1000, "\xff", f"00-{'0' * 32}-{PARENT_ID}-01"])
def test_a_traceparent_that_is_none(traced, wrong):
    assert traced.post(CHAT, json=BODY, headers={b"traceparent": wrong.encode("latin-1")}).status_code == 200
    (server,), _ = traced.spans()
    assert server.parent is None


def test_traces_of_requests_on_one_connection_stay_apart(traced):
    for _ in range(3):
        traced.post(CHAT, json=BODY)
    server, calls = traced.spans()
    assert len({span.context.trace_id for span in server}) == 3
    assert [call.parent.span_id for call in calls] == [span.context.span_id for span in server]


def test_a_stream(traced, upstream):
    upstream.answers["GetCompletionChunk"] = [chat_pb2.GetChatCompletionChunk()] * 3
    traced.post(CHAT, json={**BODY, "stream": True})
    (server,), (call,) = traced.spans()
    assert call.parent.span_id == server.context.span_id
    assert server.attributes["http.response.status_code"] == 200
    assert server.status.status_code is StatusCode.UNSET


def test_a_stream_that_breaks_off(traced, upstream):
    async def breaks_off():
        yield chat_pb2.GetChatCompletionChunk()
        await asyncio.sleep(0.2)
        raise Refusal(Grpc.UNAVAILABLE, "gone")

    upstream.answers["GetCompletionChunk"] = lambda _: breaks_off()
    traced.post(CHAT, json={**BODY, "stream": True})
    (server,), _ = traced.spans()
    assert server.attributes["http.response.status_code"] == 200
    assert server.attributes["error.type"] == "unavailable"
    assert server.status.status_code is StatusCode.ERROR


def test_a_client_that_leaves(traced, upstream):
    async def endless():
        while True:
            yield chat_pb2.GetChatCompletionChunk()
            await asyncio.sleep(0.01)

    upstream.answers["GetCompletionChunk"] = lambda _: endless()
    with traced.stream("POST", CHAT, json={**BODY, "stream": True}) as stream:
        next(stream.iter_raw())
    (server,), (call,) = traced.spans()
    assert server.attributes["error.type"] == "client_gone"
    assert call.parent.span_id == server.context.span_id


@pytest.mark.parametrize(
    ("code", "status", "is_error"), [(Grpc.INTERNAL, 502, True), (Grpc.INVALID_ARGUMENT, 400, False)]
)
def test_errors(traced, upstream, code, status, is_error):
    upstream.answers["GetCompletion"] = [Refusal(code, "secret")]
    assert traced.post(CHAT, json=BODY).status_code == status
    (server,), _ = traced.spans()
    assert server.attributes["http.response.status_code"] == status
    assert server.attributes["error.type"] == code.name.lower()
    assert server.status.status_code is (StatusCode.ERROR if is_error else StatusCode.UNSET)
    assert "secret" not in server.to_json()


def test_what_is_no_route_and_no_method(traced):
    traced.get("/no/route")
    traced.request("PURGE", CHAT)
    (unknown, purged), _ = traced.spans()
    assert (unknown.name, unknown.attributes["url.path"]) == ("GET", "/no/route")
    assert "http.route" not in unknown.attributes
    assert (purged.name, purged.attributes["http.request.method"]) == ("HTTP", "_OTHER")


def test_ids_in_paths_are_no_names_of_spans(traced, upstream):
    upstream.answers["GetDeferredCompletion"] = [Refusal(Grpc.NOT_FOUND, "none")]
    traced.get("/v1/chat/deferred-completion/some-id")
    (server,), _ = traced.spans()
    assert server.name == "GET /v1/chat/deferred-completion/{request_id}"
    assert server.attributes["url.path"] == "/v1/chat/deferred-completion/some-id"


def test_probes_leave_no_traces(traced):
    for path in ("/healthz", "/readyz", "/metrics"):
        assert traced.get(path).status_code == 200
    assert traced.spans() == ([], [])


@pytest.mark.parametrize(
    ("host", "address"),
    [("gateway.example", ("gateway.example", None)), ("[::1]:8080", ("::1", 8080)), ("a b", ("127.0.0.1", "own"))],
)
def test_the_name_by_which_it_was_reached(traced, host, address):
    traced.post(CHAT, json=BODY, headers={"host": host})
    (server,), _ = traced.spans()
    port = traced.port if address[1] == "own" else address[1]
    assert (server.attributes["server.address"], server.attributes.get("server.port")) == (address[0], port)


def test_content_and_keys_are_in_no_span(traced):
    body = {**BODY, "messages": [{"role": "user", "content": "marker-content"}]}
    headers = {"authorization": "Bearer marker-key", "x-other": "marker-header"}
    traced.post(CHAT + "?q=marker-query", json=body, headers=headers)
    server, calls = traced.spans()
    assert (len(server), len(calls)) == (1, 1)
    assert "marker" not in "".join(span.to_json() for span in (*server, *calls))


def test_the_log_names_the_trace(traced, upstream, xaiwire_emulator_thread, capsys):
    headers = {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01"}
    with running_gateway(
        xaiwire_emulator_thread._loop, upstream.address, traces="console", access_log="text"
    ) as gateway:
        with gateway.http() as client:
            client.post(CHAT, json=BODY, headers=headers)
        gateway.settle()
    assert f" trace_id={TRACE_ID} " in capsys.readouterr().err


def test_they_begin_and_end_with_a_change_of_settings(plain_gateway, upstream, monkeypatch):
    memory = InMemorySpanExporter()
    monkeypatch.setattr(traces, "span_exporter", lambda _: memory)
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    address = upstream.address
    counts = []
    with plain_gateway.http() as client:
        for kind in ("off", "console", "off"):
            settings = Settings(api_host=address, management_host=address, retries=1, traces=kind)
            asyncio.run_coroutine_threadsafe(plain_gateway.gateway.reload(settings), plain_gateway.loop).result()
            assert client.post(CHAT, json=BODY).status_code == 200
            plain_gateway.settle()
            counts.append(len(memory.get_finished_spans()))
    assert counts == [0, 2, 2]


@contextmanager
def collector():
    """A receiver of OTLP over HTTP: its address, and what came."""
    came = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            came.append((self.path, self.headers["content-type"], ExportTraceServiceRequest.FromString(body)))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_real_receiver_gets_what_was_not_sent_at_the_end(upstream, xaiwire_emulator_thread, monkeypatch):
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    monkeypatch.setenv("OTEL_SERVICE_NAME", "my-gateway")
    with collector() as (url, came):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        with (
            running_gateway(xaiwire_emulator_thread._loop, upstream.address, traces="otlp") as gateway,
            gateway.http() as client,
        ):
            assert client.post(CHAT, json=BODY).status_code == 200
            gateway.settle()
    assert {(path, kind) for path, kind, _ in came} == {("/v1/traces", "application/x-protobuf")}
    resources = [resource for _, _, request in came for resource in request.resource_spans]
    named = {each.key: each.value.string_value for each in resources[0].resource.attributes}
    assert named["service.name"] == "my-gateway"
    spans = {span.name: span for each in resources for scope in each.scope_spans for span in scope.spans}
    server, call = spans["POST /v1/chat/completions"], spans["chat m"]
    assert call.parent_span_id == server.span_id
    assert call.trace_id == server.trace_id
    assert next(each.value.int_value for each in server.attributes if each.key == "http.response.status_code") == 200


def test_a_receiver_that_is_not_there_holds_nothing_up(monkeypatch):
    monkeypatch.setattr(traces, "CLOSE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    made = Traces("otlp")
    made._tracer.start_span("a span").end()
    before = time.monotonic()
    asyncio.run(made.close())
    assert time.monotonic() - before < 2


def test_spans_on_the_console(capsys):
    made = Traces("console")
    made._tracer.start_span("a span").end()
    asyncio.run(made.close())
    assert '"name": "a span"' in capsys.readouterr().out


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(TracesError, match=r"pip install 'xaiwire-server\[telemetry\]'"):
        Traces("otlp")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    with pytest.raises(TracesError, match="traces = console needs OpenTelemetry"):
        Traces("console")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OTEL_BSP_SCHEDULE_DELAY", "-1", "schedule_delay_millis must be positive"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf alone"),
    ],
)
def test_variables_that_ask_for_what_cannot_be(monkeypatch, variable, value, words):
    monkeypatch.setenv(variable, value)
    with pytest.raises(TracesError, match=words):
        Traces("otlp")


def test_off_means_that_nothing_is_imported():
    code = (
        "import asyncio, sys\n"
        "from xaiwire_server.gateway.app import Gateway\n"
        "from xaiwire_server.gateway.settings import Settings\n"
        "async def main(): await Gateway(Settings()).close()\n"
        "asyncio.run(main())\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
