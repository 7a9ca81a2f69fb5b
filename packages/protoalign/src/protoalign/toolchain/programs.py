"""Finding a program, and holding its version against the one that is needed."""

from __future__ import annotations

import re
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from protoalign.errors import ToolMissingError
from protoalign.toolchain.running import TookTooLongError, run_bounded

__all__ = ["Found", "Program", "check_version", "find_program", "located", "version_in"]

VERSION = re.compile(r"(?<![\w.])(?:v|go)?(\d+(?:\.\d+)+)")
VERSION_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that is needed, in which versions, and how to get it.

    Attributes:
        name: the program's name, such as `protoc-gen-py`.
        needed: the version's first parts, such as `(0, 7)` for 0.7.x.
        or_newer: whether later versions serve as well.
        remedy: a sentence on how to get it.
        what: what kind of program it is, for messages.
        version_arguments: what makes it print its version.
    """

    name: str
    needed: tuple[int, ...]
    remedy: str
    or_newer: bool = False
    what: str = "program"
    version_arguments: tuple[str, ...] = ("--version",)

    @property
    def shown_need(self) -> str:
        """The needed version for a person: `0.7.x`, or `0.15 or newer`."""
        parts = ".".join(map(str, self.needed))
        return f"{parts} or newer" if self.or_newer else f"{parts}.x"

    def takes(self, version: str) -> bool:
        """Whether a version serves."""
        parts = tuple(map(int, version.split(".")))
        return parts >= self.needed if self.or_newer else parts[: len(self.needed)] == self.needed


@dataclass(frozen=True, slots=True)
class Found:
    """A program that is there.

    Attributes:
        path: where.
        version: its version, such as `0.7.0`.
    """

    path: Path
    version: str


def find_program(name: str) -> Path | None:
    """The program of that name that is installed beside this Python, else the one on PATH; None where neither is."""
    beside = shutil.which(name, path=sysconfig.get_path("scripts"))
    found = beside or shutil.which(name)
    return Path(found) if found is not None else None


def located(program: Program) -> Found:
    """Find a program and check its version.

    Raises:
        ToolMissingError: it is not there, does not run, or has another version.
    """
    path = find_program(program.name)
    if path is None:
        raise ToolMissingError(
            f"the {program.what} {program.name} is not installed, and version {program.shown_need} is needed",
            hint=program.remedy,
        )
    return Found(path, check_version(program, path))


def check_version(program: Program, path: Path) -> str:
    """The version of a program that was found.

    Raises:
        ToolMissingError: it does not run, or has another version than what is needed.
    """
    try:
        finished = run_bounded([path, *program.version_arguments], seconds=VERSION_SECONDS)
    except TookTooLongError as error:
        raise ToolMissingError(
            f"the {program.what} {program.name} does not print its version: {error}",
            where=str(path),
            hint=program.remedy,
        ) from error
    version = version_in(finished.stdout) if finished.code == 0 else None
    if version is None:
        said = (finished.stderr.strip() or finished.stdout.strip() or f"exit code {finished.code}").splitlines()[-1]
        raise ToolMissingError(
            f"the {program.what} {program.name} does not print its version: {said}",
            where=str(path),
            hint=program.remedy,
        )
    if not program.takes(version):
        raise ToolMissingError(
            f"the {program.what} {program.name} is version {version}, and {program.shown_need} is needed",
            where=str(path),
            hint=program.remedy,
        )
    return version


def version_in(text: str) -> str | None:
    """The first version in a text, without what marks a pre-release; None where there is none."""
    match = VERSION.search(text)
    return match.group(1) if match is not None else None
