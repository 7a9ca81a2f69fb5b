"""The steps `lint` and `format`: buf's opinion on the files themselves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from protoalign.check.buf import run_buf
from protoalign.check.context import CheckContext, Tree, shown_path
from protoalign.check.model import Problem, StepResult
from protoalign.check.trimmed import trimmed

__all__ = ["check_format", "check_lint"]

NO_TREE = "the subject is no folder of .proto files"


def check_lint(context: CheckContext) -> StepResult:
    """Run `buf lint`, where a buf configuration says what it looks for.

    Raises:
        CompileError: buf refuses the files or its configuration.
        ToolMissingError: buf is not installed.
    """
    if not context.settings.check.lint:
        return StepResult(outcome="off", summary="not configured: [check] lint = false")
    tree = context.tree
    if tree is None:
        return StepResult(outcome="off", summary=NO_TREE)
    if tree.workspace is None:
        # A vendor's contract breaks half of buf's default rules, and its user may mend none of that.
        return StepResult(outcome="off", summary="not configured: no buf.yaml says what to look for")
    folder, arguments = _input(tree)
    run = run_buf(["lint", *arguments], folder=folder, seconds=context.options.limits.compile_seconds)
    if not run.problems:
        return StepResult(outcome="passed", summary="buf lint has nothing to say")
    return StepResult(
        outcome="failed",
        summary=f"{len(run.problems):,} {'violation' if len(run.problems) == 1 else 'violations'}",
        problems=run.problems,
    )


def check_format(context: CheckContext) -> StepResult:
    """Run `buf format`, and fail where it would change a file.

    Raises:
        CompileError: buf refuses the files or its configuration.
        ToolMissingError: buf is not installed.
    """
    if not context.settings.check.format:
        return StepResult(outcome="off", summary="not configured: [check] format = false")
    tree = context.tree
    if tree is None:
        return StepResult(outcome="off", summary=NO_TREE)
    folder, arguments = _input(tree)
    run = run_buf(
        ["format", "--diff", "--exit-code", *arguments],
        folder=folder,
        seconds=context.options.limits.compile_seconds,
        annotated=False,
    )
    if not run.found:
        return StepResult(outcome="passed", summary="formatted as buf formats")
    diff, paths = _diff(run.output, folder)
    mend = f"buf format -w {shown_path(tree.module)}"
    if tree.module != tree.path:
        mend += f" --path {shown_path(tree.path)}"
    return StepResult(
        outcome="failed",
        summary=f"{len(paths):,} {'file' if len(paths) == 1 else 'files'} to format: {mend}",
        problems=tuple(Problem(message="is not formatted as buf formats", path=path, rule="format") for path in paths),
        output=trimmed(diff),
    )


def _input(tree: Tree) -> tuple[Path, list[str]]:
    """The folder to run buf in, and its input there."""
    folder = tree.workspace or (tree.path if tree.path.is_dir() else tree.path.parent)
    arguments = [Path(os.path.relpath(tree.module, folder)).as_posix()]
    if tree.module != tree.path:
        arguments.append(f"--path={Path(os.path.relpath(tree.path, folder)).as_posix()}")
    return folder, arguments


def _diff(lines: Sequence[str], folder: Path) -> tuple[list[str], list[str]]:
    """The diffs with paths that the user knows and without times, and the files that would change."""
    kept: list[str] = []
    paths: list[str] = []
    begins = -1
    for number, line in enumerate(lines):
        if line.startswith("diff -u "):
            begins = number
        elif begins >= 0 and number == begins + 1:
            continue
        elif begins >= 0 and number == begins + 2:
            # The time behind the name would make every report of the same tree another one.
            paths.append(shown_path(folder / line.removeprefix("+++ ").split("\t", 1)[0]))
            kept += [f"--- {paths[-1]}", f"+++ {paths[-1]} (formatted)"]
        else:
            kept.append(line)
    return kept, paths
