"""Differences of fields and extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    OneofDescriptorProto,
)

from protoalign.compare.diff.field_types import FieldType, are_same_types, type_of, type_texts
from protoalign.compare.diff.options import is_empty, option_differences
from protoalign.compare.diff.scopes import Scope, as_text
from protoalign.contract.canonical import canonical_file, default_json_name
from protoalign.contract.elements import joined
from protoalign.contract.features import Features, features_of_field, features_within, is_packable, presence_of
from protoalign.contract.floats import canonical_number
from protoalign.printer.literals import c_unescaped, quoted

if TYPE_CHECKING:
    from protoalign.compare.diff.pairs import Pair
    from protoalign.compare.structure import Difference

__all__ = ["field_differences", "oneof_name", "renamed_default"]

FIELD = FieldDescriptorProto
FLOATS = (FIELD.TYPE_FLOAT, FIELD.TYPE_DOUBLE)


def field_differences(pair: Pair) -> list[Difference]:
    """Every difference between two fields, or extensions, but for their names.

    Raises:
        DescriptorError: see `option_differences`.
    """
    ours = cast("FieldDescriptorProto", pair.subject.descriptor)
    theirs = cast("FieldDescriptorProto", pair.reference.descriptor)
    scope, other_scope = pair.subject_scope, pair.reference_scope
    features = features_of_field(scope.field_features(ours), ours, scope.edition)
    other_features = features_of_field(other_scope.field_features(theirs), theirs, other_scope.edition)
    type_, other_type = type_of(ours, scope), type_of(theirs, other_scope)
    found = pair.differ("number", str(ours.number), str(theirs.number))
    found += _type(pair, type_, other_type, (features, other_features))
    found += pair.differ("cardinality", _cardinality(ours, type_), _cardinality(theirs, other_type))
    presence, other_presence = presence_of(ours, features), presence_of(theirs, other_features)
    if presence is not None and other_presence is not None:
        found += pair.differ("presence", presence, other_presence)
    if is_packable(ours) and is_packable(theirs):
        found += pair.differ("packed", _packed(features), _packed(other_features))
    if _holds_strings(type_) and _holds_strings(other_type):
        utf8 = _utf8(ours, type_, features, scope), _utf8(theirs, other_type, other_features, other_scope)
        found += pair.differ("utf8", *utf8)
    found += pair.differ("json name", _json_name(ours), _json_name(theirs))
    found += _default(pair, ours, theirs)
    found += _oneof(pair, ours, theirs)
    found += _extendee(pair, ours, theirs)
    found += _entries(pair, ours, theirs)
    return found + _options(pair, {difference.aspect for difference in found})


def _type(pair: Pair, one: FieldType, other: FieldType, features: tuple[Features, Features]) -> list[Difference]:
    encodings = [_encoding(type_, each) for type_, each in zip((one, other), features, strict=True)]
    same = are_same_types(pair.sides.counterparts, one, other)
    found: list[Difference] = []
    # A group and a message of delimited encoding are the same in two languages.
    if not same or (one.is_group != other.is_group and encodings[0] != encodings[1]):
        found.append(pair.difference("type", *type_texts(pair.sides.counterparts, one, other)))
    if "" not in encodings:
        found += pair.differ("encoding", *encodings)
    return found


def _encoding(type_: FieldType, features: Features) -> str:
    if type_.kind != "message":
        return ""
    return "delimited" if features.is_delimited else "length-prefixed"


def _cardinality(field: FieldDescriptorProto, type_: FieldType) -> str:
    if type_.kind == "map":
        return "map"
    return "repeated" if field.label == FIELD.LABEL_REPEATED else "singular"


def _packed(features: Features) -> str:
    return "packed" if features.is_packed else "expanded"


def _holds_strings(type_: FieldType) -> bool:
    return any(each.kind == "scalar" and each.name == "string" for each in (type_, *type_.parts))


def _utf8(field: FieldDescriptorProto, type_: FieldType, features: Features, scope: Scope) -> str:
    entry = _entry(field, scope)
    if entry is None:
        return "verify" if features.is_utf8_verified else "none"
    # Compilers copy the features of a map to its key and value, which are what holds strings.
    inner = features_within(scope.features, entry)
    verified = [
        features_of_field(inner, part, scope.edition).is_utf8_verified
        for part, kind in zip(entry.field, type_.parts, strict=True)
        if _holds_strings(kind)
    ]
    return "verify" if all(verified) else "none"


def _json_name(field: FieldDescriptorProto) -> str:
    if field.HasField("extendee"):
        return ""
    return as_text(field.json_name) if field.HasField("json_name") else default_json_name(as_text(field.name))


# ---- defaults -------------------------------------------------------------------------------------------------------


def _default(pair: Pair, ours: FieldDescriptorProto, theirs: FieldDescriptorProto) -> list[Difference]:
    value, other = _default_text(ours), _default_text(theirs)
    if value and renamed_default(pair, ours, value) == other:
        return []
    return pair.differ("default", value, other)


def renamed_default(pair: Pair, field: FieldDescriptorProto, value: str) -> str:
    """The default of a field of the subject by the reference's names: that of an enum may be called otherwise there."""
    if field.type != FIELD.TYPE_ENUM:
        return value
    # The values of an enum live in the scope around it.
    scope = as_text(field.type_name).removeprefix(".").rpartition(".")[0]
    return pair.sides.counterparts.matching.to_reference(joined(scope, value)).rpartition(".")[2]


def _default_text(field: FieldDescriptorProto) -> str:
    if not field.HasField("default_value"):
        return ""
    value = field.default_value
    if field.type == FIELD.TYPE_STRING:
        return quoted(value)
    if field.type == FIELD.TYPE_BYTES:
        unescaped = c_unescaped(value)
        return quoted(value if unescaped is None else unescaped)
    text = as_text(value)
    return canonical_number(text, single=field.type == FIELD.TYPE_FLOAT) if field.type in FLOATS else text


# ---- oneofs ---------------------------------------------------------------------------------------------------------


def oneof_name(field: FieldDescriptorProto, scope: Scope) -> str:
    """The name of the oneof that holds a field; empty for none and for that of an optional field."""
    if not field.HasField("oneof_index") or field.oneof_index in scope.synthetic or scope.message is None:
        return ""
    oneofs = scope.message.oneof_decl
    in_range = 0 <= field.oneof_index < len(oneofs)
    return as_text(oneofs[field.oneof_index].name) if in_range else f"number {field.oneof_index}"


def _oneof(pair: Pair, ours: FieldDescriptorProto, theirs: FieldDescriptorProto) -> list[Difference]:
    name, other = oneof_name(ours, pair.subject_scope), oneof_name(theirs, pair.reference_scope)
    if name:
        full_name = pair.sides.counterparts.matching.to_reference(joined(pair.subject_scope.name, name))
        if full_name.rpartition(".")[2] == other:
            return []
    if name or other:
        return pair.differ("oneof", name, other)
    # What an optional field's oneof holds besides its name, text cannot say.
    oneofs = [_synthetic(*each) for each in ((ours, pair.subject_scope), (theirs, pair.reference_scope))]
    if None in oneofs or oneofs[0] == oneofs[1] or (ours.name != theirs.name and oneofs[0][1:] == oneofs[1][1:]):  # type: ignore[index]
        return []
    return [pair.difference("other", str(oneofs[0]), str(oneofs[1]), "oneof_decl")]


def _synthetic(field: FieldDescriptorProto, scope: Scope) -> tuple[str, bytes] | None:
    if scope.message is None or not field.HasField("oneof_index"):
        return None
    oneofs = scope.message.oneof_decl
    if not 0 <= field.oneof_index < len(oneofs):
        return None
    oneof = OneofDescriptorProto.FromString(oneofs[field.oneof_index].SerializePartialToString())
    name = as_text(oneof.name)
    oneof.ClearField("name")
    if is_empty(oneof.options):
        oneof.ClearField("options")
    return name, oneof.SerializePartialToString(deterministic=True)


# ---- the rest -------------------------------------------------------------------------------------------------------


def _extendee(pair: Pair, ours: FieldDescriptorProto, theirs: FieldDescriptorProto) -> list[Difference]:
    names = [as_text(each.extendee).removeprefix(".") for each in (ours, theirs)]
    if pair.sides.counterparts.same_name(*names):
        return []
    return [pair.difference("extendee", *names)]


def _options(pair: Pair, aspects: set[str]) -> list[Difference]:
    # What sets the packing is told by the packing, where that differs.
    return [each for each in option_differences(pair) if not ("packed" in aspects and each.detail == "packed")]


def _entry(field: FieldDescriptorProto, scope: Scope) -> DescriptorProto | None:
    index = scope.entry_of(field)
    return None if index is None or scope.message is None else scope.message.nested_type[index]


def _entries(pair: Pair, ours: FieldDescriptorProto, theirs: FieldDescriptorProto) -> list[Difference]:
    """What two map entries hold besides key and value."""
    entry, other = _entry(ours, pair.subject_scope), _entry(theirs, pair.reference_scope)
    if entry is None or other is None or entry.SerializePartialToString() == other.SerializePartialToString():
        return []
    if _bare(entry, other, ours, theirs) == _bare(other, entry, theirs, ours):
        return []
    return [pair.difference("other", as_text(entry.name), as_text(other.name), "nested_type")]


def _bare(
    entry: DescriptorProto, other: DescriptorProto, field: FieldDescriptorProto, counterpart: FieldDescriptorProto
) -> bytes:
    """The canonical form of a map entry less what differs from the other one because the fields do."""
    file = FileDescriptorProto()
    bare = file.message_type.add()
    bare.CopyFrom(entry)
    if field.name != counterpart.name:
        bare.ClearField("name")
    for part, other_part in zip(bare.field, other.field, strict=False):
        # The types have been compared; what remains is how they are written, where both are written by name.
        dotted = other_part.type_name and part.type_name[:1] in (".", b".")
        part.type_name = part.type_name[:1] if dotted else ""
        part.ClearField("type")
        copied = part.HasField("options") and part.options.features == field.options.features
        if copied and field.options.features != counterpart.options.features:
            part.options.ClearField("features")
    return canonical_file(file.SerializePartialToString())
