"""The vectors of one field: singular, repeated or map."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from protoalign.prove.vectors.encoding import (
    WIRE_TYPES,
    Entries,
    Filled,
    Scalar,
    Single,
    Value,
    WireType,
    encoded,
    encoded_elements,
    encoded_entry,
    packed_block,
    record,
    tag,
    varint,
)
from protoalign.prove.vectors.filling import map_key
from protoalign.prove.vectors.order import order_agrees
from protoalign.prove.vectors.values import (
    LONG,
    boundaries,
    default_of,
    plain_enum,
    plain_scalar,
    unknown_number,
    zero,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protoalign.prove.vectors.drafts import Drafts
    from protoalign.prove.vectors.filling import Filler
    from protoalign.prove.vectors.recursion import Recursion
    from protoalign.prove.vectors.shapes import FieldShape

__all__ = ["FieldMaker"]

FIELD = FieldDescriptorProto
PLAIN_VARINTS = (FIELD.TYPE_INT32, FIELD.TYPE_INT64, FIELD.TYPE_UINT32, FIELD.TYPE_UINT64, FIELD.TYPE_BOOL)
UNPACKABLE = (FIELD.TYPE_STRING, FIELD.TYPE_BYTES, FIELD.TYPE_MESSAGE, FIELD.TYPE_GROUP)


@dataclass(frozen=True, slots=True)
class FieldMaker:
    """Makes the vectors of one field.

    Attributes:
        filler: fills the messages in it.
        recursion: nests messages in themselves.
        drafts: where the vectors go.
        message: full name of the message that has the field.
        field: the field or extension.
        rest: the message's other required fields with their values.
        unknown: a field number that the field's message, if it has one, does not know; None for none.
        is_first_of_type: whether it is the message's first field of its type and cardinality; what tries a type
            and not a field is done for the first one only.
    """

    filler: Filler
    recursion: Recursion
    drafts: Drafts
    message: str
    field: FieldShape
    rest: tuple[tuple[FieldShape, Value], ...]
    unknown: int | None
    is_first_of_type: bool

    def make(self) -> None:
        """Make them all."""
        plain = self.filler.plain(self.field, 1)
        if plain is None or not all(order_agrees(self.field, required) for required, _ in self.rest):
            return
        self._value("plain", plain, essential=True)
        if isinstance(plain, Entries):
            self._map(plain.key, plain.value)
        elif self.field.is_repeated:
            self._repeated()
        elif self.field.message:
            self._singular_message()
        else:
            self._singular_scalar()

    def _value(
        self,
        label: str,
        value: Value | None,
        *,
        wire: bytes | None = None,
        unknown: bytes = b"",
        essential: bool = False,
        has_json: bool = True,
        lossy_json: bool = False,
    ) -> None:
        """Add the vector in which the field has this value, or is unset, and comes as the bytes `wire` where given."""
        fields = self.rest if value is None else (*self.rest, (self.field, value))
        self.drafts.add(
            f"{self.field.name}/{label}",
            Filled(fields, unknown),
            input=None if wire is None else encoded(Filled(self.rest)) + wire,
            essential=essential,
            has_json=has_json,
            lossy_json=lossy_json or _is_double_nan(self.field, value),
        )

    def _singular_scalar(self) -> None:
        field = self.field
        plain = plain_scalar(field)
        nothing = zero(field)
        if field.presence == "implicit":
            # On the wire, but not to be told from a field that is unset.
            self._value("zero", None, wire=encoded_elements(field, (nothing,)))
        else:
            self._value("zero", nothing)
        default = default_of(field)
        if default is not None:
            self._value("default", default)
        for label, value in boundaries(field).items():
            self._value(label, value)
        if field.enum is not None:
            for name, number in field.enum.values:
                self._value(f"enum value {name}", number)
            self._unknown_enum_number()
        if self.is_first_of_type:
            self._forms_of_the_type(plain, nothing)

    def _unknown_enum_number(self) -> None:
        enum = self.field.enum
        number = unknown_number(enum) if enum is not None else None
        if enum is None or number is None:
            return
        wire = encoded_elements(self.field, (number,))
        if not enum.is_closed:
            self._value("unknown number", (number,) if self.field.is_repeated else number, wire=None)
        elif not self.rest:
            # Google's runtimes put it into the unknown fields, Go keeps it: alone, the bytes are the same.
            self._value("unknown number", None, wire=wire, unknown=wire, has_json=False)

    def _forms_of_the_type(self, plain: Scalar, nothing: Scalar) -> None:
        """What tries a type rather than a field: long values, other ways to write them, two occurrences."""
        field = self.field
        if field.type == FIELD.TYPE_STRING:
            self._value("long", LONG)
        if field.type == FIELD.TYPE_BOOL:
            self._value("another varint than one", True, wire=tag(field.number, WireType.VARINT) + varint(2))
        if field.type in PLAIN_VARINTS:
            overlong = tag(field.number, WireType.VARINT) + varint(int(plain), extra=2)
            self._value("varint with more bytes than needed", plain, wire=overlong)
        self._value("twice, the last one wins", plain, wire=encoded_elements(field, (nothing, plain)))
        if field.presence == "required":
            return
        other = record(field.number, b"a")
        if WIRE_TYPES[field.type] is WireType.LEN:  # type: ignore[index]
            other = tag(field.number, WireType.VARINT) + varint(1)
        # A field that comes with another wire type is unknown.
        self._value("another wire type", None, wire=other, unknown=other, lossy_json=True)

    def _singular_message(self) -> None:
        field, filler = self.field, self.filler
        smallest = filler.required(field.message)
        filled = filler.filled(field.message, 1)
        self._value("nothing in it", smallest)
        for label, example in filler.examples(field.message).items():
            self._value(label, example)
        self._nested_in_itself()
        self._merged(filled)
        if self.unknown is not None:
            lost = tag(self.unknown, WireType.VARINT) + varint(1)
            self._value("an unknown field in it", Filled(smallest.fields, lost), lossy_json=True)

    def _nested_in_itself(self) -> None:
        value = None if self.field.is_extension else self.recursion.nested_in_itself(self.message, self.field)
        if value is not None:
            self._value("nested in itself", value)

    def _merged(self, filled: Filled) -> None:
        """The message in two occurrences, which are merged: both halves have to be there."""
        parts = sorted(filled.fields, key=lambda entry: entry[0].number)
        if len(parts) < 2 or any(each.presence == "required" for each, _ in parts):
            return
        half = len(parts) // 2
        wire = encoded_elements(self.field, (Filled(tuple(parts[half:])), Filled(tuple(parts[:half]))))
        self._value("in two parts, merged", filled, wire=wire)

    def _repeated(self) -> None:
        field, filler = self.field, self.filler
        if field.message:
            smallest, filled = filler.required(field.message), filler.filled(field.message, 1)
            self._value("several", (filled, smallest, filled))
            for label, example in filler.examples(field.message).items():
                self._value(label, (example,))
            self._nested_in_itself()
            return
        plain, nothing = plain_scalar(field), zero(field)
        self._value("several", (plain, nothing, plain))
        self._value("zero", (nothing,))
        # Google's own reader refuses the digits that the largest float has in JSON, and NaN has other bits behind it:
        # they would take JSON from all the others.
        at_boundaries = tuple(
            value
            for label, value in boundaries(field).items()
            if not _is_double_nan(field, (value,)) and (field.type, label) != (FIELD.TYPE_FLOAT, "maximum")
        )
        if at_boundaries:
            self._value("boundaries", at_boundaries)
        if field.type == FIELD.TYPE_DOUBLE:
            self._value("not a number", (math.nan,))
        if self.is_first_of_type and field.type == FIELD.TYPE_STRING:
            self._value("long", (LONG, ""))
        if field.enum is not None:
            self._value("every enum value", tuple(number for _, number in field.enum.values))
            if not (field.is_packed and field.enum.is_closed):
                self._unknown_enum_number()
        if field.type not in UNPACKABLE:
            self._packed_and_expanded(plain, nothing)

    def _packed_and_expanded(self, plain: Scalar, nothing: Scalar) -> None:
        """All ways to write numbers are read, whichever of them is written."""
        field, values = self.field, (plain, nothing, plain)
        self._value("packed", values, wire=packed_block(field, values))
        self._value("expanded", values, wire=encoded_elements(field, values))
        mixed = packed_block(field, values[:2]) + encoded_elements(field, values[2:])
        self._value("packed and expanded", values, wire=mixed)
        blocks = packed_block(field, values[:1]) + packed_block(field, values[1:])
        self._value("two packed blocks", values, wire=blocks)
        self._value("an empty packed block", None, wire=record(field.number, b""))

    def _map(self, key: FieldShape, value: FieldShape) -> None:
        field = self.field
        plain_key, nothing = map_key(key), zero(key)
        plain = self.filler.single(value, 0)
        empty = self.filler.required(value.message) if value.message else zero(value)
        if plain is None:
            return

        def entries(*pairs: tuple[Scalar, Single]) -> Entries:
            return Entries(key, value, pairs)

        for label, each in {**boundaries(key), **({"false": False} if nothing is False else {})}.items():
            self._value(f"key: {label}", entries((each, plain)))
        for label, single in self._map_values(value).items():
            self._value(f"value: {label}", entries((plain_key, single)))
        self._value("zero key and value", entries((nothing, empty)))
        on_wire_key, on_wire_value = encoded_entry(key, plain_key), encoded_entry(value, plain)
        if not (value.message and encoded(self.filler.required(value.message))):
            self._value("value left out", entries((plain_key, empty)), wire=record(field.number, on_wire_key))
            self._value("empty entry", entries((nothing, empty)), wire=record(field.number, b""))
        self._value("key left out", entries((nothing, plain)), wire=record(field.number, on_wire_value))
        self._value(
            "value before key", entries((plain_key, plain)), wire=record(field.number, on_wire_value + on_wire_key)
        )
        first = record(field.number, on_wire_key + encoded_entry(value, empty))
        last = record(field.number, on_wire_key + on_wire_value)
        self._value("key twice, the last one wins", entries((plain_key, plain)), wire=first + last)

    def _map_values(self, value: FieldShape) -> Mapping[str, Single]:
        if value.message:
            return {"nothing in it": self.filler.required(value.message), **self.filler.examples(value.message)}
        found: dict[str, Single] = {"zero": zero(value), **boundaries(value)}
        if value.enum is not None:
            found |= {f"enum value {name}": number for name, number in value.enum.values}
            number = unknown_number(value.enum)
            if number is not None and not value.enum.is_closed:
                found["unknown number"] = number
            found["plain"] = plain_enum(value.enum)
        return found


def _is_double_nan(field: FieldShape, value: Value | None) -> bool:
    """Whether it holds a NaN of 64 bits: read from JSON, it is another one in Go."""
    if isinstance(value, Entries):
        return any(_is_double_nan(value.value, each) for _, each in value.pairs)
    values = value if isinstance(value, tuple) else (value,)
    return field.type == FIELD.TYPE_DOUBLE and any(isinstance(each, float) and math.isnan(each) for each in values)
