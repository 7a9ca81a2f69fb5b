"""The subject's comments at the counterparts of their elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.align.header import common_header, header_path, without_stamp
from protoalign.align.loose_comments import loose_comments
from protoalign.compare.nodes import NodeIndex
from protoalign.contract import Comment, comments_of_source_info
from protoalign.sources.wire import wire_fields

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from protoalign.align.correspondence import Correspondence
    from protoalign.compare.structure import Node
    from protoalign.contract import Contract

__all__ = ["CarriedComments", "LostComment", "carry_comments", "fill_from_reference", "texts_of"]

FILE = FileDescriptorProto
Path = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LostComment:
    """A comment that the aligned tree lacks, because what it belongs to is gone.

    Attributes:
        file: the subject's file.
        element: full name of the subject's element that it belongs to; the file's name for what belongs to none.
        text: the comment.
    """

    file: str
    element: str
    text: str


@dataclass(frozen=True)
class CarriedComments:
    """Comments for the target.

    Attributes:
        comments: by their paths in the target.
        endings: file of the target to what stands behind its last declaration.
        lost: comments whose elements are gone.
        kept: how many comments of the subject the target has.
    """

    comments: tuple[Comment, ...]
    endings: Mapping[str, tuple[str, ...]]
    lost: tuple[LostComment, ...]
    kept: int


@dataclass(slots=True)
class _Collected:
    """What gathers at one path of the target."""

    detached: list[str] = field(default_factory=list)
    leading: str = ""
    trailing: str = ""


def carry_comments(
    subject: Contract, target: Contract, plan: Correspondence, texts: Mapping[str, bytes]
) -> CarriedComments:
    """Attach the subject's comments to the target.

    Args:
        subject: the subject, with source info.
        target: the target.
        plan: what becomes of each file and element.
        texts: the subject's files by name: what source info leaves out is looked up in them.
    """
    return _Carrier(target, plan).run(subject, texts)


class _Carrier:
    def __init__(self, target: Contract, plan: Correspondence) -> None:
        self._target, self._plan = target, plan
        self._nodes = NodeIndex.of(target.files)
        self._found: dict[tuple[str, Path], _Collected] = {}
        self._endings: dict[str, tuple[str, ...]] = {}
        self._lost: list[LostComment] = []
        self._kept = 0

    def run(self, subject: Contract, texts: Mapping[str, bytes]) -> CarriedComments:
        for file in subject.files:
            nodes = {node.path: node for node in self._plan.subject.descendants(file.name)}
            for comment in comments_of_source_info(file.descriptor):
                self._comment(file.name, comment, nodes)
            loose = loose_comments(file.descriptor, texts.get(file.name, b""), set(nodes))
            for text, path in loose.placed:
                self._orphan(file.name, nodes[path], text)
            target_name = self._plan.target_file(file.name)
            if target_name is not None and loose.ending:
                self._endings[target_name] = loose.ending
                self._kept += len(loose.ending)
        self._headers(subject)
        comments = tuple(
            Comment(name, path, each.leading, each.trailing, tuple(each.detached), "subject")
            for (name, path), each in self._found.items()
        )
        return CarriedComments(comments, self._endings, tuple(self._lost), self._kept)

    def _comment(self, file: str, comment: Comment, nodes: Mapping[Path, Node]) -> None:
        node = _innermost(comment.path, nodes)
        target_file = self._plan.target_file(file)
        if node is None and target_file is not None:
            self._file_comment(file, target_file, without_stamp(comment))
            return
        counterpart = self._counterpart(node) if node is not None else None
        if node is None or counterpart is None:
            element = node.name if node is not None else file
            self._lost.extend(LostComment(file=file, element=element, text=text) for text in texts_of(comment))
            return
        rest = _standing(counterpart.descriptor, comment.path[len(node.path) :])
        if rest is None:
            self._add_detached(counterpart.file, counterpart.path, texts_of(comment))
        else:
            self._add(counterpart.file, (*counterpart.path, *rest), comment)

    def _orphan(self, file: str, node: Node, text: str) -> None:
        counterpart = self._counterpart(node)
        if counterpart is None:
            self._lost.append(LostComment(file=file, element=node.name, text=text))
        else:
            self._add_detached(counterpart.file, counterpart.path, (text,))

    def _counterpart(self, node: Node) -> Node | None:
        name = self._plan.names.get(node.name)
        return self._nodes.by_name.get(name) if name is not None else None

    def _file_comment(self, file: str, target_file: str, comment: Comment) -> None:
        descriptor = self._target.by_name[target_file].descriptor
        of_syntax = header_path(descriptor)
        first = comment.path[:1]
        if first in ((FILE.SYNTAX_FIELD_NUMBER,), (FILE.EDITION_FIELD_NUMBER,)):
            self._add(target_file, of_syntax, comment)
            return
        if first == (FILE.DEPENDENCY_FIELD_NUMBER,) and len(comment.path) == 2:
            path = self._import_path(file, comment.path[1], descriptor)
        else:
            path = _standing(descriptor, comment.path)
        if path is not None:
            self._add(target_file, path, comment)
            return
        home = (FILE.PACKAGE_FIELD_NUMBER,) if descriptor.package else of_syntax
        self._add_detached(target_file, home, texts_of(comment))

    def _import_path(self, file: str, index: int, target: FileDescriptorProto) -> Path | None:
        name = self._plan.subject.files[file].descriptor.dependency[index]  # type: ignore[attr-defined]
        new = self._plan.target_file(name) if name in self._plan.subject.files else name
        imports = list(target.dependency)
        return (FILE.DEPENDENCY_FIELD_NUMBER, imports.index(new)) if new in imports else None

    def _add(self, file: str, path: Path, comment: Comment) -> None:
        place = self._found.setdefault((file, path), _Collected())
        place.detached.extend(comment.detached)
        self._kept += len(texts_of(comment))
        if place.leading and comment.leading:
            place.detached.append(comment.leading)
        else:
            place.leading = place.leading or comment.leading
        if place.trailing and comment.trailing:
            place.detached.append(comment.trailing)
        else:
            place.trailing = place.trailing or comment.trailing

    def _add_detached(self, file: str, path: Path, texts: tuple[str, ...]) -> None:
        place = self._found.setdefault((file, path), _Collected())
        place.detached.extend(texts)
        self._kept += len(texts)

    def _headers(self, subject: Contract) -> None:
        header = common_header([file.descriptor for file in subject.files])
        if header is None:
            return
        for name in sorted(self._plan.chosen - set(self._plan.aligned.values())):
            path = header_path(self._target.by_name[name].descriptor)
            self._found[name, path] = _Collected(list(header.detached), header.leading)


def fill_from_reference(
    comments: tuple[Comment, ...], reference: Contract, plan: Correspondence
) -> tuple[Comment, ...]:
    """The comments, and the reference's where there are none; not those of the reference's file headers."""
    present = {(comment.file, comment.path) for comment in comments}
    filled = list(comments)
    headers = ((FILE.SYNTAX_FIELD_NUMBER,), (FILE.EDITION_FIELD_NUMBER,))
    for name in sorted(plan.chosen):
        for path, comment in reference.comments_of(name).items():
            if (name, path) not in present and path not in headers:
                filled.append(replace(comment, file=name))
    return tuple(filled)


def texts_of(comment: Comment) -> tuple[str, ...]:
    """The texts of a comment in the order in which they stand, without blank ones."""
    return tuple(text for text in (*comment.detached, comment.leading, comment.trailing) if text.strip())


def _innermost(path: Path, nodes: Mapping[Path, Node]) -> Node | None:
    return next((nodes[prefix] for prefix in _prefixes(path) if prefix in nodes), None)


def _prefixes(path: Path) -> Iterator[Path]:
    for length in range(len(path), 0, -1):
        yield path[:length]


def _standing(descriptor: Message, rest: Path) -> Path | None:
    """What of a path below an element the target's element has: the path itself, an option's; None where it has not."""
    if not rest:
        return ()
    part = descriptor.DESCRIPTOR.fields_by_number.get(rest[0])
    if part is None:
        return None
    value = getattr(descriptor, part.name)
    if part.name == "options":
        numbers = {each.number for each in wire_fields(value.SerializeToString())}
        return rest[:2] if len(rest) > 1 and rest[1] in numbers else None
    if part.is_repeated:
        return rest if len(value) > (rest[1] if len(rest) > 1 else 0) else None
    return rest if value else None
