"""What all shapes have in common."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec

__all__ = ["MOST_ITEMS", "NO_JSON", "Float", "Int32", "Items", "Json", "Request", "is_neutral", "raw_text"]

T = TypeVar("T")

MOST_ITEMS = 100_000
"""Elements of a list of messages, items or parts. A body may have many more, and each takes far more than its bytes."""

Items: TypeAlias = Annotated[list[T], msgspec.Meta(max_length=MOST_ITEMS)]
"""A list of messages, items or parts."""

Int32: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
"""What a field `int32` of the contract can hold."""

Float: TypeAlias = Annotated[float, msgspec.Meta(ge=-3.4028234663852886e38, le=3.4028234663852886e38)]
"""What a field `float` of the contract can hold."""

Json: TypeAlias = msgspec.Raw
"""JSON that is passed on as it was written. In a union, msgspec would take none of it."""

NO_JSON: Json = msgspec.field(default_factory=lambda: msgspec.Raw(b""))
"""The default of a field where there is none. It is made, since msgspec's schemas cannot show it."""


class Request(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A part of a request. Fields that the contract has no place for are of type `Any`: see `is_neutral`."""


def is_neutral(value: Any, *neutral: object) -> bool:  # noqa: ANN401 - any JSON
    """Whether a value asks for nothing, so that nothing is lost where it is not passed on.

    Args:
        value: the value.
        *neutral: what asks for nothing, beside null and what is empty.
    """
    return value is None or value in ([], {}, "") or value in neutral


def raw_text(raw: msgspec.Raw) -> str:
    """The text of JSON as it was written; empty where there is none, or null."""
    text = bytes(raw).decode()
    return "" if text == "null" else text
