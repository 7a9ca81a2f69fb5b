"""Contracts out of descriptor sets: what `protoc --descriptor_set_out` and `buf build -o` write.

Read are the binary form, the JSON form and the text form, each also gzipped; which one it is shows in the content.

The files of a binary set are taken as the bytes they are. A buf image says of each file whether it is an import; of a
plain set, every file is its own except those that come with protobuf (see `protoalign.sources.own_files`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from protoalign.errors import AmbiguousCopiesError, DescriptorError, NoDescriptorsError, SourceReadError
from protoalign.sources.limits import Limits
from protoalign.sources.own_files import split_own_files
from protoalign.sources.scan import FoundDescriptor, LoadOptions, Scan
from protoalign.sources.wire import wire_fields

__all__ = ["ImageFile", "files_of_image", "scan"]

GZIP_MAGIC = b"\x1f\x8b"
NAME = 1
SET_FILE = 1
LAST_FIELD_OF_A_FILE = 99
# buf's image format: FileDescriptorProto gets a field 8042, a message whose field 1 says whether the file is an import.
BUF_EXTENSION = 8042
BUF_IS_IMPORT = 1
TEXT_START = re.compile(rb"\s*(?:#[^\n]*\n\s*)*+file\s*:?\s*[{<\[]")
TEXT_SUFFIXES = (".txtpb", ".textproto", ".pbtxt", ".textpb")


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One file of an image.

    Attributes:
        name: its name.
        serialized: its serialized FileDescriptorProto, without what buf adds.
        is_import: what buf says of it; None where nothing is said.
    """

    name: str
    serialized: bytes
    is_import: bool | None


def scan(target: str, options: LoadOptions) -> Scan:
    """Read a FileDescriptorSet, a buf image or a single serialized FileDescriptorProto.

    Args:
        target: the file's path.
        options: how to read it.

    Raises:
        AmbiguousCopiesError: two different files have one name.
        DescriptorError: the content is none of these, or is too large once unpacked.
        NoDescriptorsError: it holds no file.
        SourceReadError: the path is missing, unreadable, no regular file or too large.
    """
    path = Path(target)
    content = _read(path, options.limits)
    digest = sha256(content).hexdigest()
    files: dict[str, ImageFile] = {}
    for file in files_of_image(content, path.name, options.limits, where=target):
        known = files.setdefault(file.name, file)
        if known != file:
            raise AmbiguousCopiesError(
                f"two different files of the set are named {file.name}",
                where=target,
                hint="No compiler writes such a set; make it anew.",
            )
    if not files:
        raise NoDescriptorsError(
            "the descriptor set holds no file",
            where=target,
            hint="Write one with: buf build -o FILE, or protoc --include_imports --descriptor_set_out=FILE.",
        )
    own, imports = _split(files)
    return Scan(
        source=target,
        kind="image",
        found=own,
        imports=imports,
        archive=path.name,
        archive_sha256=digest,
    )


def files_of_image(content: bytes, name: str, limits: Limits, *, where: str) -> Iterator[ImageFile]:
    """Yield the files of an image in their order.

    Args:
        content: the image, in any of its forms.
        name: its file name, which decides only where the content leaves a doubt.
        limits: bounds on what it may unpack to.
        where: what to call it in errors.

    Raises:
        DescriptorError: the content is no image, or is too large once unpacked.
    """
    if content.startswith(GZIP_MAGIC):
        content = _gunzip(content, limits, where)
        name = name.removesuffix(".gz")
    looks_like_json = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    if looks_like_json or name.endswith(".json"):
        # A set whose first file is 123 bytes long begins with a newline and a brace too; it is no JSON a byte later.
        from protoalign.sources.image_text import files_of_json, is_json

        if name.endswith(".json") or is_json(content):
            yield from _without_buf_extension(files_of_json(content, where=where), where)
            return
    if name.endswith(TEXT_SUFFIXES) or TEXT_START.match(content) is not None:
        from protoalign.sources.image_text import files_of_text

        yield from _without_buf_extension(files_of_text(content, where=where), where)
        return
    yield from _without_buf_extension(_files_of_binary(content, where), where)


def _read(path: Path, limits: Limits) -> bytes:
    try:
        if not path.is_file():
            raise SourceReadError(
                "is no regular file" if path.exists() else "does not exist",
                where=str(path),
                hint="Check the path.",
            )
        with path.open("rb") as file:
            content = file.read(limits.member_size + 1)
    except (OSError, ValueError) as error:
        raise SourceReadError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}", where=str(path), hint="Check the path."
        ) from error
    if len(content) > limits.member_size:
        raise SourceReadError(
            f"is larger than {limits.member_size >> 20} MiB",
            where=str(path),
            hint="A descriptor set of that size cannot be read; split it.",
        )
    return content


def _gunzip(content: bytes, limits: Limits, where: str) -> bytes:
    unpacked = bytearray()
    rest = content
    while rest.startswith(GZIP_MAGIC):
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            unpacked += unpacker.decompress(rest, limits.member_size + 1 - len(unpacked))
        except zlib.error as error:
            raise DescriptorError(
                f"the gzip compression is damaged: {error}", where=where, hint="Fetch the file again."
            ) from error
        if len(unpacked) > limits.member_size:
            raise DescriptorError(
                f"unpacks to more than {limits.member_size >> 20} MiB",
                where=where,
                hint="Nothing was read from it. It can be an attack; look at the file before you trust it.",
            )
        if not unpacker.eof:
            raise DescriptorError("the gzip file is cut short", where=where, hint="Fetch the file again.")
        # Several gzip streams one behind the other are one file, by gzip's definition; zeros may pad the end.
        rest = unpacker.unused_data.lstrip(b"\0")
    if rest:
        raise DescriptorError("something else follows the gzip data", where=where, hint="Fetch the file again.")
    return bytes(unpacked)


def _files_of_binary(content: bytes, where: str) -> Iterator[bytes]:
    """The serialized files of a set; of a single serialized file, itself."""
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.message import DecodeError

    def parses(serialized: bytes) -> bool:
        try:
            return bool(FileDescriptorProto.FromString(serialized).name)
        except (DecodeError, UnicodeDecodeError):
            return False

    try:
        fields = list(wire_fields(content))
        is_file = any(field.number != SET_FILE and field.number <= LAST_FIELD_OF_A_FILE for field in fields)
        members = [
            content[field.content : field.end]
            for field in fields
            if field.number == SET_FILE and field.length_delimited
        ]
    except DescriptorError as error:
        raise DescriptorError(
            "is no FileDescriptorSet, buf image or serialized FileDescriptorProto",
            where=where,
            hint="The file is damaged or of another kind. Write one with: buf build -o FILE.binpb",
        ) from error
    # The bytes do not say which message they are. A lone file has other fields than number 1, which in it is the name.
    if is_file or (len(members) == 1 and not parses(members[0]) and parses(content)):
        members = [content]
    for index, serialized in enumerate(members):
        if not parses(serialized):
            raise DescriptorError(
                "is no FileDescriptorSet, buf image or serialized FileDescriptorProto"
                if len(members) == 1
                else f"file {index + 1} of {len(members)} does not parse as a FileDescriptorProto",
                where=where,
                hint="The file is damaged or of another kind. Write one with: buf build -o FILE.binpb",
            )
        yield serialized


def _without_buf_extension(files: Iterator[bytes], where: str) -> Iterator[ImageFile]:
    for serialized in files:
        name = b""
        is_import: bool | None = None
        kept: list[bytes] = []
        start = 0
        for field in wire_fields(serialized, where=where):
            if field.number == NAME:
                name = serialized[field.content : field.end]
            elif field.number == BUF_EXTENSION and field.length_delimited:
                kept.append(serialized[start : field.start])
                start = field.end
                is_import = _is_import(serialized[field.content : field.end], where)
        kept.append(serialized[start:])
        yield ImageFile(name.decode("utf-8", "replace"), b"".join(kept), is_import)


def _is_import(extension: bytes, where: str) -> bool:
    return any(
        field.number == BUF_IS_IMPORT and extension[field.content : field.end] != b"\0"
        for field in wire_fields(extension, where=where)
    )


def _split(files: dict[str, ImageFile]) -> tuple[tuple[FoundDescriptor, ...], tuple[FoundDescriptor, ...]]:
    found = {name: FoundDescriptor(file.serialized, name) for name, file in files.items()}
    if all(file.is_import is None for file in files.values()):
        return split_own_files(found)
    own = [name for name, file in files.items() if not file.is_import] or list(files)
    return (
        tuple(found[name] for name in own),
        tuple(found[name] for name in files if name not in own),
    )
