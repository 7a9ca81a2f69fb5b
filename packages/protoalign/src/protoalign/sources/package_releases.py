"""All releases of a package: listed by asking the index once, fetched several at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from protoalign.errors import PackageIndexError
from protoalign.sources.index_release import Release
from protoalign.sources.package_cache import PackageCache, cache_root
from protoalign.sources.package_index import normalized_name, obtain_archive, parse_requirement

if TYPE_CHECKING:
    from protoalign.sources.progress import Advance, Progress
    from protoalign.sources.scan import LoadOptions

__all__ = ["ReleaseList", "fetch_releases", "list_releases"]

# How long an interrupt waits for running downloads to notice it; each looks after every chunk.
LEAVE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ReleaseList:
    """The releases of a package.

    Attributes:
        name: the package's normalized name.
        releases: of each release the archive that is best read, oldest release first.
        from_cache: whether only the cache was asked, so that releases may be missing and none is known as withdrawn.
    """

    name: str
    releases: tuple[Release, ...]
    from_cache: bool


class _StoppedError(Exception):
    """The download was given up because of an interrupt."""


@dataclass(frozen=True, slots=True)
class _Stoppable:
    """Progress that ends a download once `stop` is set; notes are left out, since the list says it all."""

    progress: Progress
    stop: Event

    @contextmanager
    def download(self, name: str, total: int | None) -> Iterator[Advance]:
        """Pass it on, until it is to end."""
        with self.progress.download(name, total) as advance:

            def advance_or_stop(size: int, /) -> None:
                if self.stop.is_set():
                    raise _StoppedError
                advance(size)

            yield advance_or_stop

    def note(self, text: str) -> None:
        """Leave it out."""


def list_releases(name: str, options: LoadOptions, *, prereleases: bool = False) -> ReleaseList:
    """List the releases of a package that have an archive which can be read.

    Args:
        name: the package, without version.
        options: whether the network may be used; without it, what the cache holds is listed.
        prereleases: list pre-releases and development releases too.

    Raises:
        PackageIndexError: the name is none, no index knows it or answers, or the cache holds none of its releases.
    """
    package = parse_requirement(name)
    if str(package.specifier) or package.extras or package.marker:
        raise PackageIndexError(
            f"{name[:120]!r} names more than a package, and all its releases are to be listed",
            hint=f"Name it as {package.name}.",
        )
    listed = _list(package.name, options)
    if prereleases:
        return listed
    final = tuple(release for release in listed.releases if not Version(release.version).is_prerelease)
    if not final:
        raise PackageIndexError(
            f"{listed.name} has only pre-releases, {len(listed.releases)} of them", hint="List them with --pre."
        )
    return replace(listed, releases=final)


def fetch_releases(
    listed: ReleaseList, releases: Sequence[Release], options: LoadOptions, *, jobs: int = 4
) -> Mapping[str, PackageIndexError]:
    """Bring releases into the cache, several at a time; `load` then finds them there.

    Args:
        listed: the list that they are from.
        releases: those to fetch.
        options: bounds and progress.
        jobs: how many downloads may run at a time.

    Returns:
        The versions that could not be had, each with the reason.

    Raises:
        OutputError: the cache cannot be written.
        KeyboardInterrupt: the downloads that ran were given up, and what they had written was removed.
    """
    if listed.from_cache or not releases:
        return {}
    from protoalign.sources.index_client import IndexClient
    from protoalign.sources.index_settings import read_index_settings

    cache = PackageCache(cache_root())
    stop = Event()
    watched = replace(options, progress=_Stoppable(options.progress, stop))
    settings = read_index_settings(os.environ, Path.cwd())
    failures: dict[str, PackageIndexError] = {}
    with IndexClient(settings, options.limits.download_seconds) as client:
        pool = ThreadPoolExecutor(jobs, thread_name_prefix="protoalign-fetch")
        work: dict[str, Future[object]] = {}
        try:
            for release in releases:
                work[release.version] = pool.submit(obtain_archive, client, cache, listed.name, release, watched)
            for version, future in work.items():
                try:
                    future.result()
                except PackageIndexError as error:
                    failures[version] = error
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            wait([future for future in work.values() if not future.cancelled()], timeout=LEAVE_SECONDS)
    return failures


def _list(name: str, options: LoadOptions) -> ReleaseList:
    cache = PackageCache(cache_root())
    normalized = normalized_name(name)
    if not options.offline:
        from protoalign.sources.index_client import IndexClient
        from protoalign.sources.index_listing import list_best_archives
        from protoalign.sources.index_settings import read_index_settings

        settings = read_index_settings(os.environ, Path.cwd())
        if not settings.offline:
            with IndexClient(settings, options.limits.download_seconds) as client:
                archives = list_best_archives(client, settings, parse_requirement(name))
            return ReleaseList(normalized, archives, from_cache=False)
    held = _held(cache, normalized)
    if not held:
        raise PackageIndexError(
            f"the cache holds no release of {name} and the network may not be used",
            where=str(cache.root),
            hint="Run it once without --offline and UV_OFFLINE.",
        )
    return ReleaseList(normalized, held, from_cache=True)


def _held(cache: PackageCache, name: str) -> tuple[Release, ...]:
    """The releases that the cache holds undamaged, oldest first."""
    found: dict[Version, Release] = {}
    for version in cache.versions(name):
        archive = cache.find(name, version)
        if archive is None:
            continue
        try:
            parsed = Version(version)
        except InvalidVersion:
            continue
        found[parsed] = Release(version, archive.path.as_uri(), archive.filename, {"sha256": archive.sha256}, None)
    return tuple(found[version] for version in sorted(found))
