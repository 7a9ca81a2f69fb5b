"""Runs of buf, and what it says as problems with places."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from protoalign.check.context import shown_path
from protoalign.check.model import Problem
from protoalign.errors import CompileError
from protoalign.sources.buf_modules import NO_NETWORK
from protoalign.sources.compilers import find_tool

__all__ = ["BufRun", "run_buf"]

FOUND_SOMETHING = 100
# What buf says of a dependency that is neither in the tree nor in its cache.
LACKING = ("imported file does not exist", "server hosted at that remote is unavailable")


@dataclass(frozen=True, slots=True)
class BufRun:
    """What one run of buf said.

    Attributes:
        problems: what it found.
        output: its standard output, line by line.
        found: whether it found something.
    """

    problems: tuple[Problem, ...]
    output: tuple[str, ...]
    found: bool


def run_buf(
    arguments: Iterable[str],
    *,
    folder: Path,
    seconds: float,
    paths: Mapping[str, Path] | None = None,
    annotated: bool = True,
) -> BufRun:
    """Run buf without network.

    Args:
        arguments: its arguments.
        folder: the folder to run it in; the paths in its messages are relative to it.
        seconds: when to give up.
        paths: where the files are that its messages name, where that is not in `folder`.
        annotated: whether its standard output is one message a line; else it is taken as it is.

    Raises:
        CompileError: it refuses the files, or cannot run.
        ToolMissingError: it is not installed.
    """
    words = list(arguments)
    command = [str(find_tool("buf")), *words, *(["--error-format", "json"] if annotated else [])]
    try:
        completed = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **NO_NETWORK},
        )
    except subprocess.TimeoutExpired as error:
        raise CompileError("buf", (f"no result after {seconds:g} s",), where=shown_path(folder)) from error
    output = tuple(completed.stdout.splitlines())
    problems = tuple(
        _problem(json.loads(line), folder, paths or {}) for line in output if annotated and line[:1] == "{"
    )
    refused = [problem for problem in problems if problem.rule == "COMPILE"]
    if refused:
        # Nothing was looked at: buf stops where files do not compile.
        lines = tuple(map(_as_line, refused))
        raise CompileError("buf", lines, where=shown_path(folder), hint=_hint(lines))
    if completed.returncode not in (0, FOUND_SOMETHING) or (completed.returncode and annotated and not problems):
        said = tuple(line.removeprefix("Failure: ") for line in completed.stderr.splitlines() if line.strip())
        lines = said or (f"exit code {completed.returncode}",)
        raise CompileError("buf", lines, where=shown_path(folder), hint=_hint(lines))
    return BufRun(problems, output, completed.returncode == FOUND_SOMETHING)


def _problem(data: Mapping[str, object], folder: Path, paths: Mapping[str, Path]) -> Problem:
    name = str(data.get("path", ""))
    return Problem(
        message=str(data.get("message", "")),
        rule=str(data.get("type", "")),
        path=shown_path(paths.get(name) or folder / name) if name else "",
        line=_number(data, "start_line") if name else None,
        column=_number(data, "start_column") if name else None,
    )


def _number(data: Mapping[str, object], key: str) -> int | None:
    value = data.get(key)
    return value if isinstance(value, int) else None


def _as_line(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}:{problem.column}: {problem.message}"


def _hint(lines: Iterable[str]) -> str:
    if any(sign in line for line in lines for sign in LACKING):
        return (
            "buf runs without network here. Put the imports beside the tree, or have buf fetch its dependencies first: "
            "buf dep update && buf build"
        )
    return ""
