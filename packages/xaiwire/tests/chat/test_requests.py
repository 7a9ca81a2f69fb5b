"""What is sent for what people say."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from answers import whole
from protobuf import Oneof

from xaiwire import chat, search, tools
from xaiwire._gen.xai.api.v1 import chat_pb as pb
from xaiwire._gen.xai.api.v1 import image_pb
from xaiwire.errors import ValidationError


@dataclass
class Point:
    x: int


WEATHER = chat.tool("weather", "tells it", {"type": "object"})

SETTINGS = [
    ({"user": "u"}, {"user": "u"}),
    ({"max_tokens": 0, "seed": 0, "top_logprobs": 0}, {"max_tokens": 0, "seed": 0, "top_logprobs": 0}),
    ({"temperature": 0.0, "top_p": 0.5}, {"temperature": 0.0, "top_p": 0.5}),
    ({"stop": ["a", "b"]}, {"stop": ["a", "b"]}),
    ({"logprobs": True}, {"logprobs": True}),
    ({"frequency_penalty": -1.0, "presence_penalty": 0.0}, {"frequency_penalty": -1.0, "presence_penalty": 0.0}),
    ({"parallel_tool_calls": False}, {"parallel_tool_calls": False}),
    ({"tools": [WEATHER, tools.web_search()]}, {"tools": [WEATHER, tools.web_search()]}),
    ({"tool_choice": "required"}, {"tool_choice": pb.ToolChoice(tool_choice=Oneof("mode", pb.ToolMode.REQUIRED))}),
    (
        {"tool_choice": chat.required_tool("weather")},
        {"tool_choice": pb.ToolChoice(tool_choice=Oneof("function_name", "weather"))},
    ),
    ({"reasoning_effort": "medium"}, {"reasoning_effort": pb.ReasoningEffort.EFFORT_MEDIUM}),
    ({"reasoning_effort": pb.ReasoningEffort(9)}, {"reasoning_effort": pb.ReasoningEffort(9)}),
    ({"response_format": "json_object"}, {"response_format": pb.ResponseFormat(format_type=pb.FormatType.JSON_OBJECT)}),
    (
        {"response_format": {"type": "object"}},
        {"response_format": pb.ResponseFormat(format_type=pb.FormatType.JSON_SCHEMA, schema='{"type": "object"}')},
    ),
    (
        {"response_format": pb.ResponseFormat(format_type=pb.FormatType.TEXT)},
        {"response_format": pb.ResponseFormat(format_type=pb.FormatType.TEXT)},
    ),
    (
        {"search_parameters": search.SearchParameters(mode="on", max_search_results=3)},
        {"search_parameters": search.SearchParameters(mode="on", max_search_results=3).to_proto()},
    ),
    ({"search_parameters": pb.SearchParameters()}, {"search_parameters": pb.SearchParameters()}),
    ({"store_messages": True, "previous_response_id": "p"}, {"store_messages": True, "previous_response_id": "p"}),
    ({"use_encrypted_content": True}, {"use_encrypted_content": True}),
]


@pytest.mark.parametrize(("settings", "expected"), SETTINGS, ids=[",".join(given) for given, _ in SETTINGS])
def test_settings_are_sent(harness, settings, expected):
    messages = [chat.user("Hello")]
    made = harness.client.create("grok-4", messages=messages, **settings)
    assert made.proto == pb.GetCompletionsRequest(model="grok-4", messages=messages, **expected)
    harness.answers(whole("Hi"), whole("Hi"))
    harness.run(made.sample())
    harness.run(harness.client.complete("grok-4", "Hello", **settings))
    sent, also = (each.request for each in harness.caller.calls)
    assert sent == also == pb.GetCompletionsRequest(model="grok-4", messages=messages, n=1, **expected)


def test_each_setting_is_among_those_tested():
    assert {name for given, _ in SETTINGS for name in given} == chat.ChatSettings.__annotations__.keys()


def test_what_is_not_said_is_not_sent(harness):
    assert json.loads(harness.client.create("grok-4").proto.to_json()) == {"model": "grok-4"}
    nothing = dict.fromkeys(chat.ChatSettings.__annotations__)
    assert json.loads(harness.client.create("grok-4", **nothing).proto.to_json()) == {"model": "grok-4"}


def test_a_shape_is_sent_as_its_schema(harness):
    sent = harness.client.create("grok-4", response_format=Point).proto.response_format
    assert sent.format_type == pb.FormatType.JSON_SCHEMA
    assert json.loads(sent.schema)["properties"] == {"x": {"type": "integer"}}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"reasoning_effort": "huge"}, "reasoning_effort.*high.*'huge'"),
        ({"tool_choice": "perhaps"}, "tool_choice"),
        ({"response_format": "xml"}, "response_format"),
        ({"stop": "END"}, "stop"),
        ({"tools": [3]}, "a tool is"),
        ({"response_format": object()}, "no JSON Schema"),
    ],
)
def test_settings_that_say_what_does_not_exist(harness, settings, said):
    with pytest.raises(ValidationError, match=said):
        harness.client.create("grok-4", **settings)


def test_a_setting_that_does_not_exist(harness):
    with pytest.raises(TypeError, match="'temprature'"):
        harness.client.create("grok-4", temprature=1)


def test_no_messages(harness):
    with pytest.raises(ValidationError, match="no message"):
        harness.run(harness.client.create("grok-4").sample())
    assert not harness.caller.calls


@pytest.mark.parametrize("method", ["sample_batch", "stream_batch", "defer_batch"])
def test_a_number_of_answers_that_is_none(harness, method):
    made = harness.client.create("grok-4", messages=[chat.user("Hello")])
    with pytest.raises(ValidationError, match="n is the number"):
        harness.run(getattr(made, method)(0))


def test_options_of_calls_are_not_settings(harness):
    harness.answers(whole("Hi"))
    harness.run(harness.client.complete("grok-4", "Hello", timeout=3.0, metadata={"a": "b"}, seed=1))
    assert harness.caller.last.options == {"timeout": 3.0, "metadata": {"a": "b"}}
    assert harness.caller.last.request.seed == 1


def test_the_conversations_id_goes_to_the_call_alone(harness):
    harness.answers(whole("Hi"), whole("Hi"))
    made = harness.client.create("grok-4", messages=[chat.user("Hello")], conversation_id="talk")
    harness.run(made.sample())
    harness.run(made.sample(conversation_id="other"))
    first, second = harness.caller.calls
    assert first.options == {"conversation_id": "talk"}
    assert second.options == {"conversation_id": "other"}
    assert "talk" not in first.request.to_json()


def test_a_message_has_its_content_in_order():
    made = chat.user("Look:", chat.image("https://a/b.png", detail="high"), chat.file("f1"), chat.text("well?"))
    kinds = [(piece.content.field, piece.content.value) for piece in made.content]
    assert kinds == [
        ("text", "Look:"),
        (
            "image_url",
            image_pb.ImageUrlContent(image_url="https://a/b.png", detail=image_pb.ImageDetail.DETAIL_HIGH),
        ),
        ("file", pb.FileContent(file_id="f1")),
        ("text", "well?"),
    ]
    assert made.role == pb.MessageRole.ROLE_USER


@pytest.mark.parametrize(
    ("make", "role"),
    [(chat.system, "ROLE_SYSTEM"), (chat.assistant, "ROLE_ASSISTANT"), (chat.tool_result, "ROLE_TOOL")],
)
def test_each_role(make, role):
    assert make("x") == pb.Message(role=pb.MessageRole[role], content=[chat.text("x")])


def test_images_have_details_that_exist():
    assert chat.image("u", detail=None).content.value.detail == image_pb.ImageDetail.DETAIL_AUTO
    with pytest.raises(ValidationError, match="detail"):
        chat.image("u", detail="extreme")


def test_parameters_that_are_no_json():
    with pytest.raises(ValidationError, match="cannot be written as JSON"):
        chat.tool("t", "d", {"a": object()})


def test_appending(harness):
    made = harness.client.create("grok-4")
    assert made.append(chat.user("Hello")) is made
    harness.answers(whole("Hi"))
    response = harness.run(made.sample())
    assert len(made.messages) == 1
    made.append(response)
    assert [message.role.name for message in made.messages] == ["ROLE_USER", "ROLE_ASSISTANT"]
    with pytest.raises(ValidationError, match="append takes a message"):
        made.append("Hello")


def test_a_prompt_may_be_a_message_or_several(harness):
    harness.answers(whole("1"), whole("2"))
    harness.run(harness.client.complete("grok-4", chat.user("a")))
    harness.run(harness.client.complete("grok-4", (each for each in [chat.system("s"), chat.user("a")])))
    assert [len(each.request.messages) for each in harness.caller.calls] == [1, 2]
