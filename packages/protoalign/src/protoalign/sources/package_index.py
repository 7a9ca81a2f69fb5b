"""Packages from the package index: found as pip or uv would find them, hash checked, cached, never built or run.

All that is wanted of a package is to read it, so an archive for any platform and any Python will do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.errors import PackageIndexError
from protoalign.sources.package_cache import FetchedArchive, PackageCache, cache_root
from protoalign.sources.plain_requirement import parse_plain_requirement
from protoalign.sources.scan import LoadOptions

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from protoalign.sources.index_client import IndexClient
    from protoalign.sources.index_release import Release

__all__ = ["FetchedArchive", "fetch", "normalized_name", "obtain_archive", "parse_requirement"]

# NAME==VERSION whose version is already as PEP 440 normalizes it: the cache can be asked at once.
PINNED = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*==\s*"
    r"(?P<version>(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?)"
)
SHOWN = 6


def normalized_name(name: str) -> str:
    """The name as PEP 503 normalizes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def fetch(requirement: str, options: LoadOptions) -> FetchedArchive:
    """Fetch an archive of a package, from the cache where it holds it.

    Args:
        requirement: `NAME==VERSION`, `NAME` for the newest final release, or `NAME` with other PEP 440 specifiers; with
            `#wheel`, `#sdist` or `#FILENAME` behind it where one of several archives is meant.
        options: bounds, progress, and whether the network may be used.

    Raises:
        PackageIndexError: the requirement cannot be read, the package or release is unknown, no index can be
            reached, or the archive is not what its hash says.
        OutputError: the cache cannot be written.
    """
    text, _, choice = requirement.strip().partition("#")
    cache = PackageCache(cache_root())
    pinned = PINNED.fullmatch(text.strip())
    if pinned is not None:
        cached = cache.find(normalized_name(pinned["name"]), pinned["version"], choice)
        if cached is not None:
            return cached
    if options.offline:
        cached = _newest_of_plain(cache, text, choice)
        if cached is not None:
            _note_offline(cached, options)
            return cached
    wanted = parse_requirement(text)
    name = normalized_name(wanted.name)
    if options.offline:
        return _from_cache(cache, name, wanted, choice, options)
    from protoalign.sources.index_settings import read_index_settings

    settings = read_index_settings(os.environ, Path.cwd())
    if settings.offline:
        return _from_cache(cache, name, wanted, choice, options)
    from protoalign.sources.index_client import IndexClient
    from protoalign.sources.index_listing import find_release

    with IndexClient(settings, options.limits.download_seconds) as client:
        try:
            release = find_release(client, settings, wanted, choice)
        except PackageIndexError as error:
            raise _with_cached(error, cache, name) from error
        return obtain_archive(client, cache, name, release, options, choice=choice)


def obtain_archive(
    client: IndexClient, cache: PackageCache, name: str, release: Release, options: LoadOptions, *, choice: str = ""
) -> FetchedArchive:
    """Take a listed archive from the cache, or download it into the cache.

    Args:
        client: what asks.
        cache: where it is kept.
        name: the package's normalized name.
        release: the archive, as an index lists it.
        options: bounds and progress.
        choice: how it was asked for, see `fetch`.

    Raises:
        PackageIndexError: it is not there, too large, or not what its hash says; the server does not answer.
        OutputError: the cache cannot be written.
    """
    from protoalign.sources.index_download import download

    with cache.locked(name, release.version):
        cached = cache.find(name, release.version, choice)
        if cached is not None and release.sha256 in (None, cached.sha256):
            return cached
        if release.yanked is not None:
            reason = f": {release.yanked}" if release.yanked else ""
            options.progress.note(f"{name} {release.version} was withdrawn by its publisher{reason}")
        scratch = cache.scratch_file()
        try:
            sha256 = download(client, release, scratch, options)
            archive = FetchedArchive(scratch, name, release.version, release.filename, sha256)
            return cache.store(scratch, archive, _choices(choice, release))
        finally:
            scratch.unlink(missing_ok=True)


def parse_requirement(text: str) -> Requirement:
    """Read what names a package.

    Raises:
        PackageIndexError: it names none, or names it by URL.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        wanted = Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise PackageIndexError(
            f"{text[:120]!r} names no package: {reason}",
            hint="Name it as NAME==VERSION or NAME, for example pypi:xai-sdk==1.4.0.",
        ) from error
    if wanted.url is not None:
        raise PackageIndexError(
            "a package is named by name and version, not by URL",
            where=wanted.name,
            hint="Download the archive and name its path.",
        )
    return wanted


def _newest_cached(cache: PackageCache, name: str, wanted: Requirement, choice: str) -> FetchedArchive | None:
    """The newest fitting release that the cache holds, a final one where there is one."""
    from packaging.version import InvalidVersion, Version

    held: dict[Version, str] = {}
    for version in cache.versions(name):
        try:
            parsed = Version(version)
        except InvalidVersion:
            continue
        if wanted.specifier.contains(parsed, prereleases=True):
            held[parsed] = version
    # Only the one that is taken is hashed, unless it turns out to be damaged.
    for parsed in sorted(held, key=lambda each: (not each.is_prerelease, each), reverse=True):
        archive = cache.find(name, held[parsed], choice)
        if archive is not None:
            return archive
    return None


def _from_cache(
    cache: PackageCache, name: str, wanted: Requirement, choice: str, options: LoadOptions
) -> FetchedArchive:
    newest = _newest_cached(cache, name, wanted, choice)
    if newest is None:
        known = _listed(cache.versions(name))
        raise PackageIndexError(
            f"the cache holds no {wanted.name}{wanted.specifier} and the network may not be used",
            where=str(cache.root),
            hint=f"It holds {known} of it." if known else "Run it once without --offline and UV_OFFLINE.",
        )
    if PINNED.fullmatch(str(wanted)) is None:
        _note_offline(newest, options)
    return newest


def _newest_of_plain(cache: PackageCache, text: str, choice: str) -> FetchedArchive | None:
    """The newest fitting release that the cache holds, where all involved is plain enough to tell at once."""
    plain = parse_plain_requirement(text)
    if plain is None:
        return None
    name = normalized_name(plain.name)
    version = plain.newest(cache.versions(name))
    return cache.find(name, version, choice) if version is not None else None


def _note_offline(archive: FetchedArchive, options: LoadOptions) -> None:
    options.progress.note(f"offline: {archive.name} {archive.version} is the newest fitting one in the cache")


def _with_cached(error: PackageIndexError, cache: PackageCache, name: str) -> PackageIndexError:
    known = _listed(cache.versions(name))
    if not known:
        return error
    return PackageIndexError(
        error.what, where=error.where, hint=f"{error.hint}\nThe cache holds {known} of {name}.".lstrip()
    )


def _listed(versions: Sequence[str]) -> str:
    return ", ".join(sorted(versions)[-SHOWN:])


def _choices(choice: str, release: Release) -> tuple[str, ...]:
    """The ways of asking that lead to this archive."""
    return tuple(dict.fromkeys((choice, release.filename)))
