"""Differences of options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protoalign.compare.diff.option_values import EMPTY, OptionValues

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.message import Message

    from protoalign.compare.diff.option_definitions import OptionDefinitions
    from protoalign.compare.diff.pairs import Pair, Sides
    from protoalign.compare.structure import Difference

__all__ = ["canonical_options", "is_empty", "option_differences", "options_text"]

FEATURES = "features."


def option_differences(pair: Pair) -> list[Difference]:
    """One difference for each option, and each feature, that the two set otherwise.

    Raises:
        DescriptorError: the runtime refuses a file, or an option does not hold what its definition says.
    """
    ours, theirs = pair.subject.descriptor, pair.reference.descriptor
    if not ours.HasField("options") and not theirs.HasField("options"):
        return []
    one: Message = ours.options  # type: ignore[attr-defined]
    other: Message = theirs.options  # type: ignore[attr-defined]
    if one.SerializePartialToString(deterministic=True) == other.SerializePartialToString(deterministic=True):
        return []
    known, definitions = pair.sides.subject_options.read(one, pair.subject.file)
    other_known, other_definitions = pair.sides.reference_options.read(other, pair.reference.file)
    if known.SerializePartialToString(deterministic=True) == other_known.SerializePartialToString(deterministic=True):
        return []
    values = OptionValues(definitions, pair.sides.counterparts.matching.to_reference).of(known)
    other_values = OptionValues(other_definitions, str).of(other_known)
    found: list[Difference] = []
    for name in {**other_values, **values}:
        if _is_only_opened(name, values, other_values) or _is_only_opened(name, other_values, values):
            continue
        texts = (", ".join(values.get(name, ())), ", ".join(other_values.get(name, ())))
        if values.get(name) == other_values.get(name):
            continue
        if name.startswith(FEATURES) and "(" not in name:
            found.append(pair.difference("feature", *texts, name.removeprefix(FEATURES)))
        else:
            found.append(pair.difference("option", *texts, name))
    return found or [pair.difference("other", "", "", "options")]


def is_empty(options: Message) -> bool:
    """Whether options say nothing."""
    return not options.SerializePartialToString()


def _is_only_opened(name: str, values: Mapping[str, tuple[str, ...]], others: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a message is empty on one side while the other side lists its parts, which say it all."""
    return values.get(name) == (EMPTY,) and any(other.startswith(f"{name}.") for other in others)


def canonical_options(options: Message, definitions: OptionDefinitions, file: str) -> bytes:
    """The options' bytes as the canonical form has them."""
    if is_empty(options):
        return b""
    known, _ = definitions.read(options, file)
    return known.SerializePartialToString(deterministic=True)


def options_text(options: Message, sides: Sides, file: str, *, subject: bool) -> str:
    """Options as they stand in brackets; empty where there are none."""
    if is_empty(options):
        return ""
    side = sides.subject_options if subject else sides.reference_options
    known, definitions = side.read(options, file)
    values = OptionValues(definitions, sides.counterparts.matching.to_reference if subject else str).of(known)
    listed = ", ".join(f"{name} = {value}" for name, several in values.items() for value in several)
    return f" [{listed}]"
