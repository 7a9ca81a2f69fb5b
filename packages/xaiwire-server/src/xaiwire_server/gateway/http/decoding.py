"""JSON of requests, held against its type: wrong values are refused with their path, unknown fields are noticed.

msgspec refuses unknown fields at once, so the usual request costs no second look. Only where there is one, the request
is read again without its types, and what the types do not know is taken out and named.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from xaiwire_server.gateway.http.failures import ApiError

__all__ = ["decode_json", "plain_path"]

T = TypeVar("T")
MOST_UNKNOWN = 16
"""Unknown fields that are named; of the others there is just a word."""

_AT = re.compile(r"^(?P<problem>.*?)(?: - at `(?P<path>\$[^`]*)`)?$", re.DOTALL)
_UNKNOWN = "Object contains unknown field"


def decode_json(content: bytes, kind: type[T]) -> tuple[T, list[str]]:
    """Read JSON.

    Args:
        content: the bytes.
        kind: what they are to be.

    Returns:
        The value, and the paths of fields that its type does not have.

    Raises:
        ApiError: 400, with the path of what is wrong.
    """
    shape: Any = kind
    try:
        return _decoder(shape).decode(content), []
    except msgspec.ValidationError as error:
        if not str(error).startswith(_UNKNOWN):
            raise _refusal(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(error) from None
    try:
        raw = msgspec.json.decode(content)
        unknown: list[str] = []
        known = _stripped(raw, _type_info(shape), "", unknown)
        return _decoder(shape).decode(msgspec.json.encode(known)), unknown
    except msgspec.ValidationError as error:
        raise _refusal(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(error) from None


def plain_path(path: str) -> str:
    """A path as errors name it: `messages[0].role` for `$.messages[0].role`."""
    return path.removeprefix("$").removeprefix(".")


@lru_cache(256)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - types and unions of them
    return msgspec.json.Decoder(kind)


@lru_cache(256)
def _type_info(kind: Any) -> inspect.Type:  # noqa: ANN401 - as above
    return inspect.type_info(kind)


def _refusal(error: msgspec.ValidationError) -> ApiError:
    found = _AT.match(str(error))
    problem, path = (found["problem"], found["path"]) if found is not None else (str(error), None)
    param = plain_path(path or "") or None
    message = problem[:1].lower() + problem[1:]
    return ApiError(
        400, f"{param}: {message}" if param else f"the request: {message}", code="invalid_type", param=param
    )


def _malformed(error: Exception) -> ApiError:
    if isinstance(error, RecursionError):
        problem = "it is nested too deeply"
    elif isinstance(error, UnicodeDecodeError):
        problem = "it is no UTF-8"
    else:
        problem = str(error)[:1].lower() + str(error)[1:]
    return ApiError(400, f"the request is no JSON: {problem}", code="invalid_json")


def _stripped(value: Any, kind: inspect.Type, path: str, unknown: list[str]) -> Any:  # noqa: ANN401 - any JSON
    """A value without the fields that its type does not have; their paths are added to `unknown`."""
    match kind:
        case inspect.Metadata():
            return _stripped(value, kind.type, path, unknown)
        case inspect.UnionType():
            return _stripped(value, _member(value, kind.types), path, unknown)
        case inspect.StructType() if isinstance(value, dict):
            fields = {field.encode_name: field.type for field in kind.fields}
            kept = {} if kind.tag_field is None else {kind.tag_field: value.get(kind.tag_field)}
            for name, each in value.items():
                if name in fields:
                    kept[name] = _stripped(each, fields[name], f"{path}.{name}" if path else name, unknown)
                elif name != kind.tag_field:
                    _note(unknown, f"{path}.{name}" if path else name)
            return kept
        case inspect.ListType() | inspect.VarTupleType() if isinstance(value, list):
            return [_stripped(each, kind.item_type, f"{path}[{at}]", unknown) for at, each in enumerate(value)]
        case inspect.DictType() if isinstance(value, dict):
            return {name: _stripped(each, kind.value_type, f"{path}.{name}", unknown) for name, each in value.items()}
    return value


def _member(value: Any, kinds: tuple[inspect.Type, ...]) -> inspect.Type:  # noqa: ANN401 - any JSON
    """The member of a union that a value is meant to be."""
    structs = [kind for kind in kinds if isinstance(kind, inspect.StructType)]
    if isinstance(value, dict):
        for struct in structs:
            if struct.tag_field is None or value.get(struct.tag_field) == struct.tag:
                return struct
    for kind in kinds:
        if isinstance(value, list) and isinstance(kind, inspect.ListType):
            return kind
        if isinstance(value, dict) and isinstance(kind, inspect.DictType):
            return kind
    return inspect.AnyType()


def _note(unknown: list[str], path: str) -> None:
    if len(unknown) < MOST_UNKNOWN:
        unknown.append(path)
    elif len(unknown) == MOST_UNKNOWN:
        unknown.append("and more")
