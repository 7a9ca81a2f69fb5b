"""The Go toolchain: its programs, the tools that a module pins, and what a go.mod says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from protoalign.errors import InputError, ToolMissingError
from protoalign.toolchain.programs import Found, Program, check_version, located
from protoalign.toolchain.running import Finished, TookTooLongError, run_bounded
from protoalign.toolchain.supported import GO

__all__ = ["GO_MOD", "find_go", "go_tool", "gofmt", "module_path"]

GO_MOD = "go.mod"
MAX_SIZE = 1 << 20
# The first use of a tool downloads and builds it.
BUILD_SECONDS = 600.0
FORMAT_SECONDS = 120.0
# The path may stand in parentheses on a line of its own: https://go.dev/ref/mod#go-mod-file-module
MODULE_LINE = re.compile(
    r"""^module(?:[ \t]+|[ \t]*\([ \t]*\n\s*)(?:"([^"\s]+)"|`([^`\s]+)`|([^\s"`()]+))[ \t]*(?://.*)?$""", re.MULTILINE
)
NOT_PINNED = "no such tool"


def find_go() -> Found:
    """The program `go`.

    Raises:
        ToolMissingError: it is not there, or too old.
    """
    return located(GO)


def go_tool(go: Found, tools: Path, program: Program) -> Found:
    """The executable of a tool that a module pins with a `tool` line; it is built where it was not yet.

    Args:
        go: the Go toolchain.
        tools: the folder with the module's go.mod.
        program: the tool.

    Raises:
        ToolMissingError: the module does not pin it, it cannot be built, or the module pins another version.
    """
    where = str(tools / GO_MOD)
    add = replace(program, remedy=f"Pin it there: go -C {tools} {program.remedy.removeprefix('go ')}")
    if not (tools / GO_MOD).is_file():
        raise ToolMissingError(
            f"there is no {GO_MOD} that pins {program.name}",
            where=str(tools),
            hint=f"Make a module and pin the plugins in it: go mod init tools && {program.remedy}",
        )
    finished = _run(go, ["-C", str(tools), "tool", "-n", program.name], where)
    path = Path(finished.stdout.strip().splitlines()[-1]) if finished.stdout.strip() else None
    if finished.code != 0 or path is None or not path.is_file():
        said = finished.stderr.strip() or f"exit code {finished.code}"
        if NOT_PINNED in said:
            raise ToolMissingError(
                f"no tool line pins the {program.what} {program.name}, and version {program.shown_need} is needed",
                where=where,
                hint=add.remedy,
            )
        raise ToolMissingError(
            f"go cannot build the {program.what} {program.name}: {said}",
            where=where,
            hint=f"Try it yourself: go -C {tools} tool {program.name} --version",
        )
    return Found(path, check_version(add, path))


def gofmt(go: Found, folder: Path) -> None:
    """Format all Go files below a folder in place.

    Raises:
        ToolMissingError: there is no gofmt beside `go`.
        InputError: it refuses a file.
    """
    finished = _run(go, ["env", "GOROOT"], str(go.path))
    program = Path(finished.stdout.strip(), "bin", "gofmt")
    program = program if program.is_file() else program.with_suffix(".exe")
    if not program.is_file():
        program = go.path.with_name(f"gofmt{go.path.suffix}")
    try:
        finished = run_bounded([program, "-w", "."], seconds=FORMAT_SECONDS, folder=folder)
    except TookTooLongError as error:
        raise InputError(f"gofmt: {error}", where=str(folder)) from error
    except ToolMissingError as error:
        raise ToolMissingError(
            f"gofmt {error.what}", where=error.where, hint="It comes with the Go toolchain; install that again."
        ) from error
    if finished.code != 0:
        raise InputError("\n".join(("gofmt refuses the files:", *finished.stderr.strip().splitlines()[:20])))


def module_path(folder: Path) -> str:
    """The import path that a folder's go.mod declares.

    Raises:
        InputError: there is no go.mod, or no module line in it.
    """
    path = folder / GO_MOD
    try:
        if path.stat().st_size > MAX_SIZE:
            raise InputError(f"is larger than {MAX_SIZE >> 20} MiB", where=str(path))
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(
            f"has no {GO_MOD}, and the generated code needs its module's import path",
            where=str(folder),
            hint=f"Make one: go -C {folder} mod init example.com/your/module",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error
    match = MODULE_LINE.search(text)
    if match is None:
        raise InputError("has no module line", where=str(path), hint="It begins with: module example.com/your/module")
    return next(group for group in match.groups() if group is not None)


def _run(go: Found, arguments: list[str], where: str) -> Finished:
    try:
        return run_bounded([go.path, *arguments], seconds=BUILD_SECONDS)
    except TookTooLongError as error:
        raise ToolMissingError(f"go {' '.join(arguments)}: {error}", where=where) from error
