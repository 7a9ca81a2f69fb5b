"""The releases of a package, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.release_words import breaks_words, change_words, noun, run_words, state_words
from protoalign.reports.table import table_lines
from protoalign.reports.wording import counted, cut, one_line, visible

if TYPE_CHECKING:
    from protoalign.upstream.model import ReleasedContract, Releases

__all__ = ["render_releases_text"]

HEAD = ("version", "files", "messages", "enums", "services", "RPCs", "breaks clients", "against the one before")
NUMBERS = HEAD[1:6]
WIDTH = 100


def render_releases_text(releases: Releases) -> str:
    """A table of the releases, those with the same contract on one line, and what breaks clients."""
    return "\n".join((*_table(releases), *_breaking(releases), *_closing(releases))) + "\n"


def _table(releases: Releases) -> Iterator[str]:
    yield from table_lines([HEAD, *(_row(run) for run in releases.runs)], NUMBERS)


def _row(run: tuple[ReleasedContract, ...]) -> tuple[str, ...]:
    first = run[0]
    counts = first.counts
    numbers = (
        (f"{number:,}" for number in (counts.files, counts.messages, counts.enums, counts.services, counts.rpcs))
        if counts is not None
        else ("-",) * 5
    )
    said = "; ".join(filter(None, (change_words(first.change), cut(one_line(state_words(first)), WIDTH))))
    same = first.change is not None and not first.change.changes and not first.change.unrelated
    return (visible(run_words(run)), *numbers, breaks_words(first.change), "the same contract" if same else said)


def _breaking(releases: Releases) -> Iterator[str]:
    for release in releases.releases:
        change = release.change
        if change is None or not change.breaks_clients:
            continue
        yield ""
        yield f"{change.newer} breaks clients of {change.older}:"
        if change.unrelated:
            yield "  nothing in it has a counterpart in the other"
        for each in change.with_effect("wire"):
            declared = each.sort == "removed" and each.kind != "rpc" and each.declaration
            what = f"{noun(each.kind)} {each.text}" + (f": {each.declaration}" if declared else "")
            yield f"  {visible(each.file)}  {visible(each.element)}  {one_line(what)}"


def _closing(releases: Releases) -> Iterator[str]:
    breaking = sum(release.change is not None and release.change.breaks_clients for release in releases.releases)
    unread = sum(release.state == "unreadable" for release in releases.releases)
    yield ""
    yield (
        f"{visible(releases.package)}: {counted(len(releases.releases), 'release')}, "
        f"{len({release.digest for release in releases.releases if release.digest})} different contracts, "
        f"{breaking} of them breaking for clients of the one before"
    )
    if unread:
        yield f"incomplete: {counted(unread, 'release')} could not be read; --format json has the reasons in full"
    if releases.from_cache:
        yield "from the cache only: there may be more releases, and none is known as withdrawn"
