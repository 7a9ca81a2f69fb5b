"""What each impact means, in one sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.compare.model import Impact

__all__ = ["IMPACT_MEANINGS"]

IMPACT_MEANINGS: Mapping[Impact, str] = MappingProxyType(
    {
        "rpc-path": "A call goes to another path, streams in another way, or carries another message.",
        "wire": "Bytes are read as something else, skipped, or refused.",
        "presence": "An unset field and its zero value cannot be told apart on one side.",
        "missing": "The reference has it and the subject lacks it.",
        "extra": "The subject has it and the reference lacks it.",
        "json": "The JSON form differs; the binary form does not.",
        "source": "Generated code or what tools make of it differs; encoded fields do not.",
        "cosmetic": "Nothing that runs can tell the difference.",
    }
)
