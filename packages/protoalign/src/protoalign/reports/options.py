"""What a caller may choose about a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.settings import FailOn

__all__ = ["RenderOptions", "SideBySide"]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The .proto texts of both sides, file by file.

    Attributes:
        files: name of the file as `FileResult.file` has it (the reference's, or the subject's where the reference
            lacks it) to the subject's text and the reference's text; empty for a side that has no such file.
    """

    files: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """How to render; each format takes what concerns it.

    Attributes:
        color: text: whether to colour with ANSI codes.
        width: text: columns of the terminal.
        limit: text and markdown: the most findings to show; None for all.
        base: sarif and github: the subject's folder, relative to the root of the repository; it is put in front of
            the subject's locations.
        texts: html: makes the texts to show side by side; None to leave that part out.
        fail_on: the lowest severity that makes the comparison fail.
    """

    color: bool = False
    width: int = 100
    limit: int | None = None
    base: str = ""
    texts: Callable[[], SideBySide] | None = None
    fail_on: FailOn = "warning"
