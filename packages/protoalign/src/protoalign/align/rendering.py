"""The target as files: texts for what changes, the subject's own bytes for what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protoalign.contract import Contract, build_contract
from protoalign.errors import AlignError
from protoalign.printer import print_contract
from protoalign.printer.comments import comment_lines

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from protoalign.align.comments import CarriedComments
    from protoalign.align.correspondence import Correspondence
    from protoalign.align.tree import SubjectTree

__all__ = ["files_after"]


def files_after(
    subject: Contract, plan: Correspondence, target: Contract, carried: CarriedComments, tree: SubjectTree
) -> tuple[dict[str, bytes], dict[str, str]]:
    """The files of the tree afterwards.

    A file that says what it is to say already is left byte for byte as it is.

    Args:
        subject: the subject.
        plan: what becomes of each file and element.
        target: the target.
        carried: its comments.
        tree: the subject's files.

    Returns:
        Path to content of all files, and new path to old path of those that are renamed.

    Raises:
        AlignError: two files belong at one path, or one outside of the tree.
        PrintError: no text can express a file.
    """
    same = {
        file.name: old
        for file in target.files
        if (old := _source_of(file.name, plan)) is not None and _is_equal(target, file.name, subject, old)
    }
    texts = _texts(target, frozenset(same), carried)
    after: dict[str, bytes] = {}
    renames: dict[str, str] = {}
    for file in target.files:
        old = _source_of(file.name, plan)
        places = tree.located[old] if old == file.name else tree.places(file.name, old)
        for place in places:
            if place in after:
                raise AlignError(f"two files would be written to {place}", where=str(tree.folder))
            after[place] = tree.texts[tree.located[same[file.name]][0]] if file.name in same else texts[file.name]
        if old is not None and old != file.name:
            renames.update(zip(places, tree.located[old], strict=False))
    return after, renames


def _source_of(name: str, plan: Correspondence) -> str | None:
    return name if name in plan.staying else plan.counterpart(name)


def _is_equal(target: Contract, name: str, subject: Contract, old: str) -> bool:
    """Whether a file of the target says what one of the subject says, the name aside."""
    if name == old:
        return target.file_digests[name] == subject.file_digests[old]
    return _nameless(target.canonical[name]) == _nameless(subject.canonical[old])


def _nameless(file: FileDescriptorProto) -> bytes:
    copy = type(file).FromString(file.SerializeToString())
    copy.ClearField("name")
    return copy.SerializeToString(deterministic=True)


def _texts(target: Contract, same: frozenset[str], carried: CarriedComments) -> dict[str, bytes]:
    """The texts of the files that change."""
    changed = [file for file in target.files if file.name not in same]
    others = [*(file for file in target.files if file.name in same), *target.imports]
    contract = build_contract(changed, target.provenance, available=others, comments=carried.comments)
    texts = {}
    for name, text in print_contract(contract).items():
        behind = [comment_lines(each) for each in carried.endings.get(name, ())]
        texts[name] = (text + "".join("\n" + "".join(f"{line}\n" for line in lines) for lines in behind)).encode()
    return texts
