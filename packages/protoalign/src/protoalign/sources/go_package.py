r"""Contracts out of generated Go: the raw descriptors in `.pb.go` files of a folder or a module zip.

Every generator of Go code embeds the serialized descriptor of each file, in one of these forms:

- `var file_x_rawDesc = []byte{0x0a, …}`, protoc-gen-go since 1.20;
- `var file_x_rawDesc = string([]byte{0x0a, …})`, some releases of protoc-gen-go 1.36;
- `const file_x_rawDesc = "" + "\n…" + …`, protoc-gen-go since 1.36.6;
- `var fileDescriptor_x = []byte{0x1f, 0x8b, …}`, gzipped: the generators of golang/protobuf before 1.4, and of gogo.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from protoalign.errors import DescriptorError, NoDescriptorsError
from protoalign.sources.go_literals import declarations, read_bytes
from protoalign.sources.limits import Limits
from protoalign.sources.members import read_members
from protoalign.sources.scan import FoundDescriptor, LoadOptions, Scan

__all__ = ["descriptors_in", "scan"]

# protoc-gen-go-pulsar, of which a whole ecosystem's APIs are made, differs from protoc-gen-go in the suffix only.
SUFFIXES = (".pb.go", ".pulsar.go")
DESCRIPTOR_NAMES = rb"\w*_rawDesc|fileDescriptor\w*"
GZIP_MAGIC = b"\x1f\x8b"
REGISTERED_MESSAGE = re.compile(rb"^\s*(?:proto|golang_proto)\.RegisterType\(", re.MULTILINE)
# The module's path, then its version, as the Go command names the folder in a module zip and in its cache.
VERSIONED = re.compile(r"@(v[0-9][^/@]*)(?:/|$)")
DAMAGED = "The file is damaged; fetch or generate it again."


def scan(target: str, options: LoadOptions) -> Scan:
    """Find the descriptors in generated Go code.

    Args:
        target: the path of a folder, or of an archive such as the Go module proxy hands out.
        options: how to read it.

    Raises:
        ArchiveError: the archive is damaged, encrypted, hostile or too large.
        DescriptorError: a gzipped descriptor does not unpack, or unpacks to too much.
        ModuleSyntaxError: a descriptor's literal cannot be read.
        NoDescriptorsError: no Go file holds a descriptor.
        SourceReadError: the path is missing or unreadable.
    """
    path = Path(target)
    found: list[FoundDescriptor] = []
    unsupported: list[str] = []
    files = 0
    prefix = ""
    for name, content in read_members(path, lambda name: name.endswith(SUFFIXES), options.limits):
        files += 1
        prefix = name
        descriptors = tuple(descriptors_in(content, name, options.limits))
        found.extend(descriptors)
        if not descriptors and REGISTERED_MESSAGE.search(content) is not None:
            unsupported.append(f"{name}: its messages are registered without a descriptor")
    if not found and not unsupported:
        raise NoDescriptorsError(
            f"no protobuf descriptor in its {files} generated Go files" if files else "holds no .pb.go file",
            where=target,
            hint="Name the folder or module zip whose .pb.go files protoc-gen-go wrote.",
        )
    archive = path if path.is_file() else None
    return Scan(
        source=target,
        kind="go",
        found=tuple(found),
        version=_version(prefix) if archive else _version(path.resolve().as_posix()),
        archive=archive.name if archive else None,
        archive_sha256=_sha256(archive) if archive else None,
        unsupported=tuple(unsupported),
    )


def descriptors_in(source: bytes, name: str, limits: Limits) -> Iterator[FoundDescriptor]:
    """Yield the descriptors of one Go file.

    Args:
        source: the file's text.
        name: its path, for locations and errors.
        limits: bounds on what a descriptor may unpack to.

    Raises:
        DescriptorError: a gzipped descriptor does not unpack, or unpacks to too much.
        ModuleSyntaxError: a descriptor's literal cannot be read.
    """
    if b"_rawDesc" not in source and b"fileDescriptor" not in source:
        return
    for declaration in declarations(source, DESCRIPTOR_NAMES):
        serialized = read_bytes(source, declaration.value, where=name, limit=limits.descriptor_size)
        location = f"{name}:{declaration.line}"
        if serialized.startswith(GZIP_MAGIC):
            serialized = _gunzip(serialized, limits.descriptor_size, location)
        yield FoundDescriptor(serialized, location)


def _gunzip(data: bytes, limit: int, where: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise DescriptorError(f"the gzipped descriptor does not unpack: {error}", where=where, hint=DAMAGED) from error
    if len(unpacked) > limit:
        raise DescriptorError(
            f"the gzipped descriptor unpacks to more than {limit:,} bytes",
            where=where,
            hint="Nothing was read from it. It can be an attack; look at the source before you trust it.",
        )
    if not unpacker.eof:
        raise DescriptorError("the gzipped descriptor is cut short", where=where, hint=DAMAGED)
    return unpacked


def _version(path: str) -> str | None:
    match = VERSIONED.search(path)
    return match.group(1) if match is not None else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
