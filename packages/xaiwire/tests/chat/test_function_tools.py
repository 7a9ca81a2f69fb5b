"""Tools out of functions and types, and the loop that runs them."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

import pytest
from answers import call, whole
from harness import Harness
from pydantic import BaseModel, Field

from xaiwire import chat, tools
from xaiwire._chat.function_tools import result_text
from xaiwire._gen.xai.api.v1 import chat_pb as pb
from xaiwire.chat import tool_from_function, tool_from_model
from xaiwire.errors import ToolError, UnavailableError, ValidationError


@dataclass
class Place:
    city: str
    zone: str | None = None


class Span(BaseModel):
    """A span of days."""

    first: int = Field(ge=0)
    last: int


class Options(TypedDict, total=False):
    lang: str


def weather(city: Annotated[str, "the city"], unit: Literal["C", "F"] = "C", days: int = 1) -> dict[str, Any]:
    """Tell the weather.

    More for those who read on.
    """
    return {"city": city, "unit": unit, "days": days}


def test_a_function_is_a_tool():
    made = tool_from_function(weather)
    assert (made.name, made.description) == ("weather", "Tell the weather.\n\nMore for those who read on.")
    assert made.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "the city"},
            "unit": {"enum": ["C", "F"], "default": "C"},
            "days": {"type": "integer", "default": 1},
        },
        "required": ["city"],
        "additionalProperties": False,
    }
    function = made.proto.tool.value
    assert (function.name, json.loads(function.parameters)) == ("weather", made.parameters)
    assert made.call('{"city": "Rome", "unit": "F"}') == {"city": "Rome", "unit": "F", "days": 1}
    assert "_read" not in repr(made)


@pytest.mark.parametrize(
    "arguments",
    [
        "{",
        "[]",
        "null",
        "3",
        '{"city": 3}',
        "{}",
        "",
        '{"city": "Rome", "unit": "K"}',
        '{"city": "Rome", "town": "x"}',
        "[" * 100_000,
    ],
)
def test_arguments_that_a_function_does_not_take(arguments):
    with pytest.raises(ToolError, match="the arguments of weather are not what it takes"):
        tool_from_function(weather).call(arguments)


def test_arguments_become_what_the_hints_say():
    def meet(place: Place, span: Span, options: Options, tags: list[str], *, loud: bool = False) -> Any:
        return place, span, options, tags, loud

    made = tool_from_function(meet)
    got = made.call(
        json.dumps(
            {"place": {"city": "Rome"}, "span": {"first": 1, "last": 2}, "options": {"lang": "it"}, "tags": ["a"]}
        )
    )
    assert got == (Place("Rome"), Span(first=1, last=2), {"lang": "it"}, ["a"], False)
    with pytest.raises(ToolError, match="first"):
        made.call(json.dumps({"place": {"city": "R"}, "span": {"first": -1, "last": 2}, "options": {}, "tags": []}))


def test_functions_of_all_kinds():
    class Adder:
        def __call__(self, a: int, b: int = 2) -> int:
            return a + b

        def method(self, a: int) -> int:
            """Add one."""
            return a + 1

    def none() -> None:
        return None

    def by_place(a: int, /, b: int) -> int:
        return a - b

    def anything(value) -> Any:
        return value

    assert tool_from_function(Adder(), name="add").call('{"a": 1}') == 3
    assert tool_from_function(Adder().method).call('{"a": 1}') == 2
    assert tool_from_function(none).call("") is None
    assert tool_from_function(none).description == ""
    assert tool_from_function(by_place).call('{"a": 5, "b": 3}') == 2
    assert tool_from_function(anything).call('{"value": [1, {"a": null}]}') == [1, {"a": None}]
    assert tool_from_function(lambda x: x, name="same", description="d").call('{"x": 1}') == 1


def default_object(place: Place = Place("Rome"), what: Any = print) -> str:  # noqa: B008
    return place.city


def test_defaults_that_are_objects():
    made = tool_from_function(default_object)
    assert made.parameters["properties"]["place"]["default"] == {"city": "Rome", "zone": None}
    assert "default" not in made.parameters["properties"]["what"]
    assert made.call("{}") == "Rome"


def any_number(*args: int) -> None:
    """Not to be said in a schema."""


def of_bytes(value: object) -> None:
    """Takes anything."""


def of_threads(value: threading.Thread) -> None:
    """JSON cannot hold one."""


def of_nowhere(value: Nowhere) -> None:  # noqa: F821
    """A hint that is nothing."""


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (any_number, "any number of arguments"),
        (lambda **kwargs: None, "give name="),
        (of_threads, "no JSON Schema"),
        (of_nowhere, "cannot be seen"),
    ],
)
def test_functions_that_are_no_tools(function, said):
    with pytest.raises(ValidationError, match=said):
        tool_from_function(function)


def test_types_are_tools():
    made = tool_from_model(Span)
    assert (made.name, made.description) == ("Span", "A span of days.")
    assert made.parameters["required"] == ["first", "last"]
    with pytest.raises(ToolError, match="no function"):
        made.call("{}")
    place = tool_from_model(Place, lambda place: place.city, name="locate", description="d")
    assert (place.name, place.description) == ("locate", "d")
    assert place.call('{"city": "Rome"}') == "Rome"
    assert tool_from_model(Place).description == ""
    with pytest.raises(ToolError, match="the arguments of Span"):
        tool_from_model(Span, lambda span: span).call('{"first": -1}')


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("as it is", "as it is"),
        (None, "null"),
        ({"a": [1, 2.5]}, '{"a":[1,2.5]}'),
        (Place("Rome"), '{"city":"Rome","zone":null}'),
        (Span(first=1, last=2), '{"first":1,"last":2}'),
        ([Span(first=1, last=2)], '[{"first":1,"last":2}]'),
        (b"\x00", '"AA=="'),
    ],
)
def test_results_are_text(result, text):
    assert result_text(result) == text


def test_a_result_that_is_no_json():
    with pytest.raises(ToolError, match="cannot be written as JSON"):
        result_text(object())


def calling(*calls):
    return whole("", calls=calls)


@pytest.fixture
def made(harness):
    return harness.client.create("grok-4", messages=[chat.user("Weather?")], tools=[weather])


def texts(made):
    return [piece.content.value for message in made.messages for piece in message.content]


def test_the_loop(harness, made):
    harness.answers(
        calling(call("weather", '{"city":"Rome"}'), call("weather", '{"city":"Oslo"}', id="c2")), whole("Fine.")
    )
    response = harness.run(made.run_tools(timeout=3.0))
    assert response.content == "Fine."
    assert [message.role.name for message in made.messages] == ["ROLE_USER", "ROLE_ASSISTANT", "ROLE_TOOL", "ROLE_TOOL"]
    assert texts(made)[2:] == ['{"city":"Rome","unit":"C","days":1}', '{"city":"Oslo","unit":"C","days":1}']
    first, second = harness.caller.calls
    assert (len(first.request.messages), len(second.request.messages)) == (1, 4)
    assert first.options == second.options == {"timeout": 3.0}
    made.append(response)
    assert len(made.messages) == 5


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (call("weather", '{"city":'), "not what it takes"),
        (call("tide", "{}"), "there is no tool 'tide'; there are weather"),
    ],
)
def test_the_model_is_told_of_what_it_did_wrong(harness, made, wrong, said):
    harness.answers(calling(wrong), whole("Sorry."))
    assert harness.run(made.run_tools()).content == "Sorry."
    assert said in json.loads(texts(made)[-1])["error"]


@pytest.mark.parametrize("wrong", [call("weather", '{"city":'), call("tide", "{}")])
def test_what_a_model_does_wrong_is_raised(harness, made, wrong):
    harness.answers(calling(wrong))
    with pytest.raises(ToolError):
        harness.run(made.run_tools(on_error="raise"))
    assert len(made.messages) == 1


def test_a_tool_that_raises(harness):
    def fail(why: str) -> None:
        raise RuntimeError(why)

    def create():
        return harness.client.create("grok-4", messages=[chat.user("?")], tools=[fail])

    harness.answers(
        calling(call("fail", '{"why":"broken"}')), whole("Sorry."), calling(call("fail", '{"why":"broken"}'))
    )
    told = create()
    assert harness.run(told.run_tools()).content == "Sorry."
    assert json.loads(texts(told)[-1]) == {"error": "RuntimeError: broken"}
    raised = create()
    with pytest.raises(RuntimeError, match="broken"):
        harness.run(raised.run_tools(on_error="raise"))
    assert len(raised.messages) == 1


def test_a_result_that_is_no_json_is_told(harness):
    def odd() -> object:
        return object()

    made = harness.client.create("grok-4", messages=[chat.user("?")], tools=[odd])
    harness.answers(calling(call("odd")), whole("Sorry."))
    harness.run(made.run_tools())
    assert "cannot be written" in texts(made)[-1]


def test_a_model_that_does_not_stop(harness, made):
    harness.answers(*[calling(call("weather", '{"city":"Rome"}'))] * 3)
    with pytest.raises(ToolError, match="after 3 turns"):
        harness.run(made.run_tools(max_turns=3))
    with pytest.raises(ValidationError, match="max_turns"):
        harness.run(made.run_tools(max_turns=0))


def test_a_tool_of_the_users_own_ends_the_loop(harness):
    made = harness.client.create(
        "grok-4", messages=[chat.user("?")], tools=[weather, chat.tool("mine", "d", {}), tool_from_model(Place)]
    )
    harness.answers(calling(call("weather", '{"city":"Rome"}'), call("mine")), calling(call("Place")))
    assert [each.function.name for each in harness.run(made.run_tools()).tool_calls] == ["weather", "mine"]
    assert [each.function.name for each in harness.run(made.run_tools()).tool_calls] == ["Place"]
    assert len(made.messages) == 1


def test_what_the_server_ran_is_not_run_again(harness):
    made = harness.client.create("grok-4", messages=[chat.user("?")], tools=[weather, tools.web_search()])
    harness.answers(whole("Found.", calls=[call("web_search", type=pb.ToolCallType.WEB_SEARCH_TOOL)]))
    assert harness.run(made.run_tools()).content == "Found."


def test_a_call_that_fails_ends_the_loop(harness, made):
    harness.answers(calling(call("weather", '{"city":"Rome"}')), UnavailableError("gone"))
    with pytest.raises(UnavailableError):
        harness.run(made.run_tools())
    assert len(made.messages) == 3


async def later(text: str) -> str:
    """Say it later."""
    await asyncio.sleep(0.01)
    return text


def test_asynchronous_functions(harness):
    made = harness.client.create("grok-4", messages=[chat.user("?")], tools=[later])
    harness.answers(calling(call("later", '{"text":"a"}'), call("later", '{"text":"b"}', id="c2")), whole("Done."))
    harness.run(made.run_tools())
    if harness.kind == "async":
        assert texts(made)[2:] == ["a", "b"]
    else:
        assert "asynchronous: use AsyncClient" in texts(made)[-1]


class TestInAnEventLoop:
    @pytest.fixture
    def harness(self):
        return Harness("async")

    def test_slow_functions_run_at_the_same_time(self, harness):
        together = threading.Barrier(2, timeout=10)

        def meet() -> str:
            together.wait()
            return "met"

        made = harness.client.create("grok-4", messages=[chat.user("?")], tools=[meet])
        harness.answers(calling(call("meet"), call("meet", id="c2")), whole("Done."))
        harness.run(made.run_tools())
        assert texts(made)[2:] == ["met", "met"]

    def test_an_error_that_is_raised_ends_the_others(self, harness):
        cancelled = []

        async def long() -> str:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled.append(True)
                raise
            return ""

        async def fail() -> None:
            await asyncio.sleep(0.01)
            raise RuntimeError("broken")

        made = harness.client.create("grok-4", messages=[chat.user("?")], tools=[long, fail])
        harness.answers(calling(call("long"), call("fail", id="c2")))
        started = time.monotonic()
        with pytest.raises(RuntimeError, match="broken"):
            harness.run(made.run_tools(on_error="raise"))
        assert cancelled == [True]
        assert time.monotonic() - started < 30
