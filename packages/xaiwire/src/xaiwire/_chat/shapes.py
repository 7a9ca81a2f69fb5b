"""What an answer is to look like: a JSON Schema, and how the text is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from xaiwire.errors import ValidationError

__all__ = ["Shape", "convert", "schema_of", "shape_of"]

REFERENCE = "#/$defs/"


@dataclass(frozen=True, slots=True)
class Shape:
    """What an answer is to look like.

    Attributes:
        name: what people call it.
        schema: its JSON Schema.
        read: makes a value out of a text; raises ValueError where the text does not follow the schema.
    """

    name: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]


def shape_of(given: Any) -> Shape:  # noqa: ANN401 - any type
    """The shape that a type or a JSON Schema stands for.

    Args:
        given: a pydantic model, a dataclass, a TypedDict, a NamedTuple, another type of the standard library that JSON
            can hold, or a JSON Schema. Of a schema, an answer is only parsed: whether it follows, the server sees to.

    Raises:
        ValidationError: it is none of them.
    """
    if isinstance(given, Mapping):
        return Shape(str(given.get("title") or "JSON document"), dict(given), json.loads)
    name = getattr(given, "__name__", None) or str(given)
    if is_model(given):
        return Shape(name, given.model_json_schema(), given.model_validate_json)
    return Shape(name, schema_of(given), lambda text: _decode(text, given))


def schema_of(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - any type
    """The JSON Schema of a type.

    Args:
        kind: a type that msgspec knows; pydantic models may occur within it.

    Raises:
        ValidationError: JSON cannot hold such values.
    """
    try:
        schema = msgspec.json.schema(kind, schema_hook=_model_schema)
    except (TypeError, NotImplementedError) as error:
        raise ValidationError(f"{getattr(kind, '__name__', kind)} has no JSON Schema: {error}") from None
    definitions: dict[str, Any] = schema.pop("$defs", {})
    for definition in [schema, *definitions.values()]:
        _lift_definitions(definition, definitions)
    name = str(schema.get("$ref", "")).removeprefix(REFERENCE)
    if name in definitions:
        # A schema that is nothing but a reference is one that few servers take.
        schema = definitions[name]
        if f'"{REFERENCE}{name}"' not in json.dumps(definitions):
            del definitions[name]
    return {**schema, "$defs": definitions} if definitions else schema


def convert(value: Any, kind: Any) -> Any:  # noqa: ANN401 - any type
    """A value of a type, out of parsed JSON.

    Args:
        value: what was parsed.
        kind: the type.

    Raises:
        ValueError: the value is not of that type.
    """
    try:
        return msgspec.convert(value, kind, dec_hook=_model_value)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def is_model(kind: Any) -> bool:  # noqa: ANN401 - any type
    """Whether a type is a pydantic model. pydantic itself is not needed to know."""
    return isinstance(kind, type) and hasattr(kind, "model_json_schema") and hasattr(kind, "model_validate_json")


def _decode(text: str, kind: Any) -> Any:  # noqa: ANN401 - any type
    return convert(json.loads(text), kind)


def _model_schema(kind: type[Any]) -> dict[str, Any]:
    if is_model(kind):
        schema: dict[str, Any] = kind.model_json_schema()
        return schema
    raise NotImplementedError(f"{kind.__name__} is no type of JSON")


def _model_value(kind: type[Any], value: object) -> Any:  # noqa: ANN401 - a model
    if is_model(kind):
        return kind.model_validate(value)
    raise NotImplementedError(f"{kind.__name__} is no type of JSON")


def _lift_definitions(schema: Any, definitions: dict[str, Any]) -> None:  # noqa: ANN401 - any piece of a schema
    """Bring the definitions of models up to where their references look for them."""
    if isinstance(schema, list):
        for each in schema:
            _lift_definitions(each, definitions)
    elif isinstance(schema, dict):
        definitions.update(schema.pop("$defs", {}))
        for each in schema.values():
            _lift_definitions(each, definitions)
