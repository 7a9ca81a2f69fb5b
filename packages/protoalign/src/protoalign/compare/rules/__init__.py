"""What differences mean: a table of rules, of which the first that applies judges a difference."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from protoalign.compare.rules import (
    enums,
    field_presence,
    field_types,
    fields,
    files,
    general,
    messages,
    options,
    ranges,
    services,
    settings,
)
from protoalign.compare.rules.rule import Rule
from protoalign.errors import InternalError

if TYPE_CHECKING:
    from protoalign.compare.rules.context import RuleContext
    from protoalign.compare.structure import Aspect, Difference, NodeKind

__all__ = ["RULES", "Rule", "rule_for", "rule_named", "rules_of"]

RULES: tuple[Rule, ...] = (
    *files.RULES,
    *services.RULES,
    *messages.RULES,
    *fields.RULES,
    *field_types.RULES,
    *field_presence.RULES,
    *enums.RULES,
    *ranges.RULES,
    *options.RULES,
    *general.RULES,
    *settings.RULES,
)
"""All rules, in the order in which they are tried."""


@cache
def rules_of(kind: NodeKind, aspect: Aspect) -> tuple[Rule, ...]:
    """The rules for one aspect of one kind of node, in the order in which they are tried."""
    return tuple(rule for rule in RULES if kind in rule.kinds and aspect in rule.aspects)


def rule_for(difference: Difference, context: RuleContext) -> Rule:
    """The rule that judges a difference.

    Raises:
        InternalError: the table has none.
    """
    for rule in rules_of(difference.kind, difference.aspect):
        if rule.applies(difference, context):
            return rule
    raise InternalError(f"no rule judges the {difference.aspect} of a {difference.kind}", where=difference.node.name)


def rule_named(rule_id: str) -> Rule | None:
    """The rule with this id; None where there is none."""
    return _by_id().get(rule_id)


@cache
def _by_id() -> dict[str, Rule]:
    return {rule.id: rule for rule in RULES}
