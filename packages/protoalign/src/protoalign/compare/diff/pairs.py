"""Two elements held against each other, and what everything that compares them needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protoalign.compare.structure import Aspect, Difference, Node

if TYPE_CHECKING:
    from protoalign.compare.diff.counterparts import Counterparts
    from protoalign.compare.diff.option_definitions import OptionDefinitions
    from protoalign.compare.diff.scopes import Scope

__all__ = ["Pair", "Sides"]


@dataclass(frozen=True, slots=True)
class Sides:
    """The two contracts.

    Attributes:
        counterparts: which elements belong together.
        subject_options: reads the subject's options.
        reference_options: reads the reference's options.
    """

    counterparts: Counterparts
    subject_options: OptionDefinitions
    reference_options: OptionDefinitions


@dataclass(frozen=True, slots=True)
class Pair:
    """Two counterparts and where they stand.

    Attributes:
        sides: the two contracts.
        subject: the subject's node.
        reference: the reference's node.
        subject_scope: the scope that declares the subject's node; of a file, its top level.
        reference_scope: likewise.
    """

    sides: Sides
    subject: Node
    reference: Node
    subject_scope: Scope
    reference_scope: Scope

    @property
    def is_other_edition(self) -> bool:
        """Whether one thing is spelled differently in the two files' languages."""
        return self.subject_scope.edition != self.reference_scope.edition

    def differ(self, aspect: Aspect, subject: str, reference: str, detail: str = "") -> list[Difference]:
        """A difference if the two values differ."""
        return [] if subject == reference else [self.difference(aspect, subject, reference, detail)]

    def difference(self, aspect: Aspect, subject: str, reference: str, detail: str = "") -> Difference:
        """A difference of the two."""
        return Difference(aspect, self.subject, self.reference, subject, reference, detail)
