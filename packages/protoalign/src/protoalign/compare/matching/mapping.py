"""The user's own mapping: checked, and resolved to nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from protoalign.compare.nodes import NodeIndex
from protoalign.compare.structure import Node
from protoalign.errors import MappingError

__all__ = ["ExplicitMapping", "resolve_mapping"]

HINT = "Mappings come from --map OLD=NEW and from [map] in protoalign.toml: OLD is the subject's name."


@dataclass(frozen=True, slots=True)
class ExplicitMapping:
    """What the user said.

    Attributes:
        files: subject file to reference file, None for no counterpart.
        elements: subject element to reference element, None for no counterpart.
        packages: subject package to reference package, None for none.
    """

    files: Mapping[str, Node | None]
    elements: Mapping[str, Node | None]
    packages: Mapping[str, str | None]


def resolve_mapping(
    mapping: Mapping[str, str],
    subject: NodeIndex,
    reference: NodeIndex,
    packages: tuple[Iterable[str], Iterable[str]],
) -> ExplicitMapping:
    """Find what each name of the mapping names; an entry that was carried out since says nothing any more.

    Args:
        mapping: subject name to reference name; an empty one for no counterpart.
        subject: the subject's nodes.
        reference: the reference's nodes.
        packages: the subject's packages and the reference's.

    Raises:
        MappingError: a name that nothing has (it says the nearest one), a node mapped to one of another kind, two names
            mapped to one, or names that are mapped onto each other in a ring.
    """
    _check_rings(mapping)
    files: dict[str, Node | None] = {}
    elements: dict[str, Node | None] = {}
    package_names: dict[str, str | None] = {}
    of_subject, of_reference = set(packages[0]), set(packages[1])
    for old, new in mapping.items():
        if old in subject.files:
            files[old] = _found(old, new, reference.files, "file") if new else None
        elif old in subject.by_name:
            node = subject.by_name[old]
            target = _found(old, new, reference.by_name, node.kind) if new else None
            if target is not None and target.kind != node.kind:
                raise MappingError(
                    f"{old} ({node.kind}) and {new} ({target.kind}) are of different kinds and cannot be counterparts",
                    hint=HINT,
                )
            elements[old] = target
        elif old in of_subject:
            if new and new not in of_reference:
                raise _unknown(new, of_reference, "reference", "package")
            package_names[old] = new or None
        elif new and new in {*subject.files, *subject.by_name, *of_subject}:
            # The subject was aligned since: what was called OLD is called NEW now, and needs no mapping any more.
            continue
        else:
            raise _unknown(old, {*subject.files, *subject.by_name, *of_subject}, "subject", "file, package or element")
    _check_targets({name: node.name for name, node in files.items() if node is not None})
    _check_targets({name: node.name for name, node in elements.items() if node is not None})
    return ExplicitMapping(files, elements, package_names)


def _found(old: str, new: str, known: Mapping[str, Node], kind: str) -> Node:
    node = known.get(new)
    if node is None:
        raise _unknown(new, known, "reference", f"{kind}, to which {old} is mapped,")
    return node


def _unknown(name: str, known: Iterable[str], side: str, what: str) -> MappingError:
    near = get_close_matches(name, sorted(known), n=3, cutoff=0.6)
    meant = f" Nearest: {', '.join(near)}." if near else ""
    return MappingError(f"the {side} has no {what} {name!r}.{meant}".removesuffix("."), hint=HINT)


def _check_rings(mapping: Mapping[str, str]) -> None:
    for start in mapping:
        ring = [start]
        while (following := mapping.get(ring[-1])) and following != ring[-1]:
            if following == start:
                raise MappingError(f"the mapping is cyclic: {' = '.join([*ring, start])}", hint=HINT)
            if following in ring:
                break
            ring.append(following)


def _check_targets(mapping: Mapping[str, str]) -> None:
    taken: dict[str, str] = {}
    for old, new in mapping.items():
        other = taken.setdefault(new, old)
        if other != old:
            raise MappingError(f"the mapping contradicts itself: {other} and {old} are both mapped to {new}", hint=HINT)
