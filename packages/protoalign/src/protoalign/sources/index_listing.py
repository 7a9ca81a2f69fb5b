"""Which archive of which release a requirement means, out of what the indexes list."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, cast

from packaging.version import InvalidVersion, Version
from unearth import Link, PackageFinder

from protoalign.errors import PackageIndexError
from protoalign.sources.index_client import IndexClient, shown_url
from protoalign.sources.index_release import Release
from protoalign.sources.index_settings import IndexSettings
from protoalign.sources.package_cache import is_plain_filename

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from unearth.fetchers import Fetcher

__all__ = ["find_release", "list_best_archives"]

SHOWN = 6
READABLE = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar")
PURE = "-none-any.whl"

# It warns of places that it passes over; what matters of that is raised here.
logging.getLogger("unearth").addHandler(logging.NullHandler())


def find_release(client: IndexClient, settings: IndexSettings, wanted: Requirement, choice: str) -> Release:
    """Find the newest release that fits, and of its archives the one that is best read.

    The indexes are asked one after the other, and the first that has a fitting release settles it: a public index
    cannot outbid a private one by a higher version. What `find_links` lists is looked at together with each of them.

    Args:
        client: what asks.
        settings: whom to ask.
        wanted: the package and its version specifiers.
        choice: `wheel`, `sdist`, a file name or a glob of one; empty for the best one.

    Raises:
        PackageIndexError: there is none, or an index does not answer.
    """
    indexes = settings.indexes or ((),)
    listed: list[Release] = []
    asked: list[str] = []
    for index in indexes:
        finder = _finder(client, settings, index)
        asked += [shown_url(source["url"]) for source in finder.sources if source["type"] == "index"]
        releases = _list(finder, wanted.name, asked)
        listed += releases
        fitting = _fitting(releases, wanted)
        if fitting:
            return _best(fitting, choice, wanted)
    raise _unknown(listed, wanted, asked or list(settings.find_links))


def list_best_archives(client: IndexClient, settings: IndexSettings, package: Requirement) -> tuple[Release, ...]:
    """Of every release, pre-releases and withdrawn ones included, the archive that is best read; oldest release first.

    The first index that knows the package settles it, as in `find_release`.

    Args:
        client: what asks.
        settings: whom to ask.
        package: the package; its version specifiers do not count.

    Raises:
        PackageIndexError: no index knows the package, or one does not answer.
    """
    asked: list[str] = []
    for index in settings.indexes or ((),):
        finder = _finder(client, settings, index)
        asked += [shown_url(source["url"]) for source in finder.sources if source["type"] == "index"]
        by_version: dict[Version, list[Release]] = {}
        for release in _list(finder, package.name, asked):
            by_version.setdefault(Version(release.version), []).append(release)
        if by_version:
            return tuple(
                _best(_preferably_standing(by_version[version]), "", package) for version in sorted(by_version)
            )
    raise _unknown((), package, asked or list(settings.find_links))


def _finder(client: IndexClient, settings: IndexSettings, index: object) -> PackageFinder:
    fetcher = cast("Fetcher", client)  # as far as the finder uses it
    if isinstance(index, str):
        urls = [index]
    elif index is None:
        # The public index's address is the library's default, which it takes where it is given no source at all.
        urls = [source["url"] for source in PackageFinder(fetcher).sources]
    else:
        urls = []
    places = [place if "://" in place else str(Path(place).expanduser()) for place in settings.find_links]
    if not urls and not places:
        raise PackageIndexError(
            "no package index is set up: the index is switched off and there are no other places to look",
            hint="Unset PIP_NO_INDEX and UV_NO_INDEX, or set PIP_FIND_LINKS.",
        )
    return PackageFinder(
        fetcher,
        index_urls=urls,
        find_links=places,
        ignore_compatibility=True,
        trusted_hosts=settings.trusted_hosts,
    )


def _list(finder: PackageFinder, name: str, asked: Sequence[str]) -> list[Release]:
    try:
        packages = list(finder.find_all_packages(name, allow_yanked=True))
    except (ValueError, KeyError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise PackageIndexError(
            "the index answers with something that is no list of a package's archives",
            where=", ".join(asked[-1:]),
            hint="Check the index's address; PEP 503 and PEP 691 say what it should answer.",
        ) from error
    return [
        Release(
            version=str(Version(package.version)),
            url=package.link.normalized,
            filename=package.link.filename,
            hashes=_hashes(package.link),
            yanked=package.link.yank_reason,
        )
        for package in packages
        if package.version is not None
        and _is_version(package.version)
        and not package.link.is_vcs
        and package.link.filename.endswith(READABLE)
        and is_plain_filename(package.link.filename)
    ]


def _hashes(link: Link) -> dict[str, str]:
    given = link.hash_option or {}
    return {name: values[0].lower() for name, values in given.items() if values}


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _fitting(releases: Iterable[Release], wanted: Requirement) -> list[Release]:
    """The archives of the newest release that fits; a withdrawn one only where it is named exactly."""
    pinned = any(each.operator in ("==", "===") and "*" not in each.version for each in wanted.specifier)
    allowed = [release for release in releases if pinned or release.yanked is None]
    versions = {Version(release.version) for release in allowed}
    fitting = list(wanted.specifier.filter(versions))
    if not fitting:
        return []
    newest = max(fitting)
    return _preferably_standing([release for release in allowed if Version(release.version) == newest])


def _preferably_standing(archives: list[Release]) -> list[Release]:
    """Those of one release's archives that were not withdrawn; all where all were."""
    return [release for release in archives if release.yanked is None] or archives


def _best(archives: Sequence[Release], choice: str, wanted: Requirement) -> Release:
    chosen = [release for release in archives if _is_chosen(release.filename, choice)]
    if not chosen:
        names = ", ".join(sorted({release.filename for release in archives})[:SHOWN])
        raise PackageIndexError(
            f"{wanted.name} {archives[0].version} has no archive {choice!r}", hint=f"It has {names}."
        )
    return max(chosen, key=_readability)


def _is_chosen(filename: str, choice: str) -> bool:
    if choice in ("", "wheel", "sdist"):
        return not choice or filename.endswith(".whl") == (choice == "wheel")
    return filename == choice or fnmatchcase(filename, choice)


def _readability(release: Release) -> tuple[int, bool, str]:
    """Pure wheels first, then others, then sdists; the name decides the rest, so that the choice is stable."""
    is_wheel = release.filename.endswith(".whl")
    rank = 2 if release.filename.endswith(PURE) else 1 if is_wheel else 0
    return rank, release.sha256 is not None, release.filename


def _unknown(listed: Sequence[Release], wanted: Requirement, asked: Sequence[str]) -> PackageIndexError:
    where = ", ".join(dict.fromkeys(asked))
    if not listed:
        return PackageIndexError(
            f"no package called {wanted.name} is known, or it has no archive that can be read",
            where=where,
            hint="Check its spelling, and which index pip or uv is set up to use.",
        )
    fitting = [release for release in listed if wanted.specifier.contains(release.version, prereleases=True)]
    if fitting:
        versions = _listed(fitting)
        reasons = sorted({release.yanked for release in fitting if release.yanked})
        return PackageIndexError(
            f"all fitting releases of {wanted.name} were withdrawn by their publisher"
            + (f": {'; '.join(reasons)}" if reasons else ""),
            where=where,
            hint=f"Name one exactly to take it all the same: {versions}.",
        )
    return PackageIndexError(
        f"{wanted.name} has no release {wanted.specifier}",
        where=where,
        hint=f"Its releases near to it are {_listed(listed, wanted)}; the newest is {_listed(listed, count=1)}.",
    )


def _listed(releases: Iterable[Release], wanted: Requirement | None = None, count: int = SHOWN) -> str:
    """Some of the releases' versions, in order: the ones next to the wanted version, else the newest."""
    versions = sorted({Version(release.version) for release in releases})
    end = len(versions)
    for each in wanted.specifier if wanted is not None else ():
        if _is_version(each.version):
            below = sum(version < Version(each.version) for version in versions)
            end = min(len(versions), max(count, below + count // 2))
            break
    return ", ".join(str(version) for version in versions[max(0, end - count) : end])
