"""Whether a reference has newer releases, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.release_words import change_words, effect_words
from protoalign.reports.wording import counted, one_line, visible

if TYPE_CHECKING:
    from protoalign.upstream.model import Outlook

__all__ = ["render_outdated_text"]

SHOWN = 8


def render_outdated_text(outlook: Outlook) -> str:
    """A few lines."""
    return "\n".join(_lines(outlook)) + "\n"


def _lines(outlook: Outlook) -> Iterator[str]:
    name = visible(outlook.package)
    if outlook.withdrawn is not None:
        reason = f": {one_line(outlook.withdrawn)}" if outlook.withdrawn else ""
        yield f"{name} {outlook.pinned} was withdrawn by its publisher{reason}"
    if not outlook.newer:
        yield f"{name} {outlook.pinned} is the newest release"
    else:
        listed = ", ".join(outlook.newer[-SHOWN:])
        earlier = "…, " if len(outlook.newer) > SHOWN else ""
        yield f"{name} {outlook.pinned} has {counted(len(outlook.newer), 'newer release')}: {earlier}{listed}"
        yield from _newest(outlook)
    if outlook.from_cache:
        yield "from the cache only: there may be newer releases"


def _newest(outlook: Outlook) -> Iterator[str]:
    change = outlook.change
    if change is None or (not change.changes and not change.unrelated):
        yield f"{outlook.newest} holds the same contract; only the version in protoalign.toml has to change"
        return
    yield f"{outlook.newest} against {outlook.pinned}: {change_words(change)}; it {effect_words(change.effect)}"
    if outlook.problem:
        yield f"the subject could not be held against it: {visible(outlook.problem)}"
    elif outlook.findings_newest is not None:
        before = counted(outlook.findings_pinned or 0, "finding")
        hours = f", some {outlook.hours[0]:g} to {outlook.hours[1]:g} hours" if outlook.hours is not None else ""
        yield (
            f"the subject has {before} against {outlook.pinned}, "
            f"and would have {outlook.findings_newest:,} against {outlook.newest}{hours}"
        )
    yield f"read it: protoalign releases pypi:{visible(outlook.package)} --changelog {outlook.pinned}..{outlook.newest}"
