"""A vendor's releases and a subject's commits over time, and what they mean for those who depend on them."""

from protoalign.upstream.breaking import effect_of, release_change
from protoalign.upstream.changelog import changelog_sections
from protoalign.upstream.history import appearances, find_fingerprint, read_history
from protoalign.upstream.model import (
    EFFECTS,
    Appearance,
    Change,
    Effect,
    History,
    HistoryPoint,
    Outlook,
    ReleaseChange,
    ReleasedContract,
    Releases,
)
from protoalign.upstream.outdated import Pin, look_ahead, read_pin
from protoalign.upstream.releases import ReleaseRange, change_between, read_releases

__all__ = [
    "EFFECTS",
    "Appearance",
    "Change",
    "Effect",
    "History",
    "HistoryPoint",
    "Outlook",
    "Pin",
    "ReleaseChange",
    "ReleaseRange",
    "ReleasedContract",
    "Releases",
    "appearances",
    "change_between",
    "changelog_sections",
    "effect_of",
    "find_fingerprint",
    "look_ahead",
    "read_history",
    "read_pin",
    "read_releases",
    "release_change",
]
