"""Messages and oneofs that stand for syntax: map entries, and the oneofs of optional fields.

Fields speak for them. What is left is their place among the others, and entries that belong to no field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from protoalign.compare.diff.scopes import CHILD_LISTS, Scope, as_text
from protoalign.contract.canonical import canonical_file

if TYPE_CHECKING:
    from protoalign.compare.diff.pairs import Pair
    from protoalign.compare.structure import Difference

__all__ = ["entry_places", "orphan_differences", "synthetic_places"]

Places = dict[int, tuple[int, str]]
"""Place in the reference's list to the place in the subject's list, and the name."""


def entry_places(subject: Scope, reference: Scope, fields: Mapping[int, tuple[int, str]]) -> Places:
    """Where two messages have the entries of their maps.

    Args:
        subject: the subject's message.
        reference: the reference's message.
        fields: the places of fields that both have.
    """
    places: Places = {}
    if subject.message is None or reference.message is None or not (subject.entries and reference.entries):
        return places
    for index, (other, _) in fields.items():
        entry = reference.entry_of(reference.message.field[index])
        counterpart = subject.entry_of(subject.message.field[other])
        if entry is not None and counterpart is not None:
            places[entry] = (counterpart, as_text(reference.message.nested_type[entry].name))
    return places


def synthetic_places(subject: Scope, reference: Scope, fields: Mapping[int, tuple[int, str]]) -> Places:
    """Where two messages have the oneofs of their optional fields."""
    places: Places = {}
    if subject.message is None or reference.message is None or not (subject.synthetic and reference.synthetic):
        return places
    for index, (other, name) in fields.items():
        field, counterpart = reference.message.field[index], subject.message.field[other]
        if all(each.proto3_optional and each.HasField("oneof_index") for each in (field, counterpart)):
            places[field.oneof_index] = (counterpart.oneof_index, name)
    return places


def orphan_differences(pair: Pair, subject: Scope, reference: Scope) -> list[Difference]:
    """A difference if map entries differ that belong to no map, which no compiler makes."""
    ours, theirs = _orphans(subject), _orphans(reference)
    if ours == theirs:
        return []
    children = next(each for each in CHILD_LISTS[reference.node.kind] if each.kind == "message")
    text, other_text = (", ".join(name for name, _ in each) for each in (ours, theirs))
    return [pair.difference("other", text, other_text, children.attribute)]


def _orphans(scope: Scope) -> list[tuple[str, bytes]]:
    if scope.node.kind not in ("file", "message"):
        return []
    children = next(each for each in CHILD_LISTS[scope.node.kind] if each.kind == "message")
    entries = {
        index: message
        for index, message in enumerate(scope.elements(children))
        if scope.is_syntax(children, index, message)
    }
    if entries and scope.message is not None:
        for field in scope.message.field:
            entry = scope.entry_of(field)
            if entry is not None:
                entries.pop(entry, None)
    return [(as_text(message.name), _canonical(message)) for message in entries.values()]


def _canonical(message: DescriptorProto) -> bytes:
    return canonical_file(FileDescriptorProto(message_type=[message]).SerializePartialToString())
