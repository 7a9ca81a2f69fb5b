"""The comparison as JSON, for programs; `docs/reference/comparison.schema.json` describes it."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from protoalign import __version__
from protoalign.compare.model import IMPACTS, SEVERITIES
from protoalign.reports.verdict import verdict_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from protoalign.compare.model import Comparison
    from protoalign.settings import FailOn

__all__ = ["FORMAT", "render", "to_data"]

FORMAT = 1
"""The format's number; it grows when a reader of the old format could misread the new one."""


def to_data(comparison: Comparison, *, fail_on: FailOn = "warning") -> dict[str, object]:
    """The comparison as data that JSON can hold: what `Comparison` has, and what is computed from it.

    Args:
        comparison: the comparison.
        fail_on: the lowest severity that makes it fail.
    """
    findings = comparison.findings
    files = [{**_fields(file), "score": _rounded(file.score)} for file in comparison.files]
    return {
        "format": FORMAT,
        "tool": {"name": "protoalign", "version": __version__},
        "outcome": verdict_of(comparison, fail_on).outcome,
        "fail_on": fail_on,
        "complete": comparison.is_complete,
        "score": _rounded(comparison.score),
        "counts": {
            "findings": len(findings),
            "failing": len(comparison.failing(fail_on)),
            "waived": len(comparison.waived),
            "by_impact": {impact: sum(finding.impact == impact for finding in findings) for impact in IMPACTS},
            "by_severity": {
                severity: sum(finding.severity == severity for finding in findings) for severity in SEVERITIES
            },
        },
        **_fields(comparison),
        "files": files,
    }


def render(comparison: Comparison, *, fail_on: FailOn = "warning") -> str:
    """The comparison as JSON text, in ASCII; each finding, file and guess on a line of its own."""
    entries = (f"  {json.dumps(key)}: {_listed(value)}" for key, value in to_data(comparison, fail_on=fail_on).items())
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _listed(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"    {json.dumps(item)}" for item in value) + "\n  ]"
    return json.dumps(value)


def _rounded(score: float) -> float:
    # Downwards, so that only what is whole is 1.
    return int(score * 1_000_000) / 1_000_000


def _fields(value: DataclassInstance) -> dict[str, object]:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
