"""Options of every element: names, values, and the two places where they stand.

An option's name may have several parts: `features.(pb.go).api_level`, `(buf.validate.field).string.min_len`. Inside
brackets, an option that leads to one single value is written that way; everything else is an aggregate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.message_factory import GetMessageClass

from protoalign.errors import PrintError
from protoalign.printer.aggregates import Aggregates, is_map, scalar_literal
from protoalign.printer.definitions import Definitions, FieldValue, check_known
from protoalign.printer.lines import indented
from protoalign.printer.occurrences import Occurrence, are_compatible, occurrences_of

if TYPE_CHECKING:
    from google.protobuf.descriptor import FieldDescriptor
    from google.protobuf.message import Message

    from protoalign.printer.names import Names

__all__ = ["Option", "OptionPrinter", "in_brackets", "option_statement"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option as text.

    Attributes:
        name: its name, custom parts in parentheses.
        value: the lines of its value.
        number: the number of the option's field, for its path; 0 where it is no real option, such as `default`.
    """

    name: str
    value: Sequence[str]
    number: int = 0

    @property
    def is_custom(self) -> bool:
        """Whether somebody's extension declares it."""
        return self.name.startswith("(")


@dataclass(frozen=True, slots=True)
class OptionPrinter:
    """Turns options messages into named values.

    Attributes:
        definitions: the definitions of the custom options.
        names: what the printed file can see.
    """

    definitions: Definitions
    names: Names

    def options(self, options: Message, *, scope: str, where: str, leave_out: Sequence[str] = ()) -> list[Option]:
        """The options that a message such as FieldOptions holds.

        Those of protobuf itself come first, in the order of their numbers; then custom ones as they stand on the wire.

        Args:
            options: the options message.
            scope: the full name of the element; compilers look names up from it or from around it.
            where: the element, for errors.
            leave_out: options that stand for syntax rather than for text, such as `map_entry`.

        Raises:
            PrintError: an option that no definition explains, or a value that no text can express.
        """
        known = self.definitions.options(options)
        check_known(known, where)
        # Field options are looked up from inside the message, message options from around it or, by buf, from inside.
        element = _OptionsOfElement(self, (scope, scope.rpartition(".")[0]), where)
        wire = occurrences_of(options)
        placed: list[tuple[int, Option]] = []
        for field, value in known.ListFields():
            if field.is_extension:
                places = [occurrence for occurrence in wire if occurrence.number == field.number]
                placed.extend(element.of_extension(field, value, places, default=len(wire)))
            elif field.name not in leave_out:
                placed.extend((-1, option) for option in element.of_field(field, value))
        return [option for _, option in sorted(placed, key=lambda entry: entry[0])]


@dataclass(frozen=True, slots=True)
class _OptionsOfElement:
    printer: OptionPrinter
    scopes: tuple[str, ...]
    where: str

    def of_extension(
        self, field: FieldDescriptor, value: FieldValue, places: Sequence[Occurrence], *, default: int
    ) -> list[tuple[int, Option]]:
        """A custom option, each of its statements with its place on the wire, or the default where it has none."""
        statements = self._by_occurrence(field, places) or list(self.of_field(field, value))
        if len(statements) == len(places):
            return [(occurrence.place, option) for occurrence, option in zip(places, statements, strict=True)]
        first = places[0].place if places else default
        return [(first, option) for option in statements]

    def _by_occurrence(self, field: FieldDescriptor, places: Sequence[Occurrence]) -> list[Option]:
        """A message that was set part by part, each part by its path; nothing where paths cannot say it."""
        if field.is_repeated or field.message_type is None or len(places) <= 1:
            return []
        name = self._part(field)
        message_class = GetMessageClass(field.message_type)
        statements: list[Option] = []
        repeated: list[bool] = []
        for occurrence in places:
            if occurrence.message is None:
                return []
            part = message_class.FromString(occurrence.message)
            path, target, leaf = self._single_path(name, field, part, into_lists=True)
            if path == name:
                return []
            statements.append(Option(path, self._value(target, leaf), field.number))
            repeated.append(target.is_repeated)
        return statements if are_compatible([option.name for option in statements], repeated) else []

    def of_field(self, field: FieldDescriptor, value: FieldValue) -> Iterator[Option]:
        if field.name == "uninterpreted_option" and not field.is_extension:
            raise PrintError(
                "the options were never interpreted: the descriptor comes from a parser, not from a compiler",
                where=self.where,
                hint="Compile the files with buf or protoc and use their descriptors.",
            )
        name = self._part(field)
        if field.is_repeated:
            for single in value:
                yield Option(name, self._value(field, single), field.number)
        elif field.name == "features" and not field.is_extension:
            yield from self._features(name, field.number, value)
        elif field.message_type is not None:
            path, target, leaf = self._single_path(name, field, value)
            yield Option(path, self._value(target, leaf), field.number)
        else:
            yield Option(name, self._value(field, value), field.number)

    def _features(self, name: str, number: int, features: Message) -> Iterator[Option]:
        """Each feature by its own name, which is how people write them."""
        check_known(features, self.where)
        listed = features.ListFields()
        if not listed:
            yield Option(name, ("{}",), number)
        for field, value in listed:
            part = f"{name}.{self._part(field)}"
            if field.message_type is not None and not field.is_repeated:
                yield from self._features(part, number, value)
            elif field.is_repeated:
                for single in value:
                    yield Option(part, self._value(field, single), number)
            else:
                yield Option(part, self._value(field, value), number)

    def _single_path(
        self,
        name: str,
        field: FieldDescriptor,
        value: FieldValue,
        *,
        into_lists: bool = False,
    ) -> tuple[str, FieldDescriptor, FieldValue]:
        """Follow messages that hold one single field down to where they branch or end.

        Args:
            name: the name so far.
            field: the field that holds the value.
            value: the message to follow.
            into_lists: end at the item of a list that has one; as a statement of its own it would be an aggregate.
        """
        while field.message_type is not None:
            type_ = field.message_type
            check_known(value, self.where)
            listed = value.ListFields()
            if len(listed) != 1 or type_.full_name == "google.protobuf.Any":
                break
            inner, inner_value = listed[0]
            # Items of a message set are never options of their own; repeated ones and maps need an aggregate.
            if is_map(inner) or type_.GetOptions().message_set_wire_format:
                break
            if inner.is_repeated:
                if into_lists and len(inner_value) == 1:
                    return f"{name}.{self._part(inner)}", inner, inner_value[0]
                break
            if inner.message_type is None and scalar_literal(inner, inner_value) is None:
                break
            name, field, value = f"{name}.{self._part(inner)}", inner, inner_value
        return name, field, value

    def _part(self, field: FieldDescriptor) -> str:
        if not field.is_extension:
            return field.name
        return f"({self.printer.names.reference(field.full_name, self.scopes)})"

    def _value(self, field: FieldDescriptor, value: FieldValue) -> Sequence[str]:
        if field.message_type is not None:
            printer = self.printer
            return Aggregates(printer.definitions, printer.names, self.scopes, self.where).value(value)
        literal = scalar_literal(field, value)
        if literal is None:
            raise PrintError(
                f"the option {field.full_name} has the value {value}, for which its enum has no name,"
                " and text has no other way to say it",
                where=self.where,
            )
        return (literal,)


def in_brackets(head: str, options: Sequence[Option], tail: str = ";") -> list[str]:
    """A declaration with its options in brackets: one behind it, several on lines of their own."""
    if not options:
        return [head + tail]
    if len(options) == 1:
        option = options[0]
        lines = [f"{head} [{option.name} = {option.value[0]}", *option.value[1:]]
        return [*lines[:-1], f"{lines[-1]}]{tail}"]
    inner: list[str] = []
    for index, option in enumerate(options):
        lines = [f"{option.name} = {option.value[0]}", *option.value[1:]]
        inner.extend(lines[:-1])
        inner.append(lines[-1] + ("," if index < len(options) - 1 else ""))
    return [f"{head} [", *indented(inner), f"]{tail}"]


def option_statement(option: Option) -> list[str]:
    """An option as a statement of its own."""
    lines = [f"option {option.name} = {option.value[0]}", *option.value[1:]]
    return [*lines[:-1], f"{lines[-1]};"]
