"""The walk over both contracts: file by file in the reference's order, parents before children, extras last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.compare.diff.counterparts import Counterparts
from protoalign.compare.diff.elements import own_differences
from protoalign.compare.diff.leftovers import leftovers
from protoalign.compare.diff.option_definitions import OptionDefinitions
from protoalign.compare.diff.order import first_value_difference, order_of_pairs
from protoalign.compare.diff.pairs import Pair, Sides
from protoalign.compare.diff.placement import placement_differences
from protoalign.compare.diff.scopes import CHILD_LISTS, ChildList, Declared, Scope, as_text, file_node, scope_at
from protoalign.compare.diff.syntactic import entry_places, orphan_differences, synthetic_places
from protoalign.compare.structure import Difference, Match, Matching, Node, NodeKind
from protoalign.contract.elements import joined

if TYPE_CHECKING:
    from protoalign.contract import Contract

__all__ = ["Walk"]

Places = dict[int, tuple[int, str]]
# The names of types that elements hold.
TYPE_NAMES: dict[NodeKind, tuple[str, ...]] = {
    "field": ("type_name",),
    "extension": ("type_name", "extendee"),
    "rpc": ("input_type", "output_type"),
}


class Walk:
    """Finds the differences of two contracts."""

    def __init__(self, subject: Contract, reference: Contract, matching: Matching) -> None:
        self.subject = subject
        self.reference = reference
        self.matching = matching
        self.counterparts = Counterparts(subject, reference, matching)
        self.sides = Sides(self.counterparts, OptionDefinitions(subject), OptionDefinitions(reference))

    def differences(self) -> Iterator[Difference]:
        """All differences.

        Raises:
            DescriptorError: the runtime refuses a file, or an option does not hold what its definition says.
        """
        for file in self.reference.files:
            match = self.matching.file_of_reference.get(file.name)
            if match is None:
                node = file_node(file)
                yield Difference("missing", None, node)
                yield from self._below_missing(Scope.of_file(node), listed=True)
            elif not self._is_same_file(match):
                yield from self._files(match)
        for file in self.subject.files:
            if file.name not in self.matching.files:
                node = file_node(file)
                yield Difference("extra", node, None)
                yield from self._extras(Scope.of_file(node))

    def _is_same_file(self, match: Match) -> bool:
        name = match.subject.name
        return (
            name == match.reference.name
            and self.subject.by_name[name].serialized == self.reference.by_name[name].serialized
            and self.counterparts.is_by_name(name)
        )

    def _files(self, match: Match) -> Iterator[Difference]:
        scope, other = Scope.of_file(match.subject), Scope.of_file(match.reference)
        pair = Pair(self.sides, match.subject, match.reference, scope, other)
        yield from self._with_children(pair, own_differences(pair), (scope, other))

    def _elements(self, subject: Node, reference: Node, scope: Scope | None, other: Scope) -> Iterator[Difference]:
        """The differences of two elements that are counterparts, and of what they contain.

        Args:
            subject: the subject's node.
            reference: the reference's node.
            scope: the counterpart of the scope that declares the reference's node; None if it has none.
            other: the scope that declares the reference's node.
        """
        in_place = scope is not None and _declares(scope, subject)
        if scope is None or not in_place:
            scope = scope_at(file_node(self.subject.by_name[subject.file]), subject.path[:-2])
        pair = Pair(self.sides, subject, reference, scope, other)
        found = [*placement_differences(pair, in_place=in_place), *own_differences(pair)]
        if reference.kind in CHILD_LISTS:
            yield from self._with_children(pair, found, (scope.within(subject), other.within(reference)))
        else:
            yield from found
            yield from leftovers(pair, found)

    def _with_children(self, pair: Pair, found: list[Difference], inside: tuple[Scope, Scope]) -> Iterator[Difference]:
        """The differences that two containers have themselves, then those of their children."""
        scope, other = inside
        below: list[Iterator[Difference]] = []
        fields: Places = {}
        for children in CHILD_LISTS[other.node.kind]:
            places: Places = {}
            for index, element in enumerate(other.elements(children)):
                if other.is_syntax(children, index, element):
                    continue
                name = joined(other.name, as_text(element.name))
                counterpart = self.counterparts.of_reference(name, children.kind, other.node.file)
                if counterpart is None:
                    below.append(self._missing(other, other.child(children, index, element), listed=True))
                    continue
                if _declares(scope, counterpart):
                    places[index] = (counterpart.path[-1], as_text(element.name))
                    if self._is_same(counterpart, name, element, inside):
                        continue
                below.append(self._elements(counterpart, other.child(children, index, element), scope, other))
            if children.kind == "field":
                fields = places
            if len(places) < len(scope.elements(children)):
                below.append(self._extra_children(scope, children))
            found += self._order(pair, inside, children, places, fields)
        found += orphan_differences(pair, scope, other)
        yield from found
        yield from leftovers(pair, found)
        for differences in below:
            yield from differences

    def _order(
        self, pair: Pair, inside: tuple[Scope, Scope], children: ChildList, places: Places, fields: Places
    ) -> list[Difference]:
        if children.kind == "message":
            places = {**places, **entry_places(*inside, fields)}
        found = order_of_pairs(pair, places, children.label)
        if children.kind == "enum value" and not found and places.get(0, (-1, ""))[0] != 0:
            found = first_value_difference(pair, children.label)
        if children.kind == "oneof" and not found:
            synthetic = synthetic_places(*inside, fields)
            moved = synthetic and order_of_pairs(pair, {**places, **synthetic}, children.label)
            # Compilers list the oneofs of optional fields behind all others, in the order of the fields.
            if moved and not order_of_pairs(pair, fields, "fields"):
                (order,) = moved
                found = [pair.difference("other", order.subject_value, order.reference_value, children.attribute)]
        return found

    def _is_same(self, subject: Node, name: str, element: Declared, inside: tuple[Scope, Scope]) -> bool:
        """Whether an element in place and its counterpart are surely the same, with all that is in them."""
        scope, other = inside
        if scope.features != other.features or scope.edition != other.edition:
            return False
        if subject.kind in ("field", "extension") and (
            element.HasField("oneof_index") or element.type_name in other.entries
        ):
            return False
        if subject.descriptor.SerializePartialToString() != element.SerializePartialToString():
            return subject.kind in TYPE_NAMES and self._is_same_but_for_names(subject, element)
        if subject.kind in ("enum value", "oneof"):
            return True
        if subject.kind == "field" and not element.type_name:
            return True
        return name == subject.name and subject.file == other.node.file and self.counterparts.is_by_name(subject.file)

    def _is_same_but_for_names(self, subject: Node, element: Declared) -> bool:
        """Whether only the names of types differ, and they are counterparts: so it is all over a renamed package."""
        if subject.kind != "rpc" and element.HasField("default_value"):
            return False
        bare = []
        for descriptor in (subject.descriptor, element):
            copied = type(element)()
            copied.CopyFrom(descriptor)
            for name in TYPE_NAMES[subject.kind]:
                copied.ClearField(name)
            bare.append(copied.SerializePartialToString())
        if bare[0] != bare[1]:
            return False
        for name in TYPE_NAMES[subject.kind]:
            ours, theirs = (as_text(getattr(each, name)) for each in (subject.descriptor, element))
            if subject.descriptor.HasField(name) != element.HasField(name) or ours[:1] != theirs[:1]:
                return False
            if not self.counterparts.same_name(ours[1:], theirs[1:]):
                return False
        return True

    def _missing(self, scope: Scope, node: Node, *, listed: bool) -> Iterator[Difference]:
        if listed:
            yield Difference("missing", None, node)
        if node.kind in CHILD_LISTS:
            yield from self._below_missing(scope.within(node), listed=False)

    def _below_missing(self, scope: Scope, *, listed: bool) -> Iterator[Difference]:
        """What a missing file or element declares: counterparts may stand elsewhere."""
        for children in CHILD_LISTS[scope.node.kind]:
            for index, element in enumerate(scope.elements(children)):
                if scope.is_syntax(children, index, element):
                    continue
                node = scope.child(children, index, element)
                counterpart = self.counterparts.of_reference(node.name, node.kind, node.file)
                if counterpart is None:
                    yield from self._missing(scope, node, listed=listed)
                else:
                    yield from self._elements(counterpart, node, None, scope)

    def _extras(self, scope: Scope) -> Iterator[Difference]:
        for children in CHILD_LISTS[scope.node.kind]:
            yield from self._extra_children(scope, children)

    def _extra_children(self, scope: Scope, children: ChildList) -> Iterator[Difference]:
        for index, element in enumerate(scope.elements(children)):
            if scope.is_syntax(children, index, element):
                continue
            name = joined(scope.name, as_text(element.name))
            if self.counterparts.is_extra(name, children.kind, scope.node.file):
                yield Difference("extra", scope.child(children, index, element), None)


def _declares(scope: Scope, node: Node) -> bool:
    return node.file == scope.node.file and node.path[:-2] == scope.node.path
