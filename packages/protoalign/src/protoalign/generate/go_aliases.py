"""Names for generated messages and enums in the wrappers' package.

The generated packages lie under `internal/`, where no other module may import them. The wrappers' package therefore has
an alias for each type and constant. An alias has the name that protoc-gen-go gave. Where two packages, or a package and
a wrapper, have one name, the aliases of the whole message, enum or extension have the proto package in front of it:
`Ordering` of package `shared` is `SharedOrdering`, and its constants begin with `SharedOrdering_`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protobuf import DescEnum, DescExtension, DescMessage

from protoalign.errors import InputError
from protoalign.generate.go_names import ApiLevel, extension_name, go_camel_case, go_enum_constants, go_message, go_name

if TYPE_CHECKING:
    from protobuf import DescFile

__all__ = ["Alias", "aliases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """One alias.

    Attributes:
        kind: the Go keyword that declares it: `type`, `const` or `var`.
        name: the name in the generated package.
        alias: the name in the wrappers' package.
        file: the file of the contract that it comes from.
        what: what it stands for, such as `the message xai_api.File`.
        deprecated: whether the contract marks it as deprecated.
    """

    kind: str
    name: str
    alias: str
    file: DescFile
    what: str
    deprecated: bool


@dataclass(frozen=True, slots=True)
class _Name:
    kind: str
    name: str
    what: str
    deprecated: bool


def aliases(files: Iterable[DescFile], reserved: Iterable[str]) -> tuple[Alias, ...]:
    """The aliases for all types and constants of a contract.

    Args:
        files: the contract's files.
        reserved: the names that the wrappers' package has already.

    Returns:
        The aliases, in the order of the files, and of the elements within them.

    Raises:
        InputError: names that collide even with the proto package in front of them.
    """
    families = [(file, top, tuple(_names(top))) for file in files for top in _tops(file)]
    plain = Counter(reserved) + Counter(name.name for _, _, names in families for name in names)
    found: list[Alias] = []
    taken = {name: "the wrappers" for name in plain if name in set(reserved)}
    collisions: list[str] = []
    for file, _, names in families:
        package = go_camel_case(file.proto.package) or "Root"
        prefix = package if any(plain[name.name] > 1 for name in names) else ""
        for name in names:
            alias = f"{prefix}{name.name}"
            first = taken.setdefault(alias, name.what)
            if first != name.what:
                collisions.append(f"  {alias}: {first} and {name.what}")
            found.append(
                Alias(
                    kind=name.kind,
                    name=name.name,
                    alias=alias,
                    file=file,
                    what=name.what,
                    deprecated=name.deprecated or file.deprecated,
                )
            )
    if collisions:
        raise InputError(
            "names that collide in the package of the Go wrappers:\n" + "\n".join(collisions),
            hint="Give the services concerned other names in the file that [generate] names speaks of.",
        )
    return tuple(found)


def _tops(file: DescFile) -> Iterator[DescMessage | DescEnum | DescExtension]:
    yield from file.messages
    yield from file.enums
    yield from file.extensions


def _names(top: DescMessage | DescEnum | DescExtension) -> Iterator[_Name]:
    match top:
        case DescEnum():
            what = f"the enum {top.type_name}"
            yield _Name("type", go_name(top), what, top.deprecated)
            for constant, value in go_enum_constants(top):
                yield _Name("const", constant, f"the value {value.name} of {what}", value.deprecated or top.deprecated)
        case DescExtension():
            yield _Name("var", extension_name(top), f"the extension {top.type_name}", top.deprecated)
        case DescMessage():
            yield from _message_names(top)


def _message_names(message: DescMessage) -> Iterator[_Name]:
    names = go_message(message)
    what = f"the message {message.type_name}"
    yield _Name("type", names.name, what, message.deprecated)
    if names.level is not ApiLevel.OPEN:
        yield _Name("type", f"{names.name}_builder", f"the builder of {what}", message.deprecated)
        yield from _case_names(message, what, names.fields, names.oneofs)
    if names.level is not ApiLevel.OPAQUE:
        for field in message.fields:
            if field.name in names.wrappers:
                member = f"{field.name} of {what}"
                yield _Name("type", names.wrappers[field.name], f"the oneof member {member}", field.deprecated)
    nested: list[DescMessage | DescEnum | DescExtension] = [*message.nested_messages, *message.nested_enums]
    for child in (*nested, *message.nested_extensions):
        yield from _names(child)


def _case_names(
    message: DescMessage, what: str, fields: Mapping[str, str], oneofs: Mapping[str, str]
) -> Iterator[_Name]:
    """The constants that `WhichX` of a message with the hybrid or opaque API returns."""
    name = go_name(message)
    for oneof in message.oneofs:
        unset = f"the case of the oneof {oneof.name} of {what} that"
        yield _Name(
            "const", f"{name}_{oneofs[oneof.name]}_not_set_case", f"{unset} says it is not set", deprecated=False
        )
        for field in oneof.fields:
            yield _Name("const", f"{name}_{fields[field.name]}_case", f"{unset} names {field.name}", field.deprecated)
