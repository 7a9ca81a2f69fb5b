"""From a comparison to the changes of a tree, and carrying them out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from protoalign.align.comments import LostComment, carry_comments, fill_from_reference
from protoalign.align.correspondence import Correspondence, correspond, is_own
from protoalign.align.edit import TreeEdit, tree_edit
from protoalign.align.file_options import Derived
from protoalign.align.rendering import files_after
from protoalign.align.selection import AlignOptions, select_deleted, select_files
from protoalign.align.swap import carry_out_edit
from protoalign.align.target import build_target
from protoalign.errors import AlignError

if TYPE_CHECKING:
    from protoalign.align.tree import SubjectTree
    from protoalign.compare.structure import Node, StructuralDiff
    from protoalign.contract import Contract
    from protoalign.settings import Settings

__all__ = ["Alignment", "carry_out", "plan_alignment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """What is to be done to a tree, and what becomes of what it holds.

    Attributes:
        edit: the changes on disk.
        target: the contract that the tree holds afterwards.
        chosen: the reference's files that are aligned.
        derived: options that new files get.
        kept_options: names of the subject's file options that stay though nothing says that they may differ.
        own: full names, in the target, of the subject's own elements that it keeps beside those of the reference.
        removed: elements of the subject that the target lacks.
        extra: files of the subject that the reference lacks and that stay, own ones aside.
        waiting: files of the reference that are left for another run.
        kept_comments: how many comments of the subject the target has.
        lost_comments: comments whose elements are gone.
        suppliers: import that the reference needs from elsewhere to the source that has it, where that is known.
    """

    edit: TreeEdit
    target: Contract
    chosen: tuple[str, ...]
    derived: tuple[Derived, ...]
    kept_options: tuple[str, ...]
    own: tuple[str, ...]
    removed: tuple[Node, ...]
    extra: tuple[str, ...]
    waiting: tuple[str, ...]
    kept_comments: int
    lost_comments: tuple[LostComment, ...]
    suppliers: Mapping[str, str]


def plan_alignment(
    diff: StructuralDiff, settings: Settings, tree: SubjectTree, options: AlignOptions | None = None
) -> Alignment:
    """Decide what to write; nothing is written.

    Args:
        diff: the comparison.
        settings: which file options may differ, and which elements are the subject's own.
        tree: the subject's files.
        options: which files to align, and what to delete.

    Raises:
        AlignError: what is kept clashes with the reference, or what was asked for cannot be done.
        PrintError: no text can express a file of the target.
        ProtoalignError: the target is no sound contract.
    """
    chosen_options = options or AlignOptions()
    chosen = select_files(diff, chosen_options.only)
    deleted, extra = select_deleted(diff, settings.own, chosen_options)
    plan = correspond(diff, chosen, deleted, settings.own)
    _check_own_names(plan, settings.own)
    target = build_target(diff, plan, settings.file_options)
    texts = {name: tree.texts[places[0]] for name, places in tree.located.items() if places}
    carried = carry_comments(diff.subject, target.contract, plan, texts)
    comments = carried.comments
    if chosen_options.reference_comments:
        comments = fill_from_reference(comments, diff.reference, plan)
    after, renames = files_after(diff.subject, plan, target.contract, replace(carried, comments=comments), tree)
    before = {location: tree.texts[location] for places in tree.located.values() for location in places}
    own = [kept for kept in plan.kept if kept.own]
    return Alignment(
        edit=tree_edit(tree.folder, before, after, renames),
        target=target.contract,
        chosen=tuple(sorted(chosen)),
        derived=target.derived,
        kept_options=target.kept_options,
        own=tuple(kept.name for kept in own),
        removed=tuple(
            node for node in plan.removed if node.kind != "oneof" or not _is_there(node, plan, target.contract)
        ),
        extra=extra,
        waiting=tuple(sorted({file.name for file in diff.reference.files} - chosen)),
        kept_comments=carried.kept,
        lost_comments=carried.lost,
        suppliers=_suppliers(diff.reference),
    )


def carry_out(alignment: Alignment) -> None:
    """Write it: the tree is the old one or the new one at any moment.

    Raises:
        AlignError: the files have changed since they were read, or are read-only.
        OutputError: they cannot be written; nothing was changed.
    """
    carry_out_edit(alignment.edit)


def _is_there(node: Node, plan: Correspondence, target: Contract) -> bool:
    scope = plan.names.get(node.name.rpartition(".")[0], "")
    return target.find(f"{scope}.{node.simple_name}") is not None


def _suppliers(reference: Contract) -> dict[str, str]:
    provenance = reference.provenance
    suppliers = dict(provenance.supplied_by)
    if provenance.kind != "proto":  # a tree of .proto files is complete only together with others
        for file in reference.imports:
            suppliers.setdefault(file.name, provenance.source)
    return suppliers


def _check_own_names(plan: Correspondence, own: Collection[str]) -> None:
    """Refuse what the next run would take for an element that is not wanted."""
    uncovered = [kept for kept in plan.kept if kept.own and not is_own(own, kept.file, kept.name)]
    if uncovered:
        lines = [f"  {kept.node.name} becomes {kept.name}" for kept in uncovered]
        listed = ", ".join(f'"{kept.name}"' for kept in uncovered)
        raise AlignError(
            "\n".join(("what is kept on purpose gets names that `own` in protoalign.toml does not cover:", *lines)),
            hint=f"Nothing was written. Add the new names, so that the next run keeps them too: {listed}.",
        )
