"""The file options that the subject keeps, and those that new files get from their siblings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileOptions

from protoalign.errors import AlignError
from protoalign.sources.wire import wire_fields

if TYPE_CHECKING:
    from protoalign.contract import Contract

__all__ = ["PLACE_OPTIONS", "Derived", "OptionNumbers", "derived_options", "keep_options", "option_numbers"]

PLACE_OPTIONS = (
    "go_package",
    "java_package",
    "java_outer_classname",
    "csharp_namespace",
    "objc_class_prefix",
    "swift_prefix",
    "php_class_prefix",
    "php_namespace",
    "php_metadata_namespace",
    "ruby_package",
)
"""Options that name a place in generated code: which one is the SDK's own affair."""

# A class that holds all of one file's code belongs to that file alone.
SHARED = tuple(name for name in PLACE_OPTIONS if name != "java_outer_classname")
OptionNumbers = Mapping[str, int]


def option_numbers(names: Iterable[str], contracts: Iterable[Contract]) -> OptionNumbers:
    """The field numbers of file options by name, custom ones in parentheses.

    Raises:
        AlignError: neither protobuf nor one of the contracts defines an option of that name.
    """
    listed = tuple(contracts)
    numbers = {}
    for name in names:
        plain = FileOptions.DESCRIPTOR.fields_by_name.get(name)
        if plain is not None:
            numbers[name] = plain.number
            continue
        found = [contract.find(name.strip("()").removeprefix(".")) for contract in listed]
        extension = next((each for each in found if each is not None and each.kind == "extension"), None)
        if extension is None:
            raise AlignError(
                f"{name!r} is no file option that the subject or the reference defines",
                where="file_options in protoalign.toml",
                hint="Write a custom option in parentheses, with its full name: (acme.my_option).",
            )
        numbers[name] = extension.descriptor.number  # type: ignore[attr-defined]
    return numbers


def keep_options(target: FileDescriptorProto, subject: FileDescriptorProto, numbers: Iterable[int]) -> tuple[str, ...]:
    """Give an aligned file the subject's own options.

    Args:
        target: the reference's file, changed in place.
        subject: its counterpart.
        numbers: field numbers of the options that may differ: the subject's state stays, absence too. Besides, options
            that name a place in generated code stay where the reference has none.

    Returns:
        The names of those that stay besides.
    """
    mine, theirs = _by_number(subject), _by_number(target)
    kept = dict(theirs)
    for number in numbers:
        kept.pop(number, None)
        if number in mine:
            kept[number] = mine[number]
    places = {name: FileOptions.DESCRIPTOR.fields_by_name[name].number for name in PLACE_OPTIONS}
    besides = [name for name, number in places.items() if number in mine and number not in {*theirs, *kept}]
    kept |= {places[name]: mine[places[name]] for name in besides}
    if kept != theirs:
        target.ClearField("options")
        for number in sorted(kept):
            target.options.MergeFromString(kept[number])
    return tuple(besides)


def _by_number(file: FileDescriptorProto) -> dict[int, bytes]:
    """Each option of a file as it stands on the wire, all its occurrences together."""
    serialized = file.options.SerializeToString(deterministic=True)
    found: dict[int, bytes] = {}
    for each in wire_fields(serialized, where=file.name):
        found[each.number] = found.get(each.number, b"") + serialized[each.start : each.end]
    return found


@dataclass(frozen=True, slots=True)
class Derived:
    """An option that a new file gets.

    Attributes:
        file: the new file.
        option: the option's name.
        value: its value.
        reason: what it was derived from, one sentence without a final full stop.
    """

    file: str
    option: str
    value: str
    reason: str


def derived_options(
    target: FileDescriptorProto,
    siblings: Iterable[tuple[str, FileDescriptorProto]],
    may_differ: Collection[str] = (),
) -> tuple[Derived, ...]:
    """The place options of a new file, where those of the tree's files show a pattern.

    Args:
        target: the new file, changed in place.
        siblings: the tree's files: the name in the target, and the subject's descriptor.
        may_differ: options that the siblings' pattern decides even where the reference sets them.
    """
    listed = tuple(siblings)
    derived = []
    for option in SHARED:
        if target.options.HasField(option) and option not in may_differ:  # type: ignore[arg-type]
            continue
        found = _value(option, target, listed)
        if found is not None:
            setattr(target.options, option, found[0])
            derived.append(Derived(target.name, option, *found))
    return tuple(derived)


def _value(
    option: str, target: FileDescriptorProto, siblings: tuple[tuple[str, FileDescriptorProto], ...]
) -> tuple[str, str] | None:
    if not siblings or not all(file.options.HasField(option) for _, file in siblings):  # type: ignore[arg-type]
        return None
    folder = PurePosixPath(target.name).parent
    values = {getattr(file.options, option) for _, file in siblings}
    if len(values) == 1:
        return values.pop(), "all files of the tree have it"
    beside = {getattr(file.options, option) for name, file in siblings if PurePosixPath(name).parent == folder}
    if len(beside) == 1:
        return beside.pop(), "all files beside it have it"
    patterns = [_patterns(getattr(file.options, option), file) for _, file in siblings]
    shared = [pattern for pattern in patterns[0] if all(pattern in others for others in patterns[1:])]
    if not shared:
        return None
    value = shared[0]
    for place, text in _places(target):
        value = value.replace(place, text)
    return value, f"all files of the tree have {shared[0]}"


def _places(file: FileDescriptorProto) -> tuple[tuple[str, str], ...]:
    path = PurePosixPath(file.name)
    folder = "" if path.parent == PurePosixPath() else str(path.parent)
    return ("{dir}", folder), ("{package}", file.package), ("{stem}", path.stem)


def _patterns(value: str, file: FileDescriptorProto) -> list[str]:
    """What the value may have been made from, the pattern with most places first."""
    found = [value]
    for place, text in _places(file):
        if text:
            found.extend([pattern.replace(text, place) for pattern in found if text in pattern])
    return sorted(set(found), key=lambda pattern: (-pattern.count("{"), pattern))
