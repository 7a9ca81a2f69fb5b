"""What changed between two releases, as Markdown that can be pasted into release notes or an issue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.markdown import code, prose
from protoalign.reports.release_words import effect_words, kinds_words, noun
from protoalign.reports.wording import counted, direction_words
from protoalign.upstream.changelog import changelog_sections, noteworthy

if TYPE_CHECKING:
    from protoalign.upstream.model import Change, ReleaseChange, ReleasedContract

__all__ = ["change_lines", "render_changelog"]

SHOWN_RPCS = 2
COUNTED = ("files", "messages", "enums", "services", "rpcs", "fields", "enum_values")
NAMES = {"rpcs": "RPCs", "enum_values": "enum values"}


def render_changelog(package: str, older: ReleasedContract, newer: ReleasedContract) -> str:
    """The changelog from one release to another.

    Args:
        package: the package.
        older: the older release.
        newer: the newer one; its `change` is against the older one.
    """
    return "\n".join(_lines(package, older, newer)) + "\n"


def change_lines(change: ReleaseChange, level: int) -> Iterator[str]:
    """The changes by what was done, by file and by element, those that break clients marked.

    Args:
        change: the changes.
        level: level of the sections' headings.
    """
    if change.unrelated:
        yield from ("", "Nothing in the one has a counterpart in the other: every client breaks.")
        return
    for section in changelog_sections(change):
        changes = tuple(each for file in section.files.values() for each in file)
        yield from ("", f"{'#' * level} {section.sort.capitalize()}: {kinds_words(changes)}")
        for file, entries in section.files.items():
            yield from ("", f"{code(file)}", "")
            for entry in entries:
                yield _entry(entry)
    cosmetic = len(change.changes) - len(noteworthy(change.changes))
    if cosmetic:
        yield from ("", f"Besides, {counted(cosmetic, 'cosmetic change')}, such as another order of declarations.")


def _lines(package: str, older: ReleasedContract, newer: ReleasedContract) -> Iterator[str]:
    change = newer.change
    yield f"# {prose(package)} {prose(older.version)} → {prose(newer.version)}"
    yield ""
    if change is None or (not change.changes and not change.unrelated):
        yield "The two hold the same contract."
        return
    yield _verdict(change)
    yield from _counts(older, newer)
    yield from change_lines(change, 2)


def _verdict(change: ReleaseChange) -> str:
    older, newer = prose(change.older), prose(change.newer)
    if change.unrelated or not change.breaks_clients:
        mark = "⚠️ " if change.unrelated else ""
        return f"{mark}For a client that was built with {older}, {newer} {effect_words(change.effect)}."
    places = counted(len(change.with_effect("wire")), "change")
    return f"⚠️ For a client that was built with {older}, {newer} {effect_words(change.effect)}: {places} below."


def _counts(older: ReleasedContract, newer: ReleasedContract) -> Iterator[str]:
    before, after = older.counts, newer.counts
    if before is None or after is None:
        return
    yield from ("", f"| | {prose(older.version)} | {prose(newer.version)} |", "| --- | ---: | ---: |")
    for name in COUNTED:
        yield f"| {NAMES.get(name, name)} | {getattr(before, name):,} | {getattr(after, name):,} |"


def _entry(change: Change) -> str:
    mark = {"wire": "**breaking** ", "json": "**breaks JSON** ", "source": "*breaks source* ", "none": ""}[
        change.effect
    ]
    parts = [f"- {mark}{noun(change.kind)} {code(change.element)}"]
    if change.sort in ("added", "removed"):
        if change.declaration and change.kind not in ("message", "enum", "service", "oneof"):
            parts.append(f": {code(change.declaration)}")
    else:
        parts.append(f": {prose(change.text)}")
    parts.append(".")
    if change.consequence:
        parts.append(f" {prose(change.consequence)}")
    parts.append(_reach(change))
    return "".join(parts)


def _reach(change: Change) -> str:
    if not change.reaches or change.kind in ("rpc", "service"):
        return ""
    paths = ", ".join(code(reach.path) for reach in change.reaches[:SHOWN_RPCS])
    more = len(change.reaches) - SHOWN_RPCS
    rest = f" and {counted(more, 'more RPC')}" if more > 0 else ""
    way = f" in the {direction_words(change.direction)}" if change.direction is not None else ""
    return f" Reaches {paths}{rest}{way}."
