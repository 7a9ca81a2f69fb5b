"""Fields of a contract as Python parameters: their types, defaults, names, and what goes into a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protobuf import (
    DescEnum,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMap,
    DescFieldValueMessage,
    DescMessage,
    ScalarType,
)
from protobuf.plugin import Ident, Module, python_keywords
from protobuf.wkt.google.protobuf.descriptor_pb import FeatureSet

if TYPE_CHECKING:
    from protobuf import DescField, DescFile, DescOneof

__all__ = ["MessageModules", "Parameter", "described", "escaped", "parameters"]

WELL_KNOWN = "google/protobuf/"
TEXTS = (ScalarType.STRING, ScalarType.BYTES)
PYTHON_TYPES = {ScalarType.STRING: "str", ScalarType.BYTES: "bytes", ScalarType.BOOL: "bool"}
FLOATS = (ScalarType.FLOAT, ScalarType.DOUBLE)
ZEROS = {"str": '""', "bytes": 'b""', "bool": "False", "int": "0", "float": "0.0"}
# What the body of a method speaks of by name, beside the modules with messages.
SPOKEN_OF = frozenset({"self", "call", "timeout", "metadata", "requests", "texts", "one_of"})


@dataclass(frozen=True, slots=True)
class MessageModules:
    """The modules with the generated messages.

    Attributes:
        aliases: the name of a `.proto` file to what its module is called in the wrappers.
        imports: the name of a `.proto` file to the statement that imports its module so.
    """

    aliases: Mapping[str, str]
    imports: Mapping[str, str]

    @classmethod
    def of(cls, files: Iterable[DescFile], package: str) -> MessageModules:
        """Name the modules; where two have one name, all of these bear their whole path.

        Args:
            files: the contract's files.
            package: the dotted package of the generated messages; empty for none.
        """
        paths: dict[str, str] = {}
        for file in files:
            path = Module.for_desc(file, "_pb").path.removeprefix(".")
            if file.name.startswith(WELL_KNOWN):
                path = f"protobuf.wkt.{path}"
            elif package:
                path = f"{package}.{path}"
            paths[file.name] = path
        names = [path.rpartition(".")[2] for path in paths.values()]
        aliases, imports = {}, {}
        for file_name, path in paths.items():
            parent, _, name = path.rpartition(".")
            alias = name if names.count(name) == 1 else path.replace(".", "_")
            aliases[file_name] = alias
            statement = f"from {parent} import {name}" if parent else f"import {name}"
            imports[file_name] = statement if alias == name else f"{statement} as {alias}"
        return cls(aliases, imports)

    def type_of(self, desc: DescMessage | DescEnum) -> str:
        """The class of a message or an enum, behind its module."""
        return f"{self.aliases[desc.file.name]}.{Ident.for_desc(desc).name}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field as a parameter.

    Attributes:
        field: the field.
        name: the parameter's name.
        annotation: its type.
        default: its default.
        value: what stands for it in the request, such as `list_of(names)`; of a member of a oneof, its name.
    """

    field: DescField
    name: str
    annotation: str
    default: str
    value: str

    @property
    def oneof(self) -> DescOneof | None:
        """The oneof that the field is a member of."""
        return None if isinstance(self.field.value, DescFieldValueList | DescFieldValueMap) else self.field.value.oneof


def escaped(name: str, taken: Iterable[str]) -> str:
    """A name that is no keyword of Python and not among those taken; underscores are added until it is so."""
    reserved = python_keywords() | set(taken)
    name = name.lstrip("_") or "field"
    while name in reserved:
        name += "_"
    return name


def parameters(message: DescMessage, modules: MessageModules) -> tuple[Parameter, ...]:
    """The fields of a message as parameters, in the contract's order."""
    taken = set(SPOKEN_OF) | set(modules.aliases.values())
    found = []
    for field in message.fields:
        name = escaped(field.name, taken)
        taken.add(name)
        annotation, default, value = _parameter(field, name, modules)
        found.append(Parameter(field, name, annotation, default, value))
    return tuple(found)


def described(field: DescField) -> str:
    """The field as the contract has it: type, name and number, and its presence."""
    value = field.value
    if isinstance(value, DescFieldValueMap):
        return f"map<{_proto(value.key)}, {_proto(value.value)}> {field.name} = {field.number}"
    if isinstance(value, DescFieldValueList):
        return f"repeated {_proto(value.element)} {field.name} = {field.number}"
    element = (
        value.message
        if isinstance(value, DescFieldValueMessage)
        else value.enum
        if isinstance(value, DescFieldValueEnum)
        else value.scalar
    )
    kinds = FeatureSet.FieldPresence
    presence = {int(kinds.IMPLICIT): "implicit presence", int(kinds.LEGACY_REQUIRED): "required"}
    told = f"in oneof {value.oneof.name}" if value.oneof else presence.get(int(field.presence), "explicit presence")
    return f"{_proto(element)} {field.name} = {field.number}, {told}"


def _parameter(field: DescField, name: str, modules: MessageModules) -> tuple[str, str, str]:
    value = field.value
    if isinstance(value, DescFieldValueMap):
        annotation = f"Mapping[{_python(value.key, modules)}, {_python(value.value, modules)}] | None"
        return annotation, "None", f"{{**{name}}} if {name} else None"
    if isinstance(value, DescFieldValueList):
        is_text = value.element in TEXTS
        annotation = f"Iterable[{_python(value.element, modules)}]"
        return annotation, "()", f'texts("{field.name}", {name})' if is_text else f"[*{name}]"
    if isinstance(value, DescFieldValueMessage):
        return f"{modules.type_of(value.message)} | None", "None", name
    if isinstance(value, DescFieldValueEnum):
        return f"{modules.type_of(value.enum)} | None", "None", name
    annotation = _python(value.scalar, modules)
    is_implicit = value.oneof is None and int(field.presence) == int(FeatureSet.FieldPresence.IMPLICIT)
    return (annotation, ZEROS[annotation], name) if is_implicit else (f"{annotation} | None", "None", name)


def _python(element: DescMessage | DescEnum | ScalarType, modules: MessageModules) -> str:
    if isinstance(element, DescMessage | DescEnum):
        return modules.type_of(element)
    return "float" if element in FLOATS else PYTHON_TYPES.get(element, "int")


def _proto(element: DescMessage | DescEnum | ScalarType) -> str:
    return element.name.lower() if isinstance(element, ScalarType) else element.type_name
