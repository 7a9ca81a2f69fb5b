"""Streams of responses, and answers of servers that run tools."""

import asyncio
import json
import time

import httpx2
import openai
import pytest
from openai.types.responses import Response
from protobuf import Oneof
from protobuf.wkt import Timestamp
from running import running_gateway

from xaiwire import StatusCode
from xaiwire.proto import chat_pb2, sample_pb2, usage_pb2
from xaiwire_server.emulator.settings import API_KEY
from xaiwire_server.rpc.refusal import Refusal

ROLE = chat_pb2.MessageRole
TYPE = chat_pb2.ToolCallType
REASON = sample_pb2.FinishReason
ASKED = {"model": "m", "input": "Hi"}


def call(identity, name="f", arguments='{"a": 1}', kind=TYPE.CLIENT_SIDE_TOOL):
    function = chat_pb2.FunctionCall(name=name, arguments=arguments)
    return chat_pb2.ToolCall(id=identity, type=kind, tool=Oneof("function", function))


def chunk(
    *, index=0, reason=REASON.REASON_INVALID, citations=(), usage=None, logprobs=None, role=ROLE.ROLE_ASSISTANT, **delta
):
    output = chat_pb2.CompletionOutputChunk(
        delta=chat_pb2.Delta(role=role, **delta), finish_reason=reason, index=index, logprobs=logprobs
    )
    return chat_pb2.GetChatCompletionChunk(
        id="r1", outputs=[output], created=Timestamp(seconds=5), model="m", citations=list(citations), usage=usage
    )


class Indented(httpx2.HTTPTransport):
    """Sends JSON on many lines."""

    def handle_request(self, request):
        content = json.dumps(json.loads(request.read()), indent=2).encode()
        headers = {**request.headers, "content-length": str(len(content))}
        return super().handle_request(httpx2.Request(request.method, request.url, headers=headers, content=content))


def usage(completion):
    return usage_pb2.SamplingUsage(prompt_tokens=3, completion_tokens=completion, total_tokens=3 + completion)


@pytest.fixture
def client(plain_gateway):
    with openai.OpenAI(base_url=f"{plain_gateway.url}/v1", api_key=API_KEY, max_retries=0) as made:
        yield made


@pytest.fixture
def stream(upstream, client):
    """The events that come of chunks."""

    def run(*chunks, **asked):
        upstream.answers = {"GetCompletionChunk": chunks[0] if callable(chunks[0]) else chunks}
        return list(client.responses.create(**ASKED, stream=True, **asked))

    return run


def brief(events):
    """The events' names, without those that begin every stream."""
    assert [event.type for event in events[:2]] == ["response.created", "response.in_progress"]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    return [event.type.removeprefix("response.") for event in events[2:]]


class TestEvents:
    def test_thoughts_words_and_a_call(self, stream):
        events = stream(
            chunk(reasoning_content="Let "),
            chunk(reasoning_content="me see"),
            chunk(content="Well, "),
            chunk(content="now", usage=usage(2)),
            chunk(tool_calls=[call("a")], reason=REASON.REASON_TOOL_CALLS, usage=usage(5)),
        )
        assert brief(events) == [
            "output_item.added",
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "completed",
        ]
        final = events[-1].response
        reasoning, message, function = final.output
        assert (reasoning.id, reasoning.summary[0].text, reasoning.status) == ("rs_r1", "Let me see", "completed")
        assert (message.id, message.content[0].text, message.status) == ("msg_r1", "Well, now", "completed")
        assert (function.id, function.call_id, function.arguments) == ("fc_a", "a", '{"a": 1}')
        assert (final.usage.input_tokens, final.usage.output_tokens, final.usage.total_tokens) == (3, 5, 8)
        done = {event.output_index: event.item for event in events if event.type == "response.output_item.done"}
        assert [done[at] for at in range(3)] == final.output
        assert {event.item_id for event in events if hasattr(event, "item_id")} == {"rs_r1", "msg_r1", "fc_a"}

    def test_each_event_is_named_as_its_type(self, upstream, plain_gateway):
        upstream.answers = {"GetCompletionChunk": [chunk(content="Hi", reason=REASON.REASON_STOP)]}
        with plain_gateway.http() as http:
            response = http.post("/v1/responses", json={**ASKED, "stream": True})
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [event.split("\n") for event in response.text.split("\n\n") if event]
        assert len(events) == 9
        for name, data in events:
            assert name == f"event: {json.loads(data.removeprefix('data: '))['type']}"

    def test_all_responses_are_what_the_client_takes_for_ones(self, upstream, plain_gateway):
        upstream.answers = {"GetCompletionChunk": [chunk(content="Hi", reason=REASON.REASON_STOP, usage=usage(1))]}
        with plain_gateway.http() as http:
            text = http.post("/v1/responses", json={**ASKED, "stream": True}).text
        bodies = [json.loads(line.removeprefix("data: ")) for line in text.split("\n") if line.startswith("data: ")]
        responses = [Response.model_validate(body["response"], strict=True) for body in bodies if "response" in body]
        assert [each.status for each in responses] == ["in_progress", "in_progress", "completed"]

    def test_a_schema_that_was_written_on_several_lines(self, upstream, plain_gateway):
        upstream.answers = {"GetCompletionChunk": [chunk(content="{}", reason=REASON.REASON_STOP)]}
        schema = {"type": "object", "properties": {"n": {"const": 1.0, "title": "a\nb"}}}
        asked = {
            "tools": [{"type": "function", "name": "f", "strict": True, "parameters": schema}],
            "text": {"format": {"type": "json_schema", "name": "n", "schema": schema}},
        }
        with (
            openai.DefaultHttpxClient(transport=Indented()) as http,
            openai.OpenAI(base_url=f"{plain_gateway.url}/v1", api_key=API_KEY, max_retries=0, http_client=http) as it,
        ):
            events = list(it.responses.create(**ASKED, **asked, stream=True))
        for event in (events[0], events[-1]):
            assert event.response.tools[0].parameters == schema
            assert event.response.text.format.schema_ == schema
        [(_, request)] = upstream.requests
        for came in (request.tools[0].tool.value.parameters, request.response_format.schema):
            assert "\n" in came
            assert json.loads(came) == schema

    def test_encrypted_thoughts_come_last_and_belong_to_the_first_item(self, stream):
        events = stream(
            chunk(reasoning_content="Hm"),
            chunk(content="Well"),
            chunk(encrypted_content="E", reason=REASON.REASON_STOP),
            include=["reasoning.encrypted_content"],
        )
        names = brief(events)
        assert names.index("reasoning_summary_text.done") < names.index("output_text.delta")
        reasoning, message = events[-1].response.output
        assert (reasoning.summary[0].text, reasoning.encrypted_content) == ("Hm", "E")
        assert message.content[0].text == "Well"
        assert [event.item.type for event in events if event.type == "response.output_item.done"] == [
            "reasoning",
            "message",
        ]

    def test_encrypted_thoughts_without_words(self, stream):
        events = stream(chunk(content="Well"), chunk(encrypted_content="E", reason=REASON.REASON_STOP))
        message, reasoning = events[-1].response.output
        assert message.content[0].text == "Well"
        assert (reasoning.summary, reasoning.encrypted_content) == ([], "E")

    def test_thoughts_that_go_on_are_another_item(self, stream):
        events = stream(
            chunk(reasoning_content="One"),
            chunk(content="A"),
            chunk(reasoning_content="Two"),
            chunk(content="B", reason=REASON.REASON_STOP),
        )
        first, message, second = events[-1].response.output
        assert (first.id, second.id) == ("rs_r1", "rs_r1_1")
        assert (first.summary[0].text, second.summary[0].text) == ("One", "Two")
        assert message.content[0].text == "AB"

    def test_thoughts_that_go_on_while_the_encrypted_ones_are_awaited_are_another_part(self, stream):
        events = stream(
            chunk(reasoning_content="One"),
            chunk(content="A"),
            chunk(reasoning_content="Two"),
            chunk(encrypted_content="E", reason=REASON.REASON_STOP),
            include=["reasoning.encrypted_content"],
        )
        reasoning, _ = events[-1].response.output
        assert [part.text for part in reasoning.summary] == ["One", "Two"]
        parts = [event for event in events if event.type == "response.reasoning_summary_part.done"]
        assert [event.summary_index for event in parts] == [0, 1]

    def test_log_probabilities(self, stream):
        found = chat_pb2.LogProbs(content=[chat_pb2.LogProb(token="Hi", logprob=-0.5, bytes=b"Hi")])
        events = stream(chunk(content="Hi", logprobs=found, reason=REASON.REASON_STOP))
        [delta] = [event for event in events if event.type == "response.output_text.delta"]
        [done] = [event for event in events if event.type == "response.output_text.done"]
        assert [(each.token, each.logprob) for each in delta.logprobs] == [("Hi", -0.5)]
        assert [each.to_dict() for each in done.logprobs] == [each.to_dict() for each in delta.logprobs]
        assert events[-1].response.output[0].content[0].logprobs[0].bytes == list(b"Hi")

    def test_nothing_but_an_end(self, stream):
        events = stream(chunk(reason=REASON.REASON_STOP))
        assert brief(events) == ["completed"]
        assert events[-1].response.output == []

    @pytest.mark.parametrize(
        ("reason", "word"),
        [
            (REASON.REASON_MAX_LEN, "max_output_tokens"),
            (REASON.REASON_MAX_CONTEXT, "max_prompt_tokens"),
            (REASON.REASON_TIME_LIMIT, "max_time_limit"),
        ],
    )
    def test_an_answer_that_is_not_whole(self, stream, reason, word):
        events = stream(chunk(content="Hi"), chunk(reason=reason))
        assert brief(events)[-2:] == ["output_item.done", "incomplete"]
        final = events[-1].response
        assert (final.status, final.incomplete_details.reason) == ("incomplete", word)
        assert final.output[0].status == "incomplete"

    @pytest.mark.parametrize(
        ("reason", "word"),
        [
            (REASON.REASON_MAX_CONTEXT, "REASON_MAX_CONTEXT"),
            (REASON.REASON_TIME_LIMIT, "REASON_TIME_LIMIT"),
            (9, "REASON_9"),
            (REASON.REASON_STOP, None),
            (REASON.REASON_MAX_LEN, None),
        ],
    )
    def test_a_reason_to_end_that_openai_has_no_word_for(self, upstream, client, stream, reason, word):
        final = stream(chunk(content="Hi"), chunk(reason=reason))[-1].response
        output = chat_pb2.CompletionOutput(message=chat_pb2.CompletionMessage(content="Hi"), finish_reason=reason)
        upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse(id="r1", outputs=[output])]
        for response in (final, client.responses.create(**ASKED)):
            assert response.to_dict().get("native_finish_reason") == word
            assert response.status == ("completed" if reason in (9, REASON.REASON_STOP) else "incomplete")


class TestServersThatRunTools:
    CALL = call("s", "web_search", '{"query": "q"}', TYPE.WEB_SEARCH_TOOL)
    CHUNKS = (
        chunk(tool_calls=[CALL]),
        chunk(tool_calls=[call("m", "lab.ask", "{}", TYPE.MCP_TOOL)], reason=REASON.REASON_TOOL_CALLS),
        chunk(index=1, content="fou", role=ROLE.ROLE_TOOL),
        chunk(index=1, content="nd", role=ROLE.INVALID_ROLE, tool_calls=[CALL], reason=REASON.REASON_TIME_LIMIT),
        chunk(index=2, content="Well", citations=["https://x.ai"], reason=REASON.REASON_STOP),
    )
    TOOLS = ({"type": "web_search"}, {"type": "mcp", "server_label": "lab", "server_url": "https://x.ai/mcp"})

    def test_a_stream(self, stream):
        events = stream(*self.CHUNKS, tools=self.TOOLS)
        final = events[-1].response
        search, mcp, said = final.output
        assert (search.type, search.id, search.action.type, search.action.query) == (
            "web_search_call",
            "s",
            "search",
            "q",
        )
        assert (mcp.type, mcp.name, mcp.server_label) == ("mcp_call", "lab.ask", "lab")
        assert (said.role, said.id, said.content[0].text) == ("assistant", "msg_r1", "Well")
        assert final.citations == ["https://x.ai"]
        begun = [event.item for event in events if event.type == "response.output_item.added"]
        assert [item.status for item in begun] == ["in_progress"] * 3
        assert [item.status for item in final.output] == ["completed"] * 3

    def test_what_their_tools_gave_is_none_of_the_models_words(self, stream):
        events = stream(*self.CHUNKS, tools=self.TOOLS)
        final = events[-1].response
        assert final.output_text == "Well"
        assert final.status == "completed"
        assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "Well"
        [found] = final.server_side_tool_results
        assert found["text"] == "found"
        assert [each["id"] for each in found["calls"]] == ["s"]

    def test_the_answer_can_be_given_back(self, upstream, client, stream):
        final = stream(*self.CHUNKS, tools=self.TOOLS)[-1].response
        upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse(id="r2")]
        given = [item.to_dict() for item in final.output]
        client.responses.create(model="m", input=[*given, {"role": "user", "content": "And?"}])
        said, _ = upstream.requests[-1][1].messages
        assert said == chat_pb2.Message(
            role=ROLE.ROLE_ASSISTANT,
            content=[chat_pb2.Content(content=Oneof("text", "Well"))],
            tool_calls=[self.CALL, call("m", "lab.ask", "{}", TYPE.MCP_TOOL)],
        )

    def test_at_once(self, upstream, client, stream):
        streamed = stream(*self.CHUNKS, tools=self.TOOLS)[-1].response
        outputs = [
            chat_pb2.CompletionOutput(message=chat_pb2.CompletionMessage(role=ROLE.ROLE_ASSISTANT)) for _ in range(3)
        ]
        outputs[1].message.role = ROLE.ROLE_TOOL
        for each in self.CHUNKS:
            [piece] = each.outputs
            made = outputs[piece.index]
            made.message.content += piece.delta.content
            made.message.tool_calls.extend(piece.delta.tool_calls)
            made.finish_reason = piece.finish_reason
        upstream.answers["GetCompletion"] = [
            chat_pb2.GetChatCompletionResponse(id="r1", outputs=outputs, model="m", citations=["https://x.ai"])
        ]
        answer = client.responses.create(**ASKED, tools=self.TOOLS)
        assert answer.output == streamed.output
        assert answer.server_side_tool_results == streamed.server_side_tool_results != []
        assert (answer.status, answer.output_text) == ("completed", "Well")
        Response.model_validate(answer.to_dict(), strict=True)

    @pytest.mark.parametrize(
        ("kind", "name", "arguments", "wanted"),
        [
            (
                TYPE.WEB_SEARCH_TOOL,
                "browse_page",
                '{"url": "https://x.ai"}',
                {"type": "web_search_call", "action": {"type": "open_page", "url": "https://x.ai"}},
            ),
            (TYPE.WEB_SEARCH_TOOL, "web_search", "no JSON", {"type": "web_search_call", "action": {"type": "search"}}),
            (TYPE.X_SEARCH_TOOL, "x_keyword_search", "{}", {"type": "x_search_call"}),
            (
                TYPE.CODE_EXECUTION_TOOL,
                "code_execution",
                '{"code": "1 + 1"}',
                {"type": "code_interpreter_call", "code": "1 + 1", "container_id": "", "outputs": None},
            ),
            (
                TYPE.COLLECTIONS_SEARCH_TOOL,
                "collections_search",
                '{"query": "q"}',
                {"type": "file_search_call", "queries": ["q"], "results": None},
            ),
            (TYPE.DOCUMENT_SEARCH_TOOL, "document_search", "[]", {"type": "document_search_call"}),
            (
                TYPE.MCP_TOOL,
                "ask",
                "{}",
                {"type": "mcp_call", "server_label": "", "output": None, "error": None},
            ),
        ],
    )
    def test_each_kind_of_call(self, upstream, plain_gateway, kind, name, arguments, wanted):
        message = chat_pb2.CompletionMessage(tool_calls=[call("s", name, arguments, kind)])
        output = chat_pb2.CompletionOutput(message=message, finish_reason=REASON.REASON_STOP)
        upstream.answers = {"GetCompletion": [chat_pb2.GetChatCompletionResponse(id="r1", outputs=[output])]}
        with plain_gateway.http() as http:
            [item] = http.post("/v1/responses", json=ASKED).json()["output"]
        assert item == wanted | {"id": "s", "status": "completed", "name": name, "arguments": arguments}


def broken(*chunks):
    """What answers with chunks, and breaks off after the client has had time to receive them."""
    *first, refusal = chunks

    async def answer(_):
        for each in first:
            yield each
        await asyncio.sleep(0.1)
        raise refusal

    return answer


class TestStreamsThatBreakOff:
    def test_an_error_event_and_a_failed_response_end_it(self, stream):
        events = stream(
            broken(
                chunk(reasoning_content="Hm"),
                chunk(content="Well, ", usage=usage(4)),
                Refusal(StatusCode.UNAVAILABLE, "the engine is gone"),
            )
        )
        assert brief(events)[-2:] == ["error", "failed"]
        error, failed = events[-2:]
        assert (error.code, error.message) == ("unavailable", "the engine is gone")
        response = failed.response
        assert (response.status, response.error.code, response.error.message) == (
            "failed",
            "server_error",
            "the engine is gone",
        )
        assert [item.status for item in response.output] == ["completed", "incomplete"]
        assert response.output[1].content[0].text == "Well, "
        assert response.usage.output_tokens == 4

    def test_a_limit_is_said_as_one(self, stream):
        events = stream(broken(chunk(content="Well, "), Refusal(StatusCode.RESOURCE_EXHAUSTED, "slow down")))
        assert events[-1].response.error.code == "rate_limit_exceeded"

    def test_the_client_does_not_take_it_for_an_answer(self, upstream, client):
        upstream.answers = {"GetCompletionChunk": broken(chunk(content="A"), Refusal(StatusCode.INTERNAL, "broken"))}
        with client.responses.stream(**ASKED) as stream:
            types = [event.type for event in stream]
            with pytest.raises(RuntimeError, match=r"response\.completed"):
                stream.get_final_response()
        assert types[-1] == "response.failed"
        assert "response.completed" not in types

    def test_a_call_that_fails_at_once_has_a_status(self, upstream, client):
        upstream.answers = {"GetCompletionChunk": [Refusal(StatusCode.RESOURCE_EXHAUSTED, "slow down")]}
        with pytest.raises(openai.RateLimitError, match="slow down"):
            client.responses.create(**ASKED, stream=True)

    def test_a_stream_of_nothing(self, upstream, client):
        upstream.answers = {"GetCompletionChunk": []}
        with pytest.raises(openai.InternalServerError) as caught:
            client.responses.create(**ASKED, stream=True)
        assert (caught.value.status_code, caught.value.code) == (502, "empty_stream")

    def test_a_server_that_hangs_from_the_beginning(self, upstream, xaiwire_emulator_thread):
        async def hangs(_):
            await asyncio.Event().wait()
            yield

        upstream.answers = {"GetCompletionChunk": hangs}
        with (
            running_gateway(
                xaiwire_emulator_thread._loop, upstream.address, keep_alive=0.05, stream_silence=0.2
            ) as running,
            running.http() as http,
        ):
            text = http.post("/v1/responses", json={**ASKED, "stream": True}).text
        *comments, last = [event for event in text.split("\n\n") if event]
        assert set(comments) == {": keep-alive"}
        name, data = last.split("\n")
        assert name == "event: error"
        assert json.loads(data.removeprefix("data: ")) == {
            "type": "error",
            "sequence_number": 0,
            "code": "upstream_silent",
            "message": "the server said nothing for 0.2 s",
            "param": None,
        }

    def test_a_client_that_leaves_ends_the_call(self, upstream, client):
        async def endless(_):
            while True:
                yield chunk(content="more ")
                await asyncio.sleep(0.01)

        upstream.answers = {"GetCompletionChunk": endless}
        with client.responses.create(**ASKED, stream=True) as stream:
            next(iter(stream))
        deadline = time.monotonic() + 10
        while not upstream.cancelled and time.monotonic() < deadline:
            time.sleep(0.01)
        assert upstream.cancelled == 1
