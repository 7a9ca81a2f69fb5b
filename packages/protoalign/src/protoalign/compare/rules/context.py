"""What rules know besides a difference, and how their texts are filled.

A template is a text for `str.format` with these names:

- `{kind}`, `{element}` (full name), `{name}` (simple name; of a file the whole): of the node, the reference's where
  there are both; `{subject_name}` and `{reference_name}`: the same of one side, empty where it has none;
- `{subject}` and `{reference}`: the aspect's values as code, or `not set`;
- `{detail}`: which one; `{parent}`: simple name of what holds the node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protoalign.compare.lookup import Lookup
from protoalign.compare.model import Direction
from protoalign.compare.reach import ReachIndex, direction_of
from protoalign.compare.wire_types import Reading, WireField, reading

if TYPE_CHECKING:
    from protoalign.compare.structure import Difference, Node, StructuralDiff

__all__ = ["FLOWS", "Flow", "RuleContext", "code", "short_name"]


@dataclass(frozen=True, slots=True)
class Flow:
    """One way that bytes go, in the words for it. What is yours is the subject.

    Attributes:
        where: such as `In requests`.
        whose: whose fields the written ones are: `your`.
        reader: who reads: `the server`.
        from_subject: whether they are written by the subject's definitions and read by the reference's.
    """

    where: str
    whose: str
    reader: str
    from_subject: bool


REQUEST = Flow("In requests", "your", "the server", True)
RESPONSE = Flow("In responses", "the server's", "your client", False)
WRITTEN = Flow("In data that you write", "your", "a reader with the reference's definitions", True)
READ = Flow("In data that you read", "the writer's", "your side", False)
FLOWS: dict[Direction | None, tuple[Flow, ...]] = {
    "request": (REQUEST,),
    "response": (RESPONSE,),
    "both": (REQUEST, RESPONSE),
    None: (WRITTEN, READ),
}
"""The ways that the bytes of an element go, by the direction in which it reaches RPCs; None where it reaches none."""


def code(value: str) -> str:
    """A value as code, or `not set` for an empty one."""
    return f"`{value}`" if value else "not set"


class RuleContext:
    """What rules know besides a difference."""

    def __init__(self, diff: StructuralDiff) -> None:
        self.diff = diff
        self.matching = diff.matching
        self.subject = Lookup(diff.subject, diff.matching.subject_nodes)
        self.reference = Lookup(diff.reference, diff.matching.reference_nodes)
        self.reach = ReachIndex(diff.subject, diff.reference)

    def fill(self, text: str | Callable[[Difference, RuleContext], str], difference: Difference) -> str:
        """The text of a rule for a difference."""
        if callable(text):
            return text(difference, self)
        return text.format_map(self.values(difference)) if "{" in text else text

    def values(self, difference: Difference) -> dict[str, str]:
        """The names that templates use."""
        node, subject, reference = difference.node, difference.subject, difference.reference
        return {
            "kind": node.kind,
            "element": node.name,
            "name": short_name(node),
            "subject_name": short_name(subject) if subject is not None else "",
            "reference_name": short_name(reference) if reference is not None else "",
            "subject": code(difference.subject_value),
            "reference": code(difference.reference_value),
            "detail": difference.detail,
            "parent": short_name(self.side(difference).parent(node)),
        }

    def side(self, difference: Difference) -> Lookup:
        """The side of the difference's node: the reference where it has one there."""
        return self.subject if difference.reference is None else self.reference

    def flows(self, difference: Difference) -> tuple[Flow, ...]:
        """The ways that the element's bytes go."""
        return FLOWS[direction_of(self.reach.of(difference))]

    def told(self, difference: Difference, tell: Callable[[Flow], str]) -> str:
        """One sentence for each way that the bytes go."""
        return " ".join(f"{flow.where}, {tell(flow)}." for flow in self.flows(difference))

    def read(self, written: Node, read: Node, flow: Flow) -> Reading:
        """What becomes of a field that is written as the one and read as the other."""
        from_subject, to_subject = flow.from_subject, not flow.from_subject
        return reading(self._wire_field(written, from_subject), self._wire_field(read, to_subject))

    def _wire_field(self, node: Node, of_subject: bool) -> WireField:
        if not of_subject:
            return self.reference.wire_field(node)
        type_name: str = node.descriptor.type_name.removeprefix(".")  # type: ignore[attr-defined]
        return self.subject.wire_field(node, self.matching.to_reference(type_name))

    def lookup(self, *, of_subject: bool) -> Lookup:
        """One side."""
        return self.subject if of_subject else self.reference

    def counterpart(self, node: Node, *, of_subject: bool) -> Node | None:
        """The node that a node of one side is matched with; None where there is none."""
        if node.kind == "file":
            files = self.matching.files if of_subject else self.matching.file_of_reference
            match = files.get(node.name)
        else:
            elements = self.matching.elements if of_subject else self.matching.element_of_reference
            match = elements.get(node.name)
            if match is None:
                return self._of_the_same_name(node, of_subject=of_subject)
        if match is None:
            return None
        return match.reference if of_subject else match.subject

    def _of_the_same_name(self, node: Node, *, of_subject: bool) -> Node | None:
        # What both sides have byte for byte, the matching leaves out.
        files = self.matching.files if of_subject else self.matching.file_of_reference
        match = files.get(node.file)
        if match is None or node.name in (self.matching.element_of_reference if of_subject else self.matching.elements):
            return None
        file = match.reference.name if of_subject else match.subject.name
        other = self.lookup(of_subject=not of_subject).index(file).by_name.get(node.name)
        return other if other is not None and other.kind == node.kind else None

    def at_its_number(self, difference: Difference) -> Node | None:
        """Of a field or value that only one side has: what the other side has at its number."""
        of_subject = difference.reference is None
        parent = self.counterpart(self.side(difference).parent(difference.node), of_subject=of_subject)
        if parent is None or parent.kind not in ("message", "enum"):
            return None
        number: int = difference.node.descriptor.number  # type: ignore[attr-defined]
        return self.lookup(of_subject=not of_subject).with_number(parent, number)

    def is_reserved(self, difference: Difference) -> bool:
        """Of a field or value that only one side has: whether the other side reserves its number or name."""
        of_subject = difference.reference is None
        node = difference.node
        parent = self.counterpart(self.side(difference).parent(node), of_subject=of_subject)
        if parent is None or parent.kind not in ("message", "enum"):
            return False
        number: int = node.descriptor.number  # type: ignore[attr-defined]
        return self.lookup(of_subject=not of_subject).reserves(parent, number, node.simple_name)


def short_name(node: Node) -> str:
    """What to call a node in a sentence: its simple name, but a file's whole one."""
    return node.name if node.kind == "file" else node.simple_name
