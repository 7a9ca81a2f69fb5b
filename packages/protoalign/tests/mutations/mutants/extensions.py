"""Mutations of extensions and extension ranges."""

from __future__ import annotations

from random import Random

from mutants.draft import Draft, F, NotApplicableError, Spot, free_number, pick, retype
from mutants.kind import kind


def _free_extensions(draft: Draft) -> list[Spot]:
    """Extensions whose values no option of the contract can hold, so that they may change alone."""
    return [
        spot
        for spot in draft.extensions()
        if spot.descriptor.type != F.TYPE_GROUP and not spot.descriptor.extendee.startswith(".google.protobuf.")
    ]


def _any_extension(draft: Draft) -> list[Spot]:
    return [spot for spot in draft.extensions() if spot.descriptor.type != F.TYPE_GROUP]


def renumber(draft: Draft, random: Random) -> None:
    spot = pick(random, _free_extensions(draft) or _any_extension(draft))
    taken = {other.descriptor.number for other in draft.extensions()}
    spot.descriptor.number = pick(
        random, [n for n in range(spot.descriptor.number - 30, spot.descriptor.number + 30) if n > 0 and n not in taken]
    )


def drop(draft: Draft, random: Random) -> None:
    pick(random, _any_extension(draft)).remove()


def add(draft: Draft, random: Random) -> None:
    spot = pick(random, draft.extensions())
    taken = {other.descriptor.number for other in draft.extensions()}
    number = pick(random, [n for n in range(spot.descriptor.number, spot.descriptor.number + 60) if n not in taken])
    spot.file.extension.add(
        name=f"added_extension_{random.randrange(100)}",
        number=number,
        label=F.LABEL_OPTIONAL,
        type=F.TYPE_STRING,
        extendee=spot.descriptor.extendee,
    )


def rename(draft: Draft, random: Random) -> None:
    spot = pick(random, _any_extension(draft))
    spot.descriptor.name += "_renamed"
    # Compilers write the derived one; it cannot be chosen.
    spot.descriptor.ClearField("json_name")


def retype_extension(draft: Draft, random: Random) -> None:
    spot = pick(random, _free_extensions(draft))
    retype(spot.descriptor, F.TYPE_STRING if spot.descriptor.type != F.TYPE_STRING else F.TYPE_INT32)


def extend_other(draft: Draft, random: Random) -> None:
    spot = pick(random, _any_extension(draft))
    taken = {other.descriptor.number for other in draft.extensions()}
    holders = [
        other
        for other in draft.messages()
        if other.descriptor.extension_range and f".{other.name}" != spot.descriptor.extendee and other.file is spot.file
    ]
    if spot.descriptor.extendee == ".google.protobuf.FieldOptions":
        spot.descriptor.extendee = ".google.protobuf.MessageOptions"
        spot.descriptor.number = pick(random, [n for n in range(60_000, 61_000) if n not in taken])
        return
    spot.descriptor.extendee = f".{pick(random, holders).name}"


def repeat(draft: Draft, random: Random) -> None:
    spot = pick(random, (spot for spot in _free_extensions(draft) if spot.descriptor.label == F.LABEL_OPTIONAL))
    if spot.descriptor.HasField("default_value"):
        raise NotApplicableError
    spot.descriptor.label = F.LABEL_REPEATED


def add_range(draft: Draft, random: Random) -> None:
    spot = pick(random, (spot for spot in draft.messages() if spot.file.syntax != "proto3"))
    message = spot.descriptor
    number = free_number(message, random)
    message.extension_range.add(start=number, end=number + 1)


def drop_range(draft: Draft, random: Random) -> None:
    message = pick(random, (spot for spot in draft.messages() if spot.descriptor.extension_range)).descriptor
    del message.extension_range[random.randrange(len(message.extension_range))]


def shorten_range(draft: Draft, random: Random) -> None:
    spots = [item for spot in draft.messages() for item in spot.descriptor.extension_range if item.end - item.start > 1]
    pick(random, spots).end -= 1


KINDS = (
    kind("renumber an extension", renumber, "wire"),
    kind("drop an extension", drop, "missing"),
    kind("add an extension", add, "extra", findings=1, adds=True),
    kind("rename an extension", rename, "json", "source"),
    kind("retype an extension", retype_extension, "wire"),
    kind("make an extension repeated", repeat, "wire"),
    kind("extend another message", extend_other, "wire", "missing"),
    kind("add an extension range", add_range, "source", "extra", "cosmetic", findings=1, adds=True),
    kind("drop an extension range", drop_range, "source", "wire", "missing"),
    kind("shorten an extension range", shorten_range, "source", "wire", "missing"),
)
