"""Rules on the settings themselves: what they accept has to be there."""

from __future__ import annotations

from protoalign.compare.rules.rule import Rule

__all__ = ["OWN_UNUSED", "RULES", "WAIVER_EXPIRED", "WAIVER_UNUSED"]

WAIVER_EXPIRED = Rule(
    id="waiver-expired",
    impact="extra",
    severity="warning",
    purpose="A waiver in the settings has expired.",
    kinds=(),
    aspects=(),
    message="the waiver for {element} expired on {subject_value}",
    consequence="What it accepted is a finding again.",
    fix="Mend what it accepted, set a later date, or remove the waiver.",
)
WAIVER_UNUSED = Rule(
    id="waiver-unused",
    impact="extra",
    severity="warning",
    purpose="A waiver in the settings accepts nothing.",
    kinds=(),
    aspects=(),
    message="the waiver for {element} accepts nothing",
    consequence="What it was for is gone, or its name is wrong; it would hide the next such finding.",
    fix="Remove the waiver, or correct it.",
)
OWN_UNUSED = Rule(
    id="own-unused",
    impact="extra",
    severity="warning",
    purpose="An entry of `own` in the settings names nothing that only the subject has.",
    kinds=(),
    aspects=(),
    message="the entry {element} of `own` names nothing that only the subject has",
    consequence="What it was for is gone, its name is wrong, or the reference has it now.",
    fix="Remove the entry, or correct it.",
)
RULES = (WAIVER_EXPIRED, WAIVER_UNUSED, OWN_UNUSED)
