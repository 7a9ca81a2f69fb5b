"""What generate found and did, as JSON for programs; the same tree always gives the same text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from protoalign import __version__

if TYPE_CHECKING:
    from protoalign.generate import GenerateResult

__all__ = ["FORMAT", "render_generate_json"]

FORMAT = 1
"""The format's number; it grows when a reader of the old format could misread the new one."""


def render_generate_json(result: GenerateResult) -> str:
    """One object: the contract, the tools, and each folder as it was found before anything was written.

    `missing`, `changed` and `extra` name files relative to their folder, and folders are relative to that of the
    settings file.
    """
    data = {
        "format": FORMAT,
        "tool": {"name": "protoalign", "version": __version__},
        "source": result.source,
        "digest": result.digest,
        "tools": dict(result.tools),
        "fresh": result.is_fresh,
        "written": result.written,
        "folders": [
            {
                "folder": change.folder.name,
                "language": change.folder.language,
                "content": change.folder.content,
                "files": len(change.after),
                "fresh": change.is_fresh,
                "missing": list(change.missing),
                "changed": list(change.changed),
                "extra": list(change.extra),
            }
            for change in result.changes
        ],
    }
    return json.dumps(data, indent=2) + "\n"
