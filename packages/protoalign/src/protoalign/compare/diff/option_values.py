"""Options as names and values that are the same text wherever the options are the same.

Unlike the printer's, the names are full and go down to single values: `(google.api.http).get`. So the way in which a
source grouped its options does not show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.unknown_fields import UnknownFieldSet

from protoalign.errors import PrintError
from protoalign.printer.aggregates import Aggregates, is_map, scalar_literal
from protoalign.printer.definitions import Definitions, FieldValue
from protoalign.printer.literals import quoted
from protoalign.printer.names import Names

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, FieldDescriptor
    from google.protobuf.message import Message

__all__ = ["OptionValues", "unknown_values"]

EMPTY = "{}"


@dataclass(frozen=True, slots=True)
class FullNames(Names):
    """Full names for everything, whatever a file can see.

    Attributes:
        rename: the name that an extension goes by.
    """

    rename: Callable[[str], str] = str

    def bracketed(self, full_name: str, scopes: Iterable[str]) -> str:  # noqa: ARG002 - the same in every scope
        """The extension's full name."""
        return self.rename(full_name)

    def sees(self, full_name: str) -> bool:  # noqa: ARG002 - likewise
        """Whether an Any of this type may be shown as its message: the two sides may not both know the type."""
        return False


@dataclass(frozen=True, slots=True)
class OptionValues:
    """Names and values of one options message.

    Attributes:
        definitions: the definitions in use.
        rename: the name that an extension goes by.
    """

    definitions: Definitions
    rename: Callable[[str], str]

    def of(self, options: Message) -> dict[str, tuple[str, ...]]:
        """Option name to its values, in the order of field numbers; a repeated option has several.

        Names are `deprecated`, `features.field_presence`, `(acme.sensitive).level`, `unknown option 50001`.
        """
        found: dict[str, tuple[str, ...]] = {}
        for field, value in options.ListFields():
            found.update(self._named(self._part(field), field, value))
        for number, values in unknown_values(options).items():
            found[f"unknown option {number}"] = values
        return found

    def _part(self, field: FieldDescriptor) -> str:
        return f"({self.rename(field.full_name)})" if field.is_extension else field.name

    def _named(self, name: str, field: FieldDescriptor, value: FieldValue) -> Iterator[tuple[str, tuple[str, ...]]]:
        if field.is_repeated:
            yield name, tuple(self._single(field, each) for each in value)
        elif field.message_type is None or _is_closed_off(field.message_type):
            yield name, (self._single(field, value),)
        else:
            listed, unknown = value.ListFields(), unknown_values(value)
            if not listed and not unknown:
                yield name, (EMPTY,)
            for inner, inner_value in listed:
                if is_map(inner):
                    # An aggregate of nothing else says its entries.
                    alone = type(value)()
                    getattr(alone, inner.name).MergeFrom(inner_value)
                    yield f"{name}.{self._part(inner)}", (self._aggregate(alone),)
                else:
                    yield from self._named(f"{name}.{self._part(inner)}", inner, inner_value)
            for number, values in unknown.items():
                yield f"{name}.unknown field {number}", values

    def _single(self, field: FieldDescriptor, value: FieldValue) -> str:
        if field.message_type is not None:
            return self._aggregate(value)
        literal = scalar_literal(field, value)
        return str(value) if literal is None else literal

    def _aggregate(self, message: Message) -> str:
        names = FullNames(self.definitions.symbols, "", "", rename=self.rename)
        try:
            lines = Aggregates(self.definitions, names, (), "").value(message)
        except (PrintError, KeyError):
            # It holds what no definition explains, or a map without key and value; its bytes still can be told apart.
            return quoted(message.SerializePartialToString(deterministic=True))
        return " ".join(line.strip() for line in lines)


def _is_closed_off(type_: Descriptor) -> bool:
    """Whether a message's parts are no options of their own."""
    return type_.full_name == "google.protobuf.Any" or type_.GetOptions().message_set_wire_format


def unknown_values(message: Message) -> dict[int, tuple[str, ...]]:
    """Field number to values, for what the message holds and its definition does not explain."""
    found: dict[int, list[str]] = {}
    unknown_fields = UnknownFieldSet(message)
    for index in range(len(unknown_fields)):
        unknown = unknown_fields[index]
        found.setdefault(unknown.field_number, []).append(_raw(unknown.data))
    return {number: tuple(values) for number, values in sorted(found.items())}


def _raw(data: int | bytes | UnknownFieldSet) -> str:
    if isinstance(data, int):
        return str(data)
    if isinstance(data, bytes):
        return quoted(data)
    parts = (data[index] for index in range(len(data)))
    return "{" + " ".join(f"{part.field_number}: {_raw(part.data)}" for part in parts) + "}"
