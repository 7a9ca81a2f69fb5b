"""Differences of what is listed besides elements: reserved and extension ranges, reserved names, imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from protoalign.compare.diff.options import options_text
from protoalign.compare.diff.order import order_difference
from protoalign.compare.diff.scopes import as_text
from protoalign.printer.ranges import enum_ranges, message_ranges

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto

    from protoalign.compare.diff.pairs import Pair
    from protoalign.compare.structure import Aspect, Difference

__all__ = ["enum_listings", "import_listings", "import_names", "message_listings"]

Entry = tuple[str, str]
"""What an entry is called, and its value."""


def message_listings(pair: Pair) -> list[Difference]:
    """Differences of a message's ranges and reserved names."""
    ours: Any = pair.subject.descriptor
    theirs: Any = pair.reference.descriptor
    found: list[Difference] = []
    if ours.extension_range or theirs.extension_range:
        found += _listed(pair, "extension range", _extension_ranges(pair, subject=True), _extension_ranges(pair))
    if ours.reserved_range or theirs.reserved_range:
        found += _listed(pair, "reserved range", _message_ranges(ours), _message_ranges(theirs))
    return found + _reserved_names(pair, ours, theirs)


def enum_listings(pair: Pair) -> list[Difference]:
    """Differences of an enum's reserved ranges and names."""
    ours: Any = pair.subject.descriptor
    theirs: Any = pair.reference.descriptor
    found: list[Difference] = []
    if ours.reserved_range or theirs.reserved_range:
        ranges = [[_alone(enum_ranges([each])) for each in enum.reserved_range] for enum in (ours, theirs)]
        found += _listed(pair, "reserved range", *ranges)
    return found + _reserved_names(pair, ours, theirs)


def import_listings(pair: Pair) -> list[Difference]:
    """Differences of a file's imports; a renamed file's import is the same import."""
    ours: Any = pair.subject.descriptor
    theirs: Any = pair.reference.descriptor
    return _listed(
        pair,
        "import",
        list(zip(import_names(ours, pair, subject=True), _import_kinds(ours), strict=True)),
        list(zip(import_names(theirs, pair), _import_kinds(theirs), strict=True)),
    )


def import_names(file: FileDescriptorProto, pair: Pair, *, subject: bool = False) -> list[str]:
    """The imported files, `import option` ones last; of the subject by the names of their counterparts."""
    names = [as_text(name) for name in (*file.dependency, *file.option_dependency)]
    if not subject:
        return names
    matches = pair.sides.counterparts.matching.files
    return [matches[name].reference.name if name in matches else name for name in names]


def _import_kinds(file: FileDescriptorProto) -> list[str]:
    public, weak = set(file.public_dependency), set(file.weak_dependency)
    kinds = [
        " ".join(("import", *(word for word, indexes in (("public", public), ("weak", weak)) if index in indexes)))
        for index in range(len(file.dependency))
    ]
    return [*kinds, *("import option" for _ in file.option_dependency)]


def _alone(text: str) -> Entry:
    return text, text


def _message_ranges(message: DescriptorProto) -> list[Entry]:
    message_set = message.options.message_set_wire_format
    return [_alone(message_ranges([each], message_set=message_set)) for each in message.reserved_range]


def _extension_ranges(pair: Pair, *, subject: bool = False) -> list[Entry]:
    node = pair.subject if subject else pair.reference
    message: Any = node.descriptor
    message_set = message.options.message_set_wire_format
    entries = []
    for each in message.extension_range:
        text = message_ranges([each], message_set=message_set)
        entries.append((text, text + options_text(each.options, pair.sides, node.file, subject=subject)))
    return entries


def _reserved_names(
    pair: Pair, ours: DescriptorProto | EnumDescriptorProto, theirs: DescriptorProto | EnumDescriptorProto
) -> list[Difference]:
    names = [[_alone(as_text(name)) for name in each.reserved_name] for each in (ours, theirs)]
    return _listed(pair, "reserved name", *names)


def _listed(pair: Pair, aspect: Aspect, ours: Sequence[Entry], theirs: Sequence[Entry]) -> list[Difference]:
    """One difference for each entry that the two do not have alike, and one for the order of those that both have."""
    if ours == theirs:
        return []
    values, other_values = _by_name(ours), _by_name(theirs)
    found = [
        pair.difference(aspect, ", ".join(values.get(name, ())), ", ".join(other_values.get(name, ())), name)
        for name in {**other_values, **values}
        if values.get(name) != other_values.get(name)
    ]
    common = Counter(name for name, _ in ours) & Counter(name for name, _ in theirs)
    order, other_order = _only(common, ours), _only(common, theirs)
    if order != other_order:
        found.append(order_difference(pair, order, other_order, f"{aspect}s"))
    return found


def _by_name(entries: Iterable[Entry]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in entries:
        found.setdefault(name, []).append(value)
    return found


def _only(common: Counter[str], entries: Iterable[Entry]) -> list[str]:
    left = common.copy()
    kept = []
    for name, _ in entries:
        if left[name]:
            left[name] -= 1
            kept.append(name)
    return kept
