"""Answers in a shape."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import NamedTuple, TypedDict

import pytest
from answers import whole
from pydantic import BaseModel

from xaiwire import chat
from xaiwire._chat.shapes import schema_of
from xaiwire._gen.xai.api.v1 import chat_pb as pb
from xaiwire.errors import StructuredOutputError, ValidationError


class Model(BaseModel):
    name: str
    ages: list[int] = []


@dataclass
class Leaf:
    name: str


@dataclass
class Branch:
    leaf: Leaf
    more: list[Branch] = field(default_factory=list)


@dataclass
class WithModel:
    model: Model


class Nested(BaseModel):
    inner: Model


@dataclass
class WithNested:
    nested: Nested


class Entry(TypedDict):
    name: str


class Pair(NamedTuple):
    a: int
    b: str


SHAPES = [
    (Model, '{"name": "a", "ages": [1]}', Model(name="a", ages=[1])),
    (Leaf, '{"name": "a"}', Leaf("a")),
    (Branch, '{"leaf": {"name": "a"}, "more": [{"leaf": {"name": "b"}}]}', Branch(Leaf("a"), [Branch(Leaf("b"))])),
    (WithModel, '{"model": {"name": "a"}}', WithModel(Model(name="a"))),
    (WithNested, '{"nested": {"inner": {"name": "a"}}}', WithNested(Nested(inner=Model(name="a")))),
    (Entry, '{"name": "a"}', {"name": "a"}),
    (list[Leaf], '[{"name": "a"}]', [Leaf("a")]),
    (Pair, '[1, "x"]', Pair(1, "x")),
    ({"type": "object", "title": "Thing"}, '{"a": 1}', {"a": 1}),
    ({"type": "array"}, "[1]", [1]),
]


@pytest.fixture
def made(harness):
    return harness.client.create("grok-4", messages=[chat.user("Who?")], response_format="text")


@pytest.mark.parametrize(("shape", "text", "value"), SHAPES, ids=[str(shape) for shape, _, _ in SHAPES])
def test_an_answer_in_a_shape(harness, made, shape, text, value):
    harness.answers(whole(text), whole(text))
    before = made.proto.to_binary()
    response, got = harness.run(made.parse(shape, timeout=3.0))
    assert got == value
    assert response.content == text
    sent = harness.caller.last
    assert sent.options == {"timeout": 3.0}
    assert sent.request.response_format.format_type == pb.FormatType.JSON_SCHEMA
    schema = json.loads(sent.request.response_format.schema)
    assert "type" in schema
    assert "$ref" not in schema
    # The conversation is as it was.
    assert made.proto.to_binary() == before
    assert harness.run(harness.client.parse("grok-4", "Who?", shape))[1] == value


def references(schema):
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"]
        for each in schema.values():
            yield from references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from references(each)


@pytest.mark.parametrize("kind", [Branch, WithModel, WithNested, list[Leaf], list[Nested]])
def test_references_lead_somewhere(kind):
    schema = schema_of(kind)
    for reference in references(schema):
        assert reference.removeprefix("#/$defs/") in schema["$defs"], schema


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (Model, "{}"),
        (Model, "no JSON"),
        (Leaf, '{"name": 3}'),
        (Leaf, "{"),
        (WithModel, '{"model": {}}'),
        ({"type": "object"}, "Sorry, I cannot"),
        (Leaf, ""),
    ],
)
def test_an_answer_in_another_shape(harness, made, shape, text):
    harness.answers(whole(text))
    with pytest.raises(StructuredOutputError, match="the answer is not a ") as caught:
        harness.run(made.parse(shape))
    assert caught.value.text == text
    assert caught.value.response.content == text


@pytest.mark.parametrize("shape", [object, print, 3, Model | Leaf])
def test_what_is_no_shape(harness, made, shape):
    with pytest.raises(ValidationError, match="no JSON Schema"):
        harness.run(made.parse(shape))
    assert not harness.caller.calls
