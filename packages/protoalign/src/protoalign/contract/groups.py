"""Sets of files that one compiler run or one descriptor pool can hold.

A package may ship two copies of one API under different file names; both declare the same symbols, so no compiler
takes them together, though each is sound by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from protoalign.contract.file import ContractFile
from protoalign.contract.imports import closure
from protoalign.errors import DescriptorError

__all__ = ["compatible_groups"]


def compatible_groups(files: Mapping[str, ContractFile], order: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Split files into as few groups as a greedy pass finds, such that no two files of one group clash.

    Args:
        files: all files, imports included.
        order: the names to place, in import order.

    Returns:
        Groups of names in import order, each closed over its imports; an import may stand in several groups.

    Raises:
        DescriptorError: a name is not UTF-8.
    """
    symbols = {name: frozenset(_top_level_symbols(files[name])) for name in order}
    owners: list[dict[str, str]] = []
    groups: list[set[str]] = []
    placed: set[str] = set()
    # Importing files first: their closures are the largest, and bring their imports along.
    for name in reversed(order):
        if name in placed:
            continue
        needed = closure(files, [name])
        for owner, group in zip(owners, groups, strict=True):  # noqa: B007 - used behind the loop
            if all(owner.get(symbol, other) == other for other in needed for symbol in symbols[other]):
                break
        else:
            owner, group = {}, set()
            owners.append(owner)
            groups.append(group)
        for other in needed:
            group.add(other)
            owner.update(dict.fromkeys(symbols[other], other))
        placed |= needed
    return tuple(tuple(name for name in order if name in group) for group in groups)


def _top_level_symbols(file: ContractFile) -> Iterator[str]:
    scope = f"{file.package}." if file.package else ""
    descriptor = file.descriptor
    names = (
        *(message.name for message in descriptor.message_type),
        *(enum.name for enum in descriptor.enum_type),
        *(value.name for enum in descriptor.enum_type for value in enum.value),
        *(service.name for service in descriptor.service),
        *(extension.name for extension in descriptor.extension),
    )
    for name in names:
        # A string that is not UTF-8 comes out of the runtime as bytes.
        if not isinstance(name, str):
            raise DescriptorError("a name in the descriptor is not UTF-8", where=file.name)
        yield scope + name
    for extension in descriptor.extension:
        # Two extensions of one message may not share a number.
        yield f"{extension.extendee}#{extension.number}"
