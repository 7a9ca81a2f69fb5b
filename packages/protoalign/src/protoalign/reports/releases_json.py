"""Releases, and what aligning with a newer one would take, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from protoalign.upstream.model import Outlook, ReleaseChange, ReleasedContract, Releases

__all__ = ["render_changelog_json", "render_outdated_json", "render_releases_json"]


def render_releases_json(releases: Releases) -> str:
    """All releases with all changes."""
    return _dumped(
        {
            "package": releases.package,
            "complete": releases.is_complete,
            "from_cache": releases.from_cache,
            "releases": [_release(release) for release in releases.releases],
        }
    )


def render_changelog_json(package: str, older: ReleasedContract, newer: ReleasedContract) -> str:
    """Two releases; the changes are in the newer one."""
    return _dumped({"package": package, "older": _release(older), "newer": _release(newer)})


def render_outdated_json(outlook: Outlook) -> str:
    """Whether there are newer releases, and what the newest does differently."""
    change = outlook.change
    return _dumped(
        {
            **asdict(outlook),
            "newest": outlook.newest,
            "outdated": bool(outlook.newer),
            "change": _change(change) if change is not None else None,
        }
    )


def _release(release: ReleasedContract) -> dict[str, Any]:
    return {**asdict(release), "change": _change(release.change) if release.change is not None else None}


def _change(change: ReleaseChange) -> dict[str, Any]:
    return {"effect": change.effect, "breaks_clients": change.breaks_clients, **asdict(change)}


def _dumped(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
