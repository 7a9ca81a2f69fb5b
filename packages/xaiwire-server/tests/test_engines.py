"""Answers from another server, and recordings."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import xaiwire
from xaiwire.chat import image, system, tool, tool_result, user
from xaiwire.errors import FailedPreconditionError, RpcError
from xaiwire_server.emulator.answers.openai import OpenAIEngine
from xaiwire_server.emulator.app import Emulator
from xaiwire_server.emulator.control.cassette import CassetteError, Player, Recorder
from xaiwire_server.emulator.settings import Settings
from xaiwire_server.rpc.methods import contract_rpcs
from xaiwire_server.rpc.upstream import Upstream


class OpenAIServer(BaseHTTPRequestHandler):
    """Answers as servers of OpenAI's API do; what it got is kept by the server."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.seen.append((self.path, self.headers.get("authorization"), body))
        text = body["messages"][-1]["content"]
        if text == "fail":
            content = json.dumps({"error": {"message": "slow down"}}).encode()
            self.send_response(429)
            self.send_header("retry-after", "3")
        elif text == "garbage":
            content = b"data: {\n\n"
            self.send_response(200)
        else:
            parts = [{"reasoning_content": "Hm."}, {"content": "Good "}, {"content": "day"}]
            if body.get("tools") and text != "It rains.":
                call = {"index": 0, "id": "call_1", "function": {"name": "get_weather", "arguments": '{"city":'}}
                parts = [{"tool_calls": [call]}, {"tool_calls": [{"index": 0, "function": {"arguments": '"Bern"}'}}]}]
            finish = "tool_calls" if "tool_calls" in parts[0] else "stop"
            events = [{"choices": [{"delta": part}]} for part in parts]
            events.append({"choices": [{"delta": {}, "finish_reason": finish}]})
            content = (
                b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"
            )
            self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def openai_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), OpenAIServer)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def served():
    """Runs emulators in a loop of their own, and stops them."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    started = []

    def start(make):
        async def begin():
            emulator = make()
            await emulator.start()
            return emulator

        emulator = asyncio.run_coroutine_threadsafe(begin(), loop).result()
        started.append(emulator)
        return emulator

    yield start
    for emulator in started:
        asyncio.run_coroutine_threadsafe(emulator.stop(2), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def client_of(emulator):
    return xaiwire.Client(
        api_key="xai-emulator-key",
        management_api_key="xai-emulator-management-key",
        api_host=emulator.address,
        management_api_host=emulator.address,
        retry=None,
        timeout=20,
    )


class TestOpenAI:
    @pytest.fixture
    def client(self, openai_server, served):
        url = f"http://127.0.0.1:{openai_server.server_port}/v1/"
        emulator = served(lambda: Emulator(Settings(), engine=OpenAIEngine(url, key="other-key", model="local")))
        with client_of(emulator) as made:
            yield made

    def test_answers_come_through(self, client, openai_server):
        chat = client.chat.create(
            "whatever",
            messages=[system("Be brief."), user("Hello", image("https://example.com/a.png"))],
            temperature=0.5,
            max_tokens=50,
            stop=["x"],
        )
        response = chat.sample()
        assert (response.content, response.reasoning_content, response.finish_reason) == (
            "Good day",
            "Hm.",
            "REASON_STOP",
        )
        path, authorization, body = openai_server.seen[0]
        assert (path, authorization) == ("/v1/chat/completions", "Bearer other-key")
        assert body["model"] == "local"
        assert (body["temperature"], body["max_tokens"], body["stop"], body["stream"]) == (0.5, 50, ["x"], True)
        assert body["messages"][0] == {"role": "system", "content": "Be brief."}
        assert body["messages"][1]["content"][1]["image_url"] == {"url": "https://example.com/a.png"}

    def test_functions(self, client, openai_server):
        weather = tool("get_weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})
        chat = client.chat.create("whatever", messages=[user("The weather?")], tools=[weather], tool_choice="required")
        response = chat.sample()
        assert json.loads(response.tool_calls[0].function.arguments) == {"city": "Bern"}
        assert response.finish_reason == "REASON_TOOL_CALLS"
        assert openai_server.seen[0][2]["tool_choice"] == "required"
        assert openai_server.seen[0][2]["tools"][0]["function"]["name"] == "get_weather"
        chat.append(response).append(tool_result("It rains."))
        assert chat.sample().content == "Good day"
        assert openai_server.seen[1][2]["messages"][1]["tool_calls"][0]["id"] == "call_1"

    @pytest.mark.parametrize(("text", "code"), [("fail", "RESOURCE_EXHAUSTED"), ("garbage", "INTERNAL")])
    def test_failures(self, client, text, code):
        with pytest.raises(RpcError) as caught:
            client.chat.complete("whatever", text)
        assert caught.value.code.name == code
        assert "other-key" not in str(caught.value)

    def test_nobody_listens(self, served):
        emulator = served(lambda: Emulator(Settings(), engine=OpenAIEngine("http://127.0.0.1:1/v1")))
        with client_of(emulator) as client, pytest.raises(RpcError) as caught:
            client.chat.complete("whatever", "Hello")
        assert caught.value.code.name == "UNAVAILABLE"


class TestRecordings:
    def test_what_was_said_is_said_again(self, served, xaiwire_emulator, tmp_path):
        path = tmp_path / "calls.jsonl"
        url = xaiwire_emulator.url
        recorder = served(lambda: Emulator(Settings(), elsewhere=Recorder(path, _upstream(url))))
        with client_of(recorder) as client:
            first = self._talk(client)
        text = path.read_text()
        assert "xai-emulator-key" not in text
        assert "mcp-secret" not in text
        assert len(xaiwire_emulator.requests()) == len(text.splitlines())
        player = served(lambda: Emulator(Settings(), elsewhere=Player(path, contract_rpcs(), timing=False)))
        with client_of(player) as client:
            assert self._talk(client) == first
            with pytest.raises(FailedPreconditionError, match="was recorded"):
                client.chat.complete("grok-3", "Something else")

    @staticmethod
    def _talk(client):
        said = [client.chat.complete("grok-3", "Hello").id for _ in range(2)]
        said += [chunk.content for _, chunk in client.chat.create("grok-3", messages=[user("a b")]).stream()]
        wiki = xaiwire.tools.mcp("https://mcp.example.com", authorization="mcp-secret")
        said.append(client.chat.create("grok-3", messages=[user("Ask")], tools=[wiki]).sample().id)
        stored = client.files.upload(b"content", filename="a.txt")
        said += [stored.id, client.files.content(stored.id)]
        said += [each.name for each in client.models.list_language_models()]
        said.append(client.collections.create("manuals").collection_id)
        with pytest.raises(RpcError) as caught:
            client.models.get_language_model("grok-0")
        return [*said, caught.value.message]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("{", "calls.jsonl:1: this is no recorded call"),
            ('{"format":9,"rpc":"xai_api.Chat/GetCompletion","requests":[]}', "calls.jsonl:1: this is no call that"),
            ('{"format":1,"rpc":"x/y","requests":[]}', "calls.jsonl:1: this is no call that"),
            (
                '{"format":1,"rpc":"xai_api.Files/RetrieveFile","requests":[],"responses":[{"after":0,"message":{"x":1}}]}',
                "calls.jsonl:1: a response is none of xai_api.Files/RetrieveFile",
            ),
        ],
    )
    def test_a_broken_one_is_refused_with_its_line(self, tmp_path, content, message):
        path = tmp_path / "calls.jsonl"
        path.write_text(content)
        with pytest.raises(CassetteError) as caught:
            Player(path, contract_rpcs(), timing=False)
        assert message in str(caught.value)

    def test_timing(self, served, tmp_path):
        path = tmp_path / "calls.jsonl"
        recorded = {
            "format": 1,
            "rpc": "xai_api.Models/GetLanguageModel",
            "requests": [{"name": "grok-4"}],
            "responses": [{"after": 0.3, "message": {"name": "grok-4"}}],
        }
        path.write_text(json.dumps(recorded))
        player = served(lambda: Emulator(Settings(), elsewhere=Player(path, contract_rpcs(), timing=True)))
        import time

        with client_of(player) as client:
            began = time.perf_counter()
            assert client.models.get_language_model("grok-4").name == "grok-4"
            assert time.perf_counter() - began >= 0.3


def _upstream(url):
    from xaiwire_server.emulator.dispatch import MANAGEMENT

    return Upstream(url, url, MANAGEMENT, 20 << 20)
