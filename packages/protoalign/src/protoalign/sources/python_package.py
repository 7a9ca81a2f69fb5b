"""A wheel, sdist, zip or folder that holds generated Python modules, or one such module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from protoalign.contract import Comment
from protoalign.errors import ArchiveError, NoDescriptorsError, SourceReadError
from protoalign.sources.copies import under
from protoalign.sources.file_digest import sha256_in_background
from protoalign.sources.members import read_members
from protoalign.sources.python_metadata import PackageMetadata, is_metadata, parse_metadata, parse_requires_txt
from protoalign.sources.python_module import find_descriptors
from protoalign.sources.scan import FoundDescriptor, LoadOptions, Scan

__all__ = ["PackageContents", "read_package", "scan", "scan_package"]

KIND = "python"
GRPC_SUFFIX = "_pb2_grpc.py"


@dataclass(frozen=True, slots=True)
class PackageContents:
    """What the modules of a package hold.

    Attributes:
        found: the serialized descriptors.
        unsupported: places of descriptors that exist only as code to be run.
        grpc_modules: name and text of the modules with service stubs; none where comments are not asked for.
        metadata: what the package says of itself.
        modules: how many modules were looked at.
    """

    found: tuple[FoundDescriptor, ...]
    unsupported: tuple[str, ...]
    grpc_modules: tuple[tuple[str, bytes], ...]
    metadata: PackageMetadata
    modules: int


def scan(target: str, options: LoadOptions) -> Scan:
    """Scan a wheel, sdist, zip or folder with generated Python modules, or a single module.

    Raises:
        NoDescriptorsError: no module holds a descriptor.
        ModuleSyntaxError: a module that should hold one does not parse.
        ArchiveError: the archive is damaged, encrypted, hostile or too large.
        SourceReadError: the path is missing or unreadable.
    """
    path = Path(target)
    return scan_package(path, options, source=f"{KIND}:{target}", kind=KIND)


def scan_package(
    path: Path, options: LoadOptions, *, source: str, kind: str, archive_sha256: str | None = None
) -> Scan:
    """Scan a package on disk under the name of another source, such as the package index it came from.

    Args:
        path: the archive, folder or module.
        options: bounds, and whether comments are wanted.
        source: the source string that names it.
        kind: the name of the kind of source.
        archive_sha256: the archive's SHA-256 where it is known already.

    Raises:
        NoDescriptorsError: no module holds a descriptor.
        ModuleSyntaxError: a module that should hold one does not parse.
        ArchiveError: the archive is damaged, encrypted, hostile or too large.
        SourceReadError: the path is missing or unreadable.
    """
    is_file = path.is_file()
    archive_digest = sha256_in_background(path) if is_file and archive_sha256 is None else None
    contents = read_package(path, options)
    if not contents.found and not contents.unsupported:
        raise NoDescriptorsError(
            f"none of the {contents.modules:,} Python modules holds a protobuf descriptor",
            where=source,
            hint="Its messages may be made without protobuf (betterproto, compiled extensions), or come from"
            " another package that it depends on: name that one.",
        )
    return Scan(
        source=source,
        kind=kind,
        found=contents.found,
        comments=_comments(contents, options),
        version=contents.metadata.version,
        archive=path.name if is_file else None,
        archive_sha256=archive_sha256 if archive_digest is None else _awaited(archive_digest, path),
        requirements=contents.metadata.requirements,
        unsupported=contents.unsupported,
    )


def read_package(path: Path, options: LoadOptions) -> PackageContents:
    """Read all that a package holds of descriptors; finding none is no error.

    Raises:
        ModuleSyntaxError: a module that should hold a descriptor does not parse.
        ArchiveError: the archive is damaged, encrypted, hostile or too large.
        SourceReadError: the path is missing or unreadable.
    """
    wanted: Callable[[str], bool] = _is_module_or_metadata
    if options.comments:
        wanted = _is_any_module_or_metadata
    if path.suffix == ".py" and path.is_file():
        members = iter([(path.name, _read_module(path, options))])
    else:
        members = read_members(path, wanted, options.limits)
    found: list[FoundDescriptor] = []
    unsupported: list[str] = []
    grpc_modules: list[tuple[str, bytes]] = []
    metadata = PackageMetadata()
    legacy_requirements: tuple[str, ...] = ()
    modules = 0
    for name, content in members:
        if name.endswith(GRPC_SUFFIX):
            grpc_modules.append((name, content))
        elif name.endswith(".py"):
            modules += 1
            descriptors = find_descriptors(content, name, options.limits)
            found += descriptors.found
            unsupported += descriptors.unsupported
        elif name.endswith(".txt"):
            legacy_requirements = parse_requires_txt(content)
        else:
            metadata = parse_metadata(content)
    if not metadata.requirements:
        metadata = replace(metadata, requirements=legacy_requirements)
    return PackageContents(tuple(found), tuple(unsupported), tuple(grpc_modules), metadata, modules)


def _awaited(archive_digest: Callable[[], str], path: Path) -> str:
    try:
        return archive_digest()
    except OSError as error:
        raise SourceReadError(
            f"cannot be read: {error.strerror}", where=str(path), hint="Check the path and its permissions."
        ) from error


def _is_any_module_or_metadata(member: str) -> bool:
    return member.endswith(".py") or is_metadata(member)


def _is_module_or_metadata(member: str) -> bool:
    return (member.endswith(".py") and not member.endswith(GRPC_SUFFIX)) or is_metadata(member)


def _read_module(path: Path, options: LoadOptions) -> bytes:
    try:
        if path.stat().st_size > options.limits.member_size:
            raise ArchiveError(
                f"is larger than {options.limits.member_size / (1 << 20):g} MiB",
                where=str(path),
                hint="No generated module is that large; look at it before you trust it.",
            )
        return path.read_bytes()
    except OSError as error:
        raise SourceReadError(
            f"cannot be read: {error.strerror}", where=str(path), hint="Check its permissions."
        ) from error


def _comments(contents: PackageContents, options: LoadOptions) -> tuple[Comment, ...]:
    if not contents.grpc_modules or not contents.found:
        return ()
    from protoalign.sources.grpc_docstrings import comments_of_grpc_modules

    # The copies that were chosen come first, for of equal comments the first one counts.
    modules = sorted(
        contents.grpc_modules,
        key=lambda module: not any(under(module[0], pattern) for pattern in options.copies),
    )
    return comments_of_grpc_modules(modules, [each.serialized for each in contents.found], options.progress.note)
