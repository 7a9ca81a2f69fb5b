"""Rules on reserved ranges and names, and on extension ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protoalign.compare.rules.kinds import TYPE_KINDS
from protoalign.compare.rules.rule import Rule

if TYPE_CHECKING:
    from protoalign.compare.rules.context import RuleContext
    from protoalign.compare.structure import Difference

__all__ = ["RULES"]


def _subject_lacks(difference: Difference, _context: RuleContext) -> bool:
    return not difference.subject_value


def _reference_lacks(difference: Difference, _context: RuleContext) -> bool:
    return not difference.reference_value


RULES = (
    Rule(
        id="reserved-range-missing",
        impact="missing",
        severity="warning",
        purpose="The reference reserves numbers that the subject does not.",
        kinds=TYPE_KINDS,
        aspects=("reserved range",),
        applies=_subject_lacks,
        message="`{name}` does not reserve {reference}, as the reference does",
        consequence="Nothing keeps you from using a number again that the vendor has retired, and that old data and old"
        " clients read as something else.",
        fix="Add `reserved {detail};`.",
    ),
    Rule(
        id="reserved-range-extra",
        impact="extra",
        severity="warning",
        purpose="The subject reserves numbers that the reference does not.",
        kinds=TYPE_KINDS,
        aspects=("reserved range",),
        message="`{name}` reserves {subject}, the reference does not",
        consequence="Once the vendor uses such a number, your side cannot follow before the reservation is removed.",
        fix="Remove the reservation.",
    ),
    Rule(
        id="reserved-name-missing",
        impact="missing",
        severity="warning",
        purpose="The reference reserves a name that the subject does not.",
        kinds=TYPE_KINDS,
        aspects=("reserved name",),
        applies=_subject_lacks,
        message="`{name}` does not reserve the name {reference}, as the reference does",
        consequence="Nothing keeps you from using a name again that the vendor has retired, and that old JSON holds"
        " with another meaning.",
        fix="Reserve the name.",
    ),
    Rule(
        id="reserved-name-extra",
        impact="extra",
        severity="warning",
        purpose="The subject reserves a name that the reference does not.",
        kinds=TYPE_KINDS,
        aspects=("reserved name",),
        message="`{name}` reserves the name {subject}, the reference does not",
        consequence="Once the vendor uses the name, your side cannot follow before the reservation is removed.",
        fix="Remove the reservation.",
    ),
    Rule(
        id="extension-range-missing",
        impact="missing",
        severity="error",
        purpose="The reference leaves numbers to extensions that the subject does not.",
        kinds=("message",),
        aspects=("extension range",),
        applies=_subject_lacks,
        message="`{name}` lacks the extension range {reference}",
        consequence="No extension with such a number can be declared, so what the other side sends in it stays"
        " unknown.",
        fix="Add `extensions {detail};`.",
    ),
    Rule(
        id="extension-range-extra",
        impact="extra",
        severity="warning",
        purpose="The subject leaves numbers to extensions that the reference does not.",
        kinds=("message",),
        aspects=("extension range",),
        applies=_reference_lacks,
        message="the reference has no extension range {subject} in `{name}`",
        consequence="The vendor may give such a number to a field, which then collides with an extension of yours.",
        fix="Remove the range.",
    ),
    Rule(
        id="extension-range-changed",
        impact="source",
        severity="warning",
        purpose="An extension range has other options, such as declarations.",
        kinds=("message",),
        aspects=("extension range",),
        message="the extension range `{detail}` of `{name}` is declared otherwise than in the reference",
        consequence="Nothing changes on the wire; what compilers accept as extensions may.",
        fix="Declare the range as the reference does.",
    ),
)
