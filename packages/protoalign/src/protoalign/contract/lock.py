"""A lock: enough to say, without network, whether a tree equals a contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING

from protoalign.contract.counts import Counts
from protoalign.contract.model import Contract, digest_of_files
from protoalign.errors import LockError

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
    from google.protobuf.message import Message

__all__ = ["LOCK_FORMAT", "ContractLock", "LockDifference", "lock_differences", "lock_of"]

LOCK_FORMAT = 1


@dataclass(frozen=True, slots=True)
class ContractLock:
    """What a lock file holds.

    Attributes:
        source: the source string that the contract was read from.
        version: its release, where it has one.
        archive: the archive's file name, where there is one.
        archive_sha256: the archive's SHA-256 in hex, where there is one.
        digest: the contract's digest.
        counts: the contract's counts.
        files: file name to SHA-256 in hex.
        elements: full name of each message, enum and service to SHA-256 in hex, keyed by kind first.
    """

    source: str
    version: str | None
    archive: str | None
    archive_sha256: str | None
    digest: str
    counts: Counts
    files: Mapping[str, str]
    elements: Mapping[str, Mapping[str, str]]

    def to_toml_data(self) -> dict[str, object]:
        """The lock as plain data in the order in which the file shows it."""
        head = {
            "format": LOCK_FORMAT,
            "source": self.source,
            "version": self.version,
            "archive": self.archive,
            "archive_sha256": self.archive_sha256,
            "digest": self.digest,
        }
        return {
            **{key: value for key, value in head.items() if value is not None},
            "counts": asdict(self.counts),
            "files": dict(self.files),
            **{kind: dict(digests) for kind, digests in self.elements.items()},
        }

    @classmethod
    def from_toml_data(cls, data: Mapping[str, object], *, where: str) -> ContractLock:
        """Read a lock back from plain data.

        Raises:
            LockError: a key is missing or of the wrong type, the format is unknown, or digests contradict each other.
        """
        if data.get("format") != LOCK_FORMAT:
            raise LockError(
                f"the lock has format {data.get('format')!r}, this protoalign reads {LOCK_FORMAT}",
                where=where,
                hint="Write it again with protoalign lock.",
            )
        files = _string_table(data, "files", where)
        counts = data.get("counts")
        if not isinstance(counts, dict) or set(counts) != set(Counts.__slots__):
            raise LockError("the table [counts] is missing or incomplete", where=where)
        if not all(type(number) is int for number in counts.values()):
            raise LockError("a count in [counts] is not a whole number", where=where)
        lock = cls(
            source=_string(data, "source", where),
            version=_string(data, "version", where) if "version" in data else None,
            archive=_string(data, "archive", where) if "archive" in data else None,
            archive_sha256=_string(data, "archive_sha256", where) if "archive_sha256" in data else None,
            digest=_string(data, "digest", where),
            counts=Counts(**counts),
            files=files,
            elements=MappingProxyType({kind: _string_table(data, kind, where) for kind in ELEMENT_KINDS}),
        )
        if digest_of_files(files) != lock.digest:
            raise LockError(
                "the contract digest is not the digest of the files listed",
                where=where,
                hint="The lock was edited or damaged; write it again with protoalign lock.",
            )
        return lock


ELEMENT_KINDS = ("messages", "enums", "services")


def lock_of(contract: Contract) -> ContractLock:
    """The lock of a contract."""
    elements: dict[str, dict[str, str]] = {kind: {} for kind in ELEMENT_KINDS}
    for form in contract.canonical.values():
        for kind, name, descriptor in _digested_elements(form):
            digest = sha256(descriptor.SerializeToString(deterministic=True)).hexdigest()
            elements[kind].setdefault(name, digest)
    return ContractLock(
        source=contract.provenance.source,
        version=contract.provenance.version,
        archive=contract.provenance.archive,
        archive_sha256=contract.provenance.archive_sha256,
        digest=contract.digest,
        counts=contract.counts,
        files=contract.file_digests,
        elements=MappingProxyType(
            {kind: MappingProxyType(dict(sorted(digests.items()))) for kind, digests in elements.items()}
        ),
    )


@dataclass(frozen=True, slots=True)
class LockDifference:
    """One name whose digest is not the locked one.

    Attributes:
        kind: `files`, `messages`, `enums` or `services`.
        name: the file's name or the element's full name.
        state: `missing` (locked, not there), `extra` (there, not locked) or `changed`.
    """

    kind: str
    name: str
    state: str


def lock_differences(lock: ContractLock, contract: Contract) -> tuple[LockDifference, ...]:
    """Where a contract is not what the lock says; empty if and only if their digests are equal."""
    actual = lock_of(contract)
    return (
        *_table_differences("files", lock.files, actual.files),
        *(
            difference
            for kind in ELEMENT_KINDS
            for difference in _table_differences(kind, lock.elements[kind], actual.elements[kind])
        ),
    )


def _table_differences(kind: str, locked: Mapping[str, str], actual: Mapping[str, str]) -> Iterator[LockDifference]:
    for name in sorted({*locked, *actual}):
        if name not in actual:
            yield LockDifference(kind, name, "missing")
        elif name not in locked:
            yield LockDifference(kind, name, "extra")
        elif locked[name] != actual[name]:
            yield LockDifference(kind, name, "changed")


def _digested_elements(file: FileDescriptorProto) -> Iterator[tuple[str, str, Message]]:
    scope = f"{file.package}." if file.package else ""
    for message in file.message_type:
        yield from _digested_message(scope, message)
    for enum in file.enum_type:
        yield "enums", scope + enum.name, enum
    for service in file.service:
        yield "services", scope + service.name, service


def _digested_message(scope: str, message: DescriptorProto) -> Iterator[tuple[str, str, Message]]:
    if message.options.map_entry:
        return
    name = scope + message.name
    yield "messages", name, message
    for nested in message.nested_type:
        yield from _digested_message(f"{name}.", nested)
    for enum in message.enum_type:
        yield "enums", f"{name}.{enum.name}", enum


def _string(data: Mapping[str, object], key: str, where: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise LockError(f"the key {key!r} is missing or not a string", where=where)
    return value


def _string_table(data: Mapping[str, object], key: str, where: str) -> Mapping[str, str]:
    table = data.get(key, {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise LockError(f"the table [{key}] is not a table of strings", where=where)
    return MappingProxyType(dict(table))
