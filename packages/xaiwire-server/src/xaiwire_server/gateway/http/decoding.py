"""JSON of requests, held against its type: wrong values are refused with their path, unknown fields are noticed.

msgspec refuses unknown fields at once, so the usual request costs no second look. Only where there is one, the request
is taken apart along its types, and what the types do not know is taken out and named. What a type takes as it was
written keeps its bytes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from xaiwire_server.gateway.http.failures import ApiError
from xaiwire_server.gateway.http.wording import continued

__all__ = ["decode_json"]

T = TypeVar("T")
MOST_UNKNOWN = 16
"""Unknown fields that are named; of the others there is just a word."""

_AT = re.compile(r"^(?P<problem>.*?)(?: - at `(?P<path>\$[^`]*)`)?$", re.DOTALL)
_UNKNOWN = "Object contains unknown field"
_SPACE = b" \t\r\n"
_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_any = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


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
        unknown: list[str] = []
        known = _stripped(msgspec.Raw(content.strip(_SPACE)), _type_info(shape), "", unknown)
        return _decoder(shape).decode(known), unknown
    except msgspec.ValidationError as error:
        raise _refusal(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(error) from None


@lru_cache(256)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - types and unions of them
    return msgspec.json.Decoder(kind)


@lru_cache(256)
def _type_info(kind: Any) -> inspect.Type:  # noqa: ANN401 - as above
    return inspect.type_info(kind)


def _refusal(error: msgspec.ValidationError) -> ApiError:
    found = _AT.match(str(error))
    problem, path = (found["problem"], found["path"] or "") if found is not None else (str(error), "")
    # msgspec does not name the keys of what is no struct: there, the path ends with what can be named.
    param = path.partition("[...]")[0].removeprefix("$").removeprefix(".") or None
    return ApiError(400, f"{param or 'the request'}: {continued(problem)}", code="invalid_type", param=param)


def _malformed(error: Exception) -> ApiError:
    if isinstance(error, RecursionError):
        problem = "it is nested too deeply"
    elif isinstance(error, UnicodeDecodeError):
        problem = "it is no UTF-8"
    else:
        problem = continued(str(error))
    return ApiError(400, f"the request is no JSON: {problem}", code="invalid_json")


def _stripped(value: msgspec.Raw, kind: inspect.Type, path: str, unknown: list[str]) -> msgspec.Raw:
    """JSON without the fields that its type does not have; their paths are added to `unknown`."""
    begin = bytes(memoryview(value)[:1])
    match kind:
        case inspect.Metadata():
            return _stripped(value, kind.type, path, unknown)
        case inspect.UnionType():
            return _stripped(value, _member(value, kind.types), path, unknown)
        case inspect.StructType() if begin == b"{":
            fields = {field.encode_name: field.type for field in kind.fields}
            kept = {}
            for name, each in _object(value).items():
                if name in fields:
                    kept[name] = _stripped(each, fields[name], f"{path}.{name}" if path else name, unknown)
                elif name == kind.tag_field:
                    kept[name] = each
                else:
                    _note(unknown, f"{path}.{name}" if path else name)
            return msgspec.Raw(_encode(kept))
        case inspect.ListType() | inspect.VarTupleType() if begin == b"[":
            items = [_stripped(each, kind.item_type, f"{path}[{at}]", unknown) for at, each in enumerate(_array(value))]
            return msgspec.Raw(_encode(items))
        case inspect.DictType() if begin == b"{":
            entries = _object(value).items()
            return msgspec.Raw(
                _encode({name: _stripped(each, kind.value_type, f"{path}.{name}", unknown) for name, each in entries})
            )
    return value


def _member(value: msgspec.Raw, kinds: tuple[inspect.Type, ...]) -> inspect.Type:
    """The member of a union that JSON is meant to be."""
    begin = bytes(memoryview(value)[:1])
    if begin == b"[":
        return next((kind for kind in kinds if isinstance(kind, inspect.ListType)), inspect.AnyType())
    if begin != b"{":
        return inspect.AnyType()
    structs = [kind for kind in kinds if isinstance(kind, inspect.StructType)]
    # All structs of a union have their tags in the same field.
    tag = _object(value).get(structs[0].tag_field) if structs and structs[0].tag_field is not None else None
    for struct in structs:
        if struct.tag_field is None or (tag is not None and _any(tag) == struct.tag):
            return struct
    return next((kind for kind in kinds if isinstance(kind, inspect.DictType)), inspect.AnyType())


def _note(unknown: list[str], path: str) -> None:
    if len(unknown) < MOST_UNKNOWN:
        unknown.append(path)
    elif len(unknown) == MOST_UNKNOWN:
        unknown.append("and more")
