"""From findings to hours and complexity."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from protoalign.plan.model import Complexity, Effort
from protoalign.plan.weights import (
    ADDITIONS_PER_CHANGE,
    EXTRA_HOURS,
    IMPACT_HOURS,
    MAX_LOW_COMPLEXITY,
    MAX_MEDIUM_COMPLEXITY,
    MISSING_HOURS,
)

if TYPE_CHECKING:
    from protoalign.compare import Finding
    from protoalign.plan.sides import Sides

__all__ = ["complexity_of", "effort_of", "hours_of", "total"]

STEPS_PER_HOUR = 2


def hours_of(finding: Finding, sides: Sides, chosen: Mapping[str, float]) -> float:
    """Hours that one finding takes.

    Args:
        finding: the finding.
        sides: the two contracts.
        chosen: rule id or impact to hours, from the settings; the rule's entry wins, and an entry is for the whole
            finding, however much a missing element holds.
    """
    for key in (finding.rule, finding.impact):
        if key in chosen:
            return chosen[key]
    if sides.is_extra(finding):
        return EXTRA_HOURS[finding.kind]
    if sides.is_missing(finding):
        below = sides.reference.descendants(finding.element) if finding.kind != "file" else ()
        return MISSING_HOURS[finding.kind] + sum(MISSING_HOURS[node.kind] for node in below)
    return IMPACT_HOURS[finding.impact]


def effort_of(hours: float, spread: float) -> Effort:
    """The range for a work item: in half hours and at least one of them, so that totals are sums of what is shown."""
    low = max(1, math.floor(hours * STEPS_PER_HOUR + 0.5))
    high = max(low, math.ceil(round(hours * spread * STEPS_PER_HOUR, 6)))
    return Effort(low / STEPS_PER_HOUR, high / STEPS_PER_HOUR)


def total(efforts: Iterable[Effort]) -> Effort:
    """The sum of efforts."""
    return sum(efforts, start=Effort())


def complexity_of(findings: Iterable[Finding], sides: Sides) -> Complexity:
    """How hard the work on some findings is.

    A change of what is there, which code already stands on, counts one; a cosmetic one counts nothing; additions,
    which are copied from the reference, count little.
    """
    changes = 0.0
    for finding in findings:
        if sides.is_missing(finding):
            changes += (1 + sides.size(finding)) / ADDITIONS_PER_CHANGE
        elif finding.impact != "cosmetic":
            changes += 1
    if changes <= MAX_LOW_COMPLEXITY:
        return "low"
    return "medium" if changes <= MAX_MEDIUM_COMPLEXITY else "high"
