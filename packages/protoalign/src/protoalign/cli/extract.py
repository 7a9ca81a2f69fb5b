"""`protoalign extract`: the contract as .proto files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

__all__ = ["add_parser"]
