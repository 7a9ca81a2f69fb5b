"""Resolved features: what an edition, or proto2 and proto3 by their own rules, make of a declaration.

Each scope starts from the features of the scope around it and overrides those that its own `features` option sets.
proto2 and proto3 are editions too, whose labels and `packed` options stand for features.
Source: protobuf's `editions/` docs and `InferLegacyProtoFeatures` in descriptor.cc.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from google.protobuf.descriptor_pb2 import Edition, FeatureSet, FieldDescriptorProto

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import (
        DescriptorProto,
        EnumDescriptorProto,
        FileDescriptorProto,
        OneofDescriptorProto,
    )

__all__ = [
    "Features",
    "Presence",
    "edition_defaults",
    "edition_of",
    "features_of_field",
    "features_of_file",
    "features_within",
    "is_packable",
    "presence_of",
]

Presence = Literal["explicit", "implicit", "required"]

FIELD = FieldDescriptorProto
MESSAGE_TYPES = (FIELD.TYPE_MESSAGE, FIELD.TYPE_GROUP)
UNPACKABLE_TYPES = frozenset((*MESSAGE_TYPES, FIELD.TYPE_STRING, FIELD.TYPE_BYTES))


@dataclass(frozen=True, slots=True)
class Features:
    """The features that change what is on the wire, in JSON or in generated code; values as in `FeatureSet`."""

    field_presence: int
    enum_type: int
    repeated_field_encoding: int
    utf8_validation: int
    message_encoding: int
    json_format: int

    @property
    def is_closed(self) -> bool:
        """Whether enums refuse numbers that they do not name."""
        return self.enum_type == FeatureSet.CLOSED

    @property
    def is_packed(self) -> bool:
        """Whether repeated fields that can be packed are."""
        return self.repeated_field_encoding == FeatureSet.PACKED

    @property
    def is_utf8_verified(self) -> bool:
        """Whether strings are checked to be UTF-8."""
        return self.utf8_validation == FeatureSet.VERIFY

    @property
    def is_delimited(self) -> bool:
        """Whether messages stand between a start and an end tag, as groups do."""
        return self.message_encoding == FeatureSet.DELIMITED

    @property
    def allows_json(self) -> bool:
        """Whether names are checked to make valid JSON."""
        return self.json_format == FeatureSet.ALLOW


NAMES = tuple(Features.__dataclass_fields__)


def edition_of(file: FileDescriptorProto) -> int:
    """The file's edition, proto2 and proto3 included, as a number of `Edition`."""
    if file.syntax == "proto3":
        return Edition.EDITION_PROTO3
    return file.edition if file.syntax == "editions" else Edition.EDITION_PROTO2


@cache
def edition_defaults(edition: int) -> Features:
    """The features that hold in a file of the edition where nothing is said; of editions to come, the latest known."""
    values: dict[str, int] = {}
    for name in NAMES:
        feature = FeatureSet.DESCRIPTOR.fields_by_name[name]
        by_edition = {entry.edition: entry.value for entry in feature.GetOptions().edition_defaults}
        latest = max((known for known in by_edition if known <= edition), default=min(by_edition))
        values[name] = feature.enum_type.values_by_name[by_edition[latest]].number  # type: ignore[union-attr]
    return Features(**values)


def features_of_file(file: FileDescriptorProto) -> Features:
    """The features that hold at the top level of a file."""
    return features_within(edition_defaults(edition_of(file)), file)


def features_within(
    around: Features,
    element: FileDescriptorProto | DescriptorProto | EnumDescriptorProto | OneofDescriptorProto | FieldDescriptorProto,
) -> Features:
    """The features of an element other than a field in a scope that has the features `around`."""
    if not element.HasField("options") or not element.options.HasField("features"):
        return around
    own = element.options.features
    # What is set to its unknown value says nothing.
    chosen = {name: value for name in NAMES if own.HasField(name) and (value := getattr(own, name))}  # type: ignore[arg-type]
    return replace(around, **chosen) if chosen else around


def features_of_field(around: Features, field: FieldDescriptorProto, edition: int) -> Features:
    """The features of a field or extension.

    Args:
        around: the features of the oneof that holds it, else of the scope that declares it.
        field: the field.
        edition: its file's edition, see `edition_of`.
    """
    features = features_within(around, field)
    if edition >= Edition.EDITION_2023:
        return features
    chosen: dict[str, int] = {}
    if field.label == FIELD.LABEL_REQUIRED:
        chosen["field_presence"] = FeatureSet.LEGACY_REQUIRED
    if field.type == FIELD.TYPE_GROUP:
        chosen["message_encoding"] = FeatureSet.DELIMITED
    if field.HasField("options") and field.options.HasField("packed"):
        if field.options.packed:
            chosen["repeated_field_encoding"] = FeatureSet.PACKED
        elif edition == Edition.EDITION_PROTO3:
            chosen["repeated_field_encoding"] = FeatureSet.EXPANDED
    return replace(features, **chosen) if chosen else features


def presence_of(field: FieldDescriptorProto, features: Features) -> Presence | None:
    """The presence of a singular field or extension with these features of its own; None for a repeated one."""
    if field.label == FIELD.LABEL_REPEATED:
        return None
    if features.field_presence == FeatureSet.LEGACY_REQUIRED:
        return "required"
    if (
        features.field_presence == FeatureSet.EXPLICIT
        or field.type in MESSAGE_TYPES
        or field.HasField("oneof_index")
        or field.HasField("extendee")
    ):
        return "explicit"
    return "implicit"


def is_packable(field: FieldDescriptorProto) -> bool:
    """Whether it is a repeated field of numbers, booleans or enums."""
    return field.label == FIELD.LABEL_REPEATED and field.type not in UNPACKABLE_TYPES
