"""The official package's environment, for tests that run it beside ours."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from protoalign.errors import PackageIndexError
from protoalign.prove.environment import Package, package_environment
from protoalign.prove.processes import Processes
from protoalign.sources import LoadOptions
from protoalign.sources.package_index import fetch

__all__ = ["official_python", "official_version"]


@cache
def _installed(release: str) -> tuple[Path, str] | str:
    options = LoadOptions()
    try:
        archive = fetch(release, options)
        package = Package(archive=archive.path, sha256=archive.sha256, label=f"{archive.name} {archive.version}")
        with Processes() as processes:
            python = package_environment(processes, package, offline=False, progress=options.progress)
    except PackageIndexError as error:
        return error.what
    return python, archive.version or ""


def official_python(release: str = "xai-sdk==1.4.0") -> Path:
    """The interpreter of an environment with a release of the official package; skips where it cannot be installed."""
    found = _installed(release)
    if isinstance(found, str):
        pytest.skip(f"the package cannot be installed: {found}")
    return found[0]


def official_version(release: str) -> str:
    """The version that the environment has."""
    official_python(release)
    found = _installed(release)
    return found[1] if not isinstance(found, str) else ""
