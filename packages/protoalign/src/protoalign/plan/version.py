"""The release that semantic versioning asks for."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Literal

from protoalign.errors import InputError
from protoalign.plan.model import VersionBump

if TYPE_CHECKING:
    from protoalign.plan.model import Risk

__all__ = ["version_bump"]

VERSION = re.compile(r"(v?)(\d{1,9})\.(\d{1,9})\.(\d{1,9})(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", re.ASCII)

Level = Literal["major", "minor", "patch"]


def version_bump(risks: Collection[Risk], *, adds: bool, changes: bool, current: str = "") -> VersionBump:
    """The next version.

    Args:
        risks: what breaks for the SDK's users.
        adds: whether the work adds elements.
        changes: whether there is any work.
        current: the SDK's version, with or without a `v`; empty where it is not known.

    Raises:
        InputError: `current` is no semantic version.
    """
    match = VERSION.fullmatch(current)
    if current and match is None:
        raise InputError(
            f"{current!r} is no semantic version",
            where="--current-version",
            hint="Give three numbers, such as 0.1.5 or v1.2.0.",
        )
    if not changes:
        return VersionBump(level="none", current=current, next=current, reason="nothing changes")
    level: Level
    if risks:
        level, reason = "major", "it breaks programs that use the SDK's generated code"
    elif adds:
        level, reason = "minor", "it adds to the generated code and breaks nothing in it"
    else:
        level, reason = "patch", "it neither adds to the generated code nor breaks anything in it"
    if match is None:
        return VersionBump(level=level, current="", next="", reason=reason)
    if match[2] == "0" and level != "patch":
        # Before 1.0.0 the second number says what the first one says later.
        level = "minor" if level == "major" else "patch"
        reason += "; before 1.0.0 the minor version stands for the major one"
    return VersionBump(level=level, current=current, next=_next(match, level), reason=reason)


def _next(match: re.Match[str], level: Level) -> str:
    major, minor, patch = (int(match[number]) for number in (2, 3, 4))
    # A pre-release of a version that is raised far enough becomes that version.
    is_before = match[5] is not None
    if level == "major":
        numbers = (major, 0, 0) if is_before and minor == patch == 0 else (major + 1, 0, 0)
    elif level == "minor":
        numbers = (major, minor, 0) if is_before and patch == 0 else (major, minor + 1, 0)
    else:
        numbers = (major, minor, patch) if is_before else (major, minor, patch + 1)
    return match[1] + ".".join(map(str, numbers))
