"""Whole responses and streamed ones."""

from __future__ import annotations

import asyncio
from itertools import accumulate

import pytest
from answers import ASSISTANT, call, chunk, whole
from hypothesis import given
from hypothesis import strategies as st

from xaiwire import chat
from xaiwire._chat.accumulate import Accumulator
from xaiwire._gen.xai.api.v1 import chat_pb as pb
from xaiwire._gen.xai.api.v1.sample_pb import FinishReason
from xaiwire._gen.xai.api.v1.usage_pb import SamplingUsage, ServerSideTool
from xaiwire._services import chat as methods
from xaiwire.errors import UnavailableError

STOP = FinishReason.REASON_STOP
SERVER_SIDE = pb.ToolCallType.WEB_SEARCH_TOOL


@pytest.fixture
def made(harness):
    return harness.client.create("grok-4", messages=[chat.user("Hello")])


def test_a_whole_response(harness, made):
    usage = SamplingUsage(
        prompt_tokens=3, server_side_tools_used=[ServerSideTool.WEB_SEARCH, ServerSideTool.WEB_SEARCH]
    )
    harness.answers(whole("Hi", usage=usage, citations=["https://a"], system_fingerprint="fp"))
    response = harness.run(made.sample())
    assert (response.id, response.model, response.content, str(response)) == ("r1", "grok-4", "Hi", "Hi")
    assert (response.role, response.finish_reason) == ("ROLE_ASSISTANT", "REASON_STOP")
    assert response.usage is usage
    assert response.server_side_tool_usage == {"SERVER_SIDE_TOOL_WEB_SEARCH": 2}
    assert list(response.citations) == ["https://a"]
    assert response.system_fingerprint == "fp"
    assert response.index == 0
    assert response.logprobs == pb.LogProbs()
    assert response.request_settings == pb.RequestSettings()
    assert response.debug_output == pb.DebugOutput()
    assert "Hi" in repr(response)


def test_an_empty_response(harness, made):
    harness.answers(pb.GetChatCompletionResponse())
    response = harness.run(made.sample())
    assert (response.content, response.reasoning_content, response.encrypted_content) == ("", "", "")
    assert response.finish_reason == "REASON_INVALID"
    assert response.usage == SamplingUsage()
    assert list(response.tool_calls) == []


def test_a_value_of_a_newer_server(harness, made):
    answer = whole("Hi")
    answer.outputs[0].finish_reason = FinishReason(77)
    harness.answers(answer)
    assert harness.run(made.sample()).finish_reason == "77"


def test_several_answers(harness, made):
    harness.answers(whole("a", "b", "c"))
    assert [response.content for response in harness.run(made.sample_batch(3))] == ["a", "b", "c"]
    assert harness.caller.last.request.n == 3


def test_of_a_server_that_runs_tools_the_last_output_is_the_answer(harness):
    turns = pb.GetChatCompletionResponse(
        outputs=[
            pb.CompletionOutput(
                index=0, message=pb.CompletionMessage(role=ASSISTANT, tool_calls=[call("web_search", type=SERVER_SIDE)])
            ),
            pb.CompletionOutput(index=1, message=pb.CompletionMessage(role=pb.MessageRole.ROLE_TOOL, content="found")),
            pb.CompletionOutput(index=2, message=pb.CompletionMessage(role=ASSISTANT, content="It is blue.")),
        ]
    )
    harness.answers(turns)
    made = harness.client.create("grok-4", messages=[chat.user("?")])
    response = harness.run(made.sample())
    assert response.index is None
    assert response.content == "It is blue."
    made.append(response)
    assert [message.role.name for message in made.messages] == [
        "ROLE_USER",
        "ROLE_ASSISTANT",
        "ROLE_TOOL",
        "ROLE_ASSISTANT",
    ]
    [called] = response.tool_calls
    assert not called.on_client


def test_a_stream(harness, made):
    harness.streams(
        [
            chunk(role=ASSISTANT, reasoning_content="Hm"),
            chunk("Hel", reasoning_content="m"),
            chunk("lo", end=STOP, usage=SamplingUsage(completion_tokens=2), citations=["https://a"]),
        ]
    )
    got = harness.run(made.stream())
    responses, chunks = zip(*got, strict=True)
    assert [each.content for each in chunks] == ["", "Hel", "lo"]
    assert [each.reasoning_content for each in chunks] == ["Hm", "m", ""]
    assert [str(each) for each in chunks] == ["Hm", "Helm", "lo"]
    assert list(chunks[2].citations) == ["https://a"]
    assert "lo" in repr(chunks[2])
    [response] = {id(each): each for each in responses}.values()
    assert (response.content, response.reasoning_content) == ("Hello", "Hmm")
    assert response.finish_reason == "REASON_STOP"
    assert response.usage.completion_tokens == 2
    assert list(response.citations) == ["https://a"]


def test_a_response_so_far(harness, made):
    harness.streams([chunk("a", role=ASSISTANT), chunk("b"), chunk("c", end=STOP)])
    seen = []

    def note(response):
        seen.append((response.content, response.finish_reason))

    if harness.kind == "sync":
        for response, _ in made.stream():
            note(response)
    else:

        async def run():
            async for response, _ in made.stream():
                note(response)

        asyncio.run(run())
    assert seen == [("a", "REASON_INVALID"), ("ab", "REASON_INVALID"), ("abc", "REASON_STOP")]


def test_streamed_answers_of_several(harness, made):
    harness.streams([chunk("b1", index=1), chunk("a1"), chunk("b2", index=1, end=STOP), chunk("a2", end=STOP)])
    got = harness.run(made.stream_batch(2))
    assert [[each.content for each in chunks] for _, chunks in got] == [["", "b1"], ["a1", ""], ["", "b2"], ["a2", ""]]
    assert [response.content for response in got[-1][0]] == ["a1a2", "b1b2"]
    assert harness.caller.last.request.n == 2


def test_tools_that_a_server_adds_make_the_last_output_the_answer(harness, made):
    harness.streams(
        [chunk("", role=ASSISTANT, calls=[call("x", type=SERVER_SIDE)]), chunk("It is.", index=1, end=STOP)]
    )
    last, _ = harness.run(made.stream())[-1]
    assert last.index is None
    assert last.content == "It is."


def test_pieces_of_a_tool_call_are_put_together(harness, made):
    harness.streams(
        [
            chunk(role=ASSISTANT, calls=[call("weather", '{"city"')]),
            chunk(calls=[call("", ':"Rome"}')]),
            chunk(calls=[call("time", "{}", id="c2")], end=STOP),
            # The same call once more, whole, is not a second one.
            chunk(calls=[call("time", "{}", id="c2")], end=STOP),
        ]
    )
    response, last = harness.run(made.stream())[-1]
    assert [(each.id, each.function.name, each.function.arguments) for each in response.tool_calls] == [
        ("c1", "weather", '{"city":"Rome"}'),
        ("c2", "time", "{}"),
    ]
    assert [each.function.name for each in last.tool_calls] == ["time"]


def test_a_piece_of_a_tool_call_may_be_what_came_before(harness, made):
    pieces = ['{"a":', '{"a":', "1}}"]
    harness.streams([chunk(role=ASSISTANT, calls=[call("nested", piece)]) for piece in pieces])
    response, _ = harness.run(made.stream())[-1]
    assert [each.function.arguments for each in response.tool_calls] == ['{"a":{"a":1}}']


def test_log_probabilities_are_put_together(harness, made):
    tokens = [pb.LogProb(token=token) for token in "ab"]
    harness.streams(
        [chunk("a", logprobs=pb.LogProbs(content=tokens[:1])), chunk("b", logprobs=pb.LogProbs(content=tokens[1:]))]
    )
    response, _ = harness.run(made.stream())[-1]
    assert [each.token for each in response.logprobs.content] == ["a", "b"]


def test_a_stream_that_is_cut_keeps_what_came(harness, made):
    def cut(_request):
        yield chunk("Hel", role=ASSISTANT)
        raise UnavailableError("gone")

    harness.caller.on(methods.STREAM, cut)
    got = []

    async def run():
        async for response, _ in made.stream():
            got.append(response)

    with pytest.raises(UnavailableError):
        if harness.kind == "async":
            asyncio.run(run())
        for response, _ in made.stream():
            got.append(response)
    assert got[0].content == "Hel"


def test_closing_a_stream_ends_its_call(harness, made):
    harness.streams([chunk("a"), chunk("b")])
    if harness.kind == "sync":
        stream = made.stream()
        next(stream)
        stream.close()
    else:

        async def run():
            stream = made.stream()
            await anext(stream)
            await stream.aclose()

        asyncio.run(run())
    assert harness.caller.last.closed


def test_a_chunk_without_a_response():
    made = chat.Chunk(chunk("x"), None)
    assert made.content == "x"
    assert [each.role for each in made.choices] == [pb.MessageRole.INVALID_ROLE]
    assert made.choices[0].finish_reason == FinishReason.REASON_INVALID
    assert made.server_side_tool_usage == {}


def test_a_response_takes_chunks_by_hand():
    response = chat.Response.streamed(Accumulator(), 0)
    response.process_chunk(chunk("a"))
    assert response.content == "a"


PIECES = st.lists(st.tuples(st.integers(0, 2), st.text(max_size=5), st.text(max_size=5)), max_size=20)


@given(PIECES)
def test_streamed_or_whole_is_the_same(pieces):
    accumulator = Accumulator(3)
    for index, content, reasoning in pieces:
        accumulator.take(chunk(content, index=index, reasoning_content=reasoning))
        accumulator.proto  # noqa: B018 - reading in between changes nothing
    for index in range(3):
        mine = [piece for piece in pieces if piece[0] == index]
        output = accumulator.proto.outputs[index]
        assert output.index == index
        assert output.message.content == "".join(content for _, content, _ in mine)
        assert output.message.reasoning_content == "".join(reasoning for _, _, reasoning in mine)
    assert list(accumulate(output.index for output in accumulator.proto.outputs)) == [0, 1, 3]
