"""The checks of `protoalign check` as JSON; the same tree always gives the same text."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.check import CheckReport

__all__ = ["render_check_json"]


def render_check_json(report: CheckReport) -> str:
    """All steps with all problems; without the seconds, which differ from run to run."""
    data = {
        "settings": report.settings,
        "passed": report.exit_code == 0,
        "exit_code": report.exit_code,
        "steps": [{"step": name, **asdict(result)} for name, result in report.steps.items()],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
