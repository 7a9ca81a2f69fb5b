"""The vectors of a whole message: empty, all fields, oneofs, fields in another order, unknown fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protoalign.prove.vectors.encoding import (
    Filled,
    Value,
    WireType,
    encoded,
    encoded_field,
    record,
    tag,
    varint,
)
from protoalign.prove.vectors.order import agreeing_cover, agreeing_set, order_agrees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protoalign.prove.vectors.drafts import Drafts
    from protoalign.prove.vectors.filling import Filler
    from protoalign.prove.vectors.shapes import FieldShape, MessageShape

__all__ = ["WholeMaker", "unknown_field_number"]

FIRST_TRIED = 1000
MAX_NUMBER = (1 << 29) - 1
# Between them protobuf's own implementations keep their numbers.
RESERVED = range(19_000, 20_000)


def unknown_field_number(shape: MessageShape) -> int | None:
    """A field number that the message does not know and that is in no extension range; None where all are taken."""
    if shape.is_message_set:
        return None
    known = {field.number for field in shape.fields}
    ranges = sorted(shape.ranges)
    number = FIRST_TRIED
    while number <= MAX_NUMBER:
        within = next((end for start, end in ranges if start <= number < end), None)
        if within is not None:
            number = within
        elif number in RESERVED:
            number = RESERVED.stop
        elif number in known:
            number += 1
        else:
            return number
    return next(
        (
            number
            for number in range(1, FIRST_TRIED)
            if number not in known and not any(start <= number < end for start, end in ranges)
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class WholeMaker:
    """Makes the vectors of a whole message.

    Attributes:
        filler: fills messages.
        drafts: where the vectors go.
        shape: the message.
        base: its required fields with their values.
    """

    filler: Filler
    drafts: Drafts
    shape: MessageShape
    base: tuple[tuple[FieldShape, Value], ...]

    def make_empty(self) -> None:
        """The message with nothing in it, or with what it requires."""
        self.drafts.add("only what is required" if self.base else "empty", Filled(self.base), essential=True)

    def make_rest(self) -> None:
        """All others."""
        values = {field: value for field in self.shape.fields if (value := self.filler.plain(field, 0)) is not None}
        values.update(self.base)
        self._all_fields(values)
        for oneof, name in enumerate(self.shape.oneofs):
            members = [field for field in values if field.oneof == oneof]
            self._oneof(name, members, values)
        self._unknown()

    def _all_fields(self, values: dict[FieldShape, Value]) -> None:
        """All fields, in as many vectors as it takes for every runtime to write the same order."""
        fixed = tuple(field for field, _ in self.base)
        candidates = [field for field in self.filler.candidates(self.shape) if field in values]
        for index, chosen in enumerate(agreeing_cover(candidates, fixed)):
            if len(chosen) < 2:
                continue
            suffix = f" {index + 1}" if index else ""
            message = Filled(tuple((field, values[field]) for field in chosen))
            self.drafts.add(f"all fields{suffix}", message, essential=True)
            backwards = b"".join(encoded_field(field, values[field]) for field in reversed(chosen))
            self.drafts.add(f"all fields{suffix}, backwards", message, input=backwards)

    def _oneof(self, name: str, members: Sequence[FieldShape], values: dict[FieldShape, Value]) -> None:
        fixed = tuple(field for field, _ in self.base)
        others = [field for field in self.filler.candidates(self.shape) if field in values]
        members = [member for member in members if all(order_agrees(member, each) for each in fixed)]
        for member in members:
            compatible = agreeing_set((field for field in others if field.oneof != member.oneof), (*fixed, member))
            if len(compatible) > 1:
                message = Filled(tuple((field, values[field]) for field in compatible))
                self.drafts.add(f"oneof {name}/all fields with {member.name}", message)
        for first, last in zip(members, (*members[1:], *members[:1]), strict=True):
            if first is not last:
                self._two_members(name, first, last, values)

    def _two_members(self, name: str, first: FieldShape, last: FieldShape, values: dict[FieldShape, Value]) -> None:
        """Of two members on the wire the last one wins; a message that comes again behind another one begins anew."""
        before = encoded(Filled(self.base))
        one, other = (encoded_field(field, values[field]) for field in (first, last))
        message = Filled((*self.base, (last, values[last])))
        self.drafts.add(f"oneof {name}/{first.name} and then {last.name}", message, input=before + one + other)
        value = values[last]
        if isinstance(value, Filled) and len(value.fields) > 1:
            parts = sorted(value.fields, key=lambda entry: entry[0].number)
            if any(field.presence == "required" for field, _ in parts):
                return
            front, back = Filled(tuple(parts[:1])), Filled(tuple(parts[1:]))
            wire = encoded_field(last, front) + one + encoded_field(last, back)
            self.drafts.add(
                f"oneof {name}/{last.name}, {first.name}, {last.name} again",
                Filled((*self.base, (last, back))),
                input=before + wire,
            )

    def _unknown(self) -> None:
        number = unknown_field_number(self.shape)
        if number is None:
            return
        group = tag(number, WireType.SGROUP) + tag(1, WireType.VARINT) + varint(5) + tag(number, WireType.EGROUP)
        records = {
            "varint": tag(number, WireType.VARINT) + varint((1 << 64) - 1),
            "64 bits": tag(number, WireType.I64) + bytes(range(1, 9)),
            "bytes": record(number, b"\xff\0a"),
            "group": group,
            "32 bits": tag(number, WireType.I32) + bytes(range(1, 5)),
        }
        records["all wire types"] = b"".join(records.values())
        for label, wire in records.items():
            self.drafts.add(f"unknown field/{label}", Filled(self.base, wire), lossy_json=True)
        if number < MAX_NUMBER and not any(start <= MAX_NUMBER < end for start, end in self.shape.ranges):
            highest = tag(MAX_NUMBER, WireType.VARINT) + varint(1)
            self.drafts.add("unknown field/highest number", Filled(self.base, highest), lossy_json=True)
        self._unknown_first(records["varint"])

    def _unknown_first(self, unknown: bytes) -> None:
        filled = self.filler.filled(self.shape.full_name, 0)
        if filled.fields:
            fields = Filled(filled.fields)
            self.drafts.add(
                "unknown field/before known ones",
                Filled(filled.fields, unknown),
                input=unknown + encoded(fields),
                lossy_json=True,
            )
