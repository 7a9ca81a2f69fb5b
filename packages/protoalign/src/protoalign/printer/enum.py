"""Enums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import EnumDescriptorProto

from protoalign.contract.elements import joined
from protoalign.errors import PrintError
from protoalign.printer.options import in_brackets
from protoalign.printer.ranges import enum_ranges, reserved_names, reserved_statements
from protoalign.printer.visibility import visibility

if TYPE_CHECKING:
    from protoalign.printer.context import FileContext, Path
    from protoalign.printer.lines import Item

__all__ = ["print_enum"]

ENUM = EnumDescriptorProto
# At the start of a line inside an enum, compilers read these as keywords, and values have no other spelling.
TAKEN = frozenset(("option", "reserved"))


def print_enum(context: FileContext, enum: EnumDescriptorProto, scope: str, path: Path) -> Item:
    """An enum with its options, reserved numbers and names, and values.

    Raises:
        PrintError: something in it that no text can express.
    """
    full_name = joined(scope, context.checked("enum", scope, enum))
    where = context.where("enum", full_name)
    options = context.options(enum, scope=full_name, where=where)
    items = context.option_items(options, (*path, ENUM.OPTIONS_FIELD_NUMBER))
    items.extend(
        reserved_statements(
            context,
            enum_ranges(enum.reserved_range),
            reserved_names(enum.reserved_name, context.syntax, where),
            ranges_path=(*path, ENUM.RESERVED_RANGE_FIELD_NUMBER),
            names_path=(*path, ENUM.RESERVED_NAME_FIELD_NUMBER),
        )
    )
    for index, value in enumerate(enum.value):
        name = context.checked("enum value", full_name, value)
        value_where = context.where("enum value", f"{full_name}.{name}")
        if name in TAKEN:
            raise PrintError(f"no text can declare an enum value named {name}", where=value_where)
        value_options = context.options(value, scope=joined(scope, name), where=value_where)
        items.append(
            context.comments.statement(
                in_brackets(f"{name} = {value.number}", value_options),
                (*path, ENUM.VALUE_FIELD_NUMBER, index),
                group="value",
            )
        )
    head = f"{visibility(enum.visibility)}enum {enum.name}"
    return context.comments.block([head], items, path, group="type")
