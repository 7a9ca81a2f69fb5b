"""Values that obey schemas."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaiwire_server.emulator.answers.schema_instance import SchemaError, instance

TREE = {
    "$defs": {
        "node": {"type": "object", "properties": {"value": {"type": "integer"}, "left": {"$ref": "#/$defs/node"}}}
    },
    "$ref": "#/$defs/node",
}
SCHEMAS = [
    {},
    {"type": "string", "pattern": "^[A-Z]{3}-\\d{4}$"},
    {"type": "string", "minLength": 12, "maxLength": 12},
    {"type": "string", "format": "date-time"},
    {"type": "integer", "exclusiveMinimum": 3, "maximum": 4},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "integer", "multipleOf": 7, "minimum": 50},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"const": 1}, {"type": "string"}], "items": False},
    {"type": "array", "contains": {"const": 5}},
    {"type": "object", "minProperties": 3},
    {
        "type": "object",
        "patternProperties": {"^x_\\d$": {"type": "null"}},
        "minProperties": 2,
        "additionalProperties": False,
    },
    {"type": ["null", "boolean"]},
    {"enum": [None, 1]},
    {"anyOf": [{"type": "string", "maxLength": 0}, {"type": "integer"}]},
    {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 0.5, "maximum": 0.5}]},
    {"allOf": [{"properties": {"a": {"type": "integer"}}}, {"required": ["a"]}], "type": "object"},
    {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["extra"]},
    },
    {"type": "object", "properties": {"a": True}, "dependentRequired": {"a": ["b"]}},
    {"type": "string", "not": {"const": "value"}, "enum": ["value", "other"]},
    TREE,
    {"$schema": "http://json-schema.org/draft-07/schema#", "type": "array", "items": [{"type": "null"}], "minItems": 1},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: json.dumps(schema)[:60])
def test_it_obeys(schema):
    value = instance(schema)
    jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)(schema).validate(value)
    assert instance(schema) == value


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "#/$defs/none"},
        {"type": "integer", "minimum": 5, "maximum": 4},
        {"not": {}},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        [],
        {"type": "string", "pattern": "("},
    ],
)
def test_what_cannot_be_obeyed_is_refused(schema):
    with pytest.raises(SchemaError):
        instance(schema)


def schemas() -> st.SearchStrategy[dict[str, Any]]:
    numbers = st.builds(
        lambda kind, low, more: {"type": kind, "minimum": low, "maximum": low + more},
        st.sampled_from(["integer", "number"]),
        st.integers(-50, 50),
        st.integers(1, 20),
    )
    texts = st.builds(
        lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more},
        st.integers(0, 9),
        st.integers(0, 9),
    )
    leaves = st.one_of(numbers, texts, st.just({"type": "boolean"}), st.just({"type": "null"}))
    names = st.text("abc", min_size=1, max_size=3)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda items, low: {"type": "array", "items": items, "minItems": low}, inner, st.integers(0, 3)),
            st.builds(
                lambda properties: {
                    "type": "object",
                    "properties": properties,
                    "required": sorted(properties),
                    "additionalProperties": False,
                },
                st.dictionaries(names, inner, max_size=3),
            ),
            st.builds(lambda options: {"anyOf": options}, st.lists(inner, min_size=1, max_size=3)),
        ),
        max_leaves=8,
    )


@given(schemas())
def test_whatever_the_schema(schema):
    jsonschema.Draft202012Validator(schema).validate(instance(schema))
