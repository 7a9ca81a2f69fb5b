"""The step `breaking`: the subject now against the subject at a git revision, judged by buf."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.check.buf import BufRun, run_buf
from protoalign.check.context import CheckContext, Tree, shown_path
from protoalign.check.model import StepResult
from protoalign.check.style import NO_TREE
from protoalign.errors import CompileError, SourceReadError
from protoalign.sources import load
from protoalign.sources.git import laid_out
from protoalign.sources.git_commands import GitRepository, last_release, open_local

if TYPE_CHECKING:
    from protoalign.contract import Contract

__all__ = ["check_breaking"]

LAST_RELEASE = "last-release"
# Without a buf.yaml: what breaks programs that talk to each other. Names in generated code are the comparison's matter.
CATEGORY = "WIRE_JSON"


def check_breaking(context: CheckContext) -> StepResult:
    """Run `buf breaking` against the revision that the settings name.

    Raises:
        CompileError: buf refuses the files, now or at the revision.
        SourceReadError: there is no such revision, or the subject was not there.
        ToolMissingError: buf or git is not installed.
    """
    if not context.against:
        return StepResult(outcome="off", summary="not configured: [check] breaking_against is empty")
    tree = context.tree
    if tree is None:
        return StepResult(outcome="incomplete", summary=NO_TREE)
    governing = tree.workspace or (tree.path if tree.path.is_dir() else tree.path.parent)
    repository = open_local(governing, context.options.limits)
    revision = _last_release(repository) if context.against == LAST_RELEASE else context.against
    run = (
        _by_images(context, tree, revision, repository.prefix())
        if tree.workspace is None
        else _by_folders(context, tree, tree.workspace, revision, repository.prefix())
    )
    if not run.problems:
        return StepResult(outcome="passed", summary=f"nothing breaks since {revision}")
    return StepResult(
        outcome="failed",
        summary=f"{len(run.problems):,} breaking {'change' if len(run.problems) == 1 else 'changes'} since {revision}",
        problems=run.problems,
    )


def _last_release(repository: GitRepository) -> str:
    found = last_release(repository.tags())
    if found is None:
        raise SourceReadError(
            "no git tag is a version, so that there is no last release to compare with",
            where=shown_path(repository.path),
            hint="Fetch the tags (git fetch --tags; fetch-depth: 0 for actions/checkout), or name a revision with "
            "--against; before the first release, leave breaking_against empty.",
        )
    return found


def _by_folders(context: CheckContext, tree: Tree, workspace: Path, revision: str, prefix: str) -> BufRun:
    """By buf's own reading of both trees, so that all that its configuration says holds."""
    with laid_out(f"{workspace}#{revision}:{prefix}", context.options) as commit:
        module = tree.module.relative_to(workspace) if tree.module.is_relative_to(workspace) else Path()
        old = commit.folder / module
        if not old.exists():
            raise SourceReadError(
                f"{revision} holds no {(Path(prefix) / module).as_posix()}",
                where=shown_path(workspace),
                hint="Compare with a revision that holds it: --against REV.",
            )
        try:
            return run_buf(
                ["breaking", Path(os.path.relpath(tree.module, workspace)).as_posix(), "--against", str(old)],
                folder=workspace,
                seconds=context.options.limits.compile_seconds,
            )
        except CompileError as error:
            named = re.compile(rf"[^\s:\"]*{re.escape(commit.root.parent.name)}/{re.escape(commit.root.name)}/?")
            lines = tuple(named.sub(f"{revision}:", line) for line in error.diagnostics)
            raise CompileError("buf", lines, where=error.where, hint=error.hint) from error


def _by_images(context: CheckContext, tree: Tree, revision: str, prefix: str) -> BufRun:
    """By descriptors that protoalign made: without a configuration, only it finds out what imports are relative to."""
    inside = "/".join(part for part in (prefix, "" if tree.path.is_dir() else tree.path.name) if part)
    folder = tree.path if tree.path.is_dir() else tree.path.parent
    new = context.subject
    if new.provenance.left_out:
        raise SourceReadError(
            f"{len(new.provenance.left_out):,} of its files cannot be read, and a break in them would not be seen",
            where=shown_path(tree.path),
        )
    old = load(f"git:{shown_path(folder)}#{revision}:{inside}", context.load_options("subject"))
    if not _own_names(old) & _own_names(new):
        raise SourceReadError(
            f"has no file and no element in common with the tree at {revision}: nothing can be said",
            where=shown_path(tree.path),
            hint="Compare with a later revision: --against REV.",
        )
    ignored = sorted({file.name for contract in (old, new) for file in contract.imports})
    config = {"version": "v2", "breaking": {"use": [CATEGORY], "ignore": ignored}}
    places = {name: where[0] for name, where in new.provenance.copies.items()}
    with tempfile.TemporaryDirectory(prefix="protoalign-") as scratch:
        for name, contract in (("old", old), ("new", new)):
            Path(scratch, f"{name}.binpb").write_bytes(contract.image())
        Path(scratch, "buf.yaml").write_text(json.dumps(config), encoding="utf-8")
        return run_buf(
            ["breaking", "new.binpb", "--against", "old.binpb", "--config", "buf.yaml"],
            folder=Path(scratch),
            seconds=context.options.limits.compile_seconds,
            paths={name: folder / place for name, place in places.items()},
        )


def _own_names(contract: Contract) -> set[str]:
    """The names of a contract's own files and of the elements in them."""
    files = {file.name for file in contract.files}
    return files | {name for name, element in contract.elements.items() if element.file in files}
