"""The import graph of a set of files: order, rings, closure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from protoalign.contract.file import ContractFile
from protoalign.errors import ImportCycleError

__all__ = ["closure", "import_order", "missing_imports"]


def import_order(files: Mapping[str, ContractFile]) -> tuple[str, ...]:
    """The files' names, imported ones before importing ones; independent ones by name.

    Imports outside `files` are passed over.

    Raises:
        ImportCycleError: files import each other in a ring.
    """
    order: list[str] = []
    done: set[str] = set()
    for root in sorted(files):
        # An explicit stack: an import chain may be longer than Python's recursion limit.
        stack = [(root, iter(_known_imports(files, root)))] if root not in done else []
        open_names = [root]
        while stack:
            name, pending = stack[-1]
            following = next(pending, None)
            if following is None:
                stack.pop()
                open_names.pop()
                done.add(name)
                order.append(name)
            elif following in open_names:
                ring = [*open_names[open_names.index(following) :], following]
                raise ImportCycleError(
                    "files import each other in a ring: " + " → ".join(ring),
                    hint="No compiler accepts this; the source is damaged or was put together by hand.",
                )
            elif following not in done:
                stack.append((following, iter(_known_imports(files, following))))
                open_names.append(following)
    return tuple(order)


def closure(files: Mapping[str, ContractFile], roots: Iterable[str]) -> frozenset[str]:
    """The roots and everything that they import, directly or not, as far as `files` holds it."""
    reached: set[str] = set()
    pending = [name for name in roots if name in files]
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending.extend(imported for imported in files[name].imports if imported in files)
    return frozenset(reached)


def missing_imports(files: Mapping[str, ContractFile]) -> dict[str, tuple[str, ...]]:
    """Imports that `files` does not hold, each with the sorted names of the files that want it."""
    wanted: dict[str, set[str]] = {}
    for name, file in files.items():
        for imported in file.imports:
            if imported not in files:
                wanted.setdefault(imported, set()).add(name)
    return {imported: tuple(sorted(wanted[imported])) for imported in sorted(wanted)}


def _known_imports(files: Mapping[str, ContractFile], name: str) -> list[str]:
    return sorted({imported for imported in files[name].imports if imported in files})
