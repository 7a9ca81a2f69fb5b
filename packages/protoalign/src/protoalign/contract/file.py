"""One file of a contract: its serialized descriptor, and what can be read off it without a pool."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import DecodeError

from protoalign.errors import DescriptorError

__all__ = ["ContractFile"]

MAX_NAME_LENGTH = 1024
# Nearly all names are of this form, in which no part can be `.` or `..`.
PLAIN_NAME = re.compile(r"(?:\w[\w.-]*/)*\w[\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContractFile:
    """One .proto file, as its serialized FileDescriptorProto.

    The bytes are the truth. `descriptor` is one shared parsed view of them for reading; code that wants to edit
    parses `serialized` again.

    Attributes:
        name: the file's name, a relative path with `/` between folders.
        serialized: the serialized FileDescriptorProto.
        descriptor: the parsed view.
        imports: the names of the imported files, plain ones first, then `import option` ones.
    """

    name: str
    serialized: bytes = field(repr=False)
    descriptor: FileDescriptorProto = field(repr=False, compare=False)
    imports: tuple[str, ...] = field(repr=False, compare=False)

    @classmethod
    def parse(cls, serialized: bytes, *, where: str = "") -> ContractFile:
        """Parse a serialized FileDescriptorProto.

        Raises:
            DescriptorError: the bytes do not parse, or the file has no usable name.
        """
        descriptor = FileDescriptorProto()
        try:
            descriptor.ParseFromString(serialized)
        except (DecodeError, UnicodeDecodeError) as error:
            raise DescriptorError(
                "the descriptor does not parse as a FileDescriptorProto",
                where=where,
                hint="The package may be damaged; fetch it again, or report it to its vendor.",
            ) from error
        # Strings that are not UTF-8 come out of the runtime as bytes.
        imports = (*descriptor.dependency, *descriptor.option_dependency)
        if {*map(type, (descriptor.name, descriptor.package, *imports))} != {str}:
            raise DescriptorError("a name in the descriptor is not UTF-8", where=where)
        check_file_name(descriptor.name, where=where)
        return cls(descriptor.name, serialized, descriptor, imports)

    @classmethod
    def of(cls, descriptor: FileDescriptorProto) -> ContractFile:
        """Wrap a descriptor; later changes of `descriptor` do not reach the file."""
        return cls.parse(descriptor.SerializeToString(deterministic=True), where=descriptor.name)

    @property
    def package(self) -> str:
        """The protobuf package, empty where the file declares none."""
        return self.descriptor.package


def check_file_name(name: str, *, where: str) -> None:
    """Refuse file names that would leave the folder they are written to.

    Raises:
        DescriptorError: the name is empty, absolute, too long, or has a `..`, a backslash or a control character.
    """
    if PLAIN_NAME.fullmatch(name) and len(name) <= MAX_NAME_LENGTH:
        return
    parts = name.split("/")
    if (
        not name
        or len(name) > MAX_NAME_LENGTH
        or name.startswith("/")
        or "\\" in name
        or (len(name) > 1 and name[1] == ":")
        or any(part in ("", ".", "..") for part in parts)
        or not name.isprintable()
    ):
        shown = repr(name if len(name) <= 80 else name[:80] + "…")
        raise DescriptorError(
            f"the descriptor names its file {shown}, which is no relative path inside a tree",
            where=where,
            hint="Nothing was written. Such a name can be an attack; look at the source before you trust it.",
        )
