"""Match before diff: which files, packages and elements of two contracts are counterparts of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from protoalign.compare.matching.elements import match_elements
from protoalign.compare.matching.files import match_files
from protoalign.compare.matching.mapping import ExplicitMapping, resolve_mapping
from protoalign.compare.matching.state import MatchState
from protoalign.compare.nodes import NodeIndex
from protoalign.compare.structure import Match, Matching, Node
from protoalign.errors import NothingMatchedError

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from protoalign.contract import Contract

__all__ = ["match_contracts"]


def match_contracts(subject: Contract, reference: Contract, mapping: Mapping[str, str]) -> Matching:
    """Match two contracts: by the user's mapping, by full name, by name under an inferred package, by shape and use.

    Files that both sides have byte for byte under one name are not looked into, see `Matching.elements`.

    Args:
        subject: the contract that is held against the reference.
        reference: the reference.
        mapping: what the user says, see `Settings.mapping`.

    Raises:
        MappingError: the mapping is cyclic, contradictory or names what is not there.
        NothingMatchedError: no file and no element of the one has a counterpart in the other.
    """
    same = frozenset() if mapping else _identical_files(subject, reference)
    ours, theirs = (
        NodeIndex.of(file for file in contract.files if file.name not in same) for contract in (subject, reference)
    )
    explicit = resolve_mapping(
        mapping, ours, theirs, ({file.package for file in subject.files}, {file.package for file in reference.files})
    )
    files = match_files(ours.files, theirs.files, explicit.files)
    packages = _packages(files, same, subject, explicit)
    state = MatchState(ours, theirs, files, _blocked(ours, explicit))
    match_elements(state, explicit, packages)
    if not same and (ours.files and theirs.files) and not (files or state.matches):
        raise NothingMatchedError(
            f"nothing in {subject.provenance.source} has a counterpart in {reference.provenance.source}:"
            " no file, package or element is called alike or made alike",
            hint="Are these the right two? If so, say what belongs to what with --map OLD=NEW.",
        )
    unchanged = {name: Match(_file_node(subject, name), _file_node(reference, name), "name") for name in sorted(same)}
    known = [None if index.has_duplicates else index for index in (ours, theirs)]
    return Matching({**unchanged, **files}, state.matches, packages, *known)


def _identical_files(subject: Contract, reference: Contract) -> frozenset[str]:
    own = {file.name: file.serialized for file in reference.files}
    return frozenset(file.name for file in subject.files if own.get(file.name) == file.serialized)


def _file_node(contract: Contract, name: str) -> Node:
    return Node("file", name, name, (), contract.by_name[name].descriptor)


def _packages(
    files: Mapping[str, Match], same: frozenset[str], subject: Contract, explicit: ExplicitMapping
) -> dict[str, tuple[str, ...]]:
    """Subject package to the packages of its files' counterparts, most files first; what the user says before that."""
    counted: dict[str, Counter[str]] = {}
    for name in same:
        package = subject.by_name[name].package
        counted.setdefault(package, Counter())[package] += 1
    for match in files.values():
        one, other = (cast("FileDescriptorProto", node.descriptor) for node in (match.subject, match.reference))
        counted.setdefault(one.package, Counter())[other.package] += 1
    found = {
        package: tuple(name for name, _ in sorted(counter.items(), key=lambda entry: (-entry[1], entry[0])))
        for package, counter in sorted(counted.items())
    }
    for package, wanted in explicit.packages.items():
        found[package] = (wanted,) if wanted is not None else ()
    return found


def _blocked(subject: NodeIndex, explicit: ExplicitMapping) -> frozenset[str]:
    """The elements that the user says have no counterpart, with everything below them."""
    roots = [name for name, node in explicit.elements.items() if node is None]
    for file in subject.files:
        for node in subject.children[file]:
            package = node.name.rpartition(".")[0]
            if package in explicit.packages and explicit.packages[package] is None:
                roots.append(node.name)
    return frozenset((*roots, *(node.name for root in roots for node in subject.descendants(root))))
