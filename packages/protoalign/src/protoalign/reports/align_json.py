"""What align did, as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from protoalign import __version__
from protoalign.reports.align_text import render_align_diff
from protoalign.reports.json import to_data

if TYPE_CHECKING:
    from protoalign.reports.align_result import AlignResult

__all__ = ["FORMAT", "render_align_json"]

FORMAT = 1
"""The format's number; it grows when a reader of the old format could misread the new one."""


def render_align_json(result: AlignResult) -> str:
    """One object: the changes, what became of comments and elements, and the comparison afterwards."""
    alignment, edit = result.alignment, result.alignment.edit
    data = {
        "format": FORMAT,
        "tool": {"name": "protoalign", "version": __version__},
        "written": result.comparison is not None and not edit.is_empty,
        "changes": {
            "created": list(edit.created),
            "rewritten": list(edit.rewritten),
            "renamed": [{"from": old, "to": new} for new, old in edit.renames.items()],
            "deleted": list(edit.deleted),
        },
        "diff": render_align_diff(alignment, color=False),
        "aligned_files": list(alignment.chosen),
        "waiting_files": list(alignment.waiting),
        "extra_files": list(alignment.extra),
        "derived_options": [asdict(each) for each in alignment.derived],
        "kept_options": list(alignment.kept_options),
        "own": list(alignment.own),
        "removed": [{"kind": node.kind, "name": node.name, "file": node.file} for node in alignment.removed],
        "comments": {
            "kept": alignment.kept_comments,
            "lost": [asdict(each) for each in alignment.lost_comments],
        },
        "lint": asdict(result.lint) if result.lint is not None else None,
        "notes": list(result.notes),
        "comparison": to_data(result.comparison, fail_on=result.fail_on) if result.comparison is not None else None,
    }
    return json.dumps(data, indent=2) + "\n"
