"""Messages with values in them: filled to a depth, with nothing but what is required, and the well-known ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from protoalign.prove.vectors.encoding import Entries, Filled, Scalar, Single, Value, encoded
from protoalign.prove.vectors.order import agreeing_set
from protoalign.prove.vectors.shapes import FieldShape, MessageShape
from protoalign.prove.vectors.values import plain_scalar

__all__ = ["Filler"]

WELL_KNOWN = "google.protobuf."
ANY = "google.protobuf.Any"
TYPE_URL = "type.googleapis.com/"
PACKED_IN_ANY = ("Timestamp", "Duration", "StringValue", "FieldMask")

SECONDS_OF_YEAR_1 = -62_135_596_800
SECONDS_OF_YEAR_9999 = 253_402_300_799
MAX_NANOS = 999_999_999
MAX_DURATION_SECONDS = 315_576_000_000


@dataclass(slots=True)
class Filler:
    """Fills messages with values.

    Attributes:
        shapes: all messages by full name.
    """

    shapes: Mapping[str, MessageShape]
    _impossible: frozenset[str] = frozenset()
    _required: dict[str, Filled] = dataclass_field(default_factory=dict)
    _filled: dict[tuple[str, int], Filled] = dataclass_field(default_factory=dict)

    def __post_init__(self) -> None:
        self._impossible = _impossible(self.shapes)

    def is_possible(self, message: str) -> bool:
        """Whether a message can be complete: one that requires itself cannot."""
        return message not in self._impossible

    def map_fields(self, field: FieldShape) -> tuple[FieldShape, FieldShape] | None:
        """The key and the value of a map's entries; None where the field is no map."""
        entry = self.shapes[field.message] if field.message else None
        if entry is None or not entry.is_map_entry or not field.is_repeated:
            return None
        key, value = sorted(entry.fields, key=lambda each: each.number)
        return key, value

    def required(self, message: str) -> Filled:
        """The message with its required fields and, in them, what they require."""
        if message not in self._required:
            self._required[message] = Filled(tuple(self.base(message)))
        return self._required[message]

    def base(self, message: str) -> Iterator[tuple[FieldShape, Value]]:
        """The required fields of a message with their values."""
        for each in self.shapes[message].fields:
            if each.presence == "required":
                yield each, self.required(each.message) if each.message else plain_scalar(each)

    def single(self, field: FieldShape, depth: int) -> Single | None:
        """A value, or an element, of the field; None where there can be none.

        Args:
            field: the field; a map has no such value.
            depth: how deep a message in it is filled, see `filled`.
        """
        if not field.message:
            return plain_scalar(field)
        return self.filled(field.message, depth) if self.is_possible(field.message) else None

    def plain(self, field: FieldShape, depth: int) -> Value | None:
        """A value of the field, with one element where it is repeated; None where there can be none."""
        entry = self.map_fields(field)
        if entry is not None:
            key, value = entry
            single = self.single(value, depth)
            return None if single is None else Entries(key, value, ((map_key(key), single),))
        single = self.single(field, depth)
        if single is None:
            return None
        return (single,) if field.is_repeated else single

    def filled(self, message: str, depth: int) -> Filled:
        """The message with as many fields as all runtimes write in one order.

        Args:
            message: its full name.
            depth: 0 leaves out fields that hold messages, but for required ones; 1 fills these with depth 0; and so on.
        """
        known = self._filled.get((message, depth))
        if known is not None:
            return known
        shape = self.shapes[message]
        examples = self.examples(message)
        filled = next(iter(examples.values())) if examples else self._filled_fields(shape, depth)
        self._filled[message, depth] = filled
        return filled

    def candidates(self, shape: MessageShape) -> list[FieldShape]:
        """The fields that can stand in a filled message: those in no oneof, and the first member of each oneof."""
        seen: set[int] = set()
        found = []
        for each in shape.fields:
            if each.oneof is not None:
                if each.oneof in seen:
                    continue
                seen.add(each.oneof)
            found.append(each)
        return found

    def _filled_fields(self, shape: MessageShape, depth: int) -> Filled:
        base = dict(self.base(shape.full_name))
        wanted = [each for each in self.candidates(shape) if depth > 0 or not self._holds_messages(each)]
        values = {each: value for each in wanted if (value := self.plain(each, depth - 1)) is not None}
        chosen = agreeing_set(values, tuple(base))
        return Filled(tuple((each, base[each] if each in base else values[each]) for each in chosen))

    def _holds_messages(self, field: FieldShape) -> bool:
        entry = self.map_fields(field)
        return bool(entry[1].message if entry is not None else field.message)

    def examples(self, message: str) -> Mapping[str, Filled]:
        """Values of a well-known message by what they are, a plain one first; empty for messages of others.

        The well-known messages restrict in JSON what their fields may hold, so that values by type would not do.
        """
        if not message.startswith(WELL_KNOWN) or not self.shapes[message].file.startswith("google/protobuf/"):
            return {}
        try:
            return self._examples(message.removeprefix(WELL_KNOWN))
        except (KeyError, ValueError):
            # A file of that name with other messages in it: they are filled like any other.
            return {}

    def _examples(self, name: str) -> Mapping[str, Filled]:
        of = self._of
        match name:
            case "Timestamp":
                return {
                    "plain": of(name, seconds=1_700_000_000, nanos=123_000_000),
                    "year 1": of(name, seconds=SECONDS_OF_YEAR_1),
                    "year 9999": of(name, seconds=SECONDS_OF_YEAR_9999, nanos=MAX_NANOS),
                    "before 1970": of(name, seconds=-1, nanos=MAX_NANOS),
                    "microseconds": of(name, seconds=1, nanos=1000),
                    "beyond the calendar": of(name, seconds=SECONDS_OF_YEAR_9999 + 1),
                }
            case "Duration":
                return {
                    "plain": of(name, seconds=3, nanos=500_000_000),
                    "negative": of(name, seconds=-3, nanos=-500_000_000),
                    "less than a second": of(name, nanos=-1),
                    "longest": of(name, seconds=MAX_DURATION_SECONDS, nanos=MAX_NANOS),
                    "too long": of(name, seconds=MAX_DURATION_SECONDS + 1),
                }
            case "FieldMask":
                return {"plain": of(name, paths=("name", "first_part.second_part"))}
            case "Struct" | "Value" | "ListValue":
                return self._json_like(name)
            case "Any":
                return self._any()
            case _ if name.endswith("Value") and name != "NullValue":
                (only,) = self.shapes[WELL_KNOWN + name].fields
                return {"plain": Filled(((only, plain_scalar(only)),))}
        return {}

    def _json_like(self, name: str) -> Mapping[str, Filled]:
        of = self._of
        text, number, truth = of("Value", string_value="a"), of("Value", number_value=1.5), of("Value", bool_value=True)
        null = of("Value", null_value=0)
        elements = of("ListValue", values=(text, number, truth, null))
        (fields,) = self.shapes[WELL_KNOWN + "Struct"].fields
        entry = self.map_fields(fields)
        pairs = Entries(*entry, (("key", of("Value", list_value=elements)),)) if entry is not None else ()
        struct = Filled(((fields, pairs),))
        if name == "ListValue":
            return {"plain": elements}
        if name == "Struct":
            return {"plain": struct}
        return {
            "plain": text,
            "number": number,
            "bool": truth,
            "null": null,
            "list": of("Value", list_value=elements),
            "struct": of("Value", struct_value=struct),
        }

    def _any(self) -> Mapping[str, Filled]:
        packed = next((name for name in PACKED_IN_ANY if WELL_KNOWN + name in self.shapes), None)
        if packed is None:
            return {"plain": Filled()}
        content = encoded(self.filled(WELL_KNOWN + packed, 0))
        unknown = self._of("Any", type_url=f"{TYPE_URL}no.such.Message", value=b"\x08\x01")
        return {
            "plain": self._of("Any", type_url=f"{TYPE_URL}{WELL_KNOWN}{packed}", value=content),
            "unknown type": unknown,
        }

    def _of(self, name: str, **values: Value) -> Filled:
        by_name = {each.name: each for each in self.shapes[WELL_KNOWN + name].fields}
        return Filled(tuple((by_name[key], value) for key, value in values.items()))


def map_key(key: FieldShape) -> Scalar:
    """A plain key of a map."""
    value = plain_scalar(key)
    return "a" if isinstance(value, str) else value


def _impossible(shapes: Mapping[str, MessageShape]) -> frozenset[str]:
    """The messages that require themselves, and those that require such ones."""
    needs = {
        name: {each.message for each in shape.fields if each.presence == "required" and each.message}
        for name, shape in shapes.items()
    }
    impossible = {name for name, needed in needs.items() if needed}
    changed = True
    while changed:
        possible = {name for name in impossible if not needs[name] & impossible}
        changed = bool(possible)
        impossible -= possible
    return frozenset(impossible)
