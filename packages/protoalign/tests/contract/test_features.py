"""Resolved features, judged by the runtime's own descriptors."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import Edition, FeatureSet, FileDescriptorProto, FileDescriptorSet

from protoalign.contract import Contract, ContractFile, Provenance, build_contract, well_known_files
from protoalign.contract.features import (
    Features,
    edition_defaults,
    edition_of,
    features_of_field,
    features_of_file,
    features_within,
    is_packable,
    presence_of,
)
from protoalign.contract.pools import pool_of
from protoalign.sources.compilers import compile_with_protoc

NASTY = Path(__file__).parent.parent / "fixtures" / "nasty"


class Judge:
    """Holds every element of a file against the runtime's descriptor of it."""

    def __init__(self, file: FileDescriptorProto, pool) -> None:
        self.edition = edition_of(file)
        self.checked = 0
        top = features_of_file(file)
        scope = f"{file.package}." if file.package else ""
        for message in file.message_type:
            self.message(message, pool.FindMessageTypeByName(scope + message.name), top)
        for enum in file.enum_type:
            self.enum(enum, pool.FindEnumTypeByName(scope + enum.name), top)
        for extension in file.extension:
            self.field(extension, pool.FindExtensionByName(scope + extension.name), top)

    def features(self, features: Features, descriptor) -> None:
        resolved = descriptor._GetFeatures()
        for name in Features.__dataclass_fields__:
            assert getattr(features, name) == getattr(resolved, name), (descriptor.full_name, name)
        self.checked += 1

    def message(self, message, descriptor, around: Features) -> None:
        features = features_within(around, message)
        self.features(features, descriptor)
        oneofs = [features_within(features, oneof) for oneof in message.oneof_decl]
        for field in message.field:
            outer = oneofs[field.oneof_index] if field.HasField("oneof_index") else features
            self.field(field, descriptor.fields_by_name[field.name], outer)
        for nested in message.nested_type:
            self.message(nested, descriptor.nested_types_by_name[nested.name], features)
        for enum in message.enum_type:
            self.enum(enum, descriptor.enum_types_by_name[enum.name], features)
        for extension in message.extension:
            self.field(extension, descriptor.extensions_by_name[extension.name], features)

    def enum(self, enum, descriptor, around: Features) -> None:
        features = features_within(around, enum)
        self.features(features, descriptor)
        assert features.is_closed == descriptor.is_closed, descriptor.full_name

    def field(self, field, descriptor, around: Features) -> None:
        features = features_of_field(around, field, self.edition)
        self.features(features, descriptor)
        presence = presence_of(field, features)
        assert (presence in ("explicit", "required")) == descriptor.has_presence, descriptor.full_name
        assert (presence == "required") == descriptor.is_required, descriptor.full_name
        assert (is_packable(field) and features.is_packed) == descriptor.is_packed, descriptor.full_name


def judged(contract: Contract) -> int:
    checked = 0
    for group in contract.groups:
        pool = pool_of(contract.by_name[name] for name in group)
        checked += sum(Judge(contract.by_name[name].descriptor, pool).checked for name in group)
    return checked


def test_the_nasty_corpus_is_resolved_as_the_runtime_does():
    names = sorted(path.relative_to(NASTY).as_posix() for path in NASTY.rglob("*.proto"))
    files = [ContractFile.of(file) for file in FileDescriptorSet.FromString(compile_with_protoc(NASTY, names)).file]
    assert judged(build_contract(files, Provenance("nasty", "tree"))) > 500


def test_the_well_known_files_are_resolved_as_the_runtime_does():
    assert judged(build_contract(well_known_files(), Provenance("protobuf", "package"))) > 100


@pytest.mark.parametrize(
    ("syntax", "edition", "expected"),
    [
        ("", 0, Edition.EDITION_PROTO2),
        ("proto2", 0, Edition.EDITION_PROTO2),
        ("proto3", 0, Edition.EDITION_PROTO3),
        ("editions", Edition.EDITION_2023, Edition.EDITION_2023),
    ],
)
def test_the_edition_of_a_file(syntax, edition, expected):
    file = FileDescriptorProto(name="a.proto")
    if syntax:
        file.syntax = syntax
    if edition:
        file.edition = edition
    assert edition_of(file) == expected


def test_an_edition_to_come_has_the_defaults_of_the_latest_known_one():
    assert edition_defaults(9000) == edition_defaults(max(Edition.EDITION_2024, Edition.EDITION_2023))


def test_an_edition_before_all_others_has_those_of_the_first():
    assert edition_defaults(1).field_presence == FeatureSet.EXPLICIT
    assert not edition_defaults(1).allows_json


def test_features_that_say_nothing_change_nothing():
    file = FileDescriptorProto(name="a.proto", syntax="editions", edition=Edition.EDITION_2023)
    file.options.features.enum_type = FeatureSet.ENUM_TYPE_UNKNOWN
    assert features_of_file(file) == edition_defaults(Edition.EDITION_2023)
