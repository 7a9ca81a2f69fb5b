"""What becomes of each file and element of the subject: another name, its own place, or removal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from protoalign.compare.nodes import NodeIndex
from protoalign.contract.elements import joined
from protoalign.errors import AlignError

if TYPE_CHECKING:
    from protoalign.compare.structure import Node, StructuralDiff

__all__ = ["Correspondence", "Kept", "correspond", "is_own"]

# What can be declared in another place than its counterpart; fields, values and RPCs stay with their parents.
DECLARATIONS = ("message", "enum", "service", "extension")


@dataclass(frozen=True, slots=True)
class Kept:
    """An element of the subject that goes into the reference's file beside what that one has.

    Attributes:
        node: the subject's element; everything below it goes along.
        file: the reference's file that takes it.
        parent: full name of the reference's element that takes it; empty at the top level.
        name: its full name there.
        own: whether it is kept on purpose, and not only until the file of its counterpart is aligned.
    """

    node: Node
    file: str
    parent: str
    name: str
    own: bool


@dataclass(frozen=True)
class Correspondence:
    """What becomes of the subject when some of the reference's files are aligned.

    Attributes:
        chosen: the reference's files that are aligned.
        deleted: the subject's files that are deleted.
        aligned: the subject's files that become files of the reference, each with that one's name.
        staying: the subject's other files, without those that are deleted.
        names: full name of each element of the subject that stays, to its name in the target; map entries and oneofs
            that only syntax makes are not among them.
        kept: the elements that go into files of the reference.
        moved: full names of declarations in files that stay, whose counterparts are in files that are aligned.
        removed: the elements that the target lacks, each without what is below it.
        subject: the subject's nodes.
        reference: the reference's nodes.
    """

    chosen: frozenset[str]
    deleted: frozenset[str]
    aligned: Mapping[str, str]
    staying: frozenset[str]
    names: Mapping[str, str]
    kept: tuple[Kept, ...]
    moved: frozenset[str]
    removed: tuple[Node, ...]
    subject: NodeIndex = field(repr=False)
    reference: NodeIndex = field(repr=False)

    def counterpart(self, reference_file: str) -> str | None:
        """The file of the subject that an aligned file takes the place of; None where it is new."""
        return next((old for old, new in self.aligned.items() if new == reference_file), None)

    def target_file(self, file: str) -> str | None:
        """The name in the target of a file of the subject; None where it is deleted."""
        return self.aligned.get(file, file if file in self.staying else None)

    def target_name(self, full_name: str) -> str | None:
        """The name in the target of a type of the subject, map entries too; None where the target lacks it."""
        if full_name in self.names:
            return self.names[full_name]
        if full_name in self.subject.by_name:
            return None
        scope, dot, simple = full_name.rpartition(".")
        if not dot or full_name not in self.subject.map_entries:
            return full_name
        target = self.target_name(scope)
        return f"{target}.{simple}" if target is not None else None


def is_own(patterns: Collection[str], file: str, *names: str) -> bool:
    """Whether an element is kept on purpose: a pattern names it, what it is in, its package or its file.

    Args:
        patterns: see `Settings.own`.
        file: the name of its file.
        names: full names that it goes by.
    """
    around = (name.rsplit(".", parts)[0] for name in names for parts in range(name.count(".") + 1))
    known = [file, *around]
    return any(fnmatchcase(name, pattern) for name in known for pattern in patterns)


def correspond(
    diff: StructuralDiff, chosen: Collection[str], deleted: Collection[str], own: Collection[str]
) -> Correspondence:
    """Decide what becomes of each file and element of the subject.

    Args:
        diff: the comparison; its matching decides.
        chosen: the reference's files that are aligned.
        deleted: the subject's files that are deleted.
        own: patterns of full names and file names that the subject has on purpose, see `Settings.own`.

    Raises:
        AlignError: an element is kept on purpose and what it belongs to is not.
    """
    return _Walk(diff, frozenset(chosen), frozenset(deleted), tuple(own)).run()


class _Walk:
    def __init__(
        self, diff: StructuralDiff, chosen: frozenset[str], deleted: frozenset[str], own: tuple[str, ...]
    ) -> None:
        self._chosen, self._deleted, self._own = chosen, deleted, own
        self._matching = diff.matching
        self._subject = NodeIndex.of(diff.subject.files)
        self._reference = NodeIndex.of(diff.reference.files)
        self._packages = {file.name: file.package for file in diff.reference.files}
        self._same = {
            name
            for name, match in diff.matching.files.items()
            if diff.subject.by_name[name].serialized == diff.reference.by_name[match.reference.name].serialized
        }
        self._names: dict[str, str] = {}
        self._kept: list[Kept] = []
        self._moved: set[str] = set()
        self._removed: list[Node] = []

    def run(self) -> Correspondence:
        aligned = {name: target for name in self._subject.files if (target := self._aligned_file(name))}
        staying = frozenset(self._subject.files.keys() - aligned.keys() - self._deleted)
        for name in sorted(staying & self._chosen):
            raise AlignError(
                f"the reference's {name} would take the place of the subject's, which is not its counterpart",
                where=name,
                hint="Align or delete that one too, or say what belongs to what with --map.",
            )
        for name in self._subject.files:
            for node in self._subject.children[name]:
                self._visit(node, None, aligned.get(name, ""), stays=name in staying)
        return Correspondence(
            self._chosen,
            self._deleted,
            aligned,
            staying,
            self._names,
            tuple(self._kept),
            frozenset(self._moved),
            tuple(self._removed),
            self._subject,
            self._reference,
        )

    def _aligned_file(self, name: str) -> str | None:
        match = self._matching.files.get(name)
        return match.reference.name if match is not None and match.reference.name in self._chosen else None

    def _counterpart(self, node: Node) -> Node | None:
        match = self._matching.elements.get(node.name)
        if match is not None:
            return match.reference
        return self._reference.by_name.get(node.name) if node.file in self._same else None

    def _visit(self, node: Node, parent: Node | None, target: str, *, stays: bool) -> None:
        """Decide on a node and on all below it.

        Args:
            node: the subject's node.
            parent: the reference's counterpart of the element around it; None at the top level.
            target: the aligned file that the node's file becomes; empty where there is none.
            stays: whether the node stays where it is unless its counterpart is aligned elsewhere.
        """
        counterpart = self._counterpart(node)
        if counterpart is not None and counterpart.file in self._chosen and (not stays or node.kind in DECLARATIONS):
            self._names[node.name] = counterpart.name
            if node.file not in self._deleted and not self._aligned_file(node.file):
                self._moved.add(node.name)
            for child in self._children(node):
                self._visit(child, counterpart, counterpart.file, stays=False)
        elif stays:
            self._names[node.name] = node.name
            for child in self._children(node):
                self._visit(child, None, target, stays=True)
        elif (reason := self._reason_to_keep(node, counterpart, parent)) and (target or parent):
            self._keep(node, parent, target, own=reason == "own")
        else:
            self._removed.append(node)
            for child in self._children(node):
                self._visit_below_removed(child, node)

    def _reason_to_keep(self, node: Node, counterpart: Node | None, parent: Node | None) -> str:
        if counterpart is not None:
            return "waits" if parent is None and node.file not in self._deleted else ""
        return "own" if self._is_own(node) else ""

    def _is_own(self, node: Node) -> bool:
        names = [node.name]
        package = self._packages.get(self._aligned_file(node.file) or "", "")
        of_subject: str = self._subject.files[node.file].descriptor.package  # type: ignore[attr-defined]
        if package and node.name.startswith(f"{of_subject}."):
            names.append(f"{package}.{node.name.removeprefix(f'{of_subject}.')}")
        return is_own(self._own, node.file, *names)

    def _keep(self, node: Node, parent: Node | None, target: str, *, own: bool) -> None:
        file = parent.file if parent is not None else target
        scope = parent.name if parent is not None else self._packages[file]
        if node.kind == "enum value" and parent is not None:
            scope = parent.name.rpartition(".")[0]
        name = joined(scope, node.simple_name)
        self._kept.append(Kept(node, file, parent.name if parent is not None else "", name, own))
        self._names[node.name] = name
        self._name_below(node, name)

    def _name_below(self, node: Node, name: str) -> None:
        for child in self._children(node):
            counterpart = self._counterpart(child) if child.kind in DECLARATIONS else None
            if counterpart is not None and counterpart.file in self._chosen:
                self._moved.add(child.name)
                self._visit(child, None, counterpart.file, stays=False)
                continue
            scope = name.rpartition(".")[0] if child.kind == "enum value" else name
            below = joined(scope, child.simple_name)
            self._names[child.name] = below
            self._name_below(child, below)

    def _visit_below_removed(self, node: Node, root: Node) -> None:
        counterpart = self._counterpart(node)
        if counterpart is not None and counterpart.file in self._chosen:
            self._visit(node, None, counterpart.file, stays=False)
            return
        if self._is_own(node) and not self._is_own(root) and node.file not in self._deleted:
            raise AlignError(
                f"{node.name} is kept on purpose, and the reference has no counterpart of {root.name}, which it is in",
                where=node.file,
                hint=f"Keep {root.name} too (own in protoalign.toml), or say what it belongs to with --map.",
            )
        for child in self._children(node):
            self._visit_below_removed(child, root)

    def _children(self, node: Node) -> Iterator[Node]:
        return iter(self._subject.children.get(node.name, ()))
