"""A value that obeys a JSON Schema.

It is made from the schema's own words (constants, examples, defaults, bounds) and then judged by jsonschema; where it
does not obey, other values are tried, always the same ones in the same order. Nothing is ever fetched for a `$ref`.
"""

from __future__ import annotations

import math
import random
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SchemaError", "instance"]

Schema: TypeAlias = "Mapping[str, Any] | bool"

ATTEMPTS = 60
MAX_DEPTH = 12
MAX_ITEMS = 200
_FORMATS = {
    "date-time": "2025-01-31T12:00:00Z",
    "date": "2025-01-31",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "ada@example.com",
    "idn-email": "ada@example.com",
    "hostname": "www.example.com",
    "idn-hostname": "www.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://www.example.com/",
    "uri-reference": "/page",
    "iri": "https://www.example.com/",
    "uuid": "6e7d2a9c-0f55-4c1c-9d3e-5b5f0c1d7a10",
    "json-pointer": "/a",
    "regex": "a*",
}


class SchemaError(ValueError):
    """The schema is none, or no value was found that obeys it."""


def instance(schema: Schema) -> Any:  # noqa: ANN401 - whatever the schema says
    """A value that obeys a schema.

    Args:
        schema: JSON Schema; without `$schema`, of 2020-12.

    Raises:
        SchemaError: it is not a schema, or asks for what cannot be found.
    """
    from jsonschema import exceptions
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    if not isinstance(schema, dict):
        raise SchemaError("a schema is an object")
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except exceptions.SchemaError as error:
        raise SchemaError(f"{error.json_path.replace('$', 'schema', 1)}: {error.message}") from error
    validator = kind(schema, registry=Registry())
    problem = ""
    try:
        for attempt in range(ATTEMPTS):
            value = _Maker(schema, attempt).make(schema, "value", 0)
            wrong = next(validator.iter_errors(value), None)
            if wrong is None:
                return value
            problem = f"{wrong.json_path}: {wrong.message}"
    except (Unresolvable, LookupError) as error:
        raise SchemaError(f"a $ref leads nowhere: {error}") from error
    except RecursionError as error:
        raise SchemaError("it is nested too deeply") from error
    raise SchemaError(f"no value was found that obeys it; of the last one, {problem}")


class _Maker:
    """Makes one value; each attempt chooses otherwise."""

    def __init__(self, root: Schema, attempt: int) -> None:
        self._root = root
        self._attempt = attempt
        self._random = random.Random(attempt)  # noqa: S311 - nothing is secret here

    def make(self, schema: Schema, name: str, depth: int) -> Any:  # noqa: ANN401 - whatever the schema says
        if isinstance(schema, bool):
            return name
        schema = self._flat(schema, depth)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            options = schema["enum"]
            return options[self._pick(len(options))]
        if self._attempt == 0:
            for key in ("examples", "default"):
                if key in schema and schema[key] != []:
                    return schema[key][0] if key == "examples" else schema[key]
        maker = _MAKERS[self._kind(schema)]
        return maker(self, schema, name, depth)

    def _pick(self, count: int) -> int:
        return 0 if self._attempt == 0 else self._random.randrange(count)

    def _flat(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """A schema with its references and its alternatives resolved, one alternative chosen of each."""
        result = dict(schema)
        for _ in range(MAX_DEPTH):
            if "$ref" in result:
                target = self._resolved(result.pop("$ref"))
                result = _merged(target if isinstance(target, dict) else {}, result)
                continue
            if "allOf" in result:
                for part in result.pop("allOf"):
                    result = _merged(result, part if isinstance(part, dict) else {})
                continue
            key = next((key for key in ("anyOf", "oneOf") if key in result), None)
            if key is None:
                break
            options = [option for option in result.pop(key) if isinstance(option, dict)] or [{}]
            if depth > MAX_DEPTH // 2:
                # A tree has to end somewhere: leaves first.
                options.sort(key=lambda option: "$ref" in option or "properties" in option or "items" in option)
                result = _merged(result, options[0])
            else:
                result = _merged(result, options[self._pick(len(options))])
        condition = result.get("if")
        if isinstance(condition, dict) and self._attempt % 2:
            result = _merged(_merged(result, condition), result.get("then") or {})
        elif condition is not None and isinstance(result.get("else"), dict):
            result = _merged(result, result["else"])
        return result

    def _resolved(self, reference: str) -> Schema:
        if not reference.startswith("#"):
            raise LookupError(f"{reference!r} is not within the schema")
        found: Any = self._root
        for part in filter(None, reference[1:].split("/")):
            key = part.replace("~1", "/").replace("~0", "~")
            found = found[int(key)] if isinstance(found, list) else found[key]
        return found  # type: ignore[no-any-return]

    def _kind(self, schema: Mapping[str, Any]) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            options = [each for each in kind if each != "null"] or ["null"]
            return str(options[self._pick(len(options))])
        if isinstance(kind, str):
            return kind
        for word, guess in _SIGNS.items():
            if word in schema:
                return guess
        return "string"

    def _object(self, schema: Mapping[str, Any], _name: str, depth: int) -> dict[str, Any]:
        properties: dict[str, Schema] = schema.get("properties", {})
        required = list(dict.fromkeys(schema.get("required", ())))
        optional = [name for name in properties if name not in required]
        if depth >= MAX_DEPTH // 2 or self._attempt % 3 == 2:
            optional = []
        most = schema.get("maxProperties", math.inf)
        names = [name for name in chain(properties, required) if name in required or name in optional]
        names = list(dict.fromkeys(names))
        if depth > MAX_DEPTH * 2:
            raise RecursionError
        result: dict[str, Any] = {}
        for name in names:
            if name in required or len(result) < most:
                result[name] = self.make(properties.get(name, _other(schema)), name, depth + 1)
        for dependent, needed in schema.get("dependentRequired", {}).items():
            if dependent in result:
                for name in needed:
                    if name not in result:
                        result[name] = self.make(properties.get(name, _other(schema)), name, depth + 1)
        patterns = list(schema.get("patternProperties", {}).items())
        while len(result) < schema.get("minProperties", 0) and len(result) < MAX_ITEMS:
            if patterns:
                pattern, value = patterns[len(result) % len(patterns)]
                name = self._matching(pattern)
            else:
                name, value = f"key{len(result) + 1}", _other(schema)
            if name in result:
                name += str(len(result))
            result[name] = self.make(value, name, depth + 1)
        return result

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        first = schema.get("prefixItems", [])
        rest = schema.get("items", True)
        if isinstance(rest, list):
            first, rest = rest, schema.get("additionalItems", True)
        least = schema.get("minItems", 0)
        wanted = max(least, len(first), 1 if depth < MAX_DEPTH // 2 else 0)
        if "contains" in schema:
            wanted = max(wanted, len(first) + schema.get("minContains", 1))
        if rest is False:
            wanted = min(wanted, len(first))
        wanted = min(wanted, schema.get("maxItems", math.inf), MAX_ITEMS)
        result: list[Any] = []
        for at in range(int(wanted)):
            item = first[at] if at < len(first) else rest
            if "contains" in schema and at >= len(first):
                item = _merged(item if isinstance(item, dict) else {}, schema["contains"])
            value = self.make(item, name.removesuffix("s") or "item", depth + 1)
            if schema.get("uniqueItems"):
                value = self._different(item, value, result, name, depth)
            result.append(value)
        return result

    def _different(self, schema: Schema, value: Any, others: list[Any], name: str, depth: int) -> Any:  # noqa: ANN401
        at = len(others)
        if value not in others:
            return value
        if isinstance(schema, dict) and schema.get("enum"):
            return next((option for option in schema["enum"] if option not in others), value)
        for attempt in range(1, 20):
            value = _Maker(self._root, self._attempt * 31 + at * 20 + attempt).make(schema, f"{name}{at + 1}", depth)
            if value not in others:
                break
            if isinstance(value, int) and not isinstance(value, bool):
                value += (schema.get("multipleOf", 1) if isinstance(schema, dict) else 1) * at
                if value not in others:
                    break
        return value

    def _string(self, schema: Mapping[str, Any], name: str, _depth: int) -> str:
        if "pattern" in schema:
            return self._matching(schema["pattern"])
        text = _FORMATS.get(schema.get("format", ""), name)
        least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
        if len(text) < least:
            text += "x" * int(least - len(text))
        return text[: int(most)] if len(text) > most else text

    def _matching(self, pattern: str) -> str:
        import re

        import rstr

        try:
            return str(rstr.Rstr(self._random).xeger(pattern))
        except (re.error, ValueError, KeyError, NotImplementedError) as error:
            raise SchemaError(f"the pattern {pattern!r} is not understood: {error}") from error

    def _number(self, schema: Mapping[str, Any], _name: str, _depth: int) -> float:
        return _within(schema, self._random, whole=False, vary=self._attempt > 0)

    def _integer(self, schema: Mapping[str, Any], _name: str, _depth: int) -> int:
        return int(_within(schema, self._random, whole=True, vary=self._attempt > 0))

    def _boolean(self, _schema: Mapping[str, Any], _name: str, _depth: int) -> bool:
        return self._attempt % 2 == 0

    def _null(self, _schema: Mapping[str, Any], _name: str, _depth: int) -> None:
        return None


_MAKERS: dict[str, Any] = {
    "object": _Maker._object,
    "array": _Maker._array,
    "string": _Maker._string,
    "number": _Maker._number,
    "integer": _Maker._integer,
    "boolean": _Maker._boolean,
    "null": _Maker._null,
}
_SIGNS = {
    "properties": "object",
    "required": "object",
    "patternProperties": "object",
    "minProperties": "object",
    "items": "array",
    "prefixItems": "array",
    "contains": "array",
    "minItems": "array",
    "minimum": "number",
    "maximum": "number",
    "exclusiveMinimum": "number",
    "exclusiveMaximum": "number",
    "multipleOf": "number",
}


def _other(schema: Mapping[str, Any]) -> Schema:
    """What a property obeys that has no name of its own."""
    other: Schema = schema.get("additionalProperties", True)
    return other if isinstance(other, dict) else {"type": "string"}


def _within(schema: Mapping[str, Any], chance: random.Random, *, whole: bool, vary: bool) -> float:
    step = schema.get("multipleOf", 1 if whole else 0)
    low = schema.get("minimum", -math.inf)
    high = schema.get("maximum", math.inf)
    unit = step or (1 if whole else 0.5)
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    # In the draft of OpenAPI 3.0, these were flags of the bounds.
    if above is True:
        above = low
    if below is True:
        below = high
    if isinstance(above, int | float) and not isinstance(above, bool) and above >= low:
        low = above + (unit if math.isinf(high) or above + unit < high else (high - above) / 2)
    if isinstance(below, int | float) and not isinstance(below, bool) and below <= high:
        high = below - (unit if math.isinf(low) or below - unit >= low else (below - low) / 2)
    value = low if not math.isinf(low) else min(high, unit) if not math.isinf(high) else unit
    if vary:
        end = high if not math.isinf(high) else value + 100 * unit
        value += unit * chance.randint(0, max(0, min(1000, int((end - value) / unit))))
    if step:
        value = math.ceil(value / step) * step
        if isinstance(step, float):
            value = round(value, 12)
    elif whole:
        value = math.ceil(value)
    return value


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that asks for what two do."""
    result = dict(one)
    for key, value in other.items():
        if key not in result:
            result[key] = value
        elif key == "properties":
            both = dict(result[key])
            for name, each in value.items():
                old = both.get(name)
                both[name] = _merged(old, each) if isinstance(old, dict) and isinstance(each, dict) else each
            result[key] = both
        elif key == "required":
            result[key] = list(dict.fromkeys([*result[key], *value]))
        elif key in ("minimum", "minLength", "minItems", "minProperties", "exclusiveMinimum"):
            result[key] = max(result[key], value)
        elif key in ("maximum", "maxLength", "maxItems", "maxProperties", "exclusiveMaximum"):
            result[key] = min(result[key], value)
        elif key == "enum":
            result[key] = [option for option in result[key] if option in value] or value
        elif key == "type" and "integer" in (result[key], value):
            result[key] = "integer"
        else:
            result[key] = value
    return result
