"""The last resort: two contracts without any difference whose canonical forms differ nevertheless.

So it is when an imported file, which is no part of the contract, defines a custom option otherwise on the two sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.compare.structure import Difference, Matching

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from protoalign.contract import Contract

__all__ = ["form_differences"]


def form_differences(subject: Contract, reference: Contract, matching: Matching) -> Iterator[Difference]:
    """One difference for each part of a file whose canonical form differs.

    Raises:
        DescriptorError: the runtime refuses a file.
    """
    if _bytes(subject) == _bytes(reference) or subject.digest == reference.digest:
        return
    for name, digest in reference.file_digests.items():
        match = matching.file_of_reference.get(name)
        if match is None or subject.file_digests[match.subject.name] == digest:
            continue
        form, other = subject.canonical[match.subject.name], reference.canonical[name]
        for part in _differing(form, other):
            yield Difference("other", match.subject, match.reference, detail=part)


def _bytes(contract: Contract) -> dict[str, bytes]:
    return {name: file.serialized for name, file in contract.by_name.items()}


def _differing(one: Message, other: Message) -> list[str]:
    names = [field.name for field in one.DESCRIPTOR.fields]
    parts = [_part(message, name) for message in (one, other) for name in names]
    found = [name for name, ours, theirs in zip(names, parts, parts[len(names) :], strict=False) if ours != theirs]
    return found or ["file"]


def _part(message: Message, name: str) -> bytes:
    """One field of a message, serialized alone."""
    alone = type(message)()
    alone.MergeFrom(message)
    for field in message.DESCRIPTOR.fields:
        if field.name != name:
            alone.ClearField(field.name)
    return alone.SerializePartialToString(deterministic=True)
