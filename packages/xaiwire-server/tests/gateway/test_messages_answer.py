"""POST /v1/messages: what becomes of answers, and of streams of them."""

import asyncio
import json
import time

import anthropic
import pytest
from protobuf import Oneof

from xaiwire import StatusCode
from xaiwire.proto import chat_pb2, sample_pb2, usage_pb2
from xaiwire_server.gateway.operations.observer import Observer
from xaiwire_server.rpc.refusal import Refusal

Role = chat_pb2.MessageRole
Kind = chat_pb2.ToolCallType
Reason = sample_pb2.FinishReason
BODY = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
USAGE = usage_pb2.SamplingUsage(
    prompt_tokens=100,
    prompt_text_tokens=100,
    cached_prompt_text_tokens=60,
    completion_tokens=7,
    reasoning_tokens=5,
    total_tokens=112,
    num_sources_used=2,
    server_side_tools_used=[usage_pb2.ServerSideTool.WEB_SEARCH],
)
SHOWN = {
    "input_tokens": 40,
    "cache_read_input_tokens": 60,
    "output_tokens": 12,
    "output_tokens_details": {"thinking_tokens": 5},
    "num_sources_used": 2,
    "server_side_tools_used": ["web_search"],
}


def call(identity, name, arguments="{}", kind=Kind.CLIENT_SIDE_TOOL):
    function = chat_pb2.FunctionCall(name=name, arguments=arguments)
    return chat_pb2.ToolCall(id=identity, type=kind, tool=Oneof("function", function))


@pytest.fixture
def answer(plain_gateway, upstream):
    """What the gateway makes of outputs: the HTTP response."""
    with plain_gateway.http("a-key") as client:

        def answered(*messages, finish=Reason.REASON_STOP, **more):
            outputs = [chat_pb2.CompletionOutput(message=message) for message in messages]
            if outputs:
                outputs[-1].finish_reason = finish
            response = chat_pb2.GetChatCompletionResponse(id="r-1", model="m-1", outputs=outputs, **more)
            upstream.answers["GetCompletion"] = [response]
            return client.post("/v1/messages", json=BODY)

        yield answered


def said(content="", role=Role.ROLE_ASSISTANT, **more):
    return chat_pb2.CompletionMessage(role=role, content=content, **more)


class TestAnswers:
    def test_the_whole_answer(self, answer):
        response = answer(
            said(
                "Well.",
                reasoning_content="Hm.",
                encrypted_content="enc",
                tool_calls=[
                    call("c", "f", '{"a": 1.0}'),
                    call("w", "browse", '{"q":"x"}', Kind.WEB_SEARCH_TOOL),
                ],
            ),
            finish=Reason.REASON_TOOL_CALLS,
            usage=USAGE,
            citations=["https://example.com"],
            system_fingerprint="fp",
        )
        assert response.status_code == 200, response.text
        assert response.json() == {
            "type": "message",
            "id": "r-1",
            "role": "assistant",
            "model": "m-1",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "enc"},
                {"type": "server_tool_use", "id": "w", "name": "browse", "input": {"q": "x"}, "tool": "web_search"},
                {"type": "text", "text": "Well.", "citations": None},
                {"type": "tool_use", "id": "c", "name": "f", "input": {"a": 1.0}},
            ],
            "stop_reason": "tool_use",
            "stop_sequence": None,
            "usage": SHOWN,
            "citations": ["https://example.com"],
            "system_fingerprint": "fp",
        }

    def test_several_outputs_follow_one_another(self, answer):
        searched = said(tool_calls=[call("w", "x_search", "", Kind.X_SEARCH_TOOL)], encrypted_content="one")
        found = said("what was found", role=Role.ROLE_TOOL)
        content = answer(searched, found, said("Done.", encrypted_content="two")).json()["content"]
        assert content == [
            {"type": "redacted_thinking", "data": "one"},
            {"type": "server_tool_use", "id": "w", "name": "x_search", "input": {}, "tool": "x_search"},
            {"type": "redacted_thinking", "data": "two"},
            {"type": "text", "text": "Done.", "citations": None},
        ]

    @pytest.mark.parametrize(
        ("finish", "reason", "native"),
        [
            (Reason.REASON_STOP, "end_turn", None),
            (Reason.REASON_MAX_LEN, "max_tokens", None),
            (Reason.REASON_MAX_CONTEXT, "model_context_window_exceeded", None),
            (Reason.REASON_TIME_LIMIT, "max_tokens", "REASON_TIME_LIMIT"),
            (Reason.REASON_INVALID, None, None),
            (77, "end_turn", "REASON_77"),
        ],
    )
    def test_why_it_ended(self, answer, finish, reason, native):
        body = answer(said("a"), finish=finish).json()
        assert (body["stop_reason"], body.get("native_stop_reason")) == (reason, native)

    @pytest.mark.parametrize("arguments", ['{"a": ', "[1]", "null", '{"a": 1} x'])
    def test_arguments_that_are_no_object_are_not_made_up(self, answer, arguments):
        response = answer(said(tool_calls=[call("c", "f", arguments)]))
        assert response.status_code == 502
        error = response.json()["error"]
        assert (error["type"], error["details"]) == ("api_error", {"error_code": "invalid_tool_arguments"})
        assert "'f'" in error["message"]

    def test_those_of_the_servers_own_calls_are_shown_as_they_are(self, answer):
        body = answer(said(tool_calls=[call("w", "run", "print(1)", Kind.CODE_EXECUTION_TOOL)])).json()
        assert body["content"][0]["input"] == {"arguments": "print(1)"}

    def test_an_answer_without_anything(self, answer):
        body = answer().json()
        assert (body["content"], body["stop_reason"]) == ([], None)
        assert body["usage"] == {
            "input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 0,
            "output_tokens_details": {"thinking_tokens": 0},
        }


def chunk(finish=Reason.REASON_INVALID, index=0, usage=None, citations=(), **delta):
    output = chat_pb2.CompletionOutputChunk(delta=chat_pb2.Delta(**delta), index=index, finish_reason=finish)
    return chat_pb2.GetChatCompletionChunk(
        id="r-1", model="m-1", outputs=[output], usage=usage, citations=list(citations)
    )


@pytest.fixture
def stream(plain_gateway, upstream):
    """The events that the gateway makes of chunks: name and data of each."""
    with plain_gateway.http("a-key") as client:

        def streamed(*chunks):
            upstream.answers["GetCompletionChunk"] = list(chunks)
            response = client.post("/v1/messages", json=BODY | {"stream": True})
            assert response.status_code == 200, response.text
            assert response.headers["content-type"].startswith("text/event-stream")
            events = []
            for event in response.text.removesuffix("\n\n").split("\n\n"):
                name, data = event.split("\n")
                events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
            return events

        yield streamed


def start(index, **block):
    return ("content_block_start", {"type": "content_block_start", "index": index, "content_block": block})


def delta(index, kind, **more):
    return ("content_block_delta", {"type": "content_block_delta", "index": index, "delta": {"type": kind, **more}})


def stop(index):
    return ("content_block_stop", {"type": "content_block_stop", "index": index})


THINKING = {"type": "thinking", "thinking": "", "signature": ""}
TEXT = {"type": "text", "text": "", "citations": None}


class TestStreams:
    def test_a_whole_one(self, stream):
        early = usage_pb2.SamplingUsage(prompt_tokens=100, cached_prompt_text_tokens=60)
        first, *between, last, end = stream(
            chunk(role=Role.ROLE_ASSISTANT, reasoning_content="H", usage=early),
            chunk(reasoning_content="m."),
            chunk(encrypted_content="enc"),
            chunk(content="Well"),
            chunk(content=", yes."),
            chunk(tool_calls=[call("c", "f", '{"a": 1}'), call("d", "g", "")]),
            chunk(finish=Reason.REASON_TOOL_CALLS, usage=USAGE, citations=["https://example.com"]),
        )
        assert first == (
            "message_start",
            {
                "type": "message_start",
                "message": {
                    "type": "message",
                    "id": "r-1",
                    "role": "assistant",
                    "model": "m-1",
                    "content": [],
                    "stop_reason": None,
                    "stop_sequence": None,
                    "usage": {
                        "input_tokens": 40,
                        "cache_read_input_tokens": 60,
                        "output_tokens": 0,
                        "output_tokens_details": {"thinking_tokens": 0},
                    },
                },
            },
        )
        assert between == [
            start(0, **THINKING),
            delta(0, "thinking_delta", thinking="H"),
            delta(0, "thinking_delta", thinking="m."),
            delta(0, "signature_delta", signature="enc"),
            stop(0),
            start(1, **TEXT),
            delta(1, "text_delta", text="Well"),
            delta(1, "text_delta", text=", yes."),
            stop(1),
            start(2, type="tool_use", id="c", name="f", input={}),
            delta(2, "input_json_delta", partial_json='{"a": 1}'),
            stop(2),
            start(3, type="tool_use", id="d", name="g", input={}),
            stop(3),
        ]
        assert last == (
            "message_delta",
            {
                "type": "message_delta",
                "delta": {"stop_reason": "tool_use", "stop_sequence": None, "citations": ["https://example.com"]},
                "usage": SHOWN,
            },
        )
        assert end == ("message_stop", {"type": "message_stop"})

    def test_what_comes_encrypted_too_late_for_its_block_has_one_of_its_own(self, stream):
        events = stream(
            chunk(reasoning_content="Hm."),
            chunk(content="Yes."),
            chunk(encrypted_content="en"),
            chunk(encrypted_content="c", finish=Reason.REASON_STOP),
        )
        assert events[1:-2] == [
            start(0, **THINKING),
            delta(0, "thinking_delta", thinking="Hm."),
            stop(0),
            start(1, **TEXT),
            delta(1, "text_delta", text="Yes."),
            stop(1),
            start(2, type="redacted_thinking", data="enc"),
            stop(2),
        ]

    def test_a_call_in_pieces(self, stream):
        events = stream(
            chunk(tool_calls=[call("c", "f", '{"a"')]),
            chunk(tool_calls=[call("", "", ": 1")]),
            chunk(tool_calls=[call("c", "", "}")]),
            chunk(tool_calls=[call("d", "f", "{}")], finish=Reason.REASON_TOOL_CALLS),
        )
        assert [event["delta"]["partial_json"] for name, event in events if name == "content_block_delta"] == [
            '{"a"', ": 1", "}", "{}"
        ]  # fmt: skip
        assert [event["content_block"]["id"] for name, event in events if name == "content_block_start"] == ["c", "d"]

    def test_the_servers_own_calls(self, stream):
        events = stream(
            chunk(tool_calls=[call("w", "web_search", '{"q": 1}', Kind.WEB_SEARCH_TOOL)]),
            chunk(content="found", index=1, role=Role.ROLE_TOOL),
            chunk(content="more", index=1),
            chunk(content="Done.", index=2, finish=Reason.REASON_STOP),
        )
        assert events[1:-2] == [
            start(0, type="server_tool_use", id="w", name="web_search", input={}, tool="web_search"),
            delta(0, "input_json_delta", partial_json='{"q":1}'.replace(":", ": ")),
            stop(0),
            start(1, **TEXT),
            delta(1, "text_delta", text="Done."),
            stop(1),
        ]
        assert events[-2][1]["delta"]["stop_reason"] == "end_turn"

    def test_texts_of_two_outputs_are_two_blocks(self, stream):
        events = stream(chunk(content="a"), chunk(content="b", index=1))
        assert [event["index"] for name, event in events if name == "content_block_start"] == [0, 1]

    def test_one_that_fails_at_once_has_a_status(self, plain_gateway, upstream):
        upstream.answers["GetCompletionChunk"] = [Refusal(StatusCode.PERMISSION_DENIED, "no")]
        with plain_gateway.http("a-key") as client:
            response = client.post("/v1/messages", json=BODY | {"stream": True})
        assert response.status_code == 403
        assert response.json()["error"]["type"] == "permission_error"

    def test_one_without_a_chunk_is_no_answer(self, plain_gateway, upstream):
        upstream.answers["GetCompletionChunk"] = []
        with plain_gateway.http("a-key") as client:
            response = client.post("/v1/messages", json=BODY | {"stream": True})
        assert response.status_code == 502
        assert response.json()["error"]["details"] == {"error_code": "empty_stream"}

    def test_what_the_package_puts_together(self, plain_gateway, upstream):
        upstream.answers["GetCompletionChunk"] = [
            chunk(reasoning_content="Hm.", encrypted_content="enc"),
            chunk(content="Well."),
            chunk(tool_calls=[call("c", "f", '{"a": [1, {"b": null}]}')], finish=Reason.REASON_TOOL_CALLS, usage=USAGE),
        ]
        with (
            anthropic.Anthropic(base_url=plain_gateway.url, api_key="a-key", max_retries=0) as client,
            client.messages.stream(**BODY) as stream,
        ):
            message = stream.get_final_message()
        thinking, text, called = message.content
        assert (thinking.thinking, thinking.signature, text.text) == ("Hm.", "enc", "Well.")
        assert (called.id, called.name, called.input) == ("c", "f", {"a": [1, {"b": None}]})
        assert (message.stop_reason, message.usage.input_tokens, message.usage.output_tokens) == ("tool_use", 40, 12)
        assert message.usage.cache_read_input_tokens == 60


@pytest.fixture
def break_off(plain_gateway, upstream):
    """A stream says a word and waits; when this is called, it breaks off."""
    said_it = asyncio.Event()

    async def broken(_request):
        yield chunk(content="Well")
        await said_it.wait()
        raise Refusal(StatusCode.UNAVAILABLE, "gone")

    upstream.answers["GetCompletionChunk"] = broken
    return lambda: plain_gateway.loop.call_soon_threadsafe(said_it.set)


class TestStreamsThatBreakOff:
    def test_they_end_with_an_error(self, plain_gateway, break_off):
        names, data = [], ""
        with (
            plain_gateway.http("a-key") as client,
            client.stream("POST", "/v1/messages", json=BODY | {"stream": True}) as response,
        ):
            for line in response.iter_lines():
                if line.startswith("event: "):
                    names.append(line.removeprefix("event: "))
                    if names[-1] == "content_block_delta":
                        break_off()
                data = line or data
        assert names == ["message_start", "content_block_start", "content_block_delta", "error"]
        error = json.loads(data.removeprefix("data: "))
        assert error["type"] == "error"
        assert error["error"] == {
            "type": "overloaded_error",
            "message": "gone",
            "details": {"error_code": "unavailable"},
        }

    def test_the_package_raises(self, plain_gateway, break_off):
        texts = []
        with (
            anthropic.Anthropic(base_url=plain_gateway.url, api_key="a-key", max_retries=0) as client,
            pytest.raises(anthropic.APIStatusError, match="gone") as caught,
            client.messages.stream(**BODY) as stream,
        ):
            for text in stream.text_stream:
                texts.append(text)
                break_off()
        assert texts == ["Well"]
        assert caught.value.error_code == "unavailable"


class TestUsage:
    @pytest.fixture
    def counted(self, monkeypatch):
        """What was counted for each request that is over."""
        found = []
        end = Observer.end

        def spy(observer, exchange, *rest):
            found.append((exchange.usage.prompt, exchange.usage.total))
            return end(observer, exchange, *rest)

        monkeypatch.setattr(Observer, "end", spy)

        def last():
            limit = time.monotonic() + 10
            while not found:
                assert time.monotonic() < limit, "the request does not end"
                time.sleep(0.01)
            return found.pop()

        return last

    def test_an_answers(self, answer, counted):
        assert answer(said("a"), usage=USAGE).status_code == 200
        assert counted() == (100, 112)

    def test_one_that_cannot_be_shown_was_made_all_the_same(self, answer, counted):
        assert answer(said(tool_calls=[call("c", "f", "{")]), usage=USAGE).status_code == 502
        assert counted() == (100, 112)

    def test_a_streams_where_the_client_left(self, plain_gateway, upstream, counted):
        async def endless(_request):
            yield chunk(content="Well", usage=USAGE)
            await asyncio.sleep(3600)

        upstream.answers["GetCompletionChunk"] = endless
        with (
            plain_gateway.http("a-key") as client,
            client.stream("POST", "/v1/messages", json=BODY | {"stream": True}) as response,
        ):
            assert next(response.iter_lines()) == "event: message_start"
        assert counted() == (100, 112)
        assert upstream.cancelled == 1
