"""The visibility of messages and enums, from edition 2024 on."""

from __future__ import annotations

from google.protobuf.descriptor_pb2 import SymbolVisibility

__all__ = ["visibility"]

KEYWORDS = {SymbolVisibility.VISIBILITY_EXPORT: "export ", SymbolVisibility.VISIBILITY_LOCAL: "local "}


def visibility(symbol_visibility: int) -> str:
    """The keyword in front of a declaration, with a space behind it; empty where the file's default holds."""
    return KEYWORDS.get(symbol_visibility, "")  # type: ignore[call-overload, no-any-return]
