"""/v1/chat/completions with OpenAI's own package: answers of a type, and tools."""

import json

import openai
import pytest
from protobuf import Oneof
from pydantic import BaseModel

from xaiwire.proto import chat_pb2, sample_pb2

QUESTION = [{"role": "user", "content": "Alice and Bob go to a fair on Friday."}]
_Role = chat_pb2.MessageRole


class Participant(BaseModel):
    name: str
    age: int | None


class Event(BaseModel):
    """A day with people."""

    title: str
    participants: list[Participant]


@pytest.fixture
def client(plain_gateway):
    with openai.OpenAI(base_url=f"{plain_gateway.url}/v1", api_key="k", max_retries=0, timeout=30) as made:
        yield made


def answer(text="", reason=sample_pb2.FinishReason.REASON_STOP, **message):
    said = chat_pb2.CompletionMessage(role=_Role.ROLE_ASSISTANT, content=text, **message)
    return chat_pb2.GetChatCompletionResponse(
        id="c", model="m", outputs=[chat_pb2.CompletionOutput(message=said, finish_reason=reason)]
    )


def test_an_answer_of_a_type(client, upstream):
    event = Event(title="Fair", participants=[Participant(name="Alice", age=7), Participant(name="Bob", age=None)])
    upstream.answers["GetCompletion"] = [answer(event.model_dump_json())]
    completion = client.chat.completions.parse(model="m", messages=QUESTION, response_format=Event)
    assert completion.choices[0].message.parsed == event
    ((_, came),) = upstream.requests
    assert came.response_format.format_type == chat_pb2.FormatType.JSON_SCHEMA
    schema = json.loads(came.response_format.schema)
    assert schema["properties"]["participants"]["items"] == {"$ref": "#/$defs/Participant"}
    assert schema["$defs"]["Participant"]["required"] == ["name", "age"]
    assert schema["additionalProperties"] is False


def test_an_answer_of_a_type_that_was_cut_short(client, upstream):
    upstream.answers["GetCompletion"] = [answer('{"title": "Fa', sample_pb2.FinishReason.REASON_MAX_LEN)]
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(model="m", messages=QUESTION, response_format=Event)


def test_calls_of_tools_and_their_results(client, upstream):
    class Weather(BaseModel):
        """What the weather is."""

        city: str

    calls = [
        chat_pb2.ToolCall(
            id=f"call_{city}",
            type=chat_pb2.ToolCallType.CLIENT_SIDE_TOOL,
            tool=Oneof("function", chat_pb2.FunctionCall(name="Weather", arguments=json.dumps({"city": city}))),
        )
        for city in ("Rome", "Oslo")
    ]
    upstream.answers["GetCompletion"] = [answer(reason=sample_pb2.FinishReason.REASON_TOOL_CALLS, tool_calls=calls)]
    tools = [openai.pydantic_function_tool(Weather)]
    first = client.chat.completions.parse(model="m", messages=QUESTION, tools=tools, tool_choice="required")
    message = first.choices[0].message
    assert first.choices[0].finish_reason == "tool_calls"
    assert message.content is None
    assert [call.function.parsed_arguments for call in message.tool_calls] == [
        Weather(city="Rome"),
        Weather(city="Oslo"),
    ]

    upstream.answers["GetCompletion"] = [answer("Warm and cold.")]
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": call.function.parsed_arguments.city}
        for call in reversed(message.tool_calls)
    ]
    asked = {"role": "assistant", "tool_calls": [call.model_dump() for call in message.tool_calls]}
    for call in asked["tool_calls"]:
        del call["function"]["parsed_arguments"]
    last = client.chat.completions.create(model="m", messages=[*QUESTION, asked, *results], tools=tools)
    assert last.choices[0].message.content == "Warm and cold."

    (_, one), (_, two) = upstream.requests
    function = one.tools[0].tool.value
    assert (function.name, function.description, function.strict) == ("Weather", "What the weather is.", True)
    assert json.loads(function.parameters)["required"] == ["city"]
    assert one.tool_choice.tool_choice == Oneof("mode", chat_pb2.ToolMode.REQUIRED)
    assert list(two.messages[1].tool_calls) == calls
    assert [(each.role, each.content[0].content.value) for each in two.messages[2:]] == [
        (_Role.ROLE_TOOL, "Rome"),
        (_Role.ROLE_TOOL, "Oslo"),
    ]
