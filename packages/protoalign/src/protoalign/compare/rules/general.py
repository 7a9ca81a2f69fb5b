"""The rules that end the table: what no other rule speaks of."""

from __future__ import annotations

from protoalign.compare.rules.kinds import ALL_KINDS
from protoalign.compare.rules.rule import Rule

__all__ = ["RULES"]

RULES = (
    Rule(
        id="order",
        impact="cosmetic",
        severity="info",
        purpose="Elements stand in another order.",
        kinds=ALL_KINDS,
        aspects=("order",),
        message="the {detail} of {kind} `{name}` stand in another order than in the reference",
        consequence="Numbers decide on the wire, not the order; documentation and generated code follow the order.",
        fix="Put the {detail} into the reference's order.",
    ),
    Rule(
        id="other-difference",
        impact="source",
        severity="warning",
        purpose="A part of the descriptor differs that no other rule speaks of.",
        kinds=ALL_KINDS,
        aspects=("other",),
        message="`{detail}` of {kind} `{name}` is {subject}, in the reference {reference}",
        consequence="This version of protoalign does not know what that means; the descriptors are not equal.",
        fix="Make it equal to the reference, and look for a newer protoalign.",
    ),
)
