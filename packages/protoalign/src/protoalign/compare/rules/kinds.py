"""Groups of node kinds that several rules share."""

from __future__ import annotations

from protoalign.compare.structure import NodeKind

__all__ = ["ALL_KINDS", "DECLARED_KINDS", "FIELD_KINDS", "TOP_LEVEL_KINDS", "TYPE_KINDS"]

FIELD_KINDS: tuple[NodeKind, ...] = ("field", "extension")
TYPE_KINDS: tuple[NodeKind, ...] = ("message", "enum")
TOP_LEVEL_KINDS: tuple[NodeKind, ...] = ("message", "enum", "service", "extension")
DECLARED_KINDS: tuple[NodeKind, ...] = (
    "message",
    "field",
    "oneof",
    "extension",
    "enum",
    "enum value",
    "service",
    "rpc",
)
ALL_KINDS: tuple[NodeKind, ...] = ("file", *DECLARED_KINDS)
