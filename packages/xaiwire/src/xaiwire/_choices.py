"""Arguments in the forms that people give: words for the values of an enum, one string or several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from protobuf import Enum

from xaiwire.errors import ValidationError

__all__ = ["chosen", "several"]

Value = TypeVar("Value", bound=Enum)


def chosen(name: str, given: str | Value, values: Mapping[str, Value]) -> Value:
    """The value that a word stands for; a value of the enum is taken as it is, known or not.

    Args:
        name: the argument's name, for the error.
        given: the word or the value.
        values: what each word stands for.

    Raises:
        ValidationError: the word stands for nothing.
    """
    if not isinstance(given, str):
        return given
    if given not in values:
        raise ValidationError(f"{name} has to be one of {', '.join(map(repr, values))}, not {given!r}")
    return values[given]


def several(name: str, values: Iterable[str]) -> list[str]:
    """The values of a repeated string field.

    Args:
        name: the argument's name, for the error.
        values: the values.

    Raises:
        ValidationError: one string is given, which would be taken apart into its letters.
    """
    if isinstance(values, str):
        raise ValidationError(f"{name} takes several values: put the one into a list")
    return list(values)


def enum_name(value: Enum, prefix: str = "") -> str:
    """The name of an enum's value as the contract has it; its number where a newer server sent one without a name.

    Args:
        value: the value.
        prefix: what the generated code leaves out, since all names of the enum begin with it.
    """
    name: str | None = value.name
    return f"{prefix}{name}" if name is not None else str(int(value))
