"""What the matching says, element by element, and where nothing can differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from protoalign.compare.nodes import NodeIndex, count_nodes
from protoalign.compare.structure import Match, Matching, Node

if TYPE_CHECKING:
    from protoalign.contract import Contract

__all__ = ["Counterparts"]


class Counterparts:
    """The counterparts of elements.

    A name may be declared twice in one contract, in files that no compiler takes together. The matching knows one of
    the two; the other one's counterpart is then what its file's counterpart declares under the reference's name.
    """

    def __init__(self, subject: Contract, reference: Contract, matching: Matching) -> None:
        self.subject = subject
        self.reference = reference
        self.matching = matching
        self._declared: dict[tuple[bool, str], NodeIndex] = {}

    def of_reference(self, name: str, kind: str, file: str) -> Node | None:
        """The subject's counterpart of an element that a file of the reference declares."""
        match = self.matching.element_of_reference.get(name)
        if match is not None and match.reference.file == file:
            return match.subject if match.reference.kind == kind else None
        files = self.matching.file_of_reference.get(file)
        if files is None or (match is None and not self.is_left_out(files)):
            return None
        found = self._in_file(files.subject.name, match.subject.name if match else name, subject=True)
        if found is None or found.kind != kind:
            return None
        known = self.matching.elements.get(found.name)
        return None if known is not None and known.subject.file == found.file else found

    def is_extra(self, name: str, kind: str, file: str) -> bool:
        """Whether an element that a file of the subject declares has no counterpart."""
        match = self.matching.elements.get(name)
        if match is not None and match.subject.file == file:
            return match.subject.kind != kind
        files = self.matching.files.get(file)
        if files is None or (match is None and not self.is_left_out(files)):
            return True
        found = self._in_file(files.reference.name, match.reference.name if match else name, subject=False)
        return found is None or self.of_reference(found.name, kind, found.file) is None

    def same_name(self, name: str, reference_name: str) -> bool:
        """Whether a name of the subject and one of the reference mean counterparts, or the same thing of others."""
        match = self.matching.elements.get(name)
        if match is not None:
            return match.reference.name == reference_name
        return name == reference_name and reference_name not in self.matching.element_of_reference

    def are_files(self, file: str, reference_file: str) -> bool:
        """Whether two files are counterparts, or the same file of others."""
        match = self.matching.files.get(file)
        if match is not None:
            return match.reference.name == reference_file
        return file == reference_file and reference_file not in self.matching.file_of_reference

    def is_left_out(self, files: Match) -> bool:
        """Whether the matching leaves out the elements of a file, which both sides have byte for byte."""
        return not self._is_mapped and files.subject.name in self._same_files

    def is_by_name(self, file: str) -> bool:
        """Whether all elements that both sides declare in files of this name are matched by their full names."""
        return not self._has_misleading_names and file not in self._files_of_renames

    def _in_file(self, file: str, name: str, *, subject: bool) -> Node | None:
        node = self._nodes(file, subject=subject).by_name.get(name)
        return node if node is not None and node.file == file else None

    def _nodes(self, file: str, *, subject: bool) -> NodeIndex:
        known = self.matching.subject_nodes if subject else self.matching.reference_nodes
        if known is not None and file in known.files:
            return known
        declared = self._declared.get((subject, file))
        if declared is None:
            contract = self.subject if subject else self.reference
            declared = self._declared[subject, file] = NodeIndex.of([contract.by_name[file]])
        return declared

    @cached_property
    def _renames(self) -> list[Match]:
        return [
            match
            for match in self.matching.elements.values()
            if match.subject.name != match.reference.name or match.subject.file != match.reference.file
        ]

    @cached_property
    def _matched(self) -> Counter[str]:
        """The number of matched elements of each of the subject's files."""
        return Counter(match.subject.file for match in self.matching.elements.values())

    @cached_property
    def _same_files(self) -> frozenset[str]:
        """The names of matched files that both sides have byte for byte."""
        ours, theirs = self.subject.by_name, self.reference.by_name
        return frozenset(
            name
            for name, match in self.matching.files.items()
            if name == match.reference.name and ours[name].serialized == theirs[name].serialized
        )

    @cached_property
    def _is_mapped(self) -> bool:
        """Whether the user may have mapped anything: then the matching looks into all files."""
        if not all(self.matching.packages.values()):
            return True
        return any(self._matched[name] for name in self._same_files)

    @cached_property
    def _files_of_renames(self) -> frozenset[str]:
        files = {node.file for match in self._renames for node in (match.subject, match.reference)}
        return frozenset((*files, *self._files_held_apart()))

    def _files_held_apart(self) -> Iterator[str]:
        """Files with elements of one name on both sides that are no counterparts: the user may say so."""
        if self._same_files and not self._is_mapped:
            return
        for file, files in self.matching.files.items():
            if file != files.reference.name:
                continue
            # Counting is cheap, looking up each name is not.
            if self._matched[file] != count_nodes(self.subject.by_name[file].descriptor) and any(
                node.name not in self.matching.elements and self._in_file(file, node.name, subject=False) is not None
                for node in self._nodes(file, subject=True).descendants(file)
            ):
                yield file

    @cached_property
    def _has_misleading_names(self) -> bool:
        """Whether one type name means types that are no counterparts on the two sides: equal text may then differ."""
        types = [match for match in self._renames if match.subject.kind in ("message", "enum")]
        renamed = [match for match in types if match.subject.name != match.reference.name]
        if not renamed:
            return False
        left_out = frozenset() if self._is_mapped else self._same_files
        ours, theirs = (
            {name for file in contract.files if file.name not in left_out for name in _type_names(file.descriptor)}
            for contract in (self.subject, self.reference)
        )
        return any(match.subject.name in theirs or match.reference.name in ours for match in renamed)


def _type_names(file: FileDescriptorProto) -> Iterator[str]:
    scope = f"{file.package}." if file.package else ""
    yield from (f"{scope}{enum.name}" for enum in file.enum_type)
    pending: list[tuple[str, DescriptorProto]] = [(f"{scope}{message.name}", message) for message in file.message_type]
    while pending:
        name, message = pending.pop()
        yield name
        yield from (f"{name}.{enum.name}" for enum in message.enum_type)
        pending.extend((f"{name}.{nested.name}", nested) for nested in message.nested_type)
