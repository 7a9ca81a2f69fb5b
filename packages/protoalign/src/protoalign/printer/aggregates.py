"""Option values in text format: aggregates such as `{get: "/v1/models" body: "*"}`.

The layout is the one of `buf format`: one field per line and no separators, but a single plain field stays on the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from protoalign.errors import PrintError
from protoalign.printer.definitions import Definitions, FieldValue, check_known
from protoalign.printer.lines import indented
from protoalign.printer.literals import double_literal, float_literal, quoted

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor

    from protoalign.printer.names import Names

__all__ = ["Aggregates", "is_map", "scalar_literal"]

# protoc expands Any values of these prefixes only.
ANY_PREFIXES = ("type.googleapis.com", "type.googleprod.com")
# An Any's bytes are parsed afresh, so that protobuf's own limit of depth does not bound how deep they nest.
MAX_ANY_DEPTH = 8


def is_map(field: FieldDescriptor) -> bool:
    """Whether the field is a map."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def scalar_literal(field: FieldDescriptor, value: FieldValue) -> str | None:
    """The literal of a single value that is no message; None where an enum has no name for its number."""
    kind = field.type
    if kind in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
        return quoted(value)
    if kind == FieldDescriptor.TYPE_BOOL:
        return "true" if value else "false"
    if kind == FieldDescriptor.TYPE_ENUM:
        named = None if field.enum_type is None else field.enum_type.values_by_number.get(value)
        return None if named is None else named.name
    if kind == FieldDescriptor.TYPE_FLOAT:
        return float_literal(value)
    if kind == FieldDescriptor.TYPE_DOUBLE:
        return double_literal(value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Aggregates:
    """Prints aggregate values for the options of one element.

    Attributes:
        definitions: where the types inside `Any` values are found.
        names: what the printed file can see.
        scopes: the scopes that names are looked up from, innermost first.
        where: the element, for errors.
    """

    definitions: Definitions
    names: Names
    scopes: tuple[str, ...]
    where: str

    def value(self, message: Message, depth: int = 0) -> list[str]:
        """The value of a message, from its opening to its closing brace."""
        check_known(message, self.where)
        expanded = self._expanded_any(message, depth)
        entries = [expanded] if expanded is not None else list(self._entries(message, depth))
        if not entries:
            return ["{}"]
        if len(entries) == 1 and len(entries[0]) == 1 and not entries[0][0].endswith("}"):
            return [f"{{{entries[0][0]}}}"]
        return ["{", *indented(line for entry in entries for line in entry), "}"]

    def _entries(self, message: Message, depth: int) -> Iterator[list[str]]:
        for field, value in message.ListFields():
            name = self._name(field)
            type_ = field.message_type
            if type_ is not None and is_map(field):
                for key in sorted(value):
                    yield self._map_entry(name, type_, key, value[key], depth)
            elif field.is_repeated:
                yield from self._repeated(name, field, value, depth)
            elif field.message_type is not None:
                yield _labelled(name, self.value(value, depth))
            else:
                yield [f"{name}: {self._scalar(field, value)}"]

    def _repeated(
        self, name: str, field: FieldDescriptor, values: Sequence[FieldValue], depth: int
    ) -> Iterator[list[str]]:
        if field.message_type is not None:
            for value in values:
                yield _labelled(name, self.value(value, depth))
        elif len(values) == 1:
            yield [f"{name}: {self._scalar(field, values[0])}"]
        else:
            literals = [self._scalar(field, value) for value in values]
            yield [f"{name}: [", *indented(_with_commas(literals)), "]"]

    def _map_entry(
        self,
        name: str,
        entry: Descriptor,
        key: object,
        value: FieldValue,
        depth: int,
    ) -> list[str]:
        key_field, value_field = (entry.fields_by_number[number] for number in (1, 2))
        key_line = f"key: {self._scalar(key_field, key)}"
        if value_field.message_type is not None:
            value_lines = _labelled("value", self.value(value, depth))
        else:
            value_lines = [f"value: {self._scalar(value_field, value)}"]
        return [f"{name}: {{", *indented((key_line, *value_lines)), "}"]

    def _name(self, field: FieldDescriptor) -> str:
        container = field.containing_type
        if field.is_extension and container is not None:
            # protoc looks an extension up from where the message's type is declared, buf from the element.
            declared_in = container.full_name.rpartition(".")[0]
            return f"[{self.names.bracketed(field.full_name, (declared_in, *self.scopes))}]"
        # Groups go by their field's name too: text format's older way, the type's name, is beyond buf.
        return field.name

    def _scalar(self, field: FieldDescriptor, value: FieldValue) -> str:
        literal = scalar_literal(field, value)
        # In text format, an open enum's number may stand for a name that it lacks.
        return str(value) if literal is None else literal

    def _expanded_any(self, message: Message, depth: int) -> list[str] | None:
        """The readable form of an Any, where compiling it surely gives the same bytes."""
        if message.DESCRIPTOR.full_name != "google.protobuf.Any" or depth >= MAX_ANY_DEPTH:
            return None
        url: str = message.type_url  # type: ignore[attr-defined]
        raw: bytes = message.value  # type: ignore[attr-defined]
        prefix, _, full_name = url.rpartition("/") if isinstance(url, str) else ("", "", "")
        if prefix not in ANY_PREFIXES or not self.names.sees(full_name):
            return None
        if any(self.names.resolve(full_name, s, only_types=True) != full_name for s in ("", *self.scopes)):
            return None
        type_ = self.definitions.message_type(full_name)
        if type_ is None:
            return None
        try:
            inner = GetMessageClass(type_).FromString(raw)
            if not inner.IsInitialized() or inner.SerializeToString(deterministic=True) != raw:
                return None
            if _has_repeated_numbers(inner):
                return None
            return _labelled(f"[{url}]", self.value(inner, depth + 1))
        except (DecodeError, PrintError):
            # What cannot be shown inside still is a sequence of bytes.
            return None


def _has_repeated_numbers(message: Message) -> bool:
    """Whether it holds a repeated field of a kind that can be packed; inside an Any, buf packs what protoc does not."""
    for field, value in message.ListFields():
        if field.message_type is None:
            if field.is_repeated and field.type not in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
                return True
        elif is_map(field):
            if field.message_type.fields_by_name["value"].message_type is not None and any(
                _has_repeated_numbers(part) for part in value.values()
            ):
                return True
        elif any(_has_repeated_numbers(part) for part in (value if field.is_repeated else (value,))):
            return True
    return False


def _labelled(name: str, value: Sequence[str]) -> list[str]:
    return [f"{name}: {value[0]}", *value[1:]]


def _with_commas(literals: Iterable[str]) -> list[str]:
    listed = list(literals)
    return [*(f"{literal}," for literal in listed[:-1]), listed[-1]]
