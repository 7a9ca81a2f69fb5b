"""Random files as a compiler would describe them: declarations are drawn one after another and appended as parsed.

Whatever protobuf's rules forbid, such as two symbols of one name, is filtered out by a descriptor pool afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.message import Message

FIELD = FieldDescriptorProto
TYPE_NAMES = ("A", "B", "C", "message", "stream", "optional", "p0", "Inner", "string", "a")
FIELD_NAMES = ("a", "b_c", "_d", "E", "message", "to", "max", "f1_2g", "rpc", "A", "x", "y", "z", "map", "oneof")
SCALARS = (*range(1, 10), 12, 13, 15, 16, 17, 18)
KEYS = (3, 4, 5, 6, 7, 8, 9, 13, 15, 16, 17, 18)
CHARACTERS = "ab019_.?*/'\"\\ \n\t\r\x00\x01\x7f\x85\xe9\u2028\u202e\u65e5\U0001f389;{}[]"


def random_text(random: Random) -> str:
    return "".join(random.choices(CHARACTERS, k=random.randint(0, 6)))


class Writer:
    """Writes one random file.

    Args:
        random: where the randomness comes from.
        index: keeps the symbols of several files apart.
        fill: makes an options message carry a custom option; None for none.
    """

    def __init__(self, random: Random, index: int, fill: Callable[[Message], None] | None) -> None:
        self.random = random
        self.fill = fill
        self.syntax = self.pick("proto2", "proto3", "editions")
        package = self.pick("", ".a", ".a.b", ".message.A", ".google")
        self.file = FileDescriptorProto(name=f"f{index}.proto", package=f"p{index}{package}")
        if self.syntax != "proto2":
            self.file.syntax = str(self.syntax)
        if self.syntax == "editions":
            self.file.edition = 1000
        if fill is not None:
            self.file.dependency.append("options.proto")
        self.messages: list[str] = []
        self.enums: list[tuple[str, EnumDescriptorProto]] = []
        self.extendable: list[str] = []
        self.unresolved: list[FieldDescriptorProto] = []
        self.number = 100
        self.taken: set[str] = set()

    def flip(self, chance: int = 2) -> bool:
        return self.random.randrange(chance) == 0

    def pick(self, *values: object) -> object:
        return self.random.choice(values)

    def write(self) -> FileDescriptorProto:
        scope = self.file.package
        for _ in range(self.random.randint(0, 4)):  # type: ignore[call-overload]
            if self.flip(3):
                self.enum(self.file.enum_type.add(), scope, set())
            else:
                self.message(self.file.message_type.add(), scope, 0)
        if self.syntax == "proto2" and self.extendable:
            for _ in range(self.random.randint(0, 3)):  # type: ignore[call-overload]
                self.extension(self.file.extension.add(), self.file.message_type, scope, 0)
        if self.messages:
            for _ in range(self.random.randint(0, 2)):  # type: ignore[call-overload]
                self.service()
        for field in self.unresolved:
            self.resolve(field)
        if self.flip(3):
            self.file.options.go_package = random_text(self.random)
        self.custom(self.file)
        return self.file

    def custom(self, element: Message) -> None:
        if self.fill is not None and self.flip(4):
            self.fill(element.options)  # type: ignore[attr-defined]

    def name(self, scope: str, *names: str) -> str:
        """A name that nothing else in the scope has; the pool does not check all that protoc does."""
        name = self.random.choice(names)
        while f"{scope}.{name}" in self.taken or f"{scope}.{name.lower()}" in self.taken:
            name += self.random.choice("abcdefgh")
        self.taken |= {f"{scope}.{name}", f"{scope}.{name.lower()}"}
        return name

    def message(self, message: DescriptorProto, scope: str, depth: int, name: str = "") -> None:
        message.name = name or self.name(scope, *TYPE_NAMES)
        full = f"{scope}.{message.name}"
        self.messages.append(full)
        if self.syntax != "proto3" and self.flip(3):
            self.number += 10
            message.extension_range.add(start=self.number, end=self.number + 5)
            self.extendable.append(f"{full}#{self.number}")
        for _ in range(self.random.randint(0, 5)):  # type: ignore[call-overload]
            self.declaration(message, full, depth)
        if self.flip(4):
            message.reserved_range.add(start=5000, end=int(self.pick(5001, 5010, 1 << 29)))  # type: ignore[call-overload]
        if self.flip(4):
            message.reserved_name.append("gone")
        self.custom(message)
        self.presence(message)

    def presence(self, message: DescriptorProto) -> None:
        """Give proto3 optional fields their oneofs, behind all others."""
        taken = {field.name for field in message.field} | {oneof.name for oneof in message.oneof_decl}
        for field in message.field:
            if field.proto3_optional:
                name = f"_{field.name}" if not field.name.startswith("_") else f"X{field.name}"
                name = field.name if field.name.startswith("_") else name
                name = name if name.startswith("_") else f"_{name}"
                while name in taken:
                    name = f"X{name}"
                taken.add(name)
                field.oneof_index = len(message.oneof_decl)
                message.oneof_decl.add(name=name)

    def declaration(self, message: DescriptorProto, full: str, depth: int) -> None:
        kind = self.pick("field", "field", "field", "map", "oneof", "enum", "nested", "group", "extension")
        if kind == "nested" and depth < 3:
            self.message(message.nested_type.add(), full, depth + 1)
        elif kind == "enum":
            self.enum(message.enum_type.add(), full, set())
        elif kind == "map":
            self.map(message, full)
        elif kind == "oneof":
            index = len(message.oneof_decl)
            oneof = message.oneof_decl.add(name=self.name(full, "one", "two", "three", "message"))
            self.custom(oneof)
            for _ in range(self.random.randint(1, 3)):  # type: ignore[call-overload]
                field = self.field(message.field.add(), full, oneof=True)
                field.oneof_index = index
        elif kind == "group" and self.syntax == "proto2" and depth < 3:
            self.group(message.field.add(), message.nested_type, full, depth)
        elif kind == "extension" and self.syntax == "proto2" and self.extendable:
            self.extension(message.extension.add(), message.nested_type, full, depth)
        else:
            self.field(message.field.add(), full)

    def next_number(self) -> int:
        self.number += 1
        return self.number

    def field(self, field: FieldDescriptorProto, scope: str, *, oneof: bool = False) -> FieldDescriptorProto:
        field.name = self.name(scope, *FIELD_NAMES)
        self.number += 20
        field.number = self.next_number()
        field.label = FIELD.LABEL_OPTIONAL
        if not oneof:
            labels = (1, 2, 3) if self.syntax == "proto2" else (1, 3)
            field.label = self.pick(*labels)  # type: ignore[assignment]
            field.proto3_optional = self.syntax == "proto3" and field.label == 1 and self.flip()
            if not field.proto3_optional:
                field.ClearField("proto3_optional")
        self.typed(field)
        if self.flip(4):
            field.json_name = "j" + random_text(self.random).replace("\0", "")
        if self.flip(6):
            field.options.deprecated = self.flip()
        self.custom(field)
        return field

    def typed(self, field: FieldDescriptorProto) -> None:
        if self.flip():
            self.unresolved.append(field)
            return
        field.type = self.pick(*SCALARS)  # type: ignore[assignment]
        if self.syntax != "proto3" and field.label != 3 and self.flip():
            self.default(field)

    def default(self, field: FieldDescriptorProto) -> None:
        if field.type in (FIELD.TYPE_FLOAT, FIELD.TYPE_DOUBLE):
            field.default_value = str(self.pick("inf", "-inf", "nan", "0", "-0", "0.1", "1e+20", "-2.5e-07"))
        elif field.type == FIELD.TYPE_BOOL:
            field.default_value = str(self.pick("true", "false"))
        elif field.type == FIELD.TYPE_STRING:
            field.default_value = random_text(self.random)
        elif field.type == FIELD.TYPE_BYTES:
            field.default_value = str(self.pick("", "\\000\\001", "\\3771", "a\\\"\\'\\\\", "\\n?"))
        else:
            field.default_value = str(self.pick("0", "1", "2147483647"))

    def resolve(self, field: FieldDescriptorProto) -> None:
        types = [
            *((name, FIELD.TYPE_MESSAGE) for name in self.messages),
            *((e[0], FIELD.TYPE_ENUM) for e in self.enums),
        ]
        if not types:
            field.type = FIELD.TYPE_INT32
            return
        name, field.type = self.pick(*types)  # type: ignore[misc, assignment]
        field.type_name = f".{name}"

    def map(self, message: DescriptorProto, full: str) -> None:
        field = message.field.add(name=self.name(full, *FIELD_NAMES), label=FIELD.LABEL_REPEATED)
        self.number += 20
        field.number = self.next_number()
        field.type = FIELD.TYPE_MESSAGE
        camel = "".join(part[:1].upper() + part[1:] for part in field.name.split("_"))
        entry = message.nested_type.add(name=f"{camel}Entry")
        self.taken.add(f"{full}.{entry.name}")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, label=1, type=self.pick(*KEYS))
        value = entry.field.add(name="value", number=2, label=1)
        if self.flip():
            self.unresolved.append(value)
        else:
            value.type = self.pick(*SCALARS)  # type: ignore[assignment]
        field.type_name = f".{full}.{entry.name}"
        self.custom(field)

    def group(self, field: FieldDescriptorProto, messages: object, scope: str, depth: int) -> None:
        name = self.name(scope, "Grp", "Other", "A", "Inner")
        self.number += 20
        number = self.next_number()
        field.name, field.number = name.lower(), number
        field.label = self.pick(1, 2, 3)  # type: ignore[assignment]
        field.type, field.type_name = FIELD.TYPE_GROUP, f".{scope}.{name}"
        self.message(messages.add(), scope, depth + 1, name)  # type: ignore[attr-defined]

    def extension(self, field: FieldDescriptorProto, messages: object, scope: str, depth: int) -> None:
        extendee, number = str(self.pick(*self.extendable)).split("#")
        field.extendee = f".{extendee}"
        if depth < 3 and self.flip(4):
            self.group(field, messages, scope, depth)
            field.label = self.pick(1, 3)  # type: ignore[assignment]
        else:
            field.name = self.name(scope, "e1", "e2", "e3", "message")
            field.label = self.pick(1, 3)  # type: ignore[assignment]
            self.typed(field)
        field.number = int(number) + int(self.pick(0, 1, 2, 3, 4))  # type: ignore[call-overload]

    def enum(self, enum: EnumDescriptorProto, scope: str, numbers: set[int]) -> None:
        enum.name = self.name(scope, *TYPE_NAMES)
        prefix = self.name(scope, "V", "W", "max", "inf")
        for index in range(self.random.randint(1, 3)):  # type: ignore[call-overload]
            number = 0 if index == 0 else self.random.choice((-3, -1, 0, 1, 2, 5, -(1 << 31), (1 << 31) - 1))
            if number in numbers:
                enum.options.allow_alias = True
            numbers.add(number)
            value = enum.value.add(name=f"{prefix}{index}" if index else prefix, number=number)
            self.custom(value)
        if self.flip(4):
            enum.reserved_range.add(start=-9, end=int(self.pick(-9, -4)))
        self.custom(enum)
        self.enums.append((f"{scope}.{enum.name}", enum))

    def service(self) -> None:
        service = self.file.service.add(name=self.name(self.file.package, "S", "T", "message"))
        self.custom(service)
        for _ in range(self.random.randint(0, 3)):  # type: ignore[call-overload]
            method = service.method.add(
                name=self.name(f"{self.file.package}.{service.name}", "A", "Get", "stream", "rpc", "B")
            )
            method.input_type = f".{self.pick(*self.messages)}"
            method.output_type = f".{self.pick(*self.messages)}"
            if self.flip():
                method.client_streaming = True
            if self.flip():
                method.server_streaming = True
            if self.flip():
                method.options.SetInParent()
            self.custom(method)
