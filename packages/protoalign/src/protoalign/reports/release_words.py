"""How the reports on releases put changes into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protoalign.reports.wording import counted
from protoalign.upstream.changelog import count_by_kind, noteworthy

if TYPE_CHECKING:
    from protoalign.upstream.model import Change, Effect, ReleaseChange, ReleasedContract

__all__ = ["breaks_words", "change_words", "effect_words", "kinds_words", "run_words", "state_words"]

SIGNS = (("added", "+"), ("removed", "-"), ("renamed", "renamed "), ("changed", "changed "))
BREAKS: dict[Effect, str] = {
    "wire": "yes",
    "json": "no (breaks JSON and source)",
    "source": "no (breaks source)",
    "none": "no",
}


def effect_words(effect: Effect) -> str:
    """What a change does to clients, a clause."""
    return {
        "wire": "breaks clients on the wire",
        "json": "breaks JSON and source, not the wire",
        "source": "breaks source, not the wire",
        "none": "breaks nothing",
    }[effect]


def breaks_words(change: ReleaseChange | None) -> str:
    """The answer to whether clients break on the wire; empty where there is nothing to hold it against."""
    return BREAKS[change.effect] if change is not None else ""


def kinds_words(changes: tuple[Change, ...]) -> str:
    """The elements by kind: `3 messages, 1 RPC`."""
    return ", ".join(counted(number, _noun(kind)) for kind, number in count_by_kind(changes).items())


def change_words(change: ReleaseChange | None) -> str:
    """What a release did, in short: `+1 service +3 RPCs, -1 field, changed 2 fields`."""
    if change is None:
        return ""
    if change.unrelated:
        return "nothing in common with the one before"
    parts = []
    for sort, sign in SIGNS:
        counts = count_by_kind(noteworthy(change.of_sort(sort)))  # type: ignore[arg-type]
        if counts:
            parts.append(" ".join(f"{sign}{counted(number, _noun(kind))}" for kind, number in counts.items()))
    return ", ".join(parts)


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


def _noun(kind: str) -> str:
    return "RPC" if kind == "rpc" else kind
