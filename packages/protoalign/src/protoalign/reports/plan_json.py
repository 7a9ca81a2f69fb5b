"""The plan as JSON, for programs; `docs/reference/plan.schema.json` describes it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from protoalign import __version__

if TYPE_CHECKING:
    from protoalign.plan import Plan

__all__ = ["FORMAT", "plan_data", "render_plan_json"]

FORMAT = 1
"""The format's number; it grows when a reader of the old format could misread the new one."""


def plan_data(plan: Plan) -> dict[str, Any]:
    """The plan as data that JSON can hold; what only a Markdown document needs is left out."""
    data = asdict(plan)
    del data["record"]
    return {
        "format": FORMAT,
        "tool": {"name": "protoalign", "version": __version__},
        **data,
        "has_work": plan.has_work,
    }


def render_plan_json(plan: Plan) -> str:
    """The plan as JSON text, in ASCII."""
    return json.dumps(plan_data(plan), indent=2) + "\n"
