"""The releases of a package, each read and held against the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from protoalign.errors import InputError, NoDescriptorsError, PackageIndexError, ProtoalignError
from protoalign.sources import LoadOptions, load
from protoalign.sources.package_releases import ReleaseList, fetch_releases, list_releases
from protoalign.sources.progress import NotesOnce
from protoalign.upstream.breaking import release_change
from protoalign.upstream.model import ReleasedContract, Releases
from protoalign.upstream.steps import Steps, no_steps

if TYPE_CHECKING:
    from protoalign.contract import Contract
    from protoalign.sources.index_release import Release

__all__ = ["PREFIX", "ReleaseRange", "change_between", "package_of", "read_releases"]

PREFIX = "pypi:"
SHOWN = 6


@dataclass(frozen=True, slots=True)
class ReleaseRange:
    """Which releases are wanted.

    Attributes:
        first: the oldest version; None for no bound.
        last: the newest version; None for no bound.
        prereleases: whether pre-releases and development releases are wanted.
    """

    first: str | None = None
    last: str | None = None
    prereleases: bool = False


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads releases of one package."""

    name: str
    options: LoadOptions
    failures: Mapping[str, PackageIndexError]

    def read(self, release: Release) -> tuple[ReleasedContract, Contract | None]:
        entry = ReleasedContract(
            version=release.version,
            source=f"{PREFIX}{self.name}=={release.version}",
            state="read",
            withdrawn=release.yanked,
            prerelease=Version(release.version).is_prerelease,
        )
        failure = self.failures.get(release.version)
        if failure is not None:
            return replace(entry, state="unreadable", problem=_shown(failure, entry.source)), None
        try:
            contract = load(entry.source, self.options)
        except NoDescriptorsError:
            return replace(entry, state="no contract"), None
        except (InputError, PackageIndexError) as error:
            return replace(entry, state="unreadable", problem=_shown(error, entry.source)), None
        return replace(entry, counts=contract.counts, digest=contract.digest), contract


def package_of(source: str) -> str:
    """The package that a source names, without a version.

    Raises:
        InputError: the source is no package of the package index.
    """
    if not source.startswith(PREFIX):
        raise InputError(
            "has no releases: only a package of the package index has",
            where=source,
            hint="For example: pypi:xai-sdk",
        )
    return source.removeprefix(PREFIX).strip()


def read_releases(
    package: str,
    wanted: ReleaseRange,
    options: LoadOptions,
    *,
    jobs: int = 4,
    steps: Steps = no_steps,
) -> Releases:
    """Read every release of a package in a range, and hold each against the nearest older one that could be read.

    Args:
        package: the package's name.
        wanted: which releases.
        options: how they are read.
        jobs: how many downloads may run at a time.
        steps: shows how many releases are read.

    Raises:
        PackageIndexError: the package is unknown, no index answers, or no release is in the range.
        InputError: the range is none.
        OutputError: the cache cannot be written.
    """
    listed = list_releases(package, options, prereleases=wanted.prereleases)
    chosen = _in_range(listed, wanted)
    reader = _Reader(listed.name, _quieter(options), fetch_releases(listed, chosen, options, jobs=jobs))
    entries: list[ReleasedContract] = []
    before: tuple[str, Contract] | None = None
    with steps(f"reading releases of {listed.name}", len(chosen)) as advance:
        for release in chosen:
            entry, contract = reader.read(release)
            if contract is not None:
                if before is not None:
                    entry = replace(entry, change=release_change(*before, release.version, contract))
                before = (release.version, contract)
            entries.append(entry)
            advance(1)
    return Releases(package=listed.name, releases=tuple(entries), from_cache=listed.from_cache)


def change_between(
    package: str, older: str, newer: str, options: LoadOptions, *, jobs: int = 4
) -> tuple[ReleasedContract, ReleasedContract]:
    """Read two releases; the second one's `change` is against the first.

    Args:
        package: the package's name.
        older: a version.
        newer: a version; empty for the newest final release.
        options: how they are read.
        jobs: how many downloads may run at a time.

    Raises:
        PackageIndexError: the package or a version is unknown, or an index does not answer.
        InputError: `older` is not older than `newer`, or one of them holds no contract that can be read.
        OutputError: the cache cannot be written.
    """
    listed = list_releases(package, options, prereleases=True)
    first = _named(listed, older)
    last = _named(listed, newer) if newer else _newest(listed)
    if Version(first.version) >= Version(last.version):
        raise InputError(
            f"{first.version} is not older than {last.version}",
            where=f"{PREFIX}{listed.name}",
            hint=f"Name the older one first: {last.version}..{first.version}"
            if first.version != last.version
            else "Name two different releases.",
        )
    failures = fetch_releases(listed, (first, last), options, jobs=jobs)
    reader = _Reader(listed.name, _quieter(options), failures)
    read: list[ReleasedContract] = []
    contracts: list[Contract] = []
    for release in (first, last):
        entry, contract = reader.read(release)
        if contract is None:
            raise InputError(f"cannot be compared: {entry.problem}", where=entry.source)
        read.append(entry)
        contracts.append(contract)
    change = release_change(first.version, contracts[0], last.version, contracts[1])
    return read[0], replace(read[1], change=change)


def _quieter(options: LoadOptions) -> LoadOptions:
    return replace(options, progress=NotesOnce(options.progress))


def _in_range(listed: ReleaseList, wanted: ReleaseRange) -> Sequence[Release]:
    first = _version(wanted.first, "--from") if wanted.first else None
    last = _version(wanted.last, "--to") if wanted.last else None
    if first is not None and last is not None and first > last:
        raise InputError(
            f"no release is in the range: {first} is newer than {last}", hint=f"Say --from {last} --to {first}."
        )
    chosen = [
        release
        for release in listed.releases
        if (first is None or Version(release.version) >= first) and (last is None or Version(release.version) <= last)
    ]
    if not chosen:
        known = ", ".join(release.version for release in listed.releases[-SHOWN:])
        raise PackageIndexError(f"{listed.name} has no release in this range", hint=f"Its newest ones are {known}.")
    return chosen


def _version(text: str, flag: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion as error:
        raise InputError(f"{text[:60]!r} is no version", where=flag, hint=f"For example: {flag} 1.4.0") from error


def _named(listed: ReleaseList, text: str) -> Release:
    version = _version(text, "--changelog")
    for release in listed.releases:
        if Version(release.version) == version:
            return release
    near = sorted(listed.releases, key=lambda release: _distance(Version(release.version), version))[:SHOWN]
    shown = ", ".join(str(each) for each in sorted(Version(release.version) for release in near))
    cached = "the cache holds no" if listed.from_cache else "there is no"
    raise PackageIndexError(f"{cached} {listed.name} {version}", hint=f"Releases near to it are {shown}.")


def _newest(listed: ReleaseList) -> Release:
    standing = [release for release in listed.releases if release.yanked is None] or listed.releases
    final = [release for release in standing if not Version(release.version).is_prerelease]
    return (final or standing)[-1]


def _distance(version: Version, wanted: Version) -> tuple[int, ...]:
    """How far two versions are apart, number by number."""
    length = max(len(version.release), len(wanted.release))
    numbers = [(*each.release, *[0] * (length - len(each.release))) for each in (version, wanted)]
    return tuple(abs(one - other) for one, other in zip(*numbers, strict=True))


def _shown(error: ProtoalignError, source: str) -> str:
    where = error.where.removeprefix(source).removeprefix(": ")
    return f"{where}: {error.what}" if where else error.what
