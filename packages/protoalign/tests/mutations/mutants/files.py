"""Mutations of whole files: packages, names, imports, syntax, file options."""

from __future__ import annotations

from random import Random

from google.protobuf.descriptor_pb2 import Edition, FeatureSet, FileDescriptorProto, FileOptions
from mutants.draft import Draft, F, NotApplicableError, is_plain, joined, pick
from mutants.kind import kind


def move_package(draft: Draft, random: Random) -> None:
    """Give one file another package."""
    file = pick(random, (file for file in draft.files if file.package and _declares(file)))
    _move(draft, file, f"{file.package}.moved")


def move_package_of_services(draft: Draft, random: Random) -> None:
    file = pick(random, (file for file in draft.files if file.package and file.service))
    _move(draft, file, f"{file.package}.moved")


def move_all_packages(draft: Draft, random: Random) -> None:
    """Give every file another package, as a fork does."""
    if not any(file.package and _declares(file) for file in draft.files):
        raise NotApplicableError
    for file in draft.files:
        if file.package:
            _move(draft, file, f"forked.{file.package}")


def _declares(file: FileDescriptorProto) -> bool:
    return bool(file.message_type or file.enum_type or file.service or file.extension)


def _move(draft: Draft, file: FileDescriptorProto, package: str) -> None:
    for item in (*file.message_type, *file.enum_type):
        draft.repoint(joined(file.package, item.name), joined(package, item.name))
    file.package = package


def rename_file(draft: Draft, random: Random) -> None:
    file = pick(random, (file for file in draft.files if _declares(file)))
    name = file.name.removesuffix(".proto") + "_renamed.proto"
    _replace_import(draft, file.name, name)
    file.name = name


def move_folder(draft: Draft, random: Random) -> None:
    """Put every file into another folder; packages stay."""
    for file in draft.files:
        name = f"moved/{file.name}"
        _replace_import(draft, file.name, name)
        file.name = name


def _replace_import(draft: Draft, old: str, new: str) -> None:
    for file in draft.files:
        for imports in (file.dependency, file.option_dependency):
            for index, imported in enumerate(imports):
                if imported == old:
                    imports[index] = new


def drop_file(draft: Draft, random: Random) -> None:
    """Drop a file that no other imports."""
    if len(draft.files) < 2:
        raise NotApplicableError
    imported = {name for file in draft.files for name in (*file.dependency, *file.option_dependency)}
    draft.files.remove(pick(random, [file for file in draft.files if file.name not in imported and _declares(file)]))


def empty_file(draft: Draft, random: Random) -> None:
    """Delete all that a file declares; the file itself stays."""
    imported = {name for file in draft.files for name in (*file.dependency, *file.option_dependency)}
    if len(draft.files) < 2:
        raise NotApplicableError
    file = pick(random, [file for file in draft.files if file.name not in imported and _declares(file)])
    for part in ("message_type", "enum_type", "service", "extension"):
        file.ClearField(part)


def empty_all_but_renamed(draft: Draft, random: Random) -> None:
    """Delete every message, enum and service of a file and rename it too."""
    empty_file(draft, random)
    emptied = pick(random, [file for file in draft.files if not _declares(file)])
    emptied.name = emptied.name.removesuffix(".proto") + "_renamed.proto"


def add_file(draft: Draft, random: Random) -> None:
    like = pick(random, draft.files)
    added = FileDescriptorProto(
        name=f"added_{random.randrange(100)}.proto", package="added.by.mutation", syntax="proto3"
    )
    added.message_type.add(name="Added").field.add(name="text", number=1, label=F.LABEL_OPTIONAL, type=F.TYPE_STRING)
    added.options.go_package = like.options.go_package
    draft.files.append(added)


def import_unused(draft: Draft, random: Random) -> None:
    order = list(draft.original.import_order)
    file = pick(random, draft.files)
    earlier = order[: order.index(file.name)]
    file.dependency.append(pick(random, [name for name in earlier if name not in file.dependency]))


def publish_import(draft: Draft, random: Random) -> None:
    file = pick(random, (file for file in draft.files if len(file.dependency) > len(file.public_dependency)))
    index = pick(random, [i for i in range(len(file.dependency)) if i not in file.public_dependency])
    file.public_dependency.append(index)


def unpublish_import(draft: Draft, random: Random) -> None:
    file = pick(random, (file for file in draft.files if file.public_dependency))
    del file.public_dependency[random.randrange(len(file.public_dependency))]


def reorder_imports(draft: Draft, random: Random) -> None:
    file = pick(
        random,
        (
            file
            for file in draft.files
            if len(file.dependency) > 1 and not file.public_dependency and not file.weak_dependency
        ),
    )
    names = list(file.dependency)
    random.shuffle(names)
    file.dependency[:] = names


def proto3_to_proto2(draft: Draft, random: Random) -> None:
    file = pick(random, (file for file in draft.files if file.syntax == "proto3" and _plain_proto3(file)))
    _refuse_shared_enums(draft, file)
    file.syntax = "proto2"


def _refuse_shared_enums(draft: Draft, file: FileDescriptorProto) -> None:
    """Proto3 may not use the closed enums of proto2: refuse a file that shares enums with others."""
    own = {f".{spot.name}" for spot in draft.enums() if spot.file is file}
    for user, holder, attribute in draft.references():
        if attribute != "type_name" or holder.type != F.TYPE_ENUM:
            continue
        if (user is file) != (holder.type_name in own):
            raise NotApplicableError


def _plain_proto3(file: FileDescriptorProto) -> bool:
    """Whether it has plain scalar fields, whose presence the syntax decides, and no `optional`."""
    fields = [field for message in file.message_type for field in message.field]
    scalars = [field for field in fields if is_plain(field) and field.type != F.TYPE_MESSAGE]
    return bool(scalars) and not any(field.proto3_optional for field in fields)


def proto2_to_proto3(draft: Draft, random: Random) -> None:
    file = pick(random, (file for file in draft.files if file.syntax in ("", "proto2") and _could_be_proto3(file)))
    _refuse_shared_enums(draft, file)
    file.syntax = "proto3"


def _could_be_proto3(file: FileDescriptorProto) -> bool:
    pending, messages, enums = list(file.message_type), [], list(file.enum_type)
    while pending:
        message = pending.pop()
        messages.append(message)
        enums.extend(message.enum_type)
        pending.extend(message.nested_type)
    fields = [field for message in messages for field in message.field]
    return (
        not file.extension
        and all(enum.value[0].number == 0 for enum in enums)
        and not any(message.extension_range or message.extension for message in messages)
        and not any(
            field.label == F.LABEL_REQUIRED or field.HasField("default_value") or field.type == F.TYPE_GROUP
            for field in fields
        )
        and any(is_plain(field) and field.type != F.TYPE_MESSAGE for field in fields)
    )


def to_edition_2023(draft: Draft, random: Random) -> None:
    """Rewrite a proto3 file in edition 2023 so that it means the same."""
    file = pick(random, (file for file in draft.files if file.syntax == "proto3"))
    if any(spot.descriptor.proto3_optional for spot in draft.fields() if spot.file is file):
        raise NotApplicableError
    file.syntax = "editions"
    file.edition = Edition.EDITION_2023
    file.options.features.field_presence = FeatureSet.IMPLICIT


def _change_text(option: str, draft: Draft, random: Random) -> None:
    file = pick(random, draft.files)
    setattr(file.options, option, f"{getattr(file.options, option)}changed")


def go_package(draft: Draft, random: Random) -> None:
    _change_text("go_package", draft, random)


def java_package(draft: Draft, random: Random) -> None:
    _change_text("java_package", draft, random)


def java_outer_classname(draft: Draft, random: Random) -> None:
    _change_text("java_outer_classname", draft, random)


def csharp_namespace(draft: Draft, random: Random) -> None:
    _change_text("csharp_namespace", draft, random)


def other_namespace(draft: Draft, random: Random) -> None:
    options = ("objc_class_prefix", "swift_prefix", "php_class_prefix", "php_namespace", "ruby_package")
    _change_text(random.choice(options), draft, random)


def java_multiple_files(draft: Draft, random: Random) -> None:
    options = pick(random, draft.files).options
    options.java_multiple_files = not options.java_multiple_files


def generic_services(draft: Draft, random: Random) -> None:
    options = pick(random, draft.files).options
    option = random.choice(("cc_generic_services", "java_generic_services", "py_generic_services"))
    setattr(options, option, not getattr(options, option))


def optimize_for(draft: Draft, random: Random) -> None:
    options = pick(random, draft.files).options
    options.optimize_for = random.choice([m for m in FileOptions.OptimizeMode.values() if m != options.optimize_for])


def drop_file_option(draft: Draft, random: Random) -> None:
    names = ("go_package", "java_package", "csharp_namespace", "java_outer_classname")
    candidates = [(file, name) for file in draft.files for name in names if file.options.HasField(name)]
    file, name = pick(random, candidates)
    file.options.ClearField(name)


KINDS = (
    kind("move the package of a file", move_package, "source", "rpc-path"),
    kind("move the package of a file with services", move_package_of_services, "rpc-path"),
    kind("move all packages", move_all_packages, "source", "rpc-path"),
    kind("rename a file", rename_file, "source", findings=1),
    kind("move all files to another folder", move_folder, "source"),
    kind("drop a file", drop_file, "missing"),
    kind("empty a file", empty_file, "missing"),
    kind("empty a file and rename it", empty_all_but_renamed, "missing"),
    kind("add a file", add_file, "extra", adds=True),
    kind("add an unused import", import_unused, "cosmetic", findings=0, adds=True),
    kind("make an import public", publish_import, "source", findings=1, adds=True),
    kind("make a public import plain", unpublish_import, "source", findings=1),
    kind("reorder imports", reorder_imports, "cosmetic", findings=0),
    kind("turn proto3 into proto2", proto3_to_proto2, "presence"),
    kind("turn proto2 into proto3", proto2_to_proto3, "presence"),
    kind("rewrite proto3 in edition 2023, same meaning", to_edition_2023, "source"),
    kind("change `go_package`", go_package, "source", findings=1),
    kind("change `java_package`", java_package, "source", findings=1),
    kind("change `java_outer_classname`", java_outer_classname, "source", findings=1),
    kind("change `csharp_namespace`", csharp_namespace, "source", findings=1),
    kind("change another language's namespace", other_namespace, "source", findings=1),
    kind("flip `java_multiple_files`", java_multiple_files, "source", findings=1),
    kind("flip generic services", generic_services, "source", findings=1),
    kind("change `optimize_for`", optimize_for, "source", findings=1),
    kind("drop a file option", drop_file_option, "source", findings=1),
)
