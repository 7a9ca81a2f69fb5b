"""Contracts derived from others by random changes, for property tests; loaded as a fixture in conftest.py."""

from __future__ import annotations

import random
from collections.abc import Callable

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

Files = dict[str, FileDescriptorProto]


def mutated(files: Files, seed: int, changes: int) -> Files:
    """The files with some random changes; they always compile, though not always to something sensible."""
    chance = random.Random(seed)
    result = {name: _copy(file) for name, file in files.items()}
    for _ in range(changes):
        trial = {name: _copy(file) for name, file in result.items()}
        chance.choice(MUTATIONS)(chance, trial)
        if _is_sound(trial):
            result = trial
    return result


def _copy(file: FileDescriptorProto) -> FileDescriptorProto:
    copy = FileDescriptorProto.FromString(file.SerializeToString())
    copy.ClearField("source_code_info")
    return copy


def _is_sound(files: Files) -> bool:
    from protoalign.contract import ContractFile, Provenance, build_contract
    from protoalign.errors import ProtoalignError
    from protoalign.printer import print_contract

    try:
        contract = build_contract([ContractFile.of(file) for file in files.values()], Provenance("mutant", "image"))
        print_contract(contract)
        return bool(contract.digest) and len(contract.groups) == 1
    except ProtoalignError:
        return False


def _file(chance: random.Random, files: Files) -> FileDescriptorProto:
    return files[chance.choice(sorted(files))]


def _message(chance: random.Random, files: Files) -> DescriptorProto:
    found = [message for file in files.values() for message in file.message_type]
    return chance.choice(found or [DescriptorProto()])


def _one_field(chance: random.Random, files: Files) -> list[FieldDescriptorProto]:
    fields = list(_message(chance, files).field)
    return [chance.choice(fields)] if fields else []


def _rename_types(files: Files, old: str, new: str) -> None:
    def renamed(name: str) -> str:
        return f".{new}{name[len(old) + 1 :]}" if name == f".{old}" or name.startswith(f".{old}.") else name

    def message(each: DescriptorProto) -> None:
        for field in (*each.field, *each.extension):
            field.type_name = renamed(field.type_name)
            if not field.type_name:
                field.ClearField("type_name")
        for nested in each.nested_type:
            message(nested)

    for file in files.values():
        for each in file.message_type:
            message(each)
        for service in file.service:
            for method in service.method:
                method.input_type, method.output_type = renamed(method.input_type), renamed(method.output_type)


def _full(file: FileDescriptorProto, name: str) -> str:
    return f"{file.package}.{name}" if file.package else name


def rename_package(chance: random.Random, files: Files) -> None:
    file = _file(chance, files)
    old, new = file.package, f"p{chance.randrange(3)}.v1"
    for each in files.values():
        if each.package == old:
            for declared in (*each.message_type, *each.enum_type):
                _rename_types(files, _full(each, declared.name), f"{new}.{declared.name}")
            each.package = new


def rename_file(chance: random.Random, files: Files) -> None:
    file = _file(chance, files)
    old, new = file.name, f"other{chance.randrange(3)}/{file.name.rpartition('/')[2]}"
    if new not in files:
        files[new] = files.pop(old)
        files[new].name = new
        for each in files.values():
            each.dependency[:] = [new if name == old else name for name in each.dependency]


def rename_message(chance: random.Random, files: Files) -> None:
    file = _file(chance, files)
    if file.message_type:
        message = chance.choice(file.message_type)
        old, message.name = message.name, f"{message.name}X"
        _rename_types(files, _full(file, old), _full(file, message.name))


def rename_field(chance: random.Random, files: Files) -> None:
    for field in _one_field(chance, files):
        field.name = f"{field.name}_x"
        field.ClearField("json_name")


def drop_field(chance: random.Random, files: Files) -> None:
    message = _message(chance, files)
    if message.field:
        del message.field[chance.randrange(len(message.field))]


def drop_message(chance: random.Random, files: Files) -> None:
    file = _file(chance, files)
    if file.message_type:
        del file.message_type[chance.randrange(len(file.message_type))]


def drop_file(chance: random.Random, files: Files) -> None:
    if len(files) > 1:
        files.pop(chance.choice(sorted(files)))


def add_file(chance: random.Random, files: Files) -> None:
    name = f"mine{chance.randrange(3)}.proto"
    if name not in files:
        files[name] = FileDescriptorProto(name=name, package="mine", syntax="proto3")
        files[name].message_type.add(name=f"Mine{chance.randrange(99)}")


def add_field(chance: random.Random, files: Files) -> None:
    number = chance.randrange(1, 40)
    _message(chance, files).field.add(
        name=f"f{number}",
        number=number,
        type=chance.choice([FieldDescriptorProto.TYPE_STRING, FieldDescriptorProto.TYPE_INT32]),
        label=chance.choice([FieldDescriptorProto.LABEL_OPTIONAL, FieldDescriptorProto.LABEL_REPEATED]),
    )


def renumber(chance: random.Random, files: Files) -> None:
    for field in _one_field(chance, files):
        field.number = chance.randrange(1, 60)


def retype(chance: random.Random, files: Files) -> None:
    for field in _one_field(chance, files):
        if not field.type_name:
            field.type = FieldDescriptorProto.TYPE_BYTES


def shuffle_fields(chance: random.Random, files: Files) -> None:
    message = _message(chance, files)
    if not message.oneof_decl and not message.nested_type:
        fields = [FieldDescriptorProto.FromString(field.SerializeToString()) for field in message.field]
        chance.shuffle(fields)
        del message.field[:]
        message.field.extend(fields)


def flip_streaming(chance: random.Random, files: Files) -> None:
    for service in _file(chance, files).service:
        for method in service.method:
            method.server_streaming = not method.server_streaming


def drop_rpc(chance: random.Random, files: Files) -> None:
    for service in _file(chance, files).service:
        del service.method[chance.randrange(len(service.method) + 1) :]


def rename_rpc(chance: random.Random, files: Files) -> None:
    for service in _file(chance, files).service:
        for method in service.method[:1]:
            method.name = f"Get{method.name}"


def change_enum(chance: random.Random, files: Files) -> None:
    for enum in _file(chance, files).enum_type[:1]:
        if chance.random() < 0.5 and len(enum.value) > 1:
            del enum.value[-1]
        else:
            enum.value.add(name=f"{enum.name.upper()}_{chance.randrange(99)}", number=chance.randrange(2, 99))


def move_message(chance: random.Random, files: Files) -> None:
    source, target = _file(chance, files), _file(chance, files)
    if source is not target and source.message_type and source.package == target.package:
        index = chance.randrange(len(source.message_type))
        target.message_type.append(source.message_type[index])
        del source.message_type[index]
        for each in files.values():
            if source.name in each.dependency and target.name not in each.dependency and each is not target:
                each.dependency.append(target.name)


MUTATIONS: tuple[Callable[[random.Random, Files], None], ...] = (
    rename_package,
    rename_file,
    rename_message,
    rename_field,
    drop_field,
    drop_message,
    drop_file,
    add_file,
    add_field,
    renumber,
    retype,
    shuffle_fields,
    flip_streaming,
    drop_rpc,
    rename_rpc,
    change_enum,
    move_message,
)
