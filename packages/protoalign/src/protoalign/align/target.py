"""The contract that the aligned tree has to hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.align.file_options import Derived, derived_options, keep_options, option_numbers
from protoalign.align.own import merge_kept, prune
from protoalign.align.references import Visibility, add_imports, option_files, rename_types, set_imports, type_names
from protoalign.contract import Contract, ContractFile, build_contract
from protoalign.errors import AlignError

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from protoalign.align.correspondence import Correspondence, Kept
    from protoalign.compare.structure import StructuralDiff

__all__ = ["Target", "build_target"]


@dataclass(frozen=True)
class Target:
    """What the tree has to hold when it is aligned.

    Attributes:
        contract: all files of the tree, without comments.
        derived: options that new files get.
        kept_options: names of options that stay in some file though nothing says that they may differ.
    """

    contract: Contract
    derived: tuple[Derived, ...]
    kept_options: tuple[str, ...]


def build_target(diff: StructuralDiff, plan: Correspondence, file_options: Iterable[str]) -> Target:
    """Make the target: the reference's files with what the subject keeps, and the subject's other files.

    Args:
        diff: the comparison.
        plan: what becomes of each file and element.
        file_options: names of the file options that may differ, see `Settings.file_options`.

    Raises:
        AlignError: what is kept clashes with the reference, or needs what the target lacks.
        ImportCycleError: what is kept makes files import each other in a ring.
        UnresolvedImportsError: a file needs one that neither side has.
    """
    subject, reference = diff.subject, diff.reference
    files = {name: _copy(reference.by_name[name]) for name in plan.chosen}
    merged = [(kept, merge_kept(files[kept.file], kept, _source(subject, kept), plan)) for kept in plan.kept]
    for name in plan.staying:
        files[name] = _copy(subject.by_name[name])
        prune(files[name], files[name].package, plan.moved)
    may_differ = option_numbers(file_options, (subject, reference))
    besides = {
        name
        for old, new in plan.aligned.items()
        for name in keep_options(files[new], subject.by_name[old].descriptor, may_differ.values())
    }
    derived = _derived(files, plan, subject, may_differ)
    others = {file.name: file for file in (*reference.imports, *subject.imports, *reference.files)}
    visibility = Visibility({**{name: file.descriptor for name, file in others.items()}, **files})
    for kept, elements in merged:
        for element in elements:
            _follow(element, kept.node.name, plan)
        needed = _files_of((name for element in elements for name in type_names(element)), visibility)
        needed |= _option_files(subject, kept.node.file, kept.node.path, plan)
        add_imports(files[kept.file], needed, visibility)
    for name in plan.staying:
        _follow_file(files[name], plan, visibility)
    available = [file for name, file in others.items() if name not in files]
    contract = build_contract(
        [ContractFile.of(file) for file in files.values()], subject.provenance, available=available
    )
    return Target(contract, derived, tuple(sorted(besides)))


def _copy(file: ContractFile) -> FileDescriptorProto:
    copy = FileDescriptorProto.FromString(file.serialized)
    copy.ClearField("source_code_info")
    return copy


def _source(subject: Contract, kept: Kept) -> FileDescriptorProto:
    return subject.by_name[kept.node.file].descriptor


def _derived(
    files: Mapping[str, FileDescriptorProto], plan: Correspondence, subject: Contract, may_differ: Iterable[str]
) -> tuple[Derived, ...]:
    new = sorted(plan.chosen - set(plan.aligned.values()))
    siblings = [
        (target, subject.by_name[file.name].descriptor)
        for file in subject.files
        if (target := plan.target_file(file.name)) is not None
    ]
    return tuple(each for name in new for each in derived_options(files[name], siblings, tuple(may_differ)))


def _follow(element: Message, name: str, plan: Correspondence) -> None:
    """Let the references of what stays follow what got another name."""

    def renamed(full_name: str) -> str:
        target = plan.target_name(full_name)
        if target is None:
            raise AlignError(
                f"{name} stays, and it uses {full_name}, which has no counterpart in the reference",
                where=plan.subject.by_name[full_name].file,
                hint=f"Keep {full_name} too (own in protoalign.toml), say what it is called in the reference with --map"
                ", or let what uses it go: --delete FILE deletes a file that the reference lacks.",
            )
        return target

    rename_types(element, renamed)


def _follow_file(file: FileDescriptorProto, plan: Correspondence, visibility: Visibility) -> None:
    _follow(file, file.name, plan)
    own = plan.subject.files

    def target(name: str) -> str | None:
        return plan.target_file(name) if name in own else name

    set_imports(file, target)
    add_imports(file, _files_of(type_names(file), visibility), visibility)


def _files_of(names: Iterable[str], visibility: Visibility) -> set[str]:
    return {file for name in names if (file := visibility.file_of(name)) is not None}


def _option_files(subject: Contract, file: str, path: tuple[int, ...], plan: Correspondence) -> set[str]:
    found = option_files(subject, file, path)
    own = cast("Mapping[str, object]", plan.subject.files)
    targets = {plan.target_file(name) if name in own else name for name in found}
    return {name for name in targets if name is not None}
