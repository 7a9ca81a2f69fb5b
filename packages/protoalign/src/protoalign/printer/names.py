"""Names in .proto text: which references mean what, by protobuf's scope rules.

A relative name is looked up from the innermost scope outwards, and the first scope that knows its first part decides:
in package `a.b`, `b.M` means `a.b.M` rather than a `b.M` of another package. The printer writes the shortest reference
that surely means the right symbol and puts a dot in front of the full name where none does.
Source: `DescriptorBuilder::LookupSymbolNoPlaceholder` in protobuf's descriptor.cc, the rule that buf follows too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from protoalign.contract.elements import joined

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import (
        DescriptorProto,
        EnumDescriptorProto,
        FileDescriptorProto,
    )

__all__ = ["Names", "Symbols"]

# A type reference may not start with one of these: at the place of a type, compilers read a scalar type, a label or
# the start of another declaration. With a leading dot, all of them are names.
RESERVED_STARTS = frozenset(
    (
        *("double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64"),
        *("sfixed32", "sfixed64", "bool", "string", "bytes", "group", "map"),
        *("optional", "required", "repeated", "stream", "returns", "export", "local", "public", "weak"),
        *("message", "enum", "oneof", "extend", "extensions", "reserved", "option", "service", "rpc"),
        *("syntax", "edition", "package", "import", "to", "max", "inf", "nan", "true", "false"),
    )
)


class Kind(Enum):
    """What kind of symbol a name stands for, as far as the lookup cares."""

    TYPE = "message or enum"
    SCOPE = "package or service"
    LEAF = "field, value, oneof, method or extension"


@dataclass(frozen=True, slots=True)
class Symbols:
    """Every symbol of a set of files that one compiler run holds.

    Attributes:
        declared: full name to the symbol's kind and the file that declares it.
        packages: each package and each prefix of one to the files in it.
        package_of: file name to its package.
        visible: file name to the files whose symbols it may use: itself, its imports and their public imports.
    """

    declared: Mapping[str, tuple[Kind, str]]
    packages: Mapping[str, frozenset[str]]
    package_of: Mapping[str, str]
    visible: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, files: Iterable[FileDescriptorProto]) -> Symbols:
        """The symbols of files that are closed over their imports."""
        listed = list(files)
        declared: dict[str, tuple[Kind, str]] = {}
        packages: dict[str, set[str]] = {}
        for file in listed:
            _declare_file(file, declared)
            package = file.package
            while package:
                packages.setdefault(package, set()).add(file.name)
                package = package.rpartition(".")[0]
        by_name = {file.name: file for file in listed}
        return cls(
            declared,
            {name: frozenset(members) for name, members in packages.items()},
            {file.name: file.package for file in listed},
            {file.name: _visible(file, by_name) for file in listed},
        )


def _declare_file(file: FileDescriptorProto, declared: dict[str, tuple[Kind, str]]) -> None:
    leaf, type_, scope_kind = (Kind.LEAF, file.name), (Kind.TYPE, file.name), (Kind.SCOPE, file.name)

    def declare_enum(scope: str, enum: EnumDescriptorProto) -> None:
        declared[joined(scope, enum.name)] = type_
        for value in enum.value:
            declared[joined(scope, value.name)] = leaf

    package = file.package
    pending: list[tuple[str, DescriptorProto]] = [(package, message) for message in file.message_type]
    while pending:
        scope, message = pending.pop()
        inner = joined(scope, message.name)
        declared[inner] = type_
        for names in (message.field, message.oneof_decl, message.extension):
            for named in names:
                declared[joined(inner, named.name)] = leaf
        for enum in message.enum_type:
            declare_enum(inner, enum)
        pending.extend((inner, nested) for nested in message.nested_type)
    for enum in file.enum_type:
        declare_enum(package, enum)
    for extension in file.extension:
        declared[joined(package, extension.name)] = leaf
    for service in file.service:
        inner = joined(package, service.name)
        declared[inner] = scope_kind
        for method in service.method:
            declared[joined(inner, method.name)] = leaf


def _visible(file: FileDescriptorProto, by_name: Mapping[str, FileDescriptorProto]) -> frozenset[str]:
    reached = {file.name}
    pending = [*file.dependency, *file.option_dependency]
    while pending:
        name = pending.pop()
        if name in reached or name not in by_name:
            continue
        reached.add(name)
        imported = by_name[name]
        public = [index for index in imported.public_dependency if 0 <= index < len(imported.dependency)]
        pending.extend(imported.dependency[index] for index in public)
    return frozenset(reached)


@dataclass(frozen=True, slots=True)
class Names:
    """The names that one file can see.

    Attributes:
        symbols: all symbols.
        file: the file's name.
        package: its package.
    """

    symbols: Symbols
    file: str
    package: str
    _cache: dict[tuple[str, tuple[str, ...], bool], str] = field(default_factory=dict, repr=False)

    def sees(self, full_name: str) -> bool:
        """Whether the file itself or something it imports declares that symbol."""
        declared = self.symbols.declared.get(full_name)
        return declared is not None and declared[1] in self.symbols.visible[self.file]

    def _kind(self, full_name: str) -> Kind | None:
        visible = self.symbols.visible[self.file]
        declared = self.symbols.declared.get(full_name)
        if declared is not None and declared[1] in visible:
            return declared[0]
        members = self.symbols.packages.get(full_name)
        return Kind.SCOPE if members is not None and not visible.isdisjoint(members) else None

    def resolve(self, reference: str, scope: str, *, only_types: bool) -> str | None:
        """The full name that a relative reference means inside a scope; None where it means nothing.

        Args:
            reference: the name as the text has it, without a leading dot.
            scope: the full name of the innermost scope; empty for the outermost.
            only_types: whether a single name passes over what is no type, as a field's type does.
        """
        first, _, rest = reference.partition(".")
        while True:
            candidate = joined(scope, first)
            kind = self._kind(candidate)
            if kind is not None:
                if rest:
                    if kind is not Kind.LEAF:
                        full_name = joined(scope, reference)
                        return full_name if self._kind(full_name) is not None else None
                elif not only_types or kind is Kind.TYPE:
                    return candidate
            if not scope:
                return None
            scope = scope.rpartition(".")[0]

    def reference(self, full_name: str, scopes: Iterable[str], *, only_types: bool = False) -> str:
        """The shortest reference that means `full_name` in every one of the scopes.

        Names of the file's own package lose the package, and as much of their enclosing messages as they can; names of
        other packages stay whole, as people write them.

        Args:
            full_name: the symbol, without a leading dot.
            scopes: the scopes that compilers may look from; where they disagree, the reference fits all.
            only_types: see `resolve`.
        """
        key = (full_name, tuple(scopes), only_types)
        known = self._cache.get(key)
        if known is None:
            known = self._cache[key] = self._shortest(*key)
        return known

    def _shortest(self, full_name: str, scopes: tuple[str, ...], only_types: bool) -> str:
        parts = full_name.split(".")
        declared = self.symbols.declared.get(full_name)
        shortest = len(parts) - 1
        within = len(self.package.split(".")) if self.package else 0
        own = declared is not None and self.symbols.package_of[declared[1]] == self.package
        candidates = [".".join(parts[start:]) for start in range(shortest, within - 1, -1)] if own else []
        for candidate in (*candidates, full_name):
            if candidate.partition(".")[0] in RESERVED_STARTS:
                continue
            if all(self.resolve(candidate, scope, only_types=only_types) == full_name for scope in scopes):
                return candidate
        return f".{full_name}"

    def bracketed(self, full_name: str, scopes: Iterable[str]) -> str:
        """The name of an extension inside an aggregate value, where no leading dot is allowed."""
        listed = tuple(scopes)
        if all(self.resolve(full_name, scope, only_types=False) == full_name for scope in listed):
            return full_name
        return self.reference(full_name, listed).removeprefix(".")
