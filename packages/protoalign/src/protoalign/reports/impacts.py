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
        "rpc-path": "The RPC has another path or another way of being called: the call fails.",
        "wire": "The two sides read the same bytes differently: data is lost or taken for other data.",
        "presence": "The two sides disagree on whether a field was set.",
        "missing": "The reference has it and the subject lacks it: the subject cannot use it.",
        "extra": "The subject has it and the reference lacks it: the other side does not know it.",
        "json": "The JSON form differs; the binary form does not.",
        "source": "Code that uses the generated types differs; what is sent does not.",
        "cosmetic": "No program can tell the difference.",
    }
)
