"""Which files are counterparts: by mapping, by name, then by what they hold and how they are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.compare.matching.likeness import dice, longest_common_ending, name_likeness, stem
from protoalign.compare.structure import Match, MatchedBy, Node

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto

__all__ = ["match_files"]

ENOUGH = 0.35
ALIKE = 0.85
# Comparing every name with every name is only done for this many pairs; what a file holds finds counterparts of more.
PAIRS = 20_000


def match_files(
    subject: Mapping[str, Node], reference: Mapping[str, Node], mapping: Mapping[str, Node | None]
) -> dict[str, Match]:
    """Match files.

    Args:
        subject: the subject's files, by name.
        reference: the reference's files, by name.
        mapping: what the user said.

    Returns:
        Matches by the subject's file name.
    """
    matches = {
        name: Match(subject[name], target, "mapping", "named in the mapping")
        for name, target in mapping.items()
        if target is not None
    }
    taken = {match.reference.name for match in matches.values()}
    for name, node in subject.items():
        if name in reference and name not in mapping and name not in taken:
            matches[name] = Match(node, reference[name], "name")
            taken.add(name)
    left = {name: node for name, node in subject.items() if name not in matches and name not in mapping}
    open_ = {name: node for name, node in reference.items() if name not in taken}
    if left and open_:
        for candidate in _best(left, open_):
            if candidate.subject not in matches and candidate.reference not in taken:
                matches[candidate.subject] = Match(
                    left[candidate.subject], open_[candidate.reference], candidate.by, candidate.reason
                )
                taken.add(candidate.reference)
    return matches


@dataclass(frozen=True, slots=True)
class _Candidate:
    subject: str
    reference: str
    score: float
    content: float
    name: float

    @property
    def by(self) -> MatchedBy:
        return "package" if self.name == 1.0 else "shape"

    @property
    def reason(self) -> str:
        share = f"{self.content:.0%} of what the two declare is called the same"
        if self.name == 1.0:
            return f"the same file in another folder; {share}"
        if self.name >= 0.6:
            return f"the names are alike, and {share}" if self.content else "the names are alike"
        return share


def _best(left: Mapping[str, Node], open_: Mapping[str, Node]) -> list[_Candidate]:
    """Candidates, the best first; ties are settled by the names, so that the order of files changes nothing."""
    contents = {name: _content(node) for name, node in left.items()}
    of_reference = {name: _content(node) for name, node in open_.items()}
    pairs = set(_pairs(contents, of_reference))
    candidates = []
    for one, other in sorted(pairs):
        name = name_likeness(stem(one), stem(other))
        content = dice(contents[one], of_reference[other])
        folders = longest_common_ending(one.split("/")[:-1], other.split("/")[:-1])
        score = content + (0.5 if name == 1.0 else 0.35 * name if name >= 0.75 else 0.0) + 0.001 * folders
        if score >= ENOUGH or name >= ALIKE:
            candidates.append(_Candidate(one, other, score, content, name))
    return sorted(candidates, key=lambda each: (-each.score, each.subject, each.reference))


def _pairs(left: Mapping[str, frozenset[str]], open_: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    if len(left) * len(open_) <= PAIRS:
        yield from ((one, other) for one in left for other in open_)
        return
    holders: dict[str, list[str]] = {}
    for other, content in open_.items():
        for token in (*content, f"stem {stem(other)}"):
            holders.setdefault(token, []).append(other)
    for one, content in left.items():
        for token in (*content, f"stem {stem(one)}"):
            # What very many files declare tells nothing.
            if len(found := holders.get(token, ())) <= 20:
                yield from ((one, other) for other in found)


def _content(node: Node) -> frozenset[str]:
    file = node.descriptor
    assert isinstance(file, FileDescriptorProto)  # noqa: S101 - the node of a file
    return frozenset(
        (
            *_messages("", file.message_type),
            *(f"enum {each.name}" for each in file.enum_type),
            *(f"service {each.name}" for each in file.service),
            *(f"rpc {each.name}.{method.name}" for each in file.service for method in each.method),
            *(f"extension {each.name} {each.number}" for each in file.extension),
        )
    )


def _messages(scope: str, messages: Iterable[DescriptorProto]) -> Iterator[str]:
    for message in messages:
        name = f"{scope}{message.name}"
        yield f"message {name}"
        for field in message.field:
            yield f"field {name}.{field.name}"
        yield from _messages(f"{name}.", message.nested_type)
        for enum in message.enum_type:
            yield f"enum {name}.{enum.name}"
