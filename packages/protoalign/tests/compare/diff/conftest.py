"""Differences of two texts, and of descriptors, under a matching by full name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from protoalign.compare.diff import differences_of
from protoalign.compare.nodes import NodeIndex
from protoalign.compare.structure import Difference, Match, Matching
from protoalign.contract import Contract

NASTY = Path(__file__).parent.parent.parent / "fixtures" / "nasty"


def matching_by_name(
    subject: Contract,
    reference: Contract,
    *,
    files: Mapping[str, str] | None = None,
    elements: Mapping[str, str] | None = None,
) -> Matching:
    """Counterparts are what is called the same, but for names that are mapped, which stand for all below them too."""
    ours, theirs = NodeIndex.of(subject.files), NodeIndex.of(reference.files)
    renames = dict(elements or {})
    renamed_files = dict(files or {})

    def renamed(name: str) -> str:
        for old, new in renames.items():
            if name == old or name.startswith(f"{old}."):
                return new + name[len(old) :]
        return name

    found: dict[str, Match] = {}
    for name, node in ours.by_name.items():
        other = theirs.by_name.get(renamed(name))
        if other is not None and other.kind == node.kind:
            found[name] = Match(node, other, "mapping" if other.name != name else "name")
    found_files = {}
    packages: dict[str, tuple[str, ...]] = {}
    for name, node in ours.files.items():
        other = theirs.files.get(renamed_files.get(name, name))
        if other is not None:
            found_files[name] = Match(node, other, "name")
            packages[node.descriptor.package] = (other.descriptor.package,)
    return Matching(found_files, found, packages)


@pytest.fixture(name="matching_by_name", scope="session")
def _matching_by_name() -> Callable[..., Matching]:
    return matching_by_name


@pytest.fixture(scope="session")
def differences(compile_contract) -> Callable[..., tuple[Difference, ...]]:
    """The differences of two texts, or of two sets of files."""

    def differences_(
        subject: str | Mapping[str, str],
        reference: str | Mapping[str, str],
        *,
        files: Mapping[str, str] | None = None,
        elements: Mapping[str, str] | None = None,
    ) -> tuple[Difference, ...]:
        ours, theirs = (
            compile_contract({"a.proto": side} if isinstance(side, str) else side) for side in (subject, reference)
        )
        return differences_of(ours, theirs, matching_by_name(ours, theirs, files=files, elements=elements))

    return differences_


@pytest.fixture(scope="session")
def nasty(compile_contract) -> Contract:
    texts = {path.relative_to(NASTY).as_posix(): path.read_text() for path in NASTY.rglob("*.proto")}
    return compile_contract(texts)
