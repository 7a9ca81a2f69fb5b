"""How all formats put numbers, names, places and RPCs into words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from protoalign.compare.model import IMPACTS, SEVERITIES

if TYPE_CHECKING:
    from protoalign.compare.model import Direction, Finding, Place, Reach

__all__ = [
    "counted",
    "cut",
    "direction_words",
    "impact_counts",
    "one_line",
    "percent",
    "position",
    "prose_parts",
    "reach_words",
    "severity_counts",
    "values_words",
    "visible",
]


def visible(text: str, *, keep: str = "") -> str:
    r"""The text with every control, invisible and direction-changing character as an escape such as `\x1b`.

    Names and values come from foreign files; such a character could move a terminal's cursor, reorder a line in front
    of its reader's eyes, or be one that the output's encoding cannot hold.

    Args:
        text: the text.
        keep: characters that stay as they are, such as a newline.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in keep else _escape(character) for character in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def one_line(text: str) -> str:
    """The text on one line: runs of white space become one space, and the rest is `visible`."""
    return visible(" ".join(text.split()))


def cut(text: str, width: int) -> str:
    """The text in at most `width` columns; what is cut off is at its end."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun, in the plural where it needs one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"


def percent(score: float) -> str:
    """A score of 0 to 1 in percent, rounded down, so that only what is whole is called 100%."""
    tenths = math.floor(score * 1000 + 1e-9) / 10
    return f"{tenths:.1f}".removesuffix(".0") + "%"


def position(place: Place) -> str:
    """Where to look: `location:line:column`, as far as it is known."""
    numbers = [str(number) for number in (place.line, place.column) if number is not None]
    return visible(":".join((place.location or place.file, *numbers)))


def direction_words(direction: Direction) -> str:
    """A direction for people."""
    return "request and response" if direction == "both" else direction


def reach_words(reaches: tuple[Reach, ...], direction: Direction | None) -> str:
    """The RPCs in short: 6 RPCs, request: `/pkg.Service/Get` and 5 more; empty where there are none."""
    if not reaches:
        return ""
    way = f", {direction_words(direction)}" if direction is not None else ""
    more = f" and {len(reaches) - 1:,} more" if len(reaches) > 1 else ""
    return f"{counted(len(reaches), 'RPC')}{way}: `{visible(reaches[0].path)}`{more}"


def impact_counts(findings: Mapping[str, int]) -> str:
    """Findings by impact, worst first: `2 wire, 1 missing`."""
    return ", ".join(f"{findings[impact]:,} {impact}" for impact in IMPACTS if findings.get(impact))


def severity_counts(findings: tuple[Finding, ...]) -> str:
    """Findings by severity, worst first: `8 errors, 4 warnings`."""
    counts = {severity: sum(finding.severity == severity for finding in findings) for severity in SEVERITIES}
    return ", ".join(
        f"{number:,} info" if severity == "info" else counted(number, severity)
        for severity, number in counts.items()
        if number
    )


def values_words(finding: Finding) -> str:
    """Both values in short; empty where there are none, and where the message or the declarations have them already."""
    told = (
        (finding.subject_value, finding.subject),
        (finding.reference_value, finding.reference),
    )
    if all(
        not value or _mentions(finding.message, value) or (place is not None and _mentions(place.text, value))
        for value, place in told
    ):
        return ""
    detail = f"{visible(finding.detail)}: " if finding.detail else ""
    return (
        f"{detail}subject {one_line(finding.subject_value) or 'none'},"
        f" reference {one_line(finding.reference_value) or 'none'}"
    )


def _mentions(text: str, value: str) -> bool:
    """Whether the text holds the value as a word or words of its own."""
    start = text.find(value)
    while start >= 0:
        around = text[start - 1 : start] + text[start + len(value) : start + len(value) + 1]
        if not any(character.isalnum() or character == "_" for character in around):
            return True
        start = text.find(value, start + 1)
    return False


def prose_parts(text: str) -> Iterator[tuple[bool, str]]:
    """The parts of a sentence, each with whether it stands between backticks, which are left out."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        # The last backtick has no partner.
        parts[-2:] = ["`".join(parts[-2:])]
    for index, part in enumerate(parts):
        if part:
            yield index % 2 == 1, part
