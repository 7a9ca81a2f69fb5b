"""Differences of files and of all elements but fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    Edition,
    EnumDescriptorProto,
    EnumValueDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
)

from protoalign.compare.diff.fields import field_differences
from protoalign.compare.diff.listings import enum_listings, import_listings, message_listings
from protoalign.compare.diff.options import is_empty, option_differences
from protoalign.compare.diff.scopes import as_text
from protoalign.contract.features import Features, edition_of, features_within
from protoalign.printer.visibility import visibility

if TYPE_CHECKING:
    from collections.abc import Callable

    from protoalign.compare.diff.pairs import Pair
    from protoalign.compare.structure import Difference, NodeKind

__all__ = ["own_differences"]


def own_differences(pair: Pair) -> list[Difference]:
    """Every difference between two counterparts themselves, but for where they stand and what they contain.

    Raises:
        DescriptorError: see `option_differences`.
    """
    return OWN[pair.reference.kind](pair)


def _file(pair: Pair) -> list[Difference]:
    ours = cast("FileDescriptorProto", pair.subject.descriptor)
    theirs = cast("FileDescriptorProto", pair.reference.descriptor)
    return [
        *pair.differ("name", pair.subject.name, pair.reference.name),
        *pair.differ("package", as_text(ours.package), as_text(theirs.package)),
        *pair.differ("syntax", _syntax(ours), _syntax(theirs)),
        *import_listings(pair),
        *option_differences(pair),
    ]


def _syntax(file: FileDescriptorProto) -> str:
    if file.syntax != "editions":
        return as_text(file.syntax) or "proto2"
    edition = edition_of(file)
    known = Edition.DESCRIPTOR.values_by_number.get(edition)
    return f"edition {known.name.removeprefix('EDITION_') if known else edition}"


def _message(pair: Pair) -> list[Difference]:
    ours = cast("DescriptorProto", pair.subject.descriptor)
    theirs = cast("DescriptorProto", pair.reference.descriptor)
    return [
        *_of_types(pair, ours, theirs),
        *message_listings(pair),
        *option_differences(pair),
    ]


def _enum(pair: Pair) -> list[Difference]:
    ours = cast("EnumDescriptorProto", pair.subject.descriptor)
    theirs = cast("EnumDescriptorProto", pair.reference.descriptor)
    features, other = _features(pair, ours, theirs)
    return [
        *pair.differ("closed", *("closed" if each.is_closed else "open" for each in (features, other))),
        *_of_types(pair, ours, theirs),
        *enum_listings(pair),
        *option_differences(pair),
    ]


def _of_types(
    pair: Pair, ours: DescriptorProto | EnumDescriptorProto, theirs: DescriptorProto | EnumDescriptorProto
) -> list[Difference]:
    features, other = _features(pair, ours, theirs)
    formats = ("ALLOW" if each.allows_json else "LEGACY_BEST_EFFORT" for each in (features, other))
    keywords = (visibility(each.visibility).strip() for each in (ours, theirs))
    return [*pair.differ("json format", *formats), *pair.differ("visibility", *keywords)]


def _features(
    pair: Pair, ours: DescriptorProto | EnumDescriptorProto, theirs: DescriptorProto | EnumDescriptorProto
) -> tuple[Features, Features]:
    return (
        features_within(pair.subject_scope.features, ours),
        features_within(pair.reference_scope.features, theirs),
    )


def _value(pair: Pair) -> list[Difference]:
    ours = cast("EnumValueDescriptorProto", pair.subject.descriptor)
    theirs = cast("EnumValueDescriptorProto", pair.reference.descriptor)
    return [*pair.differ("number", str(ours.number), str(theirs.number)), *option_differences(pair)]


def _rpc(pair: Pair) -> list[Difference]:
    ours = cast("MethodDescriptorProto", pair.subject.descriptor)
    theirs = cast("MethodDescriptorProto", pair.reference.descriptor)
    found: list[Difference] = []
    for aspect, names in (
        ("input", (ours.input_type, theirs.input_type)),
        ("output", (ours.output_type, theirs.output_type)),
    ):
        name, other = (as_text(each).removeprefix(".") for each in names)
        if not pair.sides.counterparts.same_name(name, other):
            found.append(pair.difference("input" if aspect == "input" else "output", name, other))
    found += pair.differ("client streaming", _stream(on=ours.client_streaming), _stream(on=theirs.client_streaming))
    found += pair.differ("server streaming", _stream(on=ours.server_streaming), _stream(on=theirs.server_streaming))
    if is_empty(ours.options) and is_empty(theirs.options):
        found += pair.differ("body", *("{}" if each.HasField("options") else ";" for each in (ours, theirs)))
    return found + option_differences(pair)


def _stream(*, on: bool) -> str:
    return "stream" if on else ""


OWN: dict[NodeKind, Callable[[Pair], list[Difference]]] = {
    "file": _file,
    "message": _message,
    "field": field_differences,
    "extension": field_differences,
    "oneof": option_differences,
    "enum": _enum,
    "enum value": _value,
    "service": option_differences,
    "rpc": _rpc,
}
