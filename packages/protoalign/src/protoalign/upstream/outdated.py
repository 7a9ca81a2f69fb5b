"""Whether a pinned reference has newer releases, and what aligning with the newest would take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from protoalign.compare import compare, judge, structural_diff
from protoalign.errors import InputError, MappingError, NothingMatchedError, PackageIndexError
from protoalign.plan import build_plan
from protoalign.settings import Settings
from protoalign.sources import LoadOptions, load, read_lock
from protoalign.sources.package_releases import fetch_releases, list_releases
from protoalign.upstream.breaking import release_change
from protoalign.upstream.model import Outlook
from protoalign.upstream.releases import PREFIX

if TYPE_CHECKING:
    from protoalign.contract import Contract

__all__ = ["Pin", "look_ahead", "read_pin"]

HINT = 'Pin the reference to a version, for example: source = "pypi:xai-sdk==1.4.0"'


@dataclass(frozen=True, slots=True)
class Pin:
    """A release of a package that a reference is pinned to.

    Attributes:
        package: the package's name.
        version: the version.
        source: the source string that names it.
    """

    package: str
    version: str
    source: str


def read_pin(source: str) -> Pin:
    """What a reference's source string pins: `pypi:NAME==VERSION`, or a lock of such a source.

    Raises:
        InputError: it is no package of the package index, or is not pinned to one version.
        LockError: the lock is damaged.
        SourceReadError: the lock cannot be read.
    """
    named = read_lock(Path(source.removeprefix("lock:"))).source if source.startswith("lock:") else source
    if not named.startswith(PREFIX):
        raise InputError(
            "only a reference of the package index has releases that can be looked up", where=source, hint=HINT
        )
    try:
        wanted = Requirement(named.removeprefix(PREFIX).partition("#")[0])
    except InvalidRequirement as error:
        raise InputError("names no package", where=source, hint=HINT) from error
    pinned = [each for each in wanted.specifier if each.operator in ("==", "===") and "*" not in each.version]
    if len(wanted.specifier) != 1 or not pinned:
        raise InputError(
            "is not pinned to one version: each comparison takes the newest release that fits", where=source, hint=HINT
        )
    return Pin(wanted.name, pinned[0].version, named)


def look_ahead(
    pin: Pin, options: LoadOptions, *, subject: Contract | None = None, settings: Settings | None = None
) -> Outlook:
    """Look for newer releases, and hold the newest against the pinned one and against the subject.

    Args:
        pin: the release that the reference is pinned to.
        options: how releases are read.
        subject: what is aligned with the reference; None where there is none.
        settings: mapping, severities, waivers and so on for the subject.

    Raises:
        PackageIndexError: the package or the pinned release is unknown, or no index answers.
        ProtoalignError: the pinned or the newest release cannot be read or compared.
    """
    version = Version(pin.version)
    listed = list_releases(pin.package, options, prereleases=True)
    pinned = [release for release in listed.releases if Version(release.version) == version]
    if not pinned and not listed.from_cache:
        raise PackageIndexError(
            f"{listed.name} has no release {pin.version}, to which the reference is pinned",
            hint=f"Its newest is {listed.releases[-1].version}.",
        )
    newer = [
        release
        for release in listed.releases
        if (parsed := Version(release.version)) > version
        and release.yanked is None
        and (version.is_prerelease or not parsed.is_prerelease)
    ]
    outlook = Outlook(
        package=listed.name,
        pinned=pin.version,
        newer=tuple(release.version for release in newer),
        withdrawn=pinned[0].yanked if pinned else None,
        from_cache=listed.from_cache,
    )
    if not newer:
        return outlook
    failures = fetch_releases(listed, newer[-1:], options)
    if failures:
        raise failures[newer[-1].version]
    before, after = load(pin.source, options), load(f"{PREFIX}{listed.name}=={newer[-1].version}", options)
    change = release_change(pin.version, before, newer[-1].version, after)
    outlook = replace(outlook, change=change)
    return _with_subject(outlook, subject, before, after, settings or Settings()) if subject is not None else outlook


def _with_subject(
    outlook: Outlook, subject: Contract, before: Contract, after: Contract, settings: Settings
) -> Outlook:
    try:
        pinned = compare(subject, before, settings)
        diff = structural_diff(subject, after, settings.mapping)
    except (NothingMatchedError, MappingError) as error:
        return replace(outlook, problem=error.what)
    newest = judge(diff, settings)
    effort = build_plan(diff, newest, settings).effort
    return replace(
        outlook,
        findings_pinned=len(pinned.findings),
        findings_newest=len(newest.findings),
        hours=(effort.low, effort.high),
    )
