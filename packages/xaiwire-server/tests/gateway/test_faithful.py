"""Every field of the chat's requests and answers survives the way from HTTP to gRPC and back.

What REST has no form for is left out of the messages that are made here, by `UNSAID` and `carried`; the gateway's
reference lists the same.
"""

import copy
import json

import httpx2
import pytest
import rest_forms
from contract_messages import JSON_OBJECTS, SECONDS, TEXTS, Messages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from protobuf import Oneof

from xaiwire.proto import chat_pb2

CHAT = "/v1/chat/completions"
TYPES = list(chat_pb2.ToolCallType)
FUNCTION = Messages().of(chat_pb2.FunctionCall)


def calls(kinds):
    return st.lists(
        st.builds(
            lambda identity, kind, function: chat_pb2.ToolCall(
                id=identity, type=kind, tool=Oneof("function", function)
            ),
            TEXTS,
            st.sampled_from(kinds),
            FUNCTION,
        ),
        max_size=2,
    )


# The caller's own calls stand apart from the server's, so that their order among each other is not said.
CALLS = st.tuples(calls(TYPES[1:2]), calls(TYPES[2:])).map(lambda both: both[0] + both[1])
FORMATS = st.one_of(
    st.just(chat_pb2.ResponseFormat(format_type=chat_pb2.FormatType.TEXT)),
    st.just(chat_pb2.ResponseFormat(format_type=chat_pb2.FormatType.JSON_OBJECT)),
    st.builds(
        lambda schema: chat_pb2.ResponseFormat(format_type=chat_pb2.FormatType.JSON_SCHEMA, schema=schema),
        st.none() | JSON_OBJECTS,
    ),
)
UNSAID = {
    "Message.tool_calls": CALLS,
    "CompletionMessage.tool_calls": CALLS,
    "Delta.tool_calls": CALLS,
    "Function.parameters": JSON_OBJECTS,
    "ResponseFormat": FORMATS,
    # Whole seconds.
    "GetChatCompletionResponse.created": SECONDS,
    "GetChatCompletionChunk.created": SECONDS,
}
ALWAYS = {
    "Message.role",
    "Content.content",
    "Tool.tool",
    "ToolChoice.tool_choice",
    "Source.source",
    "GetChatCompletionResponse.created",
    "GetChatCompletionChunk.created",
    "CompletionOutput.message",
    "CompletionMessage.role",
    "CompletionOutputChunk.delta",
    "Delta.role",
}


def strategy(kind, most=2):
    return Messages(UNSAID, ALWAYS, most).of(kind)


def compact(request):
    """JSON schemas are carried as they are written; here, all are written alike."""
    request = copy.deepcopy(request)
    functions = [tool.tool.value for tool in request.tools if tool.tool.field == "function"]
    for function in functions:
        if function.parameters:
            function.parameters = json.dumps(json.loads(function.parameters))
    form = request.response_format
    if form is not None and form.has_field("schema"):
        form.schema = json.dumps(json.loads(form.schema))
    return request


many = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def http(plain_gateway):
    with plain_gateway.http("any-key") as client:
        yield client


def post(http: httpx2.Client, body, **more):
    content = json.dumps(body | more)
    return http.post(CHAT, content=content.encode(), headers={"content-type": "application/json"})


@many
@given(request=strategy(chat_pb2.GetCompletionsRequest))
def test_requests(request, upstream, http):
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    response = post(http, rest_forms.chat_request(request))
    assert response.status_code == 200, response.text
    assert "x-gateway-warning" not in response.headers
    assert compact(upstream.requests[-1][1]) == compact(request)


@pytest.mark.parametrize(
    ("more", "rpc", "answer"),
    [
        ({"stream": True}, "GetCompletionChunk", chat_pb2.GetChatCompletionChunk()),
        ({"deferred": True}, "StartDeferredCompletion", None),
    ],
)
@many
@given(request=strategy(chat_pb2.GetCompletionsRequest))
def test_the_other_ways_to_ask_say_the_same(request, more, rpc, answer, upstream, http):
    from xaiwire.proto import deferred_pb2

    upstream.answers[rpc] = [answer or deferred_pb2.StartDeferredResponse(request_id="r")]
    assert post(http, rest_forms.chat_request(request), **more).status_code == 200
    name, came = upstream.requests[-1]
    assert name == rpc
    assert compact(came) == compact(request)


def test_a_schema_is_carried_as_it_was_written(upstream, http):
    upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse()]
    schema = '{ "type":"object",\n"properties" : {"z": {"type": "number"}, "a": {"const": 1.0}} }'
    tool = f'{{"type": "function", "function": {{"name": "f", "parameters": {schema}}}}}'
    form = f'{{"type": "json_schema", "json_schema": {{"name": "n", "schema": {schema}}}}}'
    body = f'{{"model": "m", "messages": [], "tools": [{tool}], "response_format": {form}}}'
    answer = http.post(CHAT, content=body.encode(), headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    ((_, came),) = upstream.requests
    assert came.tools[0].tool.value.parameters == schema
    assert came.response_format.schema == schema


@many
@given(response=strategy(chat_pb2.GetChatCompletionResponse, most=1))
def test_answers(response, upstream, http):
    upstream.answers["GetCompletion"] = [response]
    answer = post(http, {"model": "m", "messages": []})
    assert answer.status_code == 200, answer.text
    assert rest_forms.completion(answer.json()) == response


@many
@given(chunks=st.lists(strategy(chat_pb2.GetChatCompletionChunk, most=1), min_size=1, max_size=3))
def test_streams(chunks, upstream, http):
    upstream.answers["GetCompletionChunk"] = chunks
    answer = post(http, {"model": "m", "messages": []}, stream=True, stream_options={"include_usage": True})
    *events, done = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert done == "[DONE]"
    came = [rest_forms.chunk(json.loads(event)) for event in events]
    usages = [chunk.usage for chunk in chunks if chunk.usage is not None]
    if usages:
        last = came.pop()
        assert (last.usage, last.outputs) == (usages[-1], [])
    assert came == carried(chunks)


def carried(chunks):
    """Chunks without what a stream says once: a choice's role with its first chunk, the usage behind the last one."""
    chunks = copy.deepcopy(chunks)
    known = set()
    for chunk in chunks:
        chunk.clear_field("usage")
        for output in chunk.outputs:
            if output.index in known:
                output.delta.clear_field("role")
            known.add(output.index)
    return chunks
