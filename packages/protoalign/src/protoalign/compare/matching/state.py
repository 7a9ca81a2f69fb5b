"""What is matched so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protoalign.compare.matching.shapes import SideView
from protoalign.compare.structure import Match, MatchedBy, Node, NodeKind

if TYPE_CHECKING:
    from protoalign.compare.nodes import NodeIndex

__all__ = ["MatchState", "mutual_best"]


@dataclass(slots=True)
class MatchState:
    """Matches of elements as they come in.

    Attributes:
        subject: the subject's nodes.
        reference: the reference's nodes.
        files: matches of files, by the subject's name.
        blocked: full names of the subject's elements that have no counterpart, because the user says so.
        matches: matches of elements, by the subject's full name.
        taken: full names of the reference's elements that are matched.
        containers: matches of messages, enums and services whose children are still to be matched by name.
        unsettled: those among them in which both sides have children without counterparts.
    """

    subject: NodeIndex
    reference: NodeIndex
    files: Mapping[str, Match]
    blocked: frozenset[str]
    matches: dict[str, Match] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    containers: list[Match] = field(default_factory=list)
    unsettled: list[Match] = field(default_factory=list)

    def is_open(self, one: Node, other: Node) -> bool:
        """Whether the two may still become counterparts."""
        return (
            one.kind == other.kind
            and one.name not in self.matches
            and one.name not in self.blocked
            and other.name not in self.taken
        )

    def pair(self, one: Node, other: Node, by: MatchedBy, reason: str = "") -> bool:
        """Make the two counterparts, unless one of them has another; whether that was done."""
        if not self.is_open(one, other):
            return False
        match = Match(one, other, by, reason)
        self.matches[one.name] = match
        self.taken.add(other.name)
        if one.kind in ("message", "enum", "service"):
            self.containers.append(match)
        return True

    def settle(self, container: Match) -> None:
        """Note whether children of the container are left once those of one name are matched."""
        if any(self._is_open_subject(child) for child in self.subject.children[container.subject.name]) and any(
            child.name not in self.taken for child in self.reference.children[container.reference.name]
        ):
            self.unsettled.append(container)

    def containers_of(self, kind: NodeKind) -> list[Match]:
        """The matched nodes of a kind in which both sides had children left."""
        return [match for match in self.unsettled if match.subject.kind == kind]

    def has_open(self, kind: NodeKind) -> bool:
        """Whether both sides have elements of the kind without counterpart."""
        return bool(self.open_subject(kind) and self.open_reference(kind))

    def open_subject(self, kind: NodeKind, parent: str | None = None) -> list[Node]:
        """The subject's elements of a kind without counterpart, all or those directly below a parent."""
        nodes = self.subject.by_kind.get(kind, ()) if parent is None else self.subject.of_kind(parent, kind)
        return [node for node in nodes if self._is_open_subject(node)]

    def open_reference(self, kind: NodeKind, parent: str | None = None) -> list[Node]:
        """Likewise of the reference."""
        nodes = self.reference.by_kind.get(kind, ()) if parent is None else self.reference.of_kind(parent, kind)
        return [node for node in nodes if node.name not in self.taken]

    def _is_open_subject(self, node: Node) -> bool:
        return node.name not in self.matches and node.name not in self.blocked

    def views(self) -> tuple[SideView, SideView]:
        """Both sides as the matches so far make them comparable."""
        return SideView(self.subject, self._of_subject), SideView(self.reference, self._of_reference)

    def are_counterparts(self, one: str, other: str) -> bool:
        """Whether the subject's type is the reference's; types that neither side declares are so by name."""
        match = self.matches.get(one)
        return match.reference.name == other if match is not None else one == other

    def in_counterpart_files(self, one: Node, other: Node) -> bool:
        """Whether the files that declare the two are counterparts."""
        match = self.files.get(one.file)
        return match is not None and match.reference.name == other.file

    def _of_subject(self, name: str) -> str:
        match = self.matches.get(name)
        if match is not None:
            return match.reference.name
        # What is not matched yet may be what is called the same elsewhere.
        return name.rpartition(".")[2] if name in self.subject.by_name else name

    def _of_reference(self, name: str) -> str:
        if name in self.taken or name not in self.reference.by_name:
            return name
        return name.rpartition(".")[2]


def mutual_best(scores: Mapping[tuple[str, str], float], *, margin: float) -> Iterator[tuple[str, str]]:
    """The pairs in which each is the other's best, by at least a margin over the second best of either."""
    of_one: dict[str, list[float]] = {}
    of_other: dict[str, list[float]] = {}
    for (one, other), score in scores.items():
        of_one.setdefault(one, []).append(score)
        of_other.setdefault(other, []).append(score)
    for ranked in (*of_one.values(), *of_other.values()):
        ranked.sort(reverse=True)
    for (one, other), score in scores.items():
        rivals = (*of_one[one][:2], *of_other[other][:2])
        # Its own score stands once in each of the two lists; every other one is a rival's.
        if score >= max(rivals) and sum(rival > score - margin for rival in rivals) == 2:
            yield one, other
