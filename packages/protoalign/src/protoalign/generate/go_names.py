"""What protoc-gen-go and protoc-gen-go-grpc name things in Go, and which of those names collide.

Both plugins take the names as they come; where two of them make one Go name, the Go compiler is the first to see it.
Here the same names are worked out beforehand, to write code that uses them and to refuse a collision with the names of
the two elements. The rules are those of protoc-gen-go v1.36 (https://protobuf.dev/reference/go/go-generated/, and for
the opaque API https://protobuf.dev/reference/go/go-generated-opaque/) and protoc-gen-go-grpc v1.6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from protobuf.wkt.google.protobuf.descriptor_pb import Edition
from protobuf.wkt.google.protobuf.go_features_pb import GoFeatures, ext_go

from protoalign.errors import InputError

if TYPE_CHECKING:
    from protobuf import DescEnum, DescEnumValue, DescExtension, DescField, DescFile, DescMessage, DescService
    from protobuf.wkt.google.protobuf.descriptor_pb import FeatureSet

    from protoalign.generate.go_packages import GoPackage

__all__ = [
    "ApiLevel",
    "GoMessage",
    "api_level",
    "check_go_names",
    "extension_name",
    "go_camel_case",
    "go_enum_constants",
    "go_message",
    "go_name",
    "messages_of",
]

_METHODS_OF_EVERY_MESSAGE = (
    "Reset",
    "String",
    "ProtoMessage",
    "Marshal",
    "Unmarshal",
    "ExtensionRangeArray",
    "ExtensionMap",
    "Descriptor",
)


class ApiLevel(Enum):
    """How protoc-gen-go lets one at a message's fields; the names are those of `pb.GoFeatures.APILevel`."""

    OPEN = "open"
    HYBRID = "hybrid"
    OPAQUE = "opaque"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoMessage:
    """A message's names in Go.

    Attributes:
        name: the type.
        level: how its fields are reached.
        fields: the name of each field in the contract to its name in Go, as a struct's field.
        getters: the name of each field in the contract to the method that reads it.
        oneofs: the name of each oneof in the contract to its name in Go.
        wrappers: the name of each member of a oneof in the contract to the type that holds it.
    """

    name: str
    level: ApiLevel
    fields: Mapping[str, str]
    getters: Mapping[str, str]
    oneofs: Mapping[str, str]
    wrappers: Mapping[str, str]


def go_camel_case(name: str) -> str:
    """A name of the contract as an exported Go identifier.

    A letter after an underscore or a dot is put in upper case and the underscore or dot dropped, if the letter is in
    lower case; else the underscore stays, and a dot becomes one. A leading underscore becomes `X`.
    """
    out: list[str] = []
    upper = True
    for index, letter in enumerate(name):
        following = name[index + 1 : index + 2]
        if letter in "._" and not (letter == "_" and (index == 0 or name[index - 1] == ".")):
            if not _is_lower(following):
                out.append("_")
            upper = True
        elif letter == "_":
            out.append("X")
            upper = True
        else:
            out.append(letter.upper() if upper and _is_lower(letter) else letter)
            # A lower-case letter after a digit starts a word; one after a letter goes on with it.
            upper = letter.isdigit()
    return "".join(out)


def go_name(desc: DescMessage | DescEnum) -> str:
    """The Go type of a message or an enum."""
    return go_camel_case(_local_name(desc.type_name, desc.file))


def extension_name(desc: DescExtension) -> str:
    """The Go variable of an extension."""
    parent = f"{go_name(desc.parent)}_" if desc.parent is not None else ""
    return f"E_{parent}{go_camel_case(desc.name)}"


def go_enum_constants(desc: DescEnum) -> Iterator[tuple[str, DescEnumValue]]:
    """The Go constants of an enum's values, in the contract's order.

    A value has two where the contract asks for its name with and without the enum's as a prefix.
    """
    prefix = go_name(desc.parent if desc.parent is not None else desc)
    kinds = GoFeatures.StripEnumPrefix
    chosen = next(
        (one.strip_enum_prefix for one in _go_features(desc) if one.has_field("strip_enum_prefix")), kinds.KEEP
    )
    for value in desc.values:
        own = _own_go_features(value.proto.options.features if value.proto.options else None)
        strip = own.strip_enum_prefix if own is not None and own.has_field("strip_enum_prefix") else chosen
        stripped = _without_prefix(value.name, desc.name.lower().replace("_", ""))
        if strip == kinds.STRIP:
            names = [stripped]
        elif strip == kinds.GENERATE_BOTH:
            names = [stripped, value.name]
        else:
            names = [value.name]
        for name in dict.fromkeys(names):
            yield f"{prefix}_{name}", value


def api_level(desc: DescMessage) -> ApiLevel:
    """How the fields of a message are reached: what it, a message around it or its file says, else by the edition."""
    levels = GoFeatures.APILevel
    since_2024 = int(Edition.EDITION_2024) <= int(desc.file.edition) < int(Edition.MAX)
    default = levels.API_OPAQUE if since_2024 else levels.API_OPEN
    chosen = next((one.api_level for one in _go_features(desc) if one.has_field("api_level")), default)
    return {levels.API_HYBRID: ApiLevel.HYBRID, levels.API_OPAQUE: ApiLevel.OPAQUE}.get(chosen, ApiLevel.OPEN)


def go_message(desc: DescMessage) -> GoMessage:
    """The names that protoc-gen-go gives to a message, its fields and its oneofs.

    A field whose name, or whose getter's name, is a method of every message or was used before in the message has `_`
    after it; so has the type of a oneof's member where a nested message or enum has that name.
    """
    name = go_name(desc)
    level = api_level(desc)
    taken = dict.fromkeys(_METHODS_OF_EVERY_MESSAGE, True)

    def unique(wanted: str, *, has_getter: bool) -> str:
        while taken.get(wanted) or (has_getter and taken.get(f"Get{wanted}")):
            wanted += "_"
        taken[wanted] = True
        taken[f"Get{wanted}"] = has_getter
        return wanted

    nested = {go_name(child) for child in desc.nested_messages} | {go_name(child) for child in desc.nested_enums}
    nested |= {f"{name}_{entry}" for entry in _map_entries(desc)}
    fields: dict[str, str] = {}
    oneofs: dict[str, str] = {}
    wrappers: dict[str, str] = {}
    for field in desc.fields:
        fields[field.name] = unique(go_camel_case(field.name), has_getter=True)
        # A proto3 optional has a oneof of its own in the descriptor, which takes a name too.
        oneof = _oneof_in_descriptor(field)
        if oneof and oneof not in oneofs:
            oneofs[oneof] = unique(go_camel_case(oneof), has_getter=False)
        if _in_real_oneof(field):
            wrapper = f"{name}_{fields[field.name]}"
            while wrapper in nested:
                wrapper += "_"
            wrappers[field.name] = wrapper
    real = {oneof.name for oneof in desc.oneofs}
    names = _opaque_names(desc) if level is ApiLevel.OPAQUE else fields
    return GoMessage(
        name=name,
        level=level,
        fields=fields,
        getters={field: f"Get{go}" for field, go in names.items()},
        oneofs={oneof: go for oneof, go in oneofs.items() if oneof in real},
        wrappers=wrappers,
    )


def messages_of(file: DescFile) -> Iterator[DescMessage]:
    """All messages of a file, nested ones after the one around them; no map entries."""
    todo = list(reversed(file.messages))
    while todo:
        message = todo.pop()
        yield message
        todo.extend(reversed(message.nested_messages))


def check_go_names(files: Iterable[DescFile], packages: Mapping[str, GoPackage]) -> None:
    """Refuse names that collide in the code of protoc-gen-go and protoc-gen-go-grpc.

    Args:
        files: the files that Go code is generated for.
        packages: the Go package of each, by name.

    Raises:
        InputError: two elements make one Go name in one package or one message.
    """
    taken: dict[tuple[str, str], str] = {}
    collisions: list[str] = []
    for file in files:
        path = packages[file.name].import_path
        for name, element in _package_names(file):
            first = taken.setdefault((path, name), element)
            if first != element:
                collisions.append(f"  {path}.{name}: {first} and {element}")
        for message in messages_of(file):
            members = Counter(_members(message))
            collisions.extend(
                f"  {path}.{go_name(message)}.{member}: two fields or methods of message {message.type_name}"
                for member, count in members.items()
                if count > 1
            )
    if collisions:
        raise InputError(
            "elements of the contract that would have one name in Go:\n" + "\n".join(sorted(collisions)),
            hint="protoc-gen-go and protoc-gen-go-grpc choose these names; only other names in the contract help.",
        )


def _is_lower(letter: str) -> bool:
    return "a" <= letter <= "z"


def _local_name(full_name: str, file: DescFile) -> str:
    return full_name.removeprefix(f"{file.proto.package}.") if file.proto.package else full_name


def _own_go_features(features: FeatureSet | None) -> GoFeatures | None:
    return features[ext_go] if features is not None and ext_go in features else None


def _go_features(desc: DescMessage | DescEnum) -> Iterator[GoFeatures]:
    """The `pb.GoFeatures` of an element, of the messages around it and of its file, as far as they have any."""
    around: DescMessage | DescEnum | None = desc
    while around is not None:
        own = _own_go_features(around.proto.options.features if around.proto.options else None)
        if own is not None:
            yield own
        around = around.parent
    whole = _own_go_features(desc.file.proto.options.features if desc.file.proto.options else None)
    if whole is not None:
        yield whole


def _without_prefix(name: str, prefix: str) -> str:
    """An enum value's name without the enum's; all of it where nothing would be left.

    Args:
        name: the value's name.
        prefix: the enum's, in lower case and without underscores.
    """
    rest, wanted = name, prefix
    while rest and wanted:
        if rest[0] == "_":
            rest = rest[1:]
        elif rest[0].lower() == wanted[0]:
            rest, wanted = rest[1:], wanted[1:]
        else:
            return name
    return name if wanted else (rest.lstrip("_") or name)


def _opaque_names(desc: DescMessage) -> dict[str, str]:
    """The names of a message's fields in accessors of the opaque API: two that are one in Go get their numbers."""
    first: dict[str, str] = {}
    names: dict[str, str] = {}
    for field in desc.fields:
        camel = go_camel_case(field.name)
        names[field.name] = camel = f"{camel}_" if camel == "Build" else camel
        other = first.setdefault(camel, field.name)
        if other != field.name:
            numbers = {each.name: each.number for each in desc.fields}
            names[other] += f"_{numbers[other]}"
            names[field.name] += f"_{field.number}"
    return names


def _oneof_in_descriptor(field: DescField) -> str:
    proto = field.proto
    return field.parent.proto.oneof_decl[proto.oneof_index].name if proto.has_field("oneof_index") else ""


def _in_real_oneof(field: DescField) -> bool:
    return field.proto.has_field("oneof_index") and not field.proto.proto3_optional


def _map_entries(desc: DescMessage) -> Iterator[str]:
    """The names in Go, without the message's, of the messages that stand for the entries of its maps."""
    for nested in desc.proto.nested_type:
        if nested.options and nested.options.map_entry:
            yield go_camel_case(nested.name)


def _package_names(file: DescFile) -> Iterator[tuple[str, str]]:
    """Each name that the code of a file declares in its package, with what makes it."""
    sanitized = "".join(letter if letter.isalnum() else "_" for letter in file.name)
    yield f"File_{sanitized}", f"file {file.name}"
    for message in messages_of(file):
        yield from _message_names(message)
    enums = [*file.enums, *(enum for message in messages_of(file) for enum in message.nested_enums)]
    for enum in enums:
        element = f"enum {enum.type_name}"
        yield go_name(enum), element
        yield f"{go_name(enum)}_name", f"{element} (its names)"
        yield f"{go_name(enum)}_value", f"{element} (its values)"
        for constant, value in go_enum_constants(enum):
            yield constant, f"enum value {value.name} of {enum.type_name}"
    extensions = [*file.extensions, *(one for message in messages_of(file) for one in message.nested_extensions)]
    for extension in extensions:
        yield extension_name(extension), f"extension {extension.type_name}"
    for service in file.services:
        yield from _service_names(service)


def _message_names(message: DescMessage) -> Iterator[tuple[str, str]]:
    element = f"message {message.type_name}"
    names = go_message(message)
    yield names.name, element
    if names.level is not ApiLevel.OPEN:
        yield f"{names.name}_builder", f"{element} (its builder)"
    for field, wrapper in names.wrappers.items():
        visible = names.level is not ApiLevel.OPAQUE
        yield wrapper if visible else wrapper[0].lower() + wrapper[1:], f"oneof member {field} of {message.type_name}"
    for field_desc in message.fields:
        if field_desc.proto.has_field("default_value"):
            yield (
                f"Default_{names.name}_{names.fields[field_desc.name]}",
                f"default of field {field_desc.name} of {message.type_name}",
            )


def _service_names(service: DescService) -> Iterator[tuple[str, str]]:
    name = go_camel_case(service.name)
    element = f"service {service.type_name}"
    for made in (
        f"{name}Client",
        f"New{name}Client",
        f"{name}Server",
        f"Unimplemented{name}Server",
        f"Unsafe{name}Server",
        f"Register{name}Server",
        f"{name}_ServiceDesc",
    ):
        yield made, element
    for method in service.methods:
        method_name = go_camel_case(method.name)
        yield f"{name}_{method_name}_FullMethodName", f"RPC {method.name} of {service.type_name}"
        if method.method_kind != "unary":
            yield f"{name}_{method_name}Client", f"RPC {method.name} of {service.type_name} (its stream)"
            yield f"{name}_{method_name}Server", f"RPC {method.name} of {service.type_name} (its stream)"


def _members(message: DescMessage) -> Iterator[str]:
    """Each name among the fields and methods of a message's struct."""
    names = go_message(message)
    yield from _METHODS_OF_EVERY_MESSAGE[:3]
    yield "ProtoReflect"
    yield from names.getters.values()
    if names.level is ApiLevel.OPAQUE:
        return
    members = {field.name for field in message.fields if _in_real_oneof(field)}
    yield from (go for field, go in names.fields.items() if field not in members)
    for go in names.oneofs.values():
        yield go
        yield f"Get{go}"
