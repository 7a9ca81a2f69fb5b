"""Where a side declares an element: file, line, column and the declaration itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    EnumValueDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    OneofDescriptorProto,
    ServiceDescriptorProto,
)

from protoalign.compare.declarations import declaration
from protoalign.compare.model import Place

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from protoalign.compare.structure import Aspect, Node, NodeKind
    from protoalign.contract import Contract

__all__ = ["Positions"]

CLASSES: dict[NodeKind, type[Message]] = {
    "file": FileDescriptorProto,
    "message": DescriptorProto,
    "field": FieldDescriptorProto,
    "extension": FieldDescriptorProto,
    "oneof": OneofDescriptorProto,
    "enum": EnumDescriptorProto,
    "enum value": EnumValueDescriptorProto,
    "service": ServiceDescriptorProto,
    "rpc": MethodDescriptorProto,
}
# The descriptor's fields that say an aspect, the most exact first; of what is not here, the element is shown.
EXACT: dict[Aspect, tuple[str, ...]] = {
    "name": ("name",),
    "package": ("package",),
    "syntax": ("syntax", "edition"),
    "number": ("number",),
    "type": ("type_name", "type"),
    "cardinality": ("label",),
    "presence": ("label",),
    "json name": ("json_name",),
    "default": ("default_value",),
    "extendee": ("extendee",),
    "input": ("input_type",),
    "output": ("output_type",),
    "client streaming": ("client_streaming", "input_type"),
    "server streaming": ("server_streaming", "output_type"),
}
MODULE_LINE = re.compile(r"(?P<member>.+):(?P<line>[0-9]+)")

Span = tuple[int, int]


class Positions:
    """The places of one contract's elements. A file's source info is read when something in it is asked for."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._spans: dict[str, dict[tuple[int, ...], Span]] = {}

    def place(self, node: Node, aspect: Aspect | None = None, detail: str = "") -> Place:
        """Where a node is declared, or, where the source info says so, where the aspect of it is."""
        span = self._span(node, aspect, detail)
        location, line = self._location(node.file, has_text=bool(self._spans_of(node.file)))
        return Place(
            name=node.name,
            file=node.file,
            location=location,
            line=line if span is None else span[0] + 1,
            column=None if span is None else span[1] + 1,
            text=declaration(node, self._contract.by_name[node.file].descriptor),
        )

    def _location(self, file: str, *, has_text: bool) -> tuple[str, int | None]:
        copies = self._contract.provenance.copies.get(file, ())
        if not copies or (has_text and not copies[0].endswith(".proto")):
            return file, None
        match = MODULE_LINE.fullmatch(copies[0])
        return (match["member"], int(match["line"])) if match else (copies[0], None)

    def _span(self, node: Node, aspect: Aspect | None, detail: str) -> Span | None:
        spans = self._spans_of(node.file)
        for path in _exact_paths(node, aspect, detail):
            if path in spans:
                return spans[path]
        path = node.path
        while path and path not in spans:
            path = path[:-2]
        # A file as a whole starts where its first statement does, which the source info calls the empty path.
        return spans.get(path)

    def _spans_of(self, file: str) -> dict[tuple[int, ...], Span]:
        if file not in self._spans:
            info = self._contract.by_name[file].descriptor.source_code_info
            found: dict[tuple[int, ...], Span] = {}
            for location in info.location:
                if len(location.span) >= 2:
                    found.setdefault(tuple(location.path), (location.span[0], location.span[1]))
            self._spans[file] = found
        return self._spans[file]


def _exact_paths(node: Node, aspect: Aspect | None, detail: str) -> list[tuple[int, ...]]:
    fields = CLASSES[node.kind].DESCRIPTOR.fields_by_name
    if aspect == "option":
        name, _, inner = detail.partition(".")
        if "options" not in fields:
            return []
        options = (*node.path, fields["options"].number)
        options_type = fields["options"].message_type
        known = options_type.fields_by_name.get(name) if options_type is not None else None
        if known is None:
            return [options]
        exact = (*options, known.number)
        feature = known.message_type.fields_by_name.get(inner) if known.message_type is not None and inner else None
        return [(*exact, feature.number), exact] if feature is not None else [exact]
    if aspect == "feature":
        return _exact_paths(node, "option", f"features.{detail.removeprefix('features.')}")
    if aspect == "import" and isinstance(node.descriptor, FileDescriptorProto):
        listed = list(node.descriptor.dependency)
        return [(*node.path, fields["dependency"].number, listed.index(detail))] if detail in listed else []
    return [(*node.path, fields[name].number) for name in EXACT.get(aspect, ()) if name in fields] if aspect else []
