"""Map entries: messages that text never shows, because `map<K, V>` stands for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto

from protoalign.contract.canonical import default_json_name
from protoalign.errors import PrintError

if TYPE_CHECKING:
    from protoalign.printer.context import FileContext

__all__ = ["check_map_entry"]

FIELD = FieldDescriptorProto


def check_map_entry(context: FileContext, field: FieldDescriptorProto, entry: DescriptorProto, scope: str) -> None:
    """Make sure that `map<K, V>` says all that the entry holds.

    Raises:
        PrintError: the entry is not the one that compilers make for the field.
    """
    expected = DescriptorProto(name=f"{_camel_case(field.name)}Entry")
    expected.options.map_entry = True
    for number, name in ((1, "key"), (2, "value")):
        expected.field.add(name=name, number=number, label=FIELD.LABEL_OPTIONAL)
    actual = DescriptorProto.FromString(entry.SerializeToString())
    for part in actual.field:
        for free in ("type", "type_name"):
            part.ClearField(free)
        if part.json_name == default_json_name(part.name):
            part.ClearField("json_name")
        if part.HasField("options") and _only_features(part, field):
            part.ClearField("options")
    if field.label != FIELD.LABEL_REPEATED or actual != expected:
        raise PrintError(
            f"{entry.name} is not the map entry that compilers make for a field named {field.name}",
            where=context.where("field", f"{scope}.{field.name}"),
            hint="No text compiles to this descriptor.",
        )


def _only_features(part: FieldDescriptorProto, field: FieldDescriptorProto) -> bool:
    """Whether the options of a map's key or value are what compilers copy there: the features of the field."""
    copied = type(part.options).FromString(part.options.SerializeToString())
    copied.ClearField("features")
    return not copied.ByteSize() and (not part.options.features.ByteSize() or field.options.HasField("features"))


def _camel_case(name: str) -> str:
    """The field's name as its entry has it. Source: `MapEntryName` in protobuf's parser.cc."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
