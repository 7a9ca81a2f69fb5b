"""The step `generated`: whether generated files are what their generator writes today."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from protoalign.check.context import CheckContext, shown_path
from protoalign.check.model import Problem, StepResult
from protoalign.check.trimmed import trimmed
from protoalign.check.work_copy import copy_folder
from protoalign.errors import InputError, SettingsError, ToolMissingError
from protoalign.settings import GeneratedSettings

__all__ = ["check_generated"]

SECONDS = 900.0
LAST_LINES = 15
# What interpreters leave behind beside the files they read.
LEFTOVERS = ("__pycache__",)
MAX_DIFF_SIZE = 1 << 20


def check_generated(context: CheckContext) -> StepResult:
    """Run each generator in a copy of the settings' folder, and compare what it writes with what is there.

    Raises:
        InputError: a command fails, or writes none of the paths that it should.
        SourceReadError: the folder cannot be copied.
        ToolMissingError: a command's program does not exist.
    """
    entries = context.settings.check.generated
    if not entries:
        return StepResult(outcome="off", summary="not configured: no [[check.generated]]")
    problems: list[Problem] = []
    diff: list[str] = []
    files = 0
    for entry in entries:
        with tempfile.TemporaryDirectory(prefix="protoalign-", ignore_cleanup_errors=True) as scratch:
            copy = Path(scratch, context.folder.name or "tree")
            copied = copy_folder(context.folder, copy)
            _run(entry, copy, context.folder)
            for path in entry.paths:
                before, after = _files(context.folder, path), _files(copy, path)
                known = before & copied
                # Beside files that git ignores, such as a linter's cache, lie those that were copied; where git ignores
                # the whole path, all that lies there is meant.
                stale = (known or before) - after
                if not after and not before:
                    raise SettingsError(
                        f"[[check.generated]] names {path}, which {shlex.join(entry.command)} does not write",
                        where=shown_path(context.settings.path or context.folder),
                    )
                files += len(after)
                for name in sorted(after | stale):
                    verdict = _verdict(context.folder / name, copy / name)
                    if verdict:
                        shown = shown_path(context.folder / name)
                        problems.append(Problem(message=verdict, rule="generated", path=shown))
                        diff += _diff(context.folder / name, copy / name, shown)
    if not problems:
        return StepResult(outcome="passed", summary=f"{files:,} {'file is' if files == 1 else 'files are'} fresh")
    return StepResult(
        outcome="failed",
        summary=f"{len(problems):,} {'file is' if len(problems) == 1 else 'files are'} not fresh: "
        + "; ".join(dict.fromkeys(shlex.join(entry.command) for entry in entries)),
        problems=tuple(problems),
        output=trimmed(diff),
    )


def _run(entry: GeneratedSettings, copy: Path, folder: Path) -> None:
    scripts = sysconfig.get_path("scripts")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        # The programs that come with protoalign, buf and protoc, serve where there are no others.
        "PATH": os.pathsep.join((os.environ.get("PATH", os.defpath), scripts)),
        "PWD": str(copy),
    }
    shown = shlex.join(entry.command)
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                entry.command,
                cwd=copy,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolMissingError(
                f"{shown} cannot be started: {error.strerror}",
                where=shown_path(folder),
                hint="It is run in a copy that holds what git does not ignore; programs are looked up on PATH.",
            ) from error
        try:
            code = process.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise InputError(f"{shown} did not end within {SECONDS:g} s", where=shown_path(folder)) from error
        finally:
            if process.returncode is None:
                # With all that it started, so that nothing goes on writing into a copy that is being removed.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if code != 0:
            said.seek(max(0, said.tell() - (1 << 16)))
            lines = said.read().decode("utf-8", "replace").replace(f"{copy}/", "").splitlines()[-LAST_LINES:]
            raise InputError(
                "\n  ".join((f"{shown} ended with exit code {code}:", *trimmed(lines))), where=shown_path(folder)
            )


def _files(root: Path, path: str) -> set[str]:
    """The files at or below a path, relative to the root, `/` between folders."""
    return set(_walk(root, root / path))


def _walk(root: Path, path: Path) -> Iterator[str]:
    if path.is_symlink() or path.is_file():
        yield path.relative_to(root).as_posix()
        return
    for parent, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name not in LEFTOVERS]
        yield from (Path(parent, name).relative_to(root).as_posix() for name in names)


def _verdict(now: Path, fresh: Path) -> str:
    """What is wrong with a file; empty where nothing is."""
    if not os.path.lexists(now):
        return "is missing: the generator writes it"
    if not os.path.lexists(fresh):
        return "is stale: the generator does not write it"
    if now.is_symlink() or fresh.is_symlink():
        same = now.is_symlink() and fresh.is_symlink() and now.readlink() == fresh.readlink()
    else:
        same = now.stat().st_size == fresh.stat().st_size and now.read_bytes() == fresh.read_bytes()
    return "" if same else "differs from what the generator writes"


def _diff(now: Path, fresh: Path, shown: str) -> Iterator[str]:
    old, new = _lines(now), _lines(fresh)
    if old is None or new is None:
        yield f"{shown}: no text, or too long to show"
    else:
        yield from unified_diff(old, new, shown, f"{shown} (generated)", lineterm="")


def _lines(path: Path) -> list[str] | None:
    if not path.exists():
        return []
    if not path.is_file() or path.stat().st_size > MAX_DIFF_SIZE:
        return None
    content = path.read_bytes()
    return None if b"\0" in content else content.decode("utf-8", "replace").splitlines()
