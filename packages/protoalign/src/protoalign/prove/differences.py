"""Where two canonical descriptors differ, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf.descriptor import FieldDescriptor
    from google.protobuf.message import Message

__all__ = ["Difference", "first_differences"]

MAX_SHOWN = 120
ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the compiled descriptor is not the original.

    Attributes:
        element: the place, such as `message_type Foo / field bar / json_name`.
        original: what the contract has there.
        compiled: what the compiler made of the text.
    """

    element: str
    original: str
    compiled: str

    def __str__(self) -> str:
        return f"{self.element}: {self.original} in the contract, {self.compiled} after compiling"


def first_differences(original: Message, compiled: Message, *, limit: int) -> tuple[Difference, ...]:
    """The first differences of two messages of one type; one at least if their serialized bytes differ."""
    found = tuple(islice(_of_messages(original, compiled, ""), limit))
    if not found and _bytes(original) != _bytes(compiled):
        return (Difference("the file", "other bytes", "other bytes"),)
    return found


def _bytes(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)


def _of_messages(original: Message, compiled: Message, path: str) -> Iterator[Difference]:
    if _bytes(original) == _bytes(compiled):
        return
    ours = {field.number: (field, value) for field, value in original.ListFields()}
    theirs = {field.number: (field, value) for field, value in compiled.ListFields()}
    for number in sorted({*ours, *theirs}):
        field = (ours.get(number) or theirs[number])[0]
        yield from _of_field(field, ours.get(number), theirs.get(number), path)


def _of_field(
    field: FieldDescriptor,
    ours: tuple[FieldDescriptor, Any] | None,
    theirs: tuple[FieldDescriptor, Any] | None,
    path: str,
) -> Iterator[Difference]:
    name = f"({field.full_name})" if field.is_extension else field.name
    here = f"{path} / {name}" if path else name
    if ours is None or theirs is None:
        shown = [ABSENT if side is None else _value(field, side[1]) for side in (ours, theirs)]
        yield Difference(here, *shown)
    elif field.is_repeated and not hasattr(ours[1], "items"):
        yield from _of_lists(field, ours[1], theirs[1], here)
    elif field.message_type is not None and not field.is_repeated:
        yield from _of_messages(ours[1], theirs[1], here)
    elif repr(ours[1]) != repr(theirs[1]):
        yield Difference(here, _value(field, ours[1]), _value(field, theirs[1]))


def _of_lists(field: FieldDescriptor, ours: Sequence[Any], theirs: Sequence[Any], path: str) -> Iterator[Difference]:
    if field.message_type is None:
        if list(ours) != list(theirs):
            yield Difference(path, _shown(list(ours)), _shown(list(theirs)))
        return
    for index in range(max(len(ours), len(theirs))):
        if index >= len(ours) or index >= len(theirs):
            shown = [_named(side, index) if index < len(side) else ABSENT for side in (ours, theirs)]
            yield Difference(path, *shown)
        elif getattr(ours[index], "name", None) != getattr(theirs[index], "name", None):
            yield Difference(f"{path}[{index}]", _named(ours, index), _named(theirs, index))
            # Everything behind it is shifted, and would only repeat this.
            return
        else:
            yield from _of_messages(ours[index], theirs[index], f"{path} {_named(ours, index)}")


def _named(elements: Sequence[Any], index: int) -> str:
    name = getattr(elements[index], "name", None)
    return str(name) if name else f"[{index}]"


def _value(field: FieldDescriptor, value: object) -> str:
    enum = field.enum_type
    if enum is not None and isinstance(value, int) and value in enum.values_by_number:
        return str(enum.values_by_number[value].name)
    return _shown(value)


def _shown(value: object) -> str:
    text = " ".join(str(value).split()) if hasattr(value, "DESCRIPTOR") else repr(value)
    if not text:
        return "empty"
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
