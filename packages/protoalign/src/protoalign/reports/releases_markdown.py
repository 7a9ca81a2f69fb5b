"""The releases of a package as Markdown: a table, then what each release changed, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.changelog import change_lines
from protoalign.reports.markdown import prose
from protoalign.reports.release_words import breaks_words, change_words, effect_words, run_words, state_words
from protoalign.reports.wording import counted

if TYPE_CHECKING:
    from protoalign.upstream.model import ReleasedContract, Releases

__all__ = ["render_releases_markdown"]


def render_releases_markdown(releases: Releases) -> str:
    """The releases as Markdown."""
    return "\n".join(_lines(releases)) + "\n"


def _lines(releases: Releases) -> Iterator[str]:
    yield f"# Releases of {prose(releases.package)}"
    if releases.from_cache:
        yield from ("", "From the cache only: there may be more releases, and none is known as withdrawn.")
    unread = sum(release.state == "unreadable" for release in releases.releases)
    if unread:
        yield from ("", f"Incomplete: {counted(unread, 'release')} could not be read.")
    yield ""
    yield "| version | files/messages/enums/services/RPCs | breaks clients on the wire | against the one before |"
    yield "| --- | --- | --- | --- |"
    for run in releases.runs:
        yield _row(run)
    for release in reversed(releases.releases):
        change = release.change
        if change is not None and (change.changes or change.unrelated):
            yield from ("", f"## {prose(release.version)}", "")
            yield f"Against {prose(change.older)}, it {effect_words(change.effect)}."
            yield from change_lines(change, 3)


def _row(run: tuple[ReleasedContract, ...]) -> str:
    first = run[0]
    counts = first.counts
    numbers = (
        f"{counts.files}/{counts.messages}/{counts.enums}/{counts.services}/{counts.rpcs}" if counts is not None else ""
    )
    said = "; ".join(filter(None, (change_words(first.change), state_words(first))))
    return f"| {prose(run_words(run))} | {numbers} | {breaks_words(first.change)} | {prose(said)} |"
