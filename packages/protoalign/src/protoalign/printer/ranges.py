"""Ranges of numbers and reserved names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto

from protoalign.errors import PrintError
from protoalign.printer.definitions import check_known
from protoalign.printer.literals import is_identifier, quoted
from protoalign.printer.options import in_brackets

if TYPE_CHECKING:
    from protoalign.printer.context import FileContext, Path, Syntax
    from protoalign.printer.lines import Item

__all__ = ["enum_ranges", "extension_ranges", "message_ranges", "reserved_names", "reserved_statements"]

INT32_MAX = (1 << 31) - 1
# The first number behind the last one that a field may have; a message set's may have any int32.
FIELD_NUMBER_END = 1 << 29


def reserved_statements(
    context: FileContext, ranges: str, names: str, *, ranges_path: Path, names_path: Path
) -> list[Item]:
    """The statements that reserve numbers and names, each where there is anything to reserve."""
    return [
        context.comments.statement([f"reserved {listed};"], path, group="reserved")
        for listed, path in ((ranges, ranges_path), (names, names_path))
        if listed
    ]


def _range(first: int, last: int, largest: int) -> str:
    if last == largest and first != last:
        return f"{first} to max"
    return str(first) if first == last else f"{first} to {last}"


def enum_ranges(ranges: Iterable[EnumDescriptorProto.EnumReservedRange]) -> str:
    """Reserved numbers of an enum; its ranges include their ends."""
    return ", ".join(_range(reserved.start, reserved.end, INT32_MAX) for reserved in ranges)


def message_ranges(
    ranges: Iterable[DescriptorProto.ReservedRange | DescriptorProto.ExtensionRange], *, message_set: bool
) -> str:
    """Reserved or extension numbers of a message; its ranges exclude their ends."""
    largest = (INT32_MAX if message_set else FIELD_NUMBER_END) - 1
    return ", ".join(_range(entry.start, entry.end - 1, largest) for entry in ranges)


def reserved_names(names: Sequence[str], syntax: Syntax, where: str) -> str:
    """Reserved names: strings, from editions on identifiers.

    Raises:
        PrintError: a name that is no identifier where one is needed.
    """
    if syntax != "editions":
        return ", ".join(quoted(name) for name in names)
    for name in names:
        if not is_identifier(name):
            raise PrintError(f"in editions, no text can reserve the name {name!r}", where=where)
    return ", ".join(names)


def extension_ranges(context: FileContext, message: DescriptorProto, full_name: str, path: Path) -> list[Item]:
    """The extension ranges of a message; neighbours with the same options share a statement."""
    where = context.where("extension range of", full_name)
    for entry in message.extension_range:
        check_known(entry, where)
    items: list[Item] = []
    start = 0
    for _, group in groupby(message.extension_range, lambda entry: entry.options.SerializeToString()):
        entries = list(group)
        options = context.options(entries[0], scope=full_name, where=where)
        # The deprecated record of what declarations stand for is written by no compiler.
        ranges = message_ranges(entries, message_set=message.options.message_set_wire_format)
        field_path = (*path, DescriptorProto.EXTENSION_RANGE_FIELD_NUMBER)
        items.append(
            context.comments.statement(
                in_brackets(f"extensions {ranges}", options), (*field_path, start), field_path, group="extensions"
            )
        )
        start += len(entries)
    return items
