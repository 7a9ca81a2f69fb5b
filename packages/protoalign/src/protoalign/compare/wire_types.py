"""What a reader makes of a field's bytes that were written under another type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

__all__ = ["Outcome", "Reading", "WireField", "WireType", "reading"]

FIELD = FieldDescriptorProto

WireType = Literal["varint", "fixed32", "fixed64", "length-prefixed", "group"]
Outcome = Literal["same", "converted", "skipped", "corrupt"]

MESSAGES = frozenset((FIELD.TYPE_MESSAGE, FIELD.TYPE_GROUP))
FIXED32 = frozenset((FIELD.TYPE_FIXED32, FIELD.TYPE_SFIXED32, FIELD.TYPE_FLOAT))
FIXED64 = frozenset((FIELD.TYPE_FIXED64, FIELD.TYPE_SFIXED64, FIELD.TYPE_DOUBLE))
FLOATING = frozenset((FIELD.TYPE_FLOAT, FIELD.TYPE_DOUBLE))
ZIGZAG = frozenset((FIELD.TYPE_SINT32, FIELD.TYPE_SINT64))
UNSIGNED = frozenset((FIELD.TYPE_UINT32, FIELD.TYPE_UINT64, FIELD.TYPE_FIXED32, FIELD.TYPE_FIXED64))
NARROW = frozenset((FIELD.TYPE_INT32, FIELD.TYPE_UINT32, FIELD.TYPE_SINT32, FIELD.TYPE_FIXED32, FIELD.TYPE_SFIXED32))
TEXT = frozenset((FIELD.TYPE_STRING, FIELD.TYPE_BYTES))


@dataclass(frozen=True, slots=True)
class WireField:
    """What of a field decides how its bytes are written and read.

    Attributes:
        type: its `FieldDescriptorProto.Type`.
        type_name: full name of its message or enum type, without leading dot.
        repeated: whether it is repeated; maps are.
        packed: whether it is written packed.
        delimited: whether its message is written as a group.
        verifies_utf8: whether a string that is no valid UTF-8 is refused.
        closed: whether its enum is closed.
    """

    type: int
    type_name: str = ""
    repeated: bool = False
    packed: bool = False
    delimited: bool = False
    verifies_utf8: bool = True
    closed: bool = False

    @property
    def wire_type(self) -> WireType:
        """The wire type of one element, packing aside."""
        if self.type in MESSAGES:
            return "group" if self.delimited else "length-prefixed"
        if self.type in TEXT:
            return "length-prefixed"
        if self.type in FIXED32:
            return "fixed32"
        return "fixed64" if self.type in FIXED64 else "varint"

    @property
    def can_be_packed(self) -> bool:
        """Whether it is a repeated field of numbers, whose readers take both forms."""
        return self.repeated and self.wire_type in ("varint", "fixed32", "fixed64")


@dataclass(frozen=True, slots=True)
class Reading:
    """What becomes of a value on its way.

    Attributes:
        outcome: `same`: every value arrives; `converted`: it arrives as another value, at least at times; `skipped`:
            the wire types differ and the reader passes over it; `corrupt`: it is parsed as what it is not, which
            may make the whole message fail.
        effect: the same in words, as a clause.
    """

    outcome: Outcome
    effect: str


SAME = Reading("same", "every value arrives")
SKIPPED = Reading("skipped", "the wire types differ, so it is skipped as an unknown field")


def reading(written: WireField, read: WireField) -> Reading:
    """What a reader with the field `read` makes of what was written as the field `written`."""
    written_packed = written.can_be_packed and written.packed
    if written_packed and not read.can_be_packed:
        if read.wire_type != "length-prefixed":
            return Reading("skipped", "the packed list is no single value, so it is skipped as an unknown field")
        return Reading("corrupt", f"the bytes of a packed list of numbers are parsed as {_noun(read)}")
    if read.can_be_packed and not written.can_be_packed and written.wire_type == "length-prefixed":
        return Reading("corrupt", f"the bytes of {_noun(written)} are parsed as a packed list of numbers")
    if written.wire_type != read.wire_type:
        return SKIPPED
    if written.wire_type in ("length-prefixed", "group"):
        return _length_prefixed(written, read)
    return _number(written, read)


def _noun(field: WireField) -> str:
    if field.type in MESSAGES:
        return "a message"
    return "text" if field.type == FIELD.TYPE_STRING else "bytes"


def _length_prefixed(written: WireField, read: WireField) -> Reading:
    from_message, to_message = written.type in MESSAGES, read.type in MESSAGES
    if from_message and to_message:
        if written.type_name == read.type_name:
            return SAME
        return Reading(
            "corrupt",
            f"the fields of `{_simple(written)}` are read as those fields of `{_simple(read)}` that have their numbers",
        )
    if to_message:
        what = "the text is" if written.type == FIELD.TYPE_STRING else "the bytes are"
        return Reading(
            "corrupt",
            f"{what} parsed as an encoded `{_simple(read)}`, and where that fails, so does the whole message",
        )
    if read.type == FIELD.TYPE_BYTES:
        if written.type == FIELD.TYPE_BYTES:
            return SAME
        what = "the message arrives in its encoded form" if from_message else "the text arrives as its UTF-8 bytes"
        return Reading("converted", what)
    if written.type == FIELD.TYPE_STRING:
        return SAME
    failure = "makes the whole message fail to decode" if read.verifies_utf8 else "arrives as broken text"
    if from_message:
        return Reading("corrupt", f"an encoded message is taken for text, and what is no valid UTF-8 {failure}")
    return Reading("converted", f"what is no valid UTF-8 {failure}")


def _number(written: WireField, read: WireField) -> Reading:
    if (written.type in FLOATING) != (read.type in FLOATING):
        return Reading("converted", "the same bits are read as another kind of number, so 1 does not arrive as 1")
    if written.type == read.type:
        if written.type == FIELD.TYPE_ENUM and written.type_name != read.type_name:
            return Reading(
                "converted", f"its number is read as the value of `{_simple(read)}` that has this number, if any"
            )
        return SAME
    if read.type == FIELD.TYPE_BOOL:
        return Reading("converted", "every number but 0 arrives as true")
    if (written.type in ZIGZAG) != (read.type in ZIGZAG):
        arrives = "1 arrives as 2, and -1 as 1" if written.type in ZIGZAG else "1 arrives as -1, and 2 as 1"
        return Reading("converted", f"the encoding is another one: {arrives}")
    if read.type == FIELD.TYPE_ENUM:
        unnamed = "put aside as unknown, and the field looks unset" if read.closed else "kept as a bare number"
        return Reading("converted", f"a number that `{_simple(read)}` does not name is {unnamed}")
    if written.type in (FIELD.TYPE_BOOL, FIELD.TYPE_ENUM):
        return Reading(
            "converted", "true arrives as 1" if written.type == FIELD.TYPE_BOOL else "the value arrives as its number"
        )
    return _integer(written.type, read.type)


def _integer(written: int, read: int) -> Reading:
    if written not in NARROW and read in NARROW:
        return Reading("converted", "a number that does not fit into 32 bits loses its upper half")
    if written not in UNSIGNED and read in UNSIGNED:
        return Reading("converted", "a negative number arrives as a huge positive one")
    if written in UNSIGNED and read not in UNSIGNED and (written in NARROW) == (read in NARROW):
        return Reading("converted", f"a number from 2^{31 if read in NARROW else 63} on arrives as a negative one")
    return SAME


def _simple(field: WireField) -> str:
    return field.type_name.rpartition(".")[2]
