"""The serialized descriptors in one Python module, found without importing it."""

from __future__ import annotations

from dataclasses import dataclass

from protoalign.errors import ArchiveError, ModuleSyntaxError
from protoalign.sources.limits import Limits
from protoalign.sources.protoc_module import serialized_of_protoc_module
from protoalign.sources.scan import FoundDescriptor

__all__ = ["ModuleDescriptors", "find_descriptors", "may_hold_descriptors"]

# A module without one of these words holds no descriptor in any known form.
MARKERS = (
    b"AddSerializedFile",
    b"serialized_pb",
    b"file_desc",
    b"FileDescriptor",
    b"DescriptorProto",
    b"proto.module",
)
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class ModuleDescriptors:
    """What one module holds.

    Attributes:
        found: the serialized descriptors, in the order of the module's text.
        unsupported: `member:line` of descriptors that exist only as code to be run.
    """

    found: tuple[FoundDescriptor, ...] = ()
    unsupported: tuple[str, ...] = ()


def may_hold_descriptors(text: bytes) -> bool:
    """Whether the module has a word that stands beside every descriptor; a comment may have it too."""
    return any(marker in text for marker in MARKERS)


def find_descriptors(text: bytes, member: str, limits: Limits | None = None) -> ModuleDescriptors:
    """Find the serialized descriptors in a module's text.

    Args:
        text: the module as it is on disk, in whatever encoding it declares.
        member: its path inside the source, for locations and messages.
        limits: bounds on the descriptors' size.

    Raises:
        ModuleSyntaxError: the module should hold a descriptor, and Python cannot parse it.
        ArchiveError: a literal stands for more bytes than a descriptor may have.
    """
    bounds = limits or Limits()
    quick = serialized_of_protoc_module(text)
    if quick is not None:
        serialized, line = quick
        if len(serialized) > bounds.descriptor_size:
            raise _too_large(f"{member}:{line}", bounds)
        return ModuleDescriptors((FoundDescriptor(serialized, f"{member}:{line}"),))
    if not may_hold_descriptors(text):
        return ModuleDescriptors()
    return find_descriptors_in_syntax_tree(text, member, bounds)


def find_descriptors_in_syntax_tree(text: bytes, member: str, limits: Limits) -> ModuleDescriptors:
    """The same as `find_descriptors`, always by the module's syntax tree.

    Raises:
        ModuleSyntaxError: Python cannot parse the module.
        ArchiveError: a literal stands for more bytes than a descriptor may have.
    """
    # Imported late: most packages hold nothing but modules that protoc wrote.
    from protoalign.sources.python_literals import LiteralTooLargeError
    from protoalign.sources.python_syntax import descriptors_of_tree, parse_module
    from protoalign.sources.python_two import descriptors_of_python_two, is_python_two

    try:
        tree = parse_module(text)
        serialized, unsupported = descriptors_of_tree(tree, limits.descriptor_size)
    except SyntaxError as error:
        if is_python_two(error):
            old = descriptors_of_python_two(text, limits.descriptor_size)
            if old is not None:
                return ModuleDescriptors(tuple(FoundDescriptor(value, f"{member}:{line}") for line, value in old))
        raise ModuleSyntaxError(
            f"the module has a descriptor and does not parse: {error.msg}",
            where=f"{member}:{error.lineno}" if error.lineno else member,
            hint="The module is damaged, or written for a Python that this one cannot read.",
        ) from error
    except LiteralTooLargeError:
        raise _too_large(member, limits) from None
    except (RecursionError, MemoryError):
        raise ModuleSyntaxError(
            "the module's expressions nest too deep to be parsed",
            where=member,
            hint="No generated module does this; look at the source before you trust it.",
        ) from None
    return ModuleDescriptors(
        tuple(FoundDescriptor(value, f"{member}:{line}") for line, value in serialized),
        tuple(f"{member}:{line}" for line in unsupported),
    )


def _too_large(where: str, limits: Limits) -> ArchiveError:
    return ArchiveError(
        f"a literal stands for more than {limits.descriptor_size // MIB} MiB",
        where=where,
        hint="No descriptor is that large; look at the source before you trust it.",
    )
