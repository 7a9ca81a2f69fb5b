"""How the plan's formats put hours and versions into words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.plan import Effort, VersionBump

__all__ = ["days", "hours", "release_words"]

HOURS_PER_DAY = 8


def hours(effort: Effort) -> str:
    """A range of hours: `1.5–2.5 h`."""
    low, high = (f"{number:,.1f}".removesuffix(".0") for number in (effort.low, effort.high))
    return f"{low} h" if low == high else f"{low}–{high} h"


def days(effort: Effort) -> str:
    """The same in working days, rounded up."""
    low, high = (max(1, math.ceil(number / HOURS_PER_DAY)) for number in (effort.low, effort.high))
    if low == high:
        return f"{low:,} working day" + ("" if low == 1 else "s")
    return f"{low:,}–{high:,} working days"


def release_words(version: VersionBump) -> str:
    """What release the work takes, without a final full stop."""
    if version.level == "none":
        return "no new release is needed"
    if version.next:
        return f"{version.current} → {version.next}, a {version.level} release: {version.reason}"
    before = " (the minor one, while the SDK is at 0.x)" if version.level == "major" else ""
    return f"raise the {version.level} version{before}: {version.reason}"
