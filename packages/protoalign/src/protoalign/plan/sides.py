"""The two contracts as a plan asks about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protoalign.compare.nodes import NodeIndex
from protoalign.compare.rules import rule_named

if TYPE_CHECKING:
    from protoalign.compare import Difference, Finding, Matching, Node, NodeKind, StructuralDiff

__all__ = ["Sides", "short_name"]

_Key = tuple["NodeKind", str, str, str, str]
"""What a finding takes over from its difference: kind, element, both values, detail."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The two contracts' nodes and which of them are counterparts.

    Attributes:
        subject: the subject's nodes.
        reference: the reference's nodes.
        matching: which are counterparts.
        differences: the differences, by what findings take over from them.
    """

    subject: NodeIndex
    reference: NodeIndex
    matching: Matching
    differences: Mapping[_Key, tuple[Difference, ...]]

    @classmethod
    def of(cls, diff: StructuralDiff) -> Sides:
        """The sides of a diff."""
        differences: dict[_Key, tuple[Difference, ...]] = {}
        for one in diff.differences:
            key = (one.kind, one.node.name, one.subject_value, one.reference_value, one.detail)
            differences[key] = (*differences.get(key, ()), one)
        subject, reference = NodeIndex.of(diff.subject.files), NodeIndex.of(diff.reference.files)
        return cls(subject, reference, diff.matching, differences)

    def is_extra(self, finding: Finding) -> bool:
        """Whether the reference lacks the finding's element."""
        if finding.reference is not None:
            return False
        known = self.subject.files if finding.kind == "file" else self.subject.by_name
        matched = self.matching.files if finding.kind == "file" else self.matching.elements
        return finding.element in known and finding.element not in matched

    def is_missing(self, finding: Finding) -> bool:
        """Whether the subject lacks the finding's element."""
        if finding.reference is None:
            return False
        known = self.reference.files if finding.kind == "file" else self.reference.by_name
        matched = self.matching.file_of_reference if finding.kind == "file" else self.matching.element_of_reference
        return finding.element in known and finding.element not in matched

    def size(self, finding: Finding) -> int:
        """How many elements the finding's element holds, at every level."""
        return sum(1 for _ in self.index_of(finding).descendants(finding.element))

    def index_of(self, finding: Finding) -> NodeIndex:
        """The side that has the finding's element: the reference, else the subject."""
        return self.reference if finding.reference is not None else self.subject

    def node(self, finding: Finding) -> Node | None:
        """The finding's element; None for what is no element, such as a waiver."""
        index = self.index_of(finding)
        return (index.files if finding.kind == "file" else index.by_name).get(finding.element)

    def subject_node(self, finding: Finding) -> Node | None:
        """The subject's counterpart of an element that the reference has."""
        matching = self.matching
        matches = matching.file_of_reference if finding.kind == "file" else matching.element_of_reference
        match = matches.get(finding.element)
        return match.subject if match is not None else None

    def difference(self, finding: Finding) -> Difference | None:
        """What the finding judges; None where that is not plain to see."""
        key = (finding.kind, finding.element, finding.subject_value, finding.reference_value, finding.detail)
        rule = rule_named(finding.rule)
        judged = rule.aspects if rule is not None else ()
        found = [one for one in self.differences.get(key, ()) if one.aspect in judged]
        return found[0] if len(found) == 1 else None

    def top_level(self, finding: Finding) -> Node | None:
        """The message, enum, service or extension right below the file that the finding's element belongs to."""
        node = self.node(finding)
        parents = self.index_of(finding).parents
        while node is not None and node.kind != "file":
            parent = parents[node.name]
            if parent.kind == "file":
                return node
            node = parent
        return None

    def short_name(self, finding: Finding) -> str:
        """The element's name without its package; a file's whole name."""
        node = self.node(finding)
        return finding.element if node is None else short_name(node, self.index_of(finding))


def short_name(node: Node, index: NodeIndex) -> str:
    """A node's name without its package; a file's whole name."""
    if node.kind == "file" or node.file not in index.files:
        return node.name
    if node.kind == "enum value" and node.name in index.parents:
        # Its full name is in the scope of its enum, which says nothing of the enum itself.
        return f"{short_name(index.parents[node.name], index)}.{node.simple_name}"
    package: str = index.files[node.file].descriptor.package  # type: ignore[attr-defined]
    return node.name.removeprefix(f"{package}.") if package else node.name
