"""Conversations as plain data, and completions that the server stores."""

from __future__ import annotations

import json

import pytest
from answers import call, whole

from xaiwire import chat
from xaiwire._gen.xai.api.v1 import chat_pb as pb
from xaiwire._services import chat as methods
from xaiwire.errors import ValidationError


def weather(city: str) -> str:
    """Tell the weather."""
    return f"rain in {city}"


def test_a_conversation_is_kept_and_goes_on(harness):
    made = harness.client.create(
        "grok-4", messages=[chat.system("Be brief."), chat.user("Hi", chat.file("f"))], seed=3, tools=[weather]
    )
    harness.answers(whole("Hello", calls=[call("weather", '{"city":"Rome"}')]))
    made.append(harness.run(made.sample()))
    made.append(chat.tool_result("rain"))
    kept = json.loads(json.dumps(made.to_dict()))
    again = harness.client.from_dict(kept, conversation_id="talk")
    assert again.proto == made.proto
    harness.answers(whole("It rains."))
    harness.run(again.sample())
    assert harness.caller.last.options == {"conversation_id": "talk"}


def test_functions_are_given_again(harness):
    kept = harness.client.create("grok-4", messages=[chat.user("Weather?")], tools=[weather]).to_dict()
    harness.answers(whole("", calls=[call("weather", '{"city":"Rome"}')]), whole("Rain."))
    again = harness.client.from_dict(kept, tools=[weather])
    assert harness.run(again.run_tools()).content == "Rain."
    assert again.messages[-1] == chat.tool_result("rain in Rome")


OPENAI = [
    {"role": "developer", "content": "Be brief."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "Look"},
            {"type": "image_url", "image_url": {"url": "https://a/b.png", "detail": "low"}},
            {"type": "image_url", "image_url": "https://a/c.png"},
            {"type": "file", "file": {"file_id": "f1"}},
        ],
    },
    {
        "role": "assistant",
        "content": None,
        "reasoning_content": "Hm",
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Rome"}'}},
            {"id": "c2", "function": {"name": "time", "arguments": {"zone": "CET"}}},
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "rain"},
]


def test_messages_in_openais_form(harness):
    made = harness.client.from_dict({"model": "grok-4", "messages": OPENAI})
    system, user, assistant, result = made.messages
    assert system == chat.system("Be brief.")
    assert user == chat.user(
        "Look", chat.image("https://a/b.png", detail="low"), chat.image("https://a/c.png"), chat.file("f1")
    )
    assert assistant.reasoning_content == "Hm"
    assert [each.to_binary() for each in assistant.tool_calls] == [
        call("weather", '{"city":"Rome"}').to_binary(),
        call("time", '{"zone": "CET"}', id="c2").to_binary(),
    ]
    assert result == chat.tool_result("rain")


def test_messages_there_and_back():
    messages = chat.messages_from_dicts(OPENAI)
    assert chat.messages_from_dicts(json.loads(json.dumps(chat.messages_to_dicts(messages)))) == messages


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": [{"type": "audio"}]},
        {"role": "user", "content": [{"text": "no type"}]},
        {"role": "user", "content": 3},
        {"role": "user", "content": "x", "audio": {}},
        {"role": "assistant", "tool_calls": [{"id": "c1"}]},
        {"role": "wizard", "content": "x"},
        {"role": "ROLE_USER", "contents": []},
        {"role": "user", "content": [{"type": "image_url", "image_url": {}}]},
    ],
)
def test_data_that_is_no_message(message):
    with pytest.raises(ValidationError, match="message 1 cannot be read"):
        chat.messages_from_dicts([{"role": "user", "content": "x"}, message])


@pytest.mark.parametrize("data", [{"model": 3}, {"model": "m", "no_such_field": 1}, {"model": "m", "seed": object()}])
def test_data_that_is_no_conversation(harness, data):
    with pytest.raises(ValidationError, match="no conversation"):
        harness.client.from_dict(data)


def test_stored_completions(harness):
    harness.caller.on(methods.GET_STORED, lambda request: whole("a", "b"))
    harness.caller.on(
        methods.DELETE_STORED, lambda request: pb.DeleteStoredCompletionResponse(response_id=request.response_id)
    )
    got = harness.run(harness.client.get_stored_completion("r1", timeout=2.0))
    assert [each.content for each in got] == ["a", "b"]
    assert harness.caller.last.request.response_id == "r1"
    assert harness.caller.last.options == {"timeout": 2.0}
    assert harness.run(harness.client.delete_stored_completion("r1")) == "r1"
