"""`protoalign align`: the subject's tree made equal to the reference."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.cli.comparison_options import (
    SETTINGS_HELP,
    add_comparison_command,
    comparison_exit_code,
    load_comparison,
    settings_of,
)

if TYPE_CHECKING:
    from protoalign.align import Alignment, AlignOptions
    from protoalign.check import StepResult
    from protoalign.cli.comparison_options import Loaded
    from protoalign.contract import Contract
    from protoalign.reports.align_result import AlignResult
    from protoalign.settings import Settings

__all__ = ["add_parser"]

EPILOG = f"""\
{SETTINGS_HELP}
Comments, licence headers, go_package and the like stay, and so does what `own`
in protoalign.toml names. Exit 0: nothing is left to align; 1: something is; 2:
bad input, and the tree is untouched.

examples:
  protoalign align proto --to pypi:xai-sdk==1.4.0 --dry-run
  protoalign align proto --to pypi:xai-sdk==1.4.0
  protoalign align --only usage.proto --only 'xai/api/v1/chat.proto'
  protoalign align --delete auth.proto
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = add_comparison_command(
        commands,
        "align",
        summary="rewrite a tree of .proto files so that it equals the reference",
        description="Make a tree of .proto files equal to the reference, all at once or not at all.",
        epilog=EPILOG,
    )
    group = parser.add_argument_group("aligning")
    group.add_argument("--dry-run", action="store_true", help="write nothing; print what would change as a diff")
    group.add_argument(
        "--only",
        metavar="FILE",
        action="append",
        default=[],
        help="align this file alone: a name, path or glob, of either side; may be repeated",
    )
    group.add_argument(
        "--delete",
        metavar="FILE",
        action="append",
        default=[],
        help="delete this file, which the reference lacks; may be repeated",
    )
    group.add_argument(
        "--delete-extra", action="store_true", help="delete every file that the reference lacks and that is not own"
    )
    group.add_argument("--force", action="store_true", help="go on where git has changes that are not committed")
    group.add_argument(
        "--reference-comments", action="store_true", help="write the reference's comments where there are none"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="output format (default: text)")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from protoalign.align import carry_out, plan_alignment, prove_alignment, read_tree
    from protoalign.reports.align_result import AlignResult

    notes = _recovered(arguments)
    loaded = load_comparison(arguments, comments=arguments.reference_comments)
    folder = _folder(loaded)
    tree = read_tree(folder, loaded.diff.subject, loaded.diff.reference)
    alignment = plan_alignment(loaded.diff, loaded.settings, tree, _options(arguments))
    if not alignment.edit.is_empty:
        prove_alignment(alignment, tree, lambda path: _load_tree(path, loaded.settings, arguments))
    notes += _outside_of_modules(alignment)
    fail_on = loaded.settings.fail_on
    if arguments.dry_run:
        _print_plan(
            AlignResult(alignment=alignment, comparison=None, lint=None, fail_on=fail_on, notes=tuple(notes)), arguments
        )
        return 0
    if not alignment.edit.is_empty:
        notes += _checked_by_git(folder, force=arguments.force)
        carry_out(alignment)
    after, idle = _compare_again(loaded, _load_tree(folder, loaded.settings, arguments))
    if idle:
        notes.append(f"these mappings have done their work and can go: {', '.join(idle)}")
    result = AlignResult(
        alignment=alignment,
        comparison=after.comparison,
        lint=_lint(folder, loaded.settings),
        fail_on=fail_on,
        notes=tuple(notes),
    )
    _print_result(result, arguments)
    return comparison_exit_code(after)


def _options(arguments: argparse.Namespace) -> AlignOptions:
    from protoalign.align import AlignOptions

    return AlignOptions(
        only=tuple(arguments.only),
        delete=tuple(arguments.delete),
        delete_extra=arguments.delete_extra,
        reference_comments=arguments.reference_comments,
    )


# ---- the subject ----------------------------------------------------------------------------------------------------


def _recovered(arguments: argparse.Namespace) -> list[str]:
    """Bring the tree in order before it is read, where an earlier run was interrupted."""
    from protoalign.align import recover
    from protoalign.sources.anchored import anchored

    settings = settings_of(arguments)
    source = arguments.subject
    if source is None and settings.subject is not None and settings.path is not None:
        source = anchored(settings.subject.source, settings.path.parent)
    told = recover(Path(source.removeprefix("proto:"))) if source else ""
    return [told] if told else []


def _folder(loaded: Loaded) -> Path:
    from protoalign.errors import AlignError

    provenance = loaded.diff.subject.provenance
    if loaded.subject_path is None or not loaded.subject_path.is_dir():
        raise AlignError(
            "is no folder of .proto files on disk, and only such a folder can be rewritten",
            where=provenance.source,
            hint="Name the folder that holds the SDK's .proto files as SUBJECT, such as protoalign align proto.",
        )
    if provenance.left_out:
        lines = [f"  {name}: {reason}" for name, reason in provenance.left_out.items()]
        raise AlignError(
            "\n".join(("cannot be read in full:", *lines)),
            where=provenance.source,
            hint="Nothing was written. Mend these files or take them away; align rewrites only what it has read.",
        )
    return loaded.subject_path


def _checked_by_git(folder: Path, *, force: bool) -> list[str]:
    """Refuse a tree with changes that are not committed; what is not known is told."""
    from protoalign.align import git_state, refuse_dirty

    if force:
        return []
    state = git_state(folder)
    refuse_dirty(folder, state)
    return [state.note] if state.note else []


def _outside_of_modules(alignment: Alignment) -> list[str]:
    from protoalign.align import outside_of_modules

    outside = outside_of_modules(alignment.edit)
    if not outside:
        return []
    return [f"no module of buf.yaml holds {', '.join(outside)}: buf will not see what is there until its paths change"]


def _load_tree(folder: Path, settings: Settings, arguments: argparse.Namespace) -> Contract:
    from protoalign.sources import LoadOptions, load
    from protoalign.sources.anchored import anchored

    with_sources = tuple(arguments.with_sources)
    if arguments.subject is None and settings.subject is not None and settings.path is not None:
        with_sources += tuple(anchored(each, settings.path.parent) for each in settings.subject.with_sources)
    options = LoadOptions(with_sources=with_sources, comments=False, offline=arguments.offline)
    return load(f"proto:{folder}", options)


# ---- afterwards -----------------------------------------------------------------------------------------------------


def _compare_again(loaded: Loaded, subject: Contract) -> tuple[Loaded, list[str]]:
    """The comparison of what is there now, and the mappings that name nothing any more."""
    from protoalign.compare import judge, structural_diff

    known = {name for file in subject.files for name in (file.name, file.package)} | subject.elements.keys()
    mapping = {old: new for old, new in loaded.settings.mapping.items() if old in known}
    diff = structural_diff(subject, loaded.diff.reference, mapping)
    idle = [f"{old}={new}" for old, new in loaded.settings.mapping.items() if old not in mapping]
    settings = replace(loaded.settings, mapping=mapping)
    return replace(loaded, settings=settings, diff=diff, comparison=judge(diff, settings)), idle


def _lint(folder: Path, settings: Settings) -> StepResult:
    from protoalign.check import StepResult
    from protoalign.check.context import CheckContext
    from protoalign.check.style import check_lint
    from protoalign.errors import ProtoalignError
    from protoalign.settings import SourceSettings
    from protoalign.sources import LoadOptions

    here = replace(settings, path=folder / "protoalign.toml", subject=SourceSettings(source=str(folder.resolve())))
    try:
        return check_lint(CheckContext(here, LoadOptions(), ""))
    except ProtoalignError as error:
        return StepResult(outcome="incomplete", summary=str(error))


def _print_plan(result: AlignResult, arguments: argparse.Namespace) -> None:
    from protoalign.cli.terminal import print_note
    from protoalign.reports.align_json import render_align_json
    from protoalign.reports.align_text import align_notes, render_align_diff

    if arguments.format == "json":
        sys.stdout.write(render_align_json(result))
        return
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    sys.stdout.write(render_align_diff(result.alignment, color=color))
    for note in () if arguments.quiet else align_notes(result):
        print_note(note)


def _print_result(result: AlignResult, arguments: argparse.Namespace) -> None:
    from protoalign.reports.align_json import render_align_json
    from protoalign.reports.align_text import render_align_text

    sys.stdout.write(render_align_json(result) if arguments.format == "json" else render_align_text(result))
