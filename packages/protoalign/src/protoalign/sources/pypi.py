"""A package of the package index, by name and version."""

from __future__ import annotations

from protoalign.sources.package_index import fetch
from protoalign.sources.python_package import scan_package
from protoalign.sources.scan import LoadOptions, Scan

__all__ = ["scan"]

KIND = "pypi"


def scan(target: str, options: LoadOptions) -> Scan:
    """Scan an archive of a package, see `protoalign.sources.package_index.fetch` for how it is named.

    Raises:
        PackageIndexError: the package cannot be had.
        NoDescriptorsError: none of its modules holds a descriptor.
        ModuleSyntaxError: a module that should hold one does not parse.
        ArchiveError: the archive is damaged, encrypted, hostile or too large.
        OutputError: the cache cannot be written.
    """
    archive = fetch(target, options)
    _, mark, choice = target.partition("#")
    return scan_package(
        archive.path,
        options,
        source=f"{KIND}:{archive.name}=={archive.version}{mark}{choice}",
        kind=KIND,
        archive_sha256=archive.sha256,
    )
