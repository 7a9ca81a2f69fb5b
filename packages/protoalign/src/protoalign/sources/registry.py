"""The kinds of sources, and how a source string becomes a contract."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.contract import Contract, ContractFile
from protoalign.errors import (
    DescriptorError,
    LockError,
    ModuleSyntaxError,
    NoDescriptorsError,
    SourceReadError,
    UnknownSourceError,
)
from protoalign.sources.assemble import assemble
from protoalign.sources.progress import SilentProgress
from protoalign.sources.scan import LoadOptions, Scan
from protoalign.sources.suppliers import Candidate, Files, files_of, supply_imports

if TYPE_CHECKING:
    from protoalign.contract.lock import ContractLock

__all__ = ["KINDS", "SourceKind", "load", "read_lock"]


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source.

    Attributes:
        name: its name, which is also its prefix: `name:` or, for servers, `name://`.
        summary: what it is, in a few words.
        example: a source string of the kind.
        scan: reads what stands behind the prefix. Its module is imported only then, so that start-up stays cheap.
    """

    name: str
    summary: str
    example: str
    scan: Callable[[str, LoadOptions], Scan]

    @property
    def prefix(self) -> str:
        """What a source string of the kind begins with: `name:`, or `name://` where the example has it so."""
        scheme = f"{self.name}://"
        return scheme if self.example.startswith(scheme) else f"{self.name}:"


def _scan_pypi(target: str, options: LoadOptions) -> Scan:
    from protoalign.sources import pypi

    return pypi.scan(target, options)


def _scan_python(target: str, options: LoadOptions) -> Scan:
    from protoalign.sources import python_package

    return python_package.scan(target, options)


def _scan_proto(target: str, options: LoadOptions) -> Scan:
    from protoalign.sources import proto_tree

    return proto_tree.scan(target, options)


def _scan_image(target: str, options: LoadOptions) -> Scan:
    from protoalign.sources import image

    return image.scan(target, options)


def _scan_go(target: str, options: LoadOptions) -> Scan:
    from protoalign.sources import go_package

    return go_package.scan(target, options)


def _scan_git(target: str, options: LoadOptions) -> Scan:
    from protoalign.sources import git

    return git.scan(target, options, scan_path)


def _scan_grpc(target: str, options: LoadOptions) -> Scan:
    from protoalign.sources import reflection

    return reflection.scan(target, options)


KINDS = (
    SourceKind("pypi", "a package of the package index", "pypi:xai-sdk==1.4.0", _scan_pypi),
    SourceKind("python", "a wheel, sdist, zip or folder with generated Python", "python:dist/sdk.whl", _scan_python),
    SourceKind("proto", "a folder of .proto files, or one such file", "proto:./proto", _scan_proto),
    SourceKind("image", "a FileDescriptorSet or buf image, also gzipped", "image:api.binpb", _scan_image),
    SourceKind("go", "a folder or module zip with generated .pb.go", "go:./gen", _scan_go),
    SourceKind("git", "any of these folders at a git revision", "git:.#v1.2.0:proto", _scan_git),
    SourceKind("grpc", "a live server's reflection", "grpc://localhost:50051", _scan_grpc),
    SourceKind("grpcs", "the same over TLS", "grpcs://api.example.com:443", _scan_grpc),
)

LOCK_PREFIX = "lock:"


def load(source: str, options: LoadOptions | None = None) -> Contract:
    """Read the contract that a source string names.

    A path may stand without prefix; its kind is then seen from what it holds. `lock:PATH` reads again the source that
    the lock names, and refuses anything but the contract that was locked.

    Raises:
        ProtoalignError: see `protoalign.errors`; each kind of failure has its own class.
    """
    chosen = options or LoadOptions()
    if source.startswith(LOCK_PREFIX):
        return _load_locked(source, chosen)
    try:
        scan = _scan(source, replace(chosen, import_files=lambda: _import_files(chosen)))
        return _assembled(scan, chosen)
    except (DescriptorError, ModuleSyntaxError) as error:
        # They name a place inside of the source, and of several sources the user has to know which.
        if not error.where.startswith(source):
            error.where = f"{source}: {error.where}" if error.where else source
        raise
    except OSError as error:
        raise SourceReadError(
            f"cannot be read: {error.strerror or error}", where=source, hint="Check the path and its permissions."
        ) from error


def _assembled(scan: Scan, chosen: LoadOptions) -> Contract:
    def supply(own: Files, available: Files) -> dict[str, tuple[ContractFile, str]]:
        # What the cache holds of the declared dependencies comes first: a second run needs no network.
        from_cache = replace(chosen, comments=False, offline=True, progress=SilentProgress())
        from_index = replace(chosen, comments=False)
        return supply_imports(
            own,
            available,
            named=[_candidate(name, chosen) for name in chosen.with_sources],
            requirements=scan.requirements,
            fetchers=[
                partial(_scan_pypi, options=options)
                for options in ([from_cache] if chosen.offline else [from_cache, from_index])
            ],
            note=chosen.progress.note,
        )

    return assemble(scan, supply, copies=chosen.copies, partial=chosen.partial)


def _import_files(options: LoadOptions) -> dict[str, bytes]:
    """The files that `--with` names, closed over their imports: what a compiler needs beside a tree."""
    alone = replace(options, with_sources=(), copies=(), comments=False)
    return {
        name: file.serialized
        for source in reversed(options.with_sources)
        for name, file in load(source, alone).by_name.items()
    }


def _candidate(source: str, options: LoadOptions) -> Candidate:
    def read() -> tuple[Files, tuple[str, ...]]:
        # Not `load`: a source that serves imports need not be complete itself.
        scan = _scan(source, replace(options, with_sources=(), comments=False))
        return files_of((*scan.imports, *scan.found)), scan.requirements

    return Candidate(source, read)


def read_lock(path: Path) -> ContractLock:
    """Read a lock file.

    Raises:
        LockError: it is missing, no TOML, or no lock that this version reads.
    """
    import tomllib

    from protoalign.contract.lock import ContractLock

    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LockError("does not exist", where=str(path), hint="Write one with protoalign lock SOURCE.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise LockError(f"cannot be read: {error}", where=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise LockError(
            f"is no TOML: {error}", where=str(path), hint="The lock was edited or damaged; write it again."
        ) from error
    return ContractLock.from_toml_data(data, where=str(path))


def _load_locked(source: str, options: LoadOptions) -> Contract:
    lock = read_lock(Path(source.removeprefix(LOCK_PREFIX)))
    if lock.source.startswith(LOCK_PREFIX):
        raise LockError("the lock names another lock as its source", where=source)
    contract = load(lock.source, options)
    for what, locked, actual in (
        ("archive SHA-256", lock.archive_sha256, contract.provenance.archive_sha256),
        ("contract digest", lock.digest, contract.digest),
    ):
        if locked is not None and locked != actual:
            raise LockError(
                f"{lock.source} now has the {what} {actual}, locked is {locked}",
                where=source,
                hint="The archive was replaced since it was locked. Find out why before you lock it anew.",
            )
    return contract


def _scan(source: str, options: LoadOptions) -> Scan:
    if not source:
        raise UnknownSourceError("no source is named", hint=_known_kinds())
    for kind in KINDS:
        if source.startswith(kind.prefix):
            target = source.removeprefix(kind.prefix)
            if not target:
                raise UnknownSourceError(f"nothing stands behind {kind.prefix}", hint=f"For example: {kind.example}")
            # Of a server, the scheme says whether to speak TLS.
            return kind.scan(source if kind.prefix.endswith("//") else target, options)
    unknown = re.match(r"([a-z][a-z0-9+.-]+):", source)
    if unknown and not Path(source).exists():
        raise UnknownSourceError(f"no kind of source is called {unknown.group(1)!r}", hint=_known_kinds())
    return scan_path(source, options)


def scan_path(target: str, options: LoadOptions) -> Scan:
    """Scan a path whose kind is seen from what it holds: serialized descriptors win over .proto files."""
    from protoalign.sources.members import is_archive, member_names

    path = Path(target)
    if not path.exists():
        raise SourceReadError(
            "does not exist",
            where=target,
            hint="A package of the index is named pypi:NAME==VERSION.\n" + _known_kinds(),
        )
    if path.suffix == ".whl":
        return _scan_python(target, options)
    if path.is_file() and not is_archive(path):
        return (_scan_proto if path.suffix == ".proto" else _scan_image)(target, options)
    names = member_names(path, options.limits)
    if any(name.endswith(".py") for name in names):
        try:
            return _scan_python(target, options)
        except NoDescriptorsError:
            if not any(name.endswith((".proto", ".pb.go")) for name in names):
                raise
    if any(name.endswith(".proto") for name in names) and path.is_dir():
        return _scan_proto(target, options)
    if any(name.endswith(".pb.go") for name in names):
        return _scan_go(target, options)
    raise NoDescriptorsError(
        f"holds no generated protobuf code and no .proto files among its {len(names)} files",
        where=target,
        hint="Unpack the archive and name its folder of .proto files."
        if any(name.endswith(".proto") for name in names)
        else _known_kinds(),
    )


def _known_kinds() -> str:
    width = max(len(kind.example) for kind in KINDS)
    return "Sources are:\n" + "\n".join(f"  {kind.example:<{width}}  {kind.summary}" for kind in KINDS)
