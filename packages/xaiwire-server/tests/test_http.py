"""What the port speaks besides gRPC, and what it does with clients that do not keep to the rules."""

import asyncio
import base64
import http.client
import json
import socket
import ssl
import struct
import threading
import time

import grpc
import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded, StreamReset, TrailersReceived
from protobuf import Oneof

from xaiwire.chat import user
from xaiwire.proto import chat_pb2, files_pb2
from xaiwire_server.testing import Settings
from xaiwire_server.wire.http2 import PREFACE

AUTHORIZED = {"authorization": "Bearer xai-emulator-key"}
QUESTION = {"model": "grok-3", "messages": [{"role": "ROLE_USER", "content": [{"text": "one two"}]}]}


def post(emulator, path, body, headers=None, kind="application/json"):
    connection = http.client.HTTPConnection(emulator.address, timeout=20)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", path, content, {"content-type": kind, **(AUTHORIZED if headers is None else headers)})
    answer = connection.getresponse()
    result = answer.status, answer.read(), answer.headers
    connection.close()
    return result


class TestConnect:
    def test_a_call_in_json(self, xaiwire_emulator):
        status, content, headers = post(xaiwire_emulator, "/xai_api.Chat/GetCompletion", QUESTION)
        assert status == 200
        assert json.loads(content)["outputs"][0]["message"]["content"] == "one two"
        assert headers["x-request-id"]

    def test_a_stream_in_json(self, xaiwire_emulator):
        body = json.dumps(QUESTION).encode()
        envelope = struct.pack(">BI", 0, len(body)) + body
        _, content, _ = post(
            xaiwire_emulator, "/xai_api.Chat/GetCompletionChunk", envelope, kind="application/connect+json"
        )
        messages, at = [], 0
        while at < len(content):
            flag, length = struct.unpack_from(">BI", content, at)
            messages.append((flag, json.loads(content[at + 5 : at + 5 + length])))
            at += 5 + length
        words = [each["outputs"][0]["delta"].get("content", "") for flag, each in messages if not flag]
        assert [word for word in words if word] == ["one", " two"]
        assert messages[-1] == (2, {})

    @pytest.mark.parametrize(
        ("body", "headers", "status", "code"),
        [
            (QUESTION, {}, 401, "unauthenticated"),
            ({"model": "grok-0"}, None, 404, "not_found"),
            ({"model": "grok-3"}, None, 400, "invalid_argument"),
            ({"modell": "grok-3"}, None, 400, "invalid_argument"),
            (b"{", None, 400, "invalid_argument"),
        ],
    )
    def test_errors(self, xaiwire_emulator, body, headers, status, code):
        found, content, _ = post(xaiwire_emulator, "/xai_api.Chat/GetCompletion", body, headers)
        assert (found, json.loads(content)["code"]) == (status, code)

    def test_grpc_web(self, xaiwire_emulator):
        request = chat_pb2.GetCompletionsRequest.from_json(json.dumps(QUESTION)).to_binary()
        envelope = struct.pack(">BI", 0, len(request)) + request
        status, content, _ = post(
            xaiwire_emulator, "/xai_api.Chat/GetCompletion", envelope, kind="application/grpc-web+proto"
        )
        assert status == 200
        assert b"grpc-status: 0" in content


def test_health_and_metrics_and_what_there_is_not(xaiwire_emulator):
    connection = http.client.HTTPConnection(xaiwire_emulator.address, timeout=20)
    for path, status, part in (
        ("/healthz", 200, b"ok"),
        ("/metrics", 200, b"xaiwire_emulator_open_calls 0.0"),
        ("/", 200, b"<title>xaiwire emulator</title>"),
        ("/_page/page.js", 200, b"stayConnected"),
        ("/_page/../web/app.py", 404, b"error"),
        ("/_page/%2e%2e%2fapp.py", 404, b"error"),
        ("/pictures/x.jpg", 404, b"no such picture"),
        ("/nothing", 404, b"Not Found"),
    ):
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == status, path
        assert part in content, path
    connection.close()


class Raw:
    """A client of HTTP/2 that does what it is told."""

    def __init__(self, emulator):
        host, port = emulator.address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.h2 = H2Connection(H2Configuration(header_encoding="utf-8", validate_outbound_headers=False))
        self.h2.initiate_connection()
        self.socket.sendall(self.h2.data_to_send())

    def open(self, stream=1, path="/xai_api.Chat/GetCompletion", **more):
        headers = [
            (":method", "POST"),
            (":scheme", "http"),
            (":authority", "x"),
            (":path", path),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("authorization", "Bearer xai-emulator-key"),
            *((name.replace("_", "-"), value) for name, value in more.items()),
        ]
        self.h2.send_headers(stream, headers)

    def body(self, data, stream=1, end=True):
        self.h2.send_data(stream, data, end_stream=end)
        self.send()

    def send(self):
        self.socket.sendall(self.h2.data_to_send())

    def ended(self, stream=1):
        """The trailers and the length of the body; the code where the stream was reset."""
        size = 0
        while True:
            data = self.socket.recv(65_536)
            assert data, "the connection was closed"
            for event in self.h2.receive_data(data):
                if isinstance(event, DataReceived):
                    size += len(event.data)
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if isinstance(event, TrailersReceived) and event.stream_id == stream:
                    self.send()
                    return dict(event.headers), size
                if isinstance(event, StreamReset) and event.stream_id == stream:
                    return int(event.error_code), size
                if isinstance(event, StreamEnded) and event.stream_id == stream:
                    return {}, size
            self.send()

    def close(self):
        self.socket.close()


@pytest.fixture
def raw(xaiwire_emulator):
    made = Raw(xaiwire_emulator)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", "13", "no message came"),
        (b"\0\0\0\0\x05ab", "13", "the request breaks off within a message"),
        (b"\0\0\0\0\0" * 2, "13", "more than one message came"),
        (b"\0\0\0\0\x02\xff\xff", "13", "the request is no xai_api.GetCompletionsRequest"),
        (b"\0\x7f\xff\xff\xff", "8", "at most 20,971,520 bytes"),
        (b"\x07\0\0\0\0", "13", "is not gRPC"),
        (b"\x01\0\0\0\x03abc", "12", "compressed with 'identity'"),
    ],
)
def test_bodies_that_are_none(raw, body, status, message):
    raw.open()
    raw.body(body)
    trailers, _ = raw.ended()
    assert trailers["grpc-status"] == status
    assert message in trailers["grpc-message"]


def test_a_compressed_message_that_swells(raw):
    import gzip

    content = gzip.compress(b"\0" * (64 << 20))
    raw.open(grpc_encoding="gzip")
    whole = struct.pack(">BI", 1, len(content)) + content
    for at in range(0, len(whole), 16_000):
        raw.body(whole[at : at + 16_000], end=at + 16_000 >= len(whole))
    assert raw.ended()[0]["grpc-status"] == "8"


@pytest.mark.parametrize("timeout", ["x", "5", "-1S", "123456789S"])
def test_a_time_that_is_none(raw, timeout):
    raw.open(grpc_timeout=timeout)
    raw.body(b"\0\0\0\0\0")
    assert raw.ended()[0]["grpc-status"] == "3"


def test_a_deadline_that_passes(raw, xaiwire_emulator):
    xaiwire_emulator.fault(delay=30)
    raw.open(grpc_timeout="100m")
    raw.body(b"\0\0\0\0\0")
    assert raw.ended()[0]["grpc-status"] == "4"
    assert xaiwire_emulator.requests()[0]["status"] == "CANCELLED"


def test_a_deadline_before_the_request_has_come(raw):
    raw.open(grpc_timeout="50m")
    raw.send()
    assert raw.ended()[0]["grpc-status"] == "4"


def test_a_client_that_stops_reading_does_not_fill_the_memory(raw, xaiwire_emulator):
    with xaiwire_emulator.client() as client:
        stored = client.files.upload(b"x" * (30 << 20), filename="a")
    message = files_pb2.RetrieveFileContentRequest(file_id=stored.id).to_binary()
    raw.open(path="/xai_api.Files/RetrieveFileContent")
    raw.body(struct.pack(">BI", 0, len(message)) + message)
    time.sleep(0.5)
    # The handler waits: no more than a piece or two have left it.
    entry = xaiwire_emulator.requests("RetrieveFileContent")[0]
    assert entry["status"] == ""
    assert entry["responses"] < 10
    trailers, size = raw.ended()
    assert trailers["grpc-status"] == "0"
    assert size > 30 << 20


def test_a_client_that_goes_away_ends_its_call(xaiwire_emulator):
    xaiwire_emulator.fault(delay=30)
    raw = Raw(xaiwire_emulator)
    raw.open()
    raw.body(b"\0\0\0\0\0")
    while not xaiwire_emulator.requests():
        time.sleep(0.01)
    raw.close()
    end = time.monotonic() + 5
    while xaiwire_emulator.requests()[0]["status"] != "CANCELLED":
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_upload_that_is_cut_midway_leaves_nothing(xaiwire_emulator_thread, tmp_path):
    with xaiwire_emulator_thread.emulator(Settings(folder=tmp_path)) as emulator:
        raw = Raw(emulator)
        raw.open(path="/xai_api.Files/UploadFile")
        init = files_pb2.UploadFileChunk(chunk=Oneof("init", files_pb2.UploadFileInit(name="a"))).to_binary()
        data = files_pb2.UploadFileChunk(chunk=Oneof("data", b"x" * 10_000)).to_binary()
        raw.body(b"".join(struct.pack(">BI", 0, len(each)) + each for each in (init, data)), end=False)
        while not list((tmp_path / "incoming").iterdir()):
            time.sleep(0.01)
        raw.close()
        while list((tmp_path / "incoming").iterdir()):
            time.sleep(0.01)
        assert list((tmp_path / "blobs").glob("*/*")) == []
        with emulator.client() as client:
            assert client.files.list().data == []


@pytest.mark.parametrize(
    "data",
    [
        PREFACE + b"\xff" * 100,
        PREFACE + b"\0\0\0\x04\0\0\0\0\0" + b"\xff\xff\xff\x00\0\0\0\0\x01",
        PREFACE + b"\0\0\0\x04\0\0\0\0\0" + b"\0\0\x01\x01\x04\0\0\0\x01\xff",
        PREFACE[:10] + b"XX",
        b"\x16\x03\x01\x00\xf4\x01\x00\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0" * 100,
    ],
)
def test_garbage_ends_a_connection_and_nothing_else(xaiwire_emulator, data):
    host, port = xaiwire_emulator.address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass
    with xaiwire_emulator.client() as client:
        assert client.chat.complete("grok-3", "Still there").content == "Still there"


def test_a_thousand_idle_connections(xaiwire_emulator):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    host, port = xaiwire_emulator.address.split(":")
    connections = []
    try:
        for _ in range(1000):
            connections.append(socket.create_connection((host, int(port)), timeout=10))
            connections[-1].sendall(PREFACE + b"\0\0\0\x04\0\0\0\0\0")
        with xaiwire_emulator.client() as client:
            assert client.chat.complete("grok-3", "Still there").content == "Still there"
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_two_hundred_streams_at_once(xaiwire_emulator_thread):
    words = " ".join("abcdefghij")

    async def stream(client):
        async for response, _ in client.chat.create("grok-3", messages=[user(words)]).stream():
            last = response
        return last.content

    async def run(emulator):
        async with emulator.async_client() as client:
            return await asyncio.gather(*(stream(client) for _ in range(200)))

    with xaiwire_emulator_thread.emulator(Settings(pace=0.1)) as emulator:
        began = time.perf_counter()
        assert asyncio.run(run(emulator)) == [words] * 200
        # Side by side, not one after the other.
        assert time.perf_counter() - began < 20


def test_it_lets_streams_end_when_it_stops(xaiwire_emulator_thread):
    chunks = []
    stop = threading.Event()

    def read(client):
        for _, chunk in client.chat.create("grok-3", messages=[user("a b c d e")]).stream():
            chunks.append(chunk.content)
            stop.set()

    with xaiwire_emulator_thread.emulator(Settings(pace=0.1)) as emulator:
        client = emulator.client()
        reader = threading.Thread(target=read, args=(client,))
        reader.start()
        stop.wait(10)
    reader.join(10)
    client.close()
    assert "".join(chunks) == "a b c d e"


def test_connections_that_say_nothing_end_with_it(xaiwire_emulator_thread):
    with xaiwire_emulator_thread.emulator() as emulator:
        host, port = emulator.address.split(":")
        silent = [socket.create_connection((host, int(port)), timeout=2) for _ in range(3)]
        silent[0].sendall(PREFACE[:5])
        with emulator.client() as client:
            client.chat.complete("grok-3", "Hello")
    for connection in silent:
        assert connection.recv(1) == b""
        connection.close()


class TestTls:
    @pytest.fixture
    def served(self, tmp_path):
        from xaiwire_server.emulator.app import Emulator
        from xaiwire_server.wire.tls import made_certificate

        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        certificate = tmp_path / "certificate.pem"
        emulator = Emulator(Settings())
        context = made_certificate(certificate, "localhost")
        asyncio.run_coroutine_threadsafe(emulator.start(tls=context), loop).result()
        yield emulator.address, certificate
        asyncio.run_coroutine_threadsafe(emulator.stop(1), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def test_grpc_and_http(self, served):
        address, certificate = served
        credentials = grpc.ssl_channel_credentials(certificate.read_bytes())
        with grpc.secure_channel(address, credentials) as channel:
            call = channel.unary_unary("/xai_api.Models/ListLanguageModels")
            assert b"grok-4" in call(b"", metadata=tuple(AUTHORIZED.items()), timeout=10)
        context = ssl.create_default_context(cafile=str(certificate))
        host, port = address.split(":")
        connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=10)
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok\n"
        connection.close()

    def test_plain_http_over_http2(self, served):
        """As browsers ask when TLS offers HTTP/2."""
        address, certificate = served
        context = ssl.create_default_context(cafile=str(certificate))
        context.set_alpn_protocols(["h2"])
        host, port = address.split(":")
        with context.wrap_socket(socket.create_connection((host, int(port)), timeout=10), server_hostname=host) as tls:
            assert tls.selected_alpn_protocol() == "h2"
            connection = H2Connection(H2Configuration(header_encoding="utf-8"))
            connection.initiate_connection()
            body = json.dumps(QUESTION).encode()
            headers = {
                ":method": "POST",
                ":scheme": "https",
                ":authority": address,
                ":path": "/xai_api.Chat/GetCompletion",
            }
            connection.send_headers(1, [*headers.items(), ("content-type", "application/json"), *AUTHORIZED.items()])
            connection.send_data(1, body, end_stream=True)
            tls.sendall(connection.data_to_send())
            content, ended = b"", False
            while not ended:
                for event in connection.receive_data(tls.recv(65_536)):
                    content += event.data if isinstance(event, DataReceived) else b""
                    ended = ended or isinstance(event, StreamEnded)
        assert json.loads(content)["outputs"][0]["message"]["content"] == "one two"


def test_base64_is_what_pictures_come_as(xaiwire_emulator):
    status, content, _ = post(
        xaiwire_emulator,
        "/xai_api.Image/GenerateImage",
        {"prompt": "x", "model": "grok-2-image", "format": "IMG_FORMAT_BASE64"},
    )
    assert status == 200
    value = json.loads(content)["images"][0]["base64"]
    assert base64.b64decode(value.partition("base64,")[2]).startswith(b"\xff\xd8")
