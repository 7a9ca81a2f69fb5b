"""How the reports on releases put changes into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protoalign.reports.wording import counted
from protoalign.upstream.changelog import count_by_kind, noteworthy

if TYPE_CHECKING:
    from protoalign.upstream.model import Change, ChangeSort, Effect, ReleaseChange, ReleasedContract

__all__ = ["breaks_words", "change_words", "effect_words", "kinds_words", "noun", "run_words", "state_words"]

SORTS: tuple[ChangeSort, ...] = ("added", "removed", "renamed", "changed")
SIGNS: dict[ChangeSort, str] = {"added": "+", "removed": "-"}
BREAKS: dict[Effect, str] = {
    "wire": "yes",
    "json": "no (breaks JSON and source)",
    "source": "no (breaks source)",
    "none": "no",
}


def effect_words(effect: Effect) -> str:
    """What a change does to clients, a clause."""
    return {
        "wire": "breaks the wire",
        "json": "breaks JSON and source, and nothing on the wire",
        "source": "breaks source, and nothing on the wire",
        "none": "breaks nothing",
    }[effect]


def breaks_words(change: ReleaseChange | None) -> str:
    """The answer to whether clients break on the wire; empty where there is nothing to hold it against."""
    return BREAKS[change.effect] if change is not None else ""


def kinds_words(changes: tuple[Change, ...]) -> str:
    """The elements by kind: `3 messages, 1 RPC`."""
    return ", ".join(counted(number, noun(kind)) for kind, number in count_by_kind(changes).items())


def change_words(change: ReleaseChange | None) -> str:
    """What a release did, in short: `+1 service +3 RPCs; -1 field; 2 fields changed`."""
    if change is None:
        return ""
    if change.unrelated:
        return "nothing in common with the one before"
    parts = []
    for sort in SORTS:
        counts = count_by_kind(noteworthy(change.of_sort(sort)))
        if not counts:
            continue
        sign = SIGNS.get(sort, "")
        listed = [f"{sign}{counted(number, noun(kind))}" for kind, number in counts.items()]
        parts.append(" ".join(listed) if sign else f"{', '.join(listed)} {sort}")
    return "; ".join(parts)


def run_words(run: tuple[ReleasedContract, ...]) -> str:
    """The versions of releases in a row: `1.0.0 … 1.0.2`."""
    return run[0].version if len(run) == 1 else f"{run[0].version} … {run[-1].version}"


def state_words(release: ReleasedContract) -> str:
    """What else is to be said of a release; empty where nothing is."""
    words = []
    if release.withdrawn is not None:
        words.append("withdrawn" + (f": {release.withdrawn}" if release.withdrawn else ""))
    if release.state == "no contract":
        words.append("holds no contract")
    elif release.state == "unreadable":
        words.append(f"cannot be read: {release.problem}")
    return "; ".join(words)


def noun(kind: str) -> str:
    """What to call a kind of element."""
    return "RPC" if kind == "rpc" else kind
