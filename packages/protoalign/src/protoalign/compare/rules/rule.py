"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protoalign.compare.model import Impact, Severity
from protoalign.compare.structure import Aspect, Difference, NodeKind

if TYPE_CHECKING:
    from protoalign.compare.rules.context import RuleContext

__all__ = ["Rule"]


def _always(_difference: Difference, _context: RuleContext) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one sort of difference is judged: one entry, in one place.

    Attributes:
        id: its id, lower case words with hyphens; two fixture trees are named after it.
        impact: what breaks.
        severity: how bad that is, unless the settings say otherwise.
        purpose: what the rule is about, one line.
        kinds: the kinds of nodes it judges.
        aspects: the aspects it judges.
        applies: whether it judges a difference of these kinds and aspects; of several rules, the first in the table
            does.
        message: what differs; a template, see `protoalign.compare.rules.context`, or a function.
        consequence: what that breaks, likewise.
        fix: what to do, likewise.
    """

    id: str
    impact: Impact
    severity: Severity
    purpose: str
    kinds: tuple[NodeKind, ...]
    aspects: tuple[Aspect, ...]
    message: str | Callable[[Difference, RuleContext], str]
    consequence: str | Callable[[Difference, RuleContext], str]
    fix: str | Callable[[Difference, RuleContext], str]
    applies: Callable[[Difference, RuleContext], bool] = _always
