"""The guide's tables of weights are those of the code."""

import re
from pathlib import Path

from protoalign.plan.weights import EXTRA_HOURS, IMPACT_HOURS, MISSING_HOURS

GUIDE = Path(__file__).parents[4] / "docs" / "how-to" / "plan-the-work.md"


def rows(cells):
    return re.findall(r"^\|" + r" ([^|]+) \|" * cells + "$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)


def test_hours_by_impact():
    told = {
        impact: float(hours)
        for names, hours in rows(2)
        for impact in re.findall(r"`([\w-]+)`", names)
        if hours != "---:"
    }
    assert told == dict(IMPACT_HOURS)


def test_hours_by_element():
    told = {kind.lower(): (float(add), float(remove)) for kind, add, remove in rows(3)[2:]}
    assert told == {kind: (MISSING_HOURS[kind], EXTRA_HOURS[kind]) for kind in MISSING_HOURS}
