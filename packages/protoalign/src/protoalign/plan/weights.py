"""How many hours a change takes: every number that estimates rest on, in one place.

Hours cover editing the .proto file and adapting the hand-written code that uses what changed; waiting is not counted.
`[plan]` in the settings replaces the weight of a rule or an impact, `hours_per_file` and `spread`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from protoalign.compare import Impact, NodeKind

__all__ = [
    "ADDITIONS_PER_CHANGE",
    "CHECKS",
    "EXTRA_HOURS",
    "IMPACT_HOURS",
    "MAX_LOW_COMPLEXITY",
    "MAX_MEDIUM_COMPLEXITY",
    "MISSING_HOURS",
    "QUICK_WIN_HOURS",
    "CheckWeight",
]

IMPACT_HOURS: Mapping[Impact, float] = MappingProxyType(
    {
        "rpc-path": 0.5,
        "wire": 0.15,
        "presence": 0.1,
        "missing": 0.05,
        "extra": 0.05,
        "json": 0.05,
        "source": 0.05,
        "cosmetic": 0.01,
    }
)
"""One finding on an element that both sides have."""

MISSING_HOURS: Mapping[NodeKind, float] = MappingProxyType(
    {
        "file": 0.25,
        "message": 0.1,
        "field": 0.02,
        "oneof": 0.05,
        "extension": 0.05,
        "enum": 0.05,
        "enum value": 0.01,
        "service": 0.25,
        "rpc": 0.4,
    }
)
"""One element that the subject lacks; what it holds is added, so a message costs its fields too."""

EXTRA_HOURS: Mapping[NodeKind, float] = MappingProxyType(
    {
        "file": 0.25,
        "message": 0.1,
        "field": 0.1,
        "oneof": 0.05,
        "extension": 0.1,
        "enum": 0.1,
        "enum value": 0.05,
        "service": 0.25,
        "rpc": 0.25,
    }
)
"""One element that the reference lacks, to be removed or declared the subject's own; what it holds goes with it."""

ADDITIONS_PER_CHANGE = 20
"""Complexity: so many added elements weigh as much as one change of an element that is there."""

MAX_LOW_COMPLEXITY = 5
"""Complexity: up to so many changes it is low."""

MAX_MEDIUM_COMPLEXITY = 20
"""Complexity: up to so many changes it is medium, above high."""

QUICK_WIN_HOURS = 2.0
"""A file is a quick win up to this lower estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckWeight:
    """A closing step.

    Attributes:
        id: its stable id.
        text: what to do, one sentence without a final full stop.
        hours: hours in any case.
        per_rpc: hours more for each RPC that the work reaches.
        per_break: hours more for each thing that breaks for the SDK's users.
    """

    id: str
    text: str
    hours: float
    per_rpc: float = 0.0
    per_break: float = 0.0


CHECKS: tuple[CheckWeight, ...] = (
    CheckWeight(id="compile", text="Compile and lint the aligned tree, for example with `protoalign check`", hours=0.5),
    CheckWeight(id="generate", text="Generate the code again and build the SDK", hours=0.5),
    CheckWeight(
        id="test", text="Run the SDK's tests; add one for each RPC that was added or mended", hours=0.5, per_rpc=0.05
    ),
    CheckWeight(
        id="document",
        text="Update examples and documentation; tell users what breaks and how to move",
        hours=0.5,
        per_break=0.01,
    ),
    CheckWeight(id="release", text="Raise the SDK's version as told above, and release", hours=0.5),
)
"""The closing steps, in their order."""
