"""No differences if and only if the digests are equal: any part of any descriptor may change."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message

from protoalign.compare.diff import differences_of
from protoalign.compare.diff.walk import Walk
from protoalign.contract import Contract, ContractFile, build_contract
from protoalign.errors import ProtoalignError

ROUNDS = 1500


def messages_in(message: Message) -> list[Message]:
    found = [message]
    for field, value in message.ListFields():
        if field.message_type is None or field.name == "source_code_info" or hasattr(value, "items"):
            continue
        for part in value if field.is_repeated else [value]:
            found.extend(messages_in(part))
    return found


def mutate(file: FileDescriptorProto, rng: random.Random) -> str:
    """Change one thing; say what."""
    message = rng.choice(messages_in(file))
    fields = [
        field for field in message.DESCRIPTOR.fields if field.name not in ("source_code_info", "uninterpreted_option")
    ]
    used = [field for field, _ in message.ListFields() if field in fields]
    if rng.random() < 0.03:
        message.MergeFromString(b"\xd2\xb8\x02\x01x")
        return f"{message.DESCRIPTOR.name}: unknown field"
    if message.DESCRIPTOR.name.endswith("Options") and rng.random() < 0.2:
        # Once more the same: what is singular stays as it is, though the bytes differ.
        message.MergeFromString(message.SerializePartialToString())
        return f"{message.DESCRIPTOR.name}: twice"
    field = rng.choice(used) if used and rng.random() < 0.7 else rng.choice(fields)
    done = f"{message.DESCRIPTOR.name}.{field.name}"
    if field.is_repeated:
        items = getattr(message, field.name)
        if items and rng.random() < 0.4:
            del items[rng.randrange(len(items))]
            return f"{done}: one less"
        if len(items) > 1 and rng.random() < 0.5:
            one, other = rng.sample(range(len(items)), 2)
            if field.message_type is None:
                items[one], items[other] = items[other], items[one]
            else:
                copied = [type(each).FromString(each.SerializeToString()) for each in items]
                copied[one], copied[other] = copied[other], copied[one]
                del items[:]
                items.extend(copied)
            return f"{done}: swapped"
        if field.message_type is not None:
            items.add()
        elif items:
            items.append(items[rng.randrange(len(items))])
        else:
            items.append(new_value(field, rng))
        return f"{done}: one more"
    if message.HasField(field.name) and rng.random() < 0.4:
        message.ClearField(field.name)
        return f"{done}: cleared"
    if field.message_type is not None:
        getattr(message, field.name).SetInParent()
        return f"{done}: present"
    setattr(message, field.name, new_value(field, rng, getattr(message, field.name)))
    return f"{done}: {getattr(message, field.name)!r}"


def new_value(field, rng: random.Random, old: object = None) -> object:
    if field.enum_type is not None:
        return rng.choice(field.enum_type.values).number
    if field.cpp_type == field.CPPTYPE_BOOL:
        return not old
    if field.type == field.TYPE_BYTES:
        return b"x"
    if field.cpp_type == field.CPPTYPE_STRING:
        return rng.choice(["x", "", "1", f"{old}x", str(old).capitalize(), f".{old}"]) if isinstance(old, str) else "x"
    if field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
        return 1.5
    return min(max(0, old + rng.choice((-1, 1))), 2**31 - 1) if isinstance(old, int) else 1


def replaced(nasty: Contract, file: ContractFile, descriptor: FileDescriptorProto) -> Contract:
    others = [other for other in (*nasty.files, *nasty.imports) if other.name != file.name]
    return build_contract([ContractFile.of(descriptor)], nasty.provenance, available=others)


def test_the_canonical_form_does_not_differ_from_what_it_is_of(nasty, matching_by_name):
    """It drops JSON names, streaming kinds and empty options that say nothing, and merges custom options."""
    files = [ContractFile.of(form) for form in nasty.canonical.values()]
    canonical = build_contract(files, nasty.provenance, available=nasty.imports)
    changed = [file.name for file in canonical.files if file.serialized != nasty.by_name[file.name].serialized]
    assert len(changed) > 30
    assert not tuple(Walk(canonical, nasty, matching_by_name(canonical, nasty)).differences())
    assert not tuple(Walk(nasty, canonical, matching_by_name(nasty, canonical)).differences())


def with_file(nasty: Contract, descriptor: FileDescriptorProto, *, package: bytes = b"nasty") -> Contract:
    """The whole corpus with one file replaced, under another package of equally many letters."""
    files = [
        descriptor.SerializePartialToString() if file.name == descriptor.name else file.serialized
        for file in nasty.files
    ]
    moved = [ContractFile.parse(raw.replace(b"nasty", package)) for raw in files]
    return build_contract(moved, nasty.provenance, available=nasty.imports)


def told(found) -> Counter[tuple[str, ...]]:
    listed = (
        (each.aspect, each.node.name, each.subject_value, each.reference_value, each.detail)
        for each in found
        if each.aspect != "package"
    )
    return Counter(tuple(part.replace("gnarl", "nasty") for part in each) for each in listed)


@pytest.mark.parametrize("seed", range(3))
def test_a_renamed_package_hides_nothing_and_adds_nothing(nasty, matching_by_name, seed):
    """The same mutants under another package have the same differences, and the package's name besides."""
    rng = random.Random(seed)
    files = [file for file in nasty.files if file.package.startswith("nasty.")]
    renames = {f"gnarl.{name}.gnarl": f"nasty.{name}.nasty" for name in ("hidden", "shadow")} | {"gnarl": "nasty"}
    # Some options hold names as strings, which stay other strings; and some messages are called like the package.
    unchanged = with_file(nasty, files[0].descriptor, package=b"gnarl")
    strings = told(differences_of(unchanged, nasty, matching_by_name(unchanged, nasty, elements=renames)))
    assert {aspect for aspect, *_ in strings} <= {"option", "extension range", "name"}
    checked = 0
    for _ in range(10):
        file = rng.choice(files)
        descriptor = FileDescriptorProto.FromString(file.serialized)
        done = mutate(descriptor, rng)
        if descriptor.name != file.name or descriptor.package != file.package:
            continue
        try:
            subject, moved = with_file(nasty, descriptor), with_file(nasty, descriptor, package=b"gnarl")
            assert subject.digest != moved.digest
        except ProtoalignError:
            continue
        expected = told(differences_of(subject, nasty, matching_by_name(subject, nasty)))
        found = told(differences_of(moved, nasty, matching_by_name(moved, nasty, elements=renames)))
        assert found - strings == expected - strings, (file.name, done)
        checked += 1
    assert checked > 1


@pytest.mark.parametrize("seed", range(8))
def test_what_changes_the_digest_is_a_difference_and_nothing_else(nasty, matching_by_name, seed):
    rng = random.Random(seed)
    originals: dict[str, Contract] = {}
    changed = same = 0
    for _ in range(ROUNDS // 8):
        file = rng.choice(nasty.files)
        descriptor = FileDescriptorProto.FromString(file.serialized)
        done = [mutate(descriptor, rng) for _ in range(rng.choice((1, 1, 1, 2)))]
        if descriptor.name != file.name:
            continue
        try:
            subject = replaced(nasty, file, descriptor)
            digest = subject.digest
        except ProtoalignError:
            continue  # no contract, or none that has a canonical form
        if file.name not in originals:
            originals[file.name] = replaced(nasty, file, file.descriptor)
        reference = originals[file.name]
        for one, other in ((subject, reference), (reference, subject)):
            # The walk alone, as what looks at whole files as the last resort would hide what it misses.
            found = tuple(Walk(one, other, matching_by_name(one, other)).differences())
            assert bool(found) == (digest != reference.digest), (file.name, done, found)
        changed += digest != reference.digest
        same += digest == reference.digest
    assert changed > 50
    assert same
